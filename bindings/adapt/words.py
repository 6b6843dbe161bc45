"""What the documentation of the Rust facade says, in the words of another language; and texts that UniFFI must still write."""

from __future__ import annotations

import re
from typing import Callable


def replaced(text: str, old: str, new: str, *, times: int | None = None) -> str:
    """Replaces what UniFFI writes; it must still write it, so many times."""
    changed, count = re.subn(old, new, text)
    if count == 0 or times not in (None, count):
        raise SystemExit(f"UniFFI wrote this {count} times: {old}")
    return changed


def snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: "_" + letter[0].lower(), name)


def camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda letter: letter[1].upper(), name)


def links(source: str, link: Callable[[list[str]], str]) -> str:
    """Writes the links of Rust's documentation anew: `link` gets the parts of a path."""
    def written(found: re.Match[str]) -> str:
        return link([part for part in found[1].split("::") if part not in ("crate", "super", "bindings", "Self")])

    return re.sub(r"\[`([\w:]+)`\]", written, source)


def calls_in_camel(source: str, call: str, link: str) -> str:
    """Writes names of calls in lines of documentation as the language does: `call` finds their definitions."""
    calls = {snake(name): name for name in re.findall(call, source)}
    in_text = re.compile("`(" + "|".join(sorted(name for name in calls if "_" in name)) + ")`")
    return re.sub(r"(?m)^ +\*.*$", lambda line: in_text.sub(lambda name: link.format(calls[name[1]]), line[0]), source)
