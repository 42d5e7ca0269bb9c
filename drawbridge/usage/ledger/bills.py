"""What vendors bill: a file of calls with their amounts, read into lines that can be entered as corrections."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from drawbridge.core.money import NANOUSD_PER_USD, Nanousd, format_usd
from drawbridge.policy.errors import NotationError
from drawbridge.policy.notation import parse_usd
from drawbridge.usage.errors import BillError

COLUMNS: Final = ("attempt_id", "provider_request_id", "cost_usd")
"""Of a bill's file, in any order: each line has one of the ids."""

_MOST: Final = Nanousd(1_000_000 * NANOUSD_PER_USD)
"""Of one call: whatever is added to it fits into the database's whole numbers."""


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
class BilledCall:
    """What a bill's lines of one call come to."""

    reference: str
    """How the bill named it first."""
    attempt_id: UUID | None
    """None where nobody knows whose call it is."""
    cost: Nanousd


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


def require_names(lines: Iterable[BillLine]) -> None:
    """Check that each line names its call in one way. Raises BillError."""
    if any((line.attempt_id is None) == (line.request_id is None) for line in lines):
        raise BillError("Each line of a bill needs an attempt_id or a provider_request_id, and not both.")


def added_up(lines: Iterable[BillLine], known: Mapping[str, UUID]) -> list[BilledCall]:
    """Add up the lines of each call, by whichever id they name it; `known` are attempts by the vendor's ids.

    Raises BillError where a call comes to less than zero in the end, or to more than any call can cost.
    """
    totals: dict[UUID | str, int] = {}
    references: dict[UUID | str, str] = {}
    for line in lines:
        call = line.attempt_id or known.get(line.reference, line.reference)
        totals[call] = totals.get(call, 0) + line.cost
        references.setdefault(call, line.reference)
    for call, cost in totals.items():
        if cost < 0:
            raise BillError(f"The lines of {references[call]} come to less than zero: a call cannot earn money.")
        if cost > _MOST:
            raise BillError(
                f"The lines of {references[call]} come to more than {format_usd(_MOST)}: no call costs that."
            )
    return [
        BilledCall(references[call], call if isinstance(call, UUID) else None, Nanousd(cost))
        for call, cost in totals.items()
    ]


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
