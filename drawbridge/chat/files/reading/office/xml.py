"""XML as a walk over its elements, without the parts of it that can harm: no document types, so no entities."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn
from xml.parsers import expat

from drawbridge.chat.files.reading.outcome import MOST_CHARACTERS, FileError

_DEEPEST: Final = 1_000

Begin = Callable[[str, Mapping[str, str]], None]
"""Takes the beginning of an element: its name and attributes, all without their namespaces."""


class EnoughError(Exception):
    """There are more words than are kept."""


@dataclass(slots=True)
class Lines:
    """Words as they are found, up to as many as are kept."""

    lines: list[str] = field(default_factory=list[str])
    size: int = 0

    def add(self, line: str) -> None:
        """Add a line. Raises EnoughError behind the last that is kept."""
        self.lines.append(line)
        self.size += len(line) + 1
        if self.size > MOST_CHARACTERS:
            raise EnoughError

    @property
    def text(self) -> str:
        """All of them."""
        return "\n".join(self.lines).strip("\n")


def walk(data: bytes, begin: Begin, end: Callable[[str], None], words: Callable[[str], None]) -> None:
    """Walk over a document. Raises FileError, and what the three raise."""
    if not data:
        return
    depth = 0

    def began(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise FileError("is nested too deeply")
        # Of two that differ in their namespace, the one that has any: `r:id` refers to something, `id` is a number.
        named = sorted(attributes.items(), key=lambda each: " " in each[0])
        begin(_plain(name), {_plain(each): value for each, value in named})

    def ended(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(_plain(name))

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = began
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = words
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise FileError("is a broken document") from error


def _plain(name: str) -> str:
    return name.rpartition(" ")[2]


# object: expat tells of the name and addresses of a document type, which nobody needs.
def _refuse(*about: object) -> NoReturn:
    del about
    raise FileError("declares a document type, as no office program does")
