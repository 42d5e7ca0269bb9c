"""What vendors bill: a file of calls with their amounts, read into lines that can be entered as corrections."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from drawbridge.core.money import Nanousd
from drawbridge.policy.errors import NotationError
from drawbridge.policy.notation import parse_usd
from drawbridge.usage.errors import BillError

COLUMNS: Final = ("attempt_id", "provider_request_id", "cost_usd")
"""Of a bill's file, in any order: each line has one of the ids."""


@dataclass(frozen=True, slots=True)
class BillLine:
    """What a vendor billed for one call, in nano-dollars: by our id of the attempt, or by the vendor's of the request.

    Several lines of one call are added up.
    """

    cost: Nanousd
    attempt_id: UUID | None = None
    request_id: str | None = None

    @property
    def reference(self) -> str:
        """How the bill names the call."""
        return str(self.attempt_id) if self.request_id is None else self.request_id


@dataclass(frozen=True, slots=True)
class Bill:
    """What one vendor billed."""

    provider: str
    source: str
    """Which bill it is, such as `openai 2026-10`: of one source, each call is entered once."""
    lines: Sequence[BillLine]
    reason: str = ""


def parse_bill(written: str) -> list[BillLine]:
    """Read a bill's file: CSV whose first line names the columns. Raises BillError."""
    reader = csv.DictReader(io.StringIO(written))
    named = set(reader.fieldnames or ())
    if "cost_usd" not in named or not named & {"attempt_id", "provider_request_id"}:
        raise BillError(f"The first line of a bill names its columns: {', '.join(COLUMNS)}; one of the ids is enough.")
    return [_line(row, reader.line_num) for row in reader]


def added_up(lines: Iterable[BillLine]) -> list[BillLine]:
    """Add up the lines of each call. Raises BillError where one is below zero in the end."""
    totals: dict[tuple[UUID | None, str | None], int] = {}
    for line in lines:
        if (line.attempt_id is None) == (line.request_id is None):
            raise BillError("Each line of a bill needs an attempt_id or a provider_request_id, and not both.")
        call = (line.attempt_id, line.request_id)
        totals[call] = totals.get(call, 0) + line.cost
    if below := next((call for call, cost in totals.items() if cost < 0), None):
        raise BillError(f"The lines of {below[1] or below[0]} come to less than zero: a call cannot earn money.")
    return [BillLine(Nanousd(cost), attempt_id, request_id) for (attempt_id, request_id), cost in totals.items()]


def _line(row: Mapping[str, str | None], number: int) -> BillLine:
    attempt, request_id = row.get("attempt_id") or None, row.get("provider_request_id") or None
    if (attempt is None) == (request_id is None):
        raise BillError(f"Line {number} of the bill needs an attempt_id or a provider_request_id, and not both.")
    try:
        cost = _amount(row.get("cost_usd") or "")
        return BillLine(cost, None if attempt is None else UUID(attempt), request_id)
    except NotationError as error:
        raise BillError(f"Line {number} of the bill: {error.message}") from error
    except ValueError as error:
        raise BillError(f"Line {number} of the bill: {attempt!r} is no id of an attempt.") from error


def _amount(written: str) -> Nanousd:
    """Read dollars; a credit is below zero."""
    amount = parse_usd(written.removeprefix("-"))
    return Nanousd(-amount) if written.startswith("-") else amount
