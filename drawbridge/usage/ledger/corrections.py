"""Corrections: what calls really cost, entered beside what was booked of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from drawbridge.audit.acts import Act, Actor
from drawbridge.audit.record import record
from drawbridge.core.ids import OrganisationId
from drawbridge.core.money import Nanousd
from drawbridge.db.engine import Database
from drawbridge.usage.errors import UnknownEventError
from drawbridge.usage.ledger.bills import Bill, BillLine, added_up
from drawbridge.usage.ledger.store import Entry, enter, find_attempts, has_attempt

_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of a bill's calls."""

    corrected: int = 0
    """Of these another cost was booked."""
    confirmed: int = 0
    """These had been booked as they were billed."""
    unknown: int = 0
    """No attempt is known for these: they are in suspense."""
    repeated: int = 0
    """These had been entered from the same source before: nothing was changed."""
    difference: int = 0
    """What all of it costs more than was booked, in nano-dollars."""

    def __add__(self, other: "Entered") -> "Entered":
        return Entered(
            self.corrected + other.corrected,
            self.confirmed + other.confirmed,
            self.unknown + other.unknown,
            self.repeated + other.repeated,
            self.difference + other.difference,
        )


class Corrections:
    """Enters what calls really cost. What was booked is never changed: it is reversed, and booked anew."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def correct(
        self,
        organisation_id: OrganisationId,
        actor: Actor,
        attempt_id: UUID,
        cost: Nanousd,
        *,
        source: str,
        reason: str,
    ) -> Entered:
        """Enter what one attempt cost, once for each source. Raises UnknownEventError."""
        async with self._database.organisation(organisation_id) as connection:
            if not await has_attempt(connection, organisation_id, attempt_id):
                raise UnknownEventError(f"No attempt has the id {attempt_id}: `drawbridge usage --json` shows them.")
        bill = Bill("", source, (BillLine(cost, attempt_id),), reason)
        return await self.enter(organisation_id, actor, bill)

    async def enter(self, organisation_id: OrganisationId, actor: Actor, bill: Bill) -> Entered:
        """Enter a vendor's bill; where that ends half-way, enter it again. Raises BillError."""
        lines = added_up(bill.lines)
        entered = Entered()
        for start in range(0, len(lines), _AT_ONCE):
            entered += await self._enter(organisation_id, actor, bill, lines[start : start + _AT_ONCE])
        return entered

    async def _enter(
        self, organisation_id: OrganisationId, actor: Actor, bill: Bill, lines: Sequence[BillLine]
    ) -> Entered:
        async with self._database.organisation(organisation_id) as connection:
            wanted = [line.request_id for line in lines if line.request_id is not None]
            known = await find_attempts(connection, organisation_id, bill.provider, wanted)
            entries = [
                Entry(line.reference, line.attempt_id or known.get(line.reference), bill.provider, line.cost)
                for line in lines
            ]
            made = await enter(connection, organisation_id, bill, actor.name or actor.kind, entries)
            entered = Entered(
                corrected=sum(one.attempt_id is not None and one.before != one.after for one in made),
                confirmed=sum(one.attempt_id is not None and one.before == one.after for one in made),
                unknown=sum(one.attempt_id is None for one in made),
                repeated=len(entries) - len(made),
                difference=sum(one.after - (one.before or 0) for one in made),
            )
            if made:
                await record(connection, organisation_id, _act(actor, bill, entered))
        return entered


def _act(actor: Actor, bill: Bill, entered: Entered) -> Act:
    detail: dict[str, object] = {
        "reason": bill.reason,
        "corrected": entered.corrected,
        "confirmed": entered.confirmed,
        "unknown": entered.unknown,
        "difference_nanousd": entered.difference,
    }
    return Act(actor, "usage.corrected", "usage", bill.source, detail=detail)
