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
from drawbridge.usage.ledger.bills import Bill, BilledCall, BillLine, added_up, require_names
from drawbridge.usage.ledger.store import count_differing, enter, find_attempts, has_attempt

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
    differing: int = 0
    """Of those that are repeated: these with another amount than before, which stays as it was."""
    difference: int = 0
    """What all of it costs more than was booked, in nano-dollars."""

    def __add__(self, other: "Entered") -> "Entered":
        return Entered(
            self.corrected + other.corrected,
            self.confirmed + other.confirmed,
            self.unknown + other.unknown,
            self.repeated + other.repeated,
            self.differing + other.differing,
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
        require_names(bill.lines)
        calls = added_up(bill.lines, await self._known(organisation_id, bill))
        entered = Entered()
        for start in range(0, len(calls), _AT_ONCE):
            entered += await self._enter(organisation_id, actor, bill, calls[start : start + _AT_ONCE])
        return entered

    async def _known(self, organisation_id: OrganisationId, bill: Bill) -> dict[str, UUID]:
        """Find the attempts of all lines that bear the vendor's id, before lines of one call are added up."""
        wanted = sorted({line.request_id for line in bill.lines if line.request_id is not None})
        known: dict[str, UUID] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            async with self._database.organisation(organisation_id) as connection:
                some = wanted[start : start + _AT_ONCE]
                known |= await find_attempts(connection, organisation_id, bill.provider, some)
        return known

    async def _enter(
        self, organisation_id: OrganisationId, actor: Actor, bill: Bill, calls: Sequence[BilledCall]
    ) -> Entered:
        async with self._database.organisation(organisation_id) as connection:
            made = await enter(connection, organisation_id, bill, actor.name or actor.kind, calls)
            entered = Entered(
                corrected=sum(one.attempt_id is not None and one.before != one.after for one in made),
                confirmed=sum(one.attempt_id is not None and one.before == one.after for one in made),
                unknown=sum(one.attempt_id is None for one in made),
                repeated=len(calls) - len(made),
                differing=await count_differing(connection, organisation_id, bill, calls),
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
