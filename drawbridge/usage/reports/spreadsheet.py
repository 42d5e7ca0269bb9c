"""Usage as CSV, which people open in spreadsheets: what a caller has named must not become a formula there.

RFC 4180; what begins a formula: https://owasp.org/www-community/attacks/CSV_Injection, read 2026-11-23.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import StringIO
from typing import Final

from drawbridge.core.money import Nanousd, written_usd
from drawbridge.usage.report import SUMS, UsageRow, UsageTotals

MEDIA_TYPE: Final = "text/csv; charset=utf-8"

_FORMULA: Final = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\N{FULLWIDTH EQUALS SIGN}",
    "\N{FULLWIDTH PLUS SIGN}",
    "\N{FULLWIDTH HYPHEN-MINUS}",
    "\N{FULLWIDTH COMMERCIAL AT}",
)
_EVENT_COLUMNS: Final = tuple(name for name in UsageRow.__struct_fields__ if name != "lost")


def events_head() -> bytes:
    """Write the names of the columns of events."""
    return _lines([(*_EVENT_COLUMNS, "cost_usd")])


def events_lines(events: Iterable[UsageRow]) -> bytes:
    """Write events, a line each."""
    return _lines((*(getattr(event, name) for name in _EVENT_COLUMNS), _usd(event.cost_nanousd)) for event in events)


def totals_lines(found: UsageTotals) -> Iterator[bytes]:
    """Write totals with their names and ids, under a line of the columns' names."""
    with_ids = found.totals[0].ids.keys() if found.totals else ()
    yield _lines([(*found.by, *(f"{name}_id" for name in with_ids), *SUMS, "cost_usd")])
    for total in found.totals:
        sums: list[object] = [getattr(total, name) for name in SUMS]
        yield _lines([(*total.group.values(), *total.ids.values(), *sums, _usd(total.cost_nanousd))])


def _usd(cost_nanousd: int | None) -> str | None:
    return None if cost_nanousd is None else written_usd(Nanousd(cost_nanousd))


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode(errors="backslashreplace")


def _cell(value: object) -> object:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case str() if value.startswith(_FORMULA):
            return "'" + value
        case _:
            return value
