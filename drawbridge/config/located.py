"""YAML as plain values that still know their lines."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import yaml
from yaml.reader import ReaderError

from drawbridge.config.errors import DocumentError, Problem

Path = tuple[str | int, ...]
"""Where a value stands: keys of mappings and places in lists, from the top."""

Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]

_DEEPEST = 20
_MOST_NODES = 200_000
"""Aliases multiply: a few lines can stand for millions of values."""
_TOO_DEEP = "This is nested too deeply, or repeats itself."


@dataclass(frozen=True, slots=True)
class Located:
    """A file's content, and the line of each value in it."""

    source: str
    value: Value
    lines: Mapping[Path, int]

    def problem(self, path: Path, message: str) -> Problem:
        """Name a problem with the line of the value it is about, or of the nearest value around it."""
        return Problem(self.source, self.line(path), write_path(path), message)

    def line(self, path: Path) -> int | None:
        """Return the line of a value, from 1, or that of the nearest value around it; None in an empty file."""
        return next((self.lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self.lines), None)


def read_yaml(text: str, source: str) -> Located:
    """Read YAML with the safe loader's types.

    Raises DocumentError for broken syntax and for keys that are given twice, are no text, or are merges.
    """
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        reader = _Reader(loader, source)
        value = None if node is None else reader.read(node, ())
    except yaml.MarkedYAMLError as error:
        raise DocumentError([_syntax_problem(error, source)]) from error
    except ReaderError as error:
        raise DocumentError([_character_problem(error, text, source)]) from error
    except yaml.YAMLError as error:
        raise DocumentError([Problem(source, None, "", f"This is no YAML: {error}")]) from error
    except RecursionError as error:  # The parser's own, before any node can be counted.
        raise DocumentError([Problem(source, None, "", _TOO_DEEP)]) from error
    if reader.problems:
        raise DocumentError(reader.problems)
    return Located(source, value, reader.lines)


def write_path(path: Path) -> str:
    """Write a path as people do: `models.gpt-5.route[0]`."""
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return written.removeprefix(".")


def did_you_mean(wrong: str, allowed: Iterable[str]) -> str:
    """Return a hint at the closest allowed word, with a leading space; empty when none is close."""
    close = difflib.get_close_matches(wrong, list(allowed), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


_UNREADABLE = object()


class _Reader:
    """Walks the nodes of one document, collecting lines and problems."""

    def __init__(self, loader: yaml.SafeLoader, source: str) -> None:
        self._loader = loader
        self._source = source
        self._count = 0
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []

    def read(self, node: yaml.Node, path: Path) -> Value:
        self.lines.setdefault(path, _line(node))
        self._count += 1
        if len(path) > _DEEPEST or self._count > _MOST_NODES:
            raise DocumentError([self._problem(node, path, _TOO_DEEP)])
        match node:
            case yaml.MappingNode():
                return dict(self._pairs(node, path))
            case yaml.SequenceNode():
                return [self.read(item, (*path, place)) for place, item in enumerate(node.value)]
            case _:
                return self._scalar(node, path)

    def _pairs(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[str, Value]]:
        first_lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, path)
            if key is None:
                continue
            if key in first_lines:
                message = f"{key!r} is given twice; it stands in line {first_lines[key]} already."
                self.problems.append(self._problem(key_node, (*path, key), message))
                continue
            first_lines[key] = self.lines[(*path, key)] = _line(key_node)
            yield key, self.read(value_node, (*path, key))

    def _key(self, node: yaml.Node, path: Path) -> str | None:
        if node.tag == "tag:yaml.org,2002:merge":
            self.problems.append(self._problem(node, path, "Merge keys (<<) are not supported: write it out."))
            return None
        if _is_old_truth(node):
            return node.value
        key = self._constructed(node) if isinstance(node, yaml.ScalarNode) else None
        if isinstance(key, str):
            return key
        self.problems.append(self._problem(node, path, "A name must be text: put it in quotes."))
        return None

    def _scalar(self, node: yaml.Node, path: Path) -> Value:
        value = self._constructed(node)
        if value is None or isinstance(value, str | int | float):
            return value
        self.problems.append(self._problem(node, path, "This reads as a date or binary data: put it in quotes."))
        return None

    def _constructed(self, node: yaml.Node) -> object:
        try:
            # The stubs leave construct_object untyped; the callers check what it makes.
            value: object = self._loader.construct_object(node)  # pyright: ignore[reportUnknownMemberType]
        except (ValueError, KeyError):  # Such as 2024-13-45, which has the form of a date, or !!int x.
            return _UNREADABLE
        return value

    def _problem(self, node: yaml.Node, path: Path, message: str) -> Problem:
        return Problem(self._source, _line(node), write_path(path), message)


def _is_old_truth(node: yaml.Node) -> bool:
    """Tell whether this is `on`, `off`, `yes` or `no`: truth in YAML 1.1, which PyYAML reads, and text in 1.2."""
    return node.tag == "tag:yaml.org,2002:bool" and node.value.lower() not in ("true", "false")


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1


def _syntax_problem(error: yaml.MarkedYAMLError, source: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    said = "; ".join(part for part in (error.context, error.problem) if part)
    advice = " Indent with spaces, not with tabs." if "'\\t'" in said else ""
    return Problem(source, None if mark is None else mark.line + 1, "", f"This is no YAML: {said}.{advice}")


def _character_problem(error: ReaderError, text: str, source: str) -> Problem:
    line = text.count("\n", 0, error.position) + 1
    code = ord(text[error.position])
    return Problem(source, line, "", f"This is no YAML: the character U+{code:04X} cannot stand in it. Take it out.")
