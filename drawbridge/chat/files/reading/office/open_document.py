"""OpenDocument files (.odt, .ods, .odp): paragraphs and headings as lines, rows of tables as one line each."""

import contextlib
from collections.abc import Mapping
from typing import Final

from drawbridge.chat.files.reading.office.xml import EnoughError, Lines, walk

_SKIPPED: Final = frozenset({"tracked-changes", "annotation", "forms"})
_MOST_SAME: Final = 100
"""A cell or row that is written once for many is so often given: sheets fill their empty ends in this way."""


def words_of_open_document(content: bytes) -> str:
    """Return what a document says."""
    lines = Lines()
    reading = _Reading(lines)
    with contextlib.suppress(EnoughError):
        walk(content, reading.begin, reading.end, reading.words)
    return lines.text


class _Reading:
    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._said: list[str] = []
        self._cell: list[str] = []
        self._row: list[str] = []
        self._paragraphs = 0
        self._skipped = 0
        self._tables = 0
        self._heading = ""
        self._same_cells = 1
        self._pages = 0

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._skipped or name in _SKIPPED:
            self._skipped += 1
            return
        match name:
            case "p" | "h":
                self._paragraphs += 1
                self._heading = "#" * min(6, _count(attributes.get("outline-level"))) + " " if name == "h" else ""
            case "s":
                self._said.append(" " * min(_MOST_SAME, _count(attributes.get("c"))))
            case "tab":
                self._said.append("\t")
            case "line-break":
                self._said.append("\n")
            case "table":
                self._tables += 1
                if self._tables == 1:
                    self._lines.add(f"\n[Table {attributes.get('name', '')}]")
            case "table-cell":
                self._same_cells = min(_MOST_SAME, _count(attributes.get("number-columns-repeated")))
            case "page":
                self._pages += 1
                self._lines.add(f"\n[Slide {self._pages}]")
            case _:
                pass

    def words(self, words: str) -> None:
        if self._paragraphs and not self._skipped:
            self._said.append(words)

    def end(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        match name:
            case "p" | "h":
                self._paragraphs -= 1
                self._end_paragraph()
            case "table-cell" if self._tables == 1:
                self._row += [" ".join(self._cell)] * self._same_cells
                self._cell = []
            case "table-row" if self._tables == 1:
                self._end_row()
            case "table":
                self._tables -= 1
            case _:
                pass

    def _end_paragraph(self) -> None:
        said = "".join(self._said)
        self._said = []
        if not self._tables:
            self._lines.add(self._heading + said if said.strip() else "")
        elif said.strip():
            self._cell.append(said.strip())

    def _end_row(self) -> None:
        while self._row and not self._row[-1]:
            self._row.pop()
        if self._row:
            self._lines.add(" | ".join(self._row))
        self._row = []


def _count(written: str | None) -> int:
    return int(written) if written is not None and written.isdecimal() and len(written) < 10 else 1
