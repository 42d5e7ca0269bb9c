"""Compare plain values with the type that they should have, naming everything that does not fit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never, cast

from msgspec import inspect

from drawbridge.config.located import Path, Value, did_you_mean


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something wrong with a value, and where it stands."""

    path: Path
    message: str


def misfits(value: Value, wanted: inspect.Type, path: Path = ()) -> Iterator[Complaint]:
    """Name every place where a value is not of the wanted type: all of them, in the order of the value."""
    match wanted:
        case inspect.Metadata():
            yield from misfits(value, wanted.type, path)
        case inspect.StructType():
            yield from _struct_misfits(value, wanted, path)
        case inspect.ListType() | inspect.VarTupleType():
            yield from _list_misfits(value, wanted, path)
        case inspect.DictType():
            yield from _mapping_misfits(value, wanted, path)
        case inspect.UnionType():
            yield from _union_misfits(value, wanted, path)
        case inspect.LiteralType():
            yield from _literal_misfits(value, wanted, path)
        case _:
            if not _is_plain(value, wanted):
                yield Complaint(path, f"must be {in_words(wanted)}, not {_shown(value)}.")
            elif isinstance(value, str) and not value.isprintable():
                yield Complaint(path, "holds characters that cannot be shown in a line: leave them out.")
            elif isinstance(value, str) and isinstance(wanted, inspect.StrType):
                yield from _text_misfits(value, wanted, path)


def in_words(wanted: inspect.Type) -> str:
    """Say in words what a type takes."""
    match wanted:
        case inspect.Metadata():
            return in_words(wanted.type)
        case inspect.LiteralType():
            return " or ".join(repr(value) for value in wanted.values)
        case inspect.UnionType():
            return " or ".join(in_words(part) for part in wanted.types if not isinstance(part, inspect.NoneType))
        case inspect.StructType():
            return f"a mapping with {', '.join(field.encode_name for field in wanted.fields)}"
        case inspect.ListType() | inspect.VarTupleType():
            return f"a list of {in_words(wanted.item_type)}"
        case inspect.DictType():
            return f"a mapping from names to {in_words(wanted.value_type)}"
        case _:
            return _plain_in_words(wanted)


def _plain_in_words(wanted: inspect.Type) -> str:
    match wanted:
        case inspect.StrType():
            return "text" if not wanted.min_length else "text that is not empty"
        case inspect.IntType():
            return "a whole number" if wanted.ge is None else f"a whole number of at least {wanted.ge}"
        case inspect.BoolType():
            return "true or false"
        case _:
            return type(wanted).__name__.removesuffix("Type").lower()


def _text_misfits(value: str, wanted: inspect.StrType, path: Path) -> Iterator[Complaint]:
    if wanted.max_length is not None and len(value) > wanted.max_length:
        yield Complaint(path, f"is too long: at most {wanted.max_length} characters.")
    elif wanted.pattern is not None and re.search(wanted.pattern, value) is None:
        yield Complaint(path, f"{value!r} is not written as it must be here: {wanted.pattern}")


def _struct_misfits(value: Value, wanted: inspect.StructType, path: Path) -> Iterator[Complaint]:
    if not isinstance(value, dict):
        yield Complaint(path, f"must be {in_words(wanted)}, not {_shown(value)}.")
        return
    fields = {field.encode_name: field for field in wanted.fields}
    for name, item in value.items():
        if name in fields:
            yield from misfits(item, fields[name].type, (*path, name))
        else:
            yield Complaint((*path, name), unknown_setting(name, fields))
    for name, field in fields.items():
        if field.required and name not in value:
            yield Complaint(path, f"{name!r} is missing.")


def unknown_setting(name: str, allowed: "dict[str, inspect.Field] | list[str]") -> str:
    """Say that a setting does not exist, which ones do, and which was probably meant."""
    return f"there is no setting {name!r} here. Allowed: {', '.join(allowed)}.{did_you_mean(name, allowed)}"


def _list_misfits(value: Value, wanted: inspect.ListType | inspect.VarTupleType, path: Path) -> Iterator[Complaint]:
    if not isinstance(value, list):
        yield Complaint(path, f"must be {in_words(wanted)}, not {_shown(value)}.")
    elif len(value) < (wanted.min_length or 0):
        yield Complaint(path, f"is empty: it must have at least {wanted.min_length}.")
    else:
        for place, item in enumerate(value):
            yield from misfits(item, wanted.item_type, (*path, place))


def _mapping_misfits(value: Value, wanted: inspect.DictType, path: Path) -> Iterator[Complaint]:
    if not isinstance(value, dict):
        yield Complaint(path, f"must be {in_words(wanted)}, not {_shown(value)}.")
        return
    for name, item in value.items():
        yield from misfits(name, wanted.key_type, path)
        yield from misfits(item, wanted.value_type, (*path, name))


def _union_misfits(value: Value, wanted: inspect.UnionType, path: Path) -> Iterator[Complaint]:
    """Complain by the part of the union that the value is meant to be, so that the hint is about the right one."""
    parts = [part for part in wanted.types if not isinstance(part, inspect.NoneType)]
    if value is None and len(parts) < len(wanted.types):
        return
    meant = [part for part in parts if _is_alike(value, part)]
    if len(parts) == 1 or len(meant) == 1:
        yield from misfits(value, (meant or parts)[0], path)
    elif not meant:
        yield Complaint(path, f"must be {in_words(wanted)}, not {_shown(value)}.")


def _literal_misfits(value: Value, wanted: inspect.LiteralType, path: Path) -> Iterator[Complaint]:
    # msgspec types the values as a tuple of str or int; those of a Literal are one of the two.
    allowed = cast("tuple[str | int, ...]", wanted.values)
    if value in allowed and not isinstance(value, bool):
        return
    hint = did_you_mean(value, [str(word) for word in allowed]) if isinstance(value, str) else ""
    listed = ", ".join(str(word) for word in allowed)
    shown = repr(value) if isinstance(value, str) else _shown(value)
    yield Complaint(path, f"{shown} is not allowed here. Allowed: {listed}.{hint}")


def _is_alike(value: Value, wanted: inspect.Type) -> bool:
    if isinstance(wanted, inspect.Metadata):
        return _is_alike(value, wanted.type)
    match value:
        case dict():
            return isinstance(wanted, inspect.StructType | inspect.DictType)
        case list():
            return isinstance(wanted, inspect.ListType | inspect.VarTupleType)
        case None | str() | int() | float():
            return isinstance(wanted, inspect.LiteralType) or _is_plain(value, wanted)
        case _:
            assert_never(value)


def _is_plain(value: Value, wanted: inspect.Type) -> bool:
    match wanted:
        case inspect.StrType():
            return isinstance(value, str) and len(value) >= (wanted.min_length or 0)
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.IntType():
            return isinstance(value, int) and not isinstance(value, bool) and _in_range(value, wanted)
        case inspect.NoneType():
            return value is None
        case _:
            return False


def _in_range(value: int, wanted: inspect.IntType) -> bool:
    return (wanted.ge is None or value >= wanted.ge) and (wanted.le is None or value <= wanted.le)


def _shown(value: Value) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            return "text"  # Never the text itself: a credential in the wrong place must not reach a log.
        case int() | float():
            return f"the number {value} (for text, put it in quotes)"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            assert_never(value)
