"""Spreadsheets (.xlsx): each sheet as CSV under its name, with dates as people read them."""

import contextlib
import csv
import io
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from drawbridge.chat.files.reading.office.packed import Packed
from drawbridge.chat.files.reading.office.xml import EnoughError, Lines, walk

_COLUMN: Final = re.compile(r"([A-Z]{1,3})\d+")
_MOST_COLUMNS: Final = 16_384
_DATES: Final = frozenset({*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)})
"""Formats that every program knows without being told (ECMA-376, part 1, 18.8.30)."""
_NO_DATE: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_DATE: Final = re.compile(r"[dmyhs]", re.IGNORECASE)
_FIRST_DAY: Final = datetime(1899, 12, 30)  # noqa: DTZ001  Sheets know no time zones.
_FIRST_DAY_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001
_LAST_DAY: Final = 2_958_465


def words_of_sheets(packed: Packed) -> str:
    """Return what stands in all sheets."""
    lines = Lines()
    book = _Book()
    walk(packed.read("xl/workbook.xml"), book.begin, _nothing, _nothing)
    walk(packed.read("xl/_rels/workbook.xml.rels"), book.begin, _nothing, _nothing)
    walk(packed.read("xl/styles.xml"), book.begin, book.end, _nothing)
    strings = _Strings()
    walk(packed.read("xl/sharedStrings.xml"), strings.begin, strings.end, strings.words)
    with contextlib.suppress(EnoughError):
        for number, (name, relation) in enumerate(book.sheets):
            lines.add(f"{'' if number == 0 else chr(10)}[Sheet {name}]")
            sheet = _Sheet(lines, book, strings.found)
            walk(packed.read(f"xl/{book.targets.get(relation, '')}"), sheet.begin, sheet.end, sheet.words)
    return lines.text


def _nothing(found: str) -> None:
    del found


class _Book:
    """Which sheets there are, and how their numbers are shown."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str]] = []
        self.targets: dict[str, str] = {}
        self.date_styles: set[int] = set()
        self.first_day = _FIRST_DAY
        self._date_formats: set[int] = set(_DATES)
        self._styles = 0
        self._is_in_styles = False

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        match name:
            case "sheet":
                self.sheets.append((attributes.get("name", ""), attributes.get("id", "")))
            case "Relationship":
                self.targets[attributes.get("Id", "")] = attributes.get("Target", "").removeprefix("/xl/")
            case "workbookPr" if attributes.get("date1904") in {"1", "true"}:
                self.first_day = _FIRST_DAY_1904
            case "numFmt" if _DATE.search(_NO_DATE.sub("", attributes.get("formatCode", ""))):
                self._date_formats.add(_whole(attributes.get("numFmtId")))
            case "cellXfs":
                self._is_in_styles = True
            case "xf" if self._is_in_styles:
                if _whole(attributes.get("numFmtId")) in self._date_formats:
                    self.date_styles.add(self._styles)
                self._styles += 1
            case _:
                pass

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._is_in_styles = False


class _Strings:
    """Texts that stand in many cells, once, by their numbers."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._said: list[str] = []
        self._is_text = False
        self._is_sound = False

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        del attributes
        self._is_text = name == "t" and not self._is_sound
        self._is_sound = self._is_sound or name == "rPh"

    def words(self, words: str) -> None:
        if self._is_text:
            self._said.append(words)

    def end(self, name: str) -> None:
        self._is_text = False
        if name == "rPh":
            self._is_sound = False
        elif name == "si":
            self.found.append("".join(self._said))
            self._said = []


class _Sheet:
    """Writes rows as CSV."""

    def __init__(self, lines: Lines, book: _Book, strings: list[str]) -> None:
        self._lines = lines
        self._book = book
        self._strings = strings
        self._row: list[str] = []
        self._said: list[str] = []
        self._is_text = False
        self._column = 0
        self._kind = ""
        self._style = 0

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        match name:
            case "c":
                self._column = _column_of(attributes.get("r", ""), len(self._row))
                self._kind = attributes.get("t", "n")
                self._style = _whole(attributes.get("s"))
                self._said = []
            case "v" | "t":
                self._is_text = True
            case _:
                pass

    def words(self, words: str) -> None:
        if self._is_text:
            self._said.append(words)

    def end(self, name: str) -> None:
        match name:
            case "v" | "t":
                self._is_text = False
            case "c":
                if value := self._value():
                    self._row += [""] * (self._column - len(self._row))
                    self._row.append(value)
            case "row":
                if self._row:
                    self._lines.add(_as_csv(self._row))
                self._row = []
            case _:
                pass

    def _value(self) -> str:
        said = "".join(self._said)
        match self._kind:
            case "s":
                number = _whole(said)
                return self._strings[number] if number < len(self._strings) else ""
            case "b":
                return "TRUE" if said == "1" else "FALSE"
            case "n" if self._style in self._book.date_styles:
                return _date(said, self._book.first_day)
            case _:
                return said


def _as_csv(row: list[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(row)
    return written.getvalue()


def _column_of(place: str, next_column: int) -> int:
    """Return the number of the column that a place such as `AB12` is in."""
    found = _COLUMN.fullmatch(place)
    if found is None:
        return next_column
    number = 0
    for letter in found[1]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return max(next_column, min(number, _MOST_COLUMNS) - 1)


def _date(said: str, first_day: datetime) -> str:
    try:
        days = float(said)
    except ValueError:
        return said
    if not 0 <= days <= _LAST_DAY:
        return said
    moment = first_day + timedelta(seconds=round(days * 86_400))
    if days < 1:
        return moment.time().isoformat()
    return moment.date().isoformat() if days == int(days) else moment.isoformat(" ")


def _whole(written: str | None) -> int:
    return int(written) if written is not None and written.isdecimal() and len(written) < 10 else 0
