"""Completes what UniFFI wrote for Swift: `python3 swift.py DIRECTORY`, where DIRECTORY holds `Saxaul.swift`.

It rewrites the documentation in Swift's words. Beside it, `Twins.swift` gets an asynchronous twin of every call.
"""

from __future__ import annotations

import pathlib
import re
import sys

from words import calls_in_camel, camel, links, replaced

TWINS_HEAD = "// Written from what UniFFI wrote. Do not change it here.\n\nimport Foundation\n\n"


def main() -> None:
    directory = pathlib.Path(sys.argv[1])
    source = adapted((directory / "Saxaul.swift").read_text())
    (directory / "Saxaul.swift").write_text(source)
    (directory / "Twins.swift").write_text(TWINS_HEAD + twins(source))


def adapted(source: str) -> str:
    source = links(source, lambda parts: "`" + in_swift(parts) + "`")
    source = calls_in_camel(source, r"open func (\w+)\(", "`{}`")
    source = re.sub(r"# Errors\n( +\*) ", r"- Throws:\n\1   ", source)
    return replaced(source, r"presence: PresenceFilter, ", "presence: PresenceFilter = .anyone, ", times=1)


def in_swift(parts: list[str]) -> str:
    """What Rust calls so, in Swift's words."""
    if parts == ["error_codes"]:
        return "ErrorCodes"
    kind, *names = parts
    lowers = kind == "SaxaulError"
    return ".".join([camel(kind), *(name[0].lower() + name[1:] if lowers else camel(name) for name in names)])


def twins(source: str) -> str:
    """An asynchronous twin of each call of a journal."""
    body = re.search(r"\nopen class Saxaul: .*?\npublic struct FfiConverterTypeSaxaul: ", source, re.DOTALL)
    if not body:
        raise SystemExit("UniFFI wrote no class Saxaul")
    calls = re.findall(r"\n(open|public static) func `?(\w+)`?\((.*?)\)\s*(throws)?\s*(?:-> (\S.*?))?\s*\{", body[0])
    if len(calls) < 30:
        raise SystemExit(f"UniFFI wrote only {len(calls)} calls")
    return "extension Saxaul {\n" + "\n".join(twin(*call) for call in calls) + "}\n"


def twin(kind: str, name: str, parameters: str, throws: str, returned: str) -> str:
    taken = re.findall(r"(\w+): ([^,=]+?)(?: = ([^,]+))?(?:, |$)", parameters)
    handed = ", ".join(f"{parameter}: {parameter}" for parameter, _, _ in taken)
    waits = any(parameter == "cancel" for parameter, _, _ in taken)
    shown = ", ".join(f"{parameter}: {type_}{f' = {default}' if default else ''}"
                      for parameter, type_, default in taken if parameter != "cancel")
    is_static = kind != "open"
    receiver = "Saxaul" if is_static else "self"
    written = f"`{name}`" if is_static and name == "open" else name
    run = f"cancellable {{ cancel in try {receiver}.{written}({handed}) }}" if waits else \
        f"beside {{ {'try ' if throws else ''}{receiver}.{written}({handed}) }}"
    ends = " Ends at once when the task is cancelled." if waits else ""
    arrow = f" -> {returned}" if returned else ""
    return (f"    /// See `{name}`.{ends}\n    public {'static ' if is_static else ''}func {name}Async({shown}) async throws{arrow} {{\n"
            f"        try await {run}\n    }}\n")


main()
