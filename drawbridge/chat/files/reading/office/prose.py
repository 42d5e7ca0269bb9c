"""Letters (.docx) and slides (.pptx): paragraphs, headings and tables, which both write alike."""

import contextlib
import re
from collections.abc import Mapping
from typing import Final

from drawbridge.chat.files.reading.office.packed import Packed
from drawbridge.chat.files.reading.office.xml import EnoughError, Lines, walk

_HEADING: Final = re.compile(r"(?:heading|berschrift|titre|t[ií]tulo|titolo)\s*([1-6])", re.IGNORECASE)
_SPACES: Final[Mapping[str, str]] = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


def words_of_letter(packed: Packed) -> str:
    """Return what a letter says, its notes behind it."""
    lines = Lines()
    with contextlib.suppress(EnoughError):
        for name in ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml"):
            _Prose(lines).read(packed.read(name))
    return lines.text


def words_of_slides(packed: Packed) -> tuple[str, int]:
    """Return what slides say, each under its number with its notes, and how many there are."""
    lines, slides = Lines(), _in_order(packed)
    with contextlib.suppress(EnoughError):
        for number, name in enumerate(slides, 1):
            lines.add(f"{'' if number == 1 else chr(10)}[Slide {number}]")
            _Prose(lines).read(packed.read(f"ppt/{name}"))
            notes = _targets(packed.read(f"ppt/slides/_rels/{name.rpartition('/')[2]}.rels"), "/notesSlide")
            for note in notes.values():
                lines.add("[Notes]")
                _Prose(lines).read(packed.read(f"ppt/{note.removeprefix('../')}"))
    return lines.text, len(slides)


def _in_order(packed: Packed) -> list[str]:
    """Return the names of slides in the order in which they are shown."""
    targets = _targets(packed.read("ppt/_rels/presentation.xml.rels"), "/slide")
    order: list[str] = []

    def begin(name: str, attributes: Mapping[str, str]) -> None:
        if name == "sldId" and (target := targets.get(attributes.get("id", ""))) is not None:
            order.append(target)

    walk(packed.read("ppt/presentation.xml"), begin, _nothing, _nothing)
    return order


def _targets(relations: bytes, kind: str) -> dict[str, str]:
    """Return what a part refers to, of one kind, by the names that it has for them."""
    found: dict[str, str] = {}

    def begin(name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith(kind):
            found[attributes.get("Id", "")] = attributes.get("Target", "").removeprefix("/ppt/")

    walk(relations, begin, _nothing, _nothing)
    return found


def _nothing(found: str) -> None:
    del found


class _Prose:
    """Reads one part: paragraphs become lines, rows of tables one line each."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._said: list[str] = []
        self._cells: list[str] = []
        self._row: list[str] = []
        self._tables = 0
        self._is_text = False
        self._skipped = 0
        self._heading = ""

    def read(self, data: bytes) -> None:
        walk(data, self._begin, self._end, self._words)

    def _begin(self, name: str, attributes: Mapping[str, str]) -> None:
        # A picture's words stand there twice: once more for programs that do not know the new form.
        if name == "Fallback" or self._skipped:
            self._skipped += 1
        elif name == "t":
            self._is_text = True
        elif name == "tbl":
            self._tables += 1
        elif name == "pStyle" and (found := _HEADING.search(attributes.get("val", ""))):
            self._heading = "#" * int(found[1]) + " "
        elif name in _SPACES:
            self._said.append(_SPACES[name])

    def _words(self, words: str) -> None:
        if self._is_text and not self._skipped:
            self._said.append(words)

    def _end(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
        elif name == "t":
            self._is_text = False
        elif name == "p":
            self._end_paragraph()
        elif name == "tc" and self._tables == 1:
            self._row.append(" ".join(self._cells))
            self._cells = []
        elif name == "tr" and self._tables == 1:
            self._lines.add(" | ".join(self._row))
            self._row = []
        elif name == "tbl":
            self._tables -= 1

    def _end_paragraph(self) -> None:
        said = "".join(self._said)
        self._said = []
        if not self._tables:
            self._lines.add(self._heading + said if said.strip() else "")
        elif said.strip():
            self._cells.append(said.strip())
        self._heading = ""
