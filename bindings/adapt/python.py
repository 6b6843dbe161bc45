"""Completes what UniFFI wrote for Python: `python3 python.py PACKAGE`, where PACKAGE holds `sync_core.py` and its library.

UniFFI's module works, but type checkers cannot follow it, and its documentation is in Rust's words. This rewrites the module's
documentation, and writes from the module, once it is imported, `sync_core.pyi` for type checkers and `_calls.py`, the calls that
`saxaul.aio` awaits.
"""

from __future__ import annotations

import dataclasses
import enum
import importlib
import inspect
import pathlib
import re
import sys
import types
from typing import Any, Iterator

from words import links, replaced

ERROR_FIELDS = {"code": "str", "why": "str", "what": "str", "after_ms": "typing.Optional[int]"}
IDS = ("DeviceId", "EventId", "Incarnation", "PersonId", "RulingId", "Subject", "WalkInId")
# What takes a callback is an iterator where calls are awaited: see `saxaul.aio`.
ITERATORS = ("observe", "watch", "sync")

STUB_HEAD = """# Written by bindings/adapt/python.py from the module. Do not change it here.
import dataclasses
import enum
import typing

from typing_extensions import Self

"""
CALLS_HEAD = '''"""The calls of `saxaul.aio.Journal`. Written by bindings/adapt/python.py from the module. Do not change it here."""

from __future__ import annotations

import typing

from . import sync_core
from ._waiting import Awaiting
from .sync_core import *  # noqa: F403


class Calls(Awaiting):
    """Every call of a journal, to be awaited. None of them keeps the event loop waiting."""
'''


def main() -> None:
    package = pathlib.Path(sys.argv[1])
    source = package / "sync_core.py"
    source.write_text(completed(source.read_text()))
    sys.path.insert(0, str(package.parent))
    sys.dont_write_bytecode = True
    module = importlib.import_module("saxaul.sync_core")
    (package / "sync_core.pyi").write_text(stub(module))
    (package / "_calls.py").write_text(calls(module))


def completed(source: str) -> str:
    """The module, in Python's words, with the defaults that UniFFI cannot express and failures of the app reported."""
    source = links(source, lambda parts: f"`{in_python(parts)}`").replace("# Errors\n", "Raises:\n")
    source = replaced(source, "presence:PresenceFilter, ", "presence:PresenceFilter = _DEFAULT, ", times=1)
    source = replaced(source, "        self.presence = presence\n",
                      "        self.presence = PresenceFilter.ANYONE() if presence is _DEFAULT else presence\n")
    unexpected = "        call_status.code = _UniffiRustCallStatus.CALL_UNEXPECTED_ERROR\n"
    report = "        threading.excepthook(threading.ExceptHookArgs((type(e), e, e.__traceback__, threading.current_thread())))\n"
    return replaced(source, unexpected, report + unexpected, times=2)


def in_python(parts: list[str]) -> str:
    """What Rust calls so, in Python's words."""
    return "saxaul.error_codes" if parts == ["error_codes"] else ".".join(parts)


def is_sum(value: type) -> bool:
    return any(inspect.isclass(inner) and dataclasses.is_dataclass(inner) for inner in vars(value).values())


def stub(module: types.ModuleType) -> str:
    lines = [f"{name}: typing.TypeAlias = str\n" for name in IDS] + ["UnixMillis: typing.TypeAlias = int\n"]
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.isfunction(value):
            lines.append(signature(name, value, "") + documented(value, "    "))
        elif name == "SaxaulError":
            lines.append(error(value))
        elif issubclass(value, enum.Enum):
            members = "".join(f"    {member.name} = {member.value!r}\n" for member in value)
            lines.append(f"class {name}(enum.Enum):\n{documented(value, '    ')}{members}")
        elif is_sum(value):
            lines.append(sum_of_variants(name, value))
        elif dataclasses.is_dataclass(value):
            lines.append(record(name, value, keywords=True))
        else:
            lines.append(interface(name, value))
    names = "".join(f"    {name!r},\n" for name in module.__all__)
    return STUB_HEAD + "\n".join(lines) + f"\n__all__ = [\n{names}]\n"


def record(name: str, value: Any, *, keywords: bool, base: str = "") -> str:
    parameters = list(inspect.signature(value.__init__).parameters.values())[1:]
    fields = "".join(f"    {parameter.name}: {plain(parameter.annotation)}\n" for parameter in parameters)
    taken = ["self", *(["*"] if keywords and parameters else []), *map(taking, parameters)]
    return (f"@dataclasses.dataclass\nclass {name}{base}:\n{documented(value, '    ')}{fields}"
            f"    def __init__({', '.join(taken)}) -> None: ...\n    def __hash__(self) -> int: ...\n")


def sum_of_variants(name: str, value: Any) -> str:
    variants = {key: inner for key, inner in vars(value).items() if inspect.isclass(inner) and dataclasses.is_dataclass(inner)}
    written = [record(f"_{name}_{key}", inner, keywords=False, base=f"({name})") for key, inner in variants.items()]
    names = "".join(f"    {key} = _{name}_{key}\n" for key in variants)
    tests = "".join(f"    def is_{key.lower()}(self) -> bool: ...\n" for key in variants)
    return f"class {name}:\n{documented(value, '    ')}{names}{tests}\n" + "\n".join(written)


def error(value: Any) -> str:
    variants = {key: inner for key, inner in vars(value).items() if inspect.isclass(inner) and issubclass(inner, value)}
    names = "".join(f"    {key} = _SaxaulError_{key}\n" for key in variants)
    written = [f"class SaxaulError(Exception):\n{documented(value, '    ')}{names}"]
    for key, inner in variants.items():
        fields = [f"{field}: {ERROR_FIELDS[field]}" for field in list(inspect.signature(inner.__init__).parameters)[1:]]
        written.append(f"class _SaxaulError_{key}(SaxaulError):\n{documented(inner, '    ')}"
                       + "".join(f"    {field}\n" for field in fields)
                       + f"    def __init__(self, {', '.join(fields)}) -> None: ...\n")
    return "\n".join(written)


def public(value: Any) -> Iterator[tuple[str, Any]]:
    for name, member in vars(value).items():
        if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, classmethod)):
            yield name, member


def interface(name: str, value: Any) -> str:
    base = "(typing.Protocol)" if name.endswith("Protocol") else "".join(
        f"({base.__name__})" for base in value.__bases__ if base is not object)
    has_constructor = "__init__" in vars(value) and list(inspect.signature(value.__init__).parameters) == ["self"]
    body = "    def __init__(self) -> None: ...\n" if has_constructor else ""
    for method, member in public(value):
        is_constructor = isinstance(member, classmethod)
        function = member.__func__ if is_constructor else member
        body += "    @classmethod\n" if is_constructor else ""
        body += signature(method, function, "    ", returns="Self" if is_constructor else None)
        body += documented(function, "        ")
    return f"class {name}{base}:\n{documented(value, '    ')}{body}"


def plain(annotation: str) -> str:
    """The type that a caller sees: a default is none of its values."""
    return re.sub(r"^typing\.Union\[object, (.*)\]$", r"\1", annotation)


def default(parameter: inspect.Parameter) -> str:
    value = parameter.default
    if value is inspect.Parameter.empty:
        return ""
    return f" = {value!r}" if isinstance(value, (str, int, float)) else " = None" if "Optional" in parameter.annotation else " = ..."


def taking(parameter: inspect.Parameter) -> str:
    return f"{parameter.name}: {plain(parameter.annotation)}{default(parameter)}"


def signature(name: str, function: Any, indent: str, returns: str | None = None) -> str:
    first, *parameters = ["", *inspect.signature(function).parameters.values()] if not indent else \
        inspect.signature(function).parameters.values()
    taken = [*([first.name] if indent else []), *map(taking, parameters)]
    returned = returns or inspect.signature(function).return_annotation
    return f"{indent}def {name}({', '.join(taken)}) -> {plain(returned)}:\n"


def documented(value: Any, indent: str) -> str:
    text = (inspect.getdoc(value) or "").replace("\\", "\\\\").replace('"""', "'''")
    if not text:
        return ""
    lines = text.split("\n")
    lines[0] = '"""' + lines[0]
    return "\n".join(f"{indent}{line}" if line else "" for line in lines) + f'\n{indent}"""\n'


def calls(module: Any) -> str:
    written = CALLS_HEAD
    for name, function in public(module.Saxaul):
        if isinstance(function, classmethod) or name in ITERATORS:
            continue
        parameters = list(inspect.signature(function).parameters.values())[1:]
        handed = [parameter.name for parameter in parameters]
        waits = "cancel" in handed
        taken = ["self", *(taking(parameter) for parameter in parameters if parameter.name != "cancel")]
        taken = [re.sub(r"\b(" + "|".join((*IDS, "UnixMillis")) + r")\b", r"sync_core.\1", text) for text in taken]
        returned = plain(inspect.signature(function).return_annotation)
        run = f"self._waits(lambda cancel: self._journal.{name}" if waits else f"self._beside(lambda: self._journal.{name}"
        returns = "" if returned == "None" else "return "
        written += (f"\n    async def {name}({', '.join(taken)}) -> {returned}:\n{documented(function, '        ')}"
                    f"        {returns}await {run}({', '.join(handed)}))\n")
    return written


main()
