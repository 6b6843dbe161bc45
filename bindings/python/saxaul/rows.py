"""Makes what UniFFI writes for records and errors what Python expects of them.

UniFFI writes its records as data classes without fields: they have no `repr`, no hash, and `dataclasses.asdict` and pandas find
nothing in them. Here each gets the fields that its constructor takes, with their types.
"""

import dataclasses
import inspect
import types
from typing import Any, Iterator


def complete(module: types.ModuleType) -> None:
    """Gives every record of a module its fields, and every error a sentence for people."""
    for record in _records(vars(module)):
        parameters = list(inspect.signature(record.__init__).parameters.values())[1:]
        record.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        for made_without_fields in ("__eq__", "__hash__", "__repr__", "__match_args__"):
            if made_without_fields in vars(record):
                delattr(record, made_without_fields)
        dataclasses.dataclass(init=False)(record)
        record.__hash__ = _hash
        record.__str__ = record.__repr__
    for error in ("Retry", "SignIn", "Refused"):
        getattr(module.SaxaulError, error).__str__ = lambda self: f"{self.why} ({self.code})"
    module.SaxaulError.Bug.__str__ = lambda self: self.what


def _hash(row: Any) -> int:
    """Rows that are equal have one hash, also where a field is a list, which Python hashes by nothing."""
    return hash(tuple(_frozen(getattr(row, field.name)) for field in dataclasses.fields(row)))


def _frozen(value: Any) -> Any:
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value


def _records(names: dict[str, Any]) -> Iterator[Any]:
    """The data classes of a module. The variants of a sum are data classes from which what the sum shows is derived."""
    for value in list(names.values()):
        if not inspect.isclass(value):
            continue
        for found in (value, *vars(value).values()):
            if inspect.isclass(found) and dataclasses.is_dataclass(found):
                yield next(made for made in found.__mro__ if "__dataclass_fields__" in vars(made))
