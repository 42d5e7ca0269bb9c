"""The months of the ledger: open, then closing while what is late may still come, then closed for good."""

import re
from datetime import date
from typing import Final, Literal

from drawbridge.audit.acts import Act, Actor
from drawbridge.audit.record import record
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.usage.errors import MonthError, PeriodError
from drawbridge.usage.ledger.store import change_period, read_state

_MONTH: Final = re.compile(r"2[0-9]{3}-(0[1-9]|1[0-2])")
State = Literal["open", "closing", "closed"]


def parse_month(written: str) -> date:
    """Read a month, such as 2026-10, as its first day. Raises MonthError."""
    if _MONTH.fullmatch(written) is None:
        raise MonthError(f"{written!r} is no month: write it like 2026-10.")
    return date.fromisoformat(f"{written}-01")


class Periods:
    """Closes months."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def change(self, organisation_id: OrganisationId, actor: Actor, month: date, state: State) -> None:
        """Move a month on, or from closing back to open; to what it is already, too. Raises PeriodError."""
        if month >= self._clock.now().date().replace(day=1) and state != "open":
            raise PeriodError(f"{month:%Y-%m} has not ended: it can be closed from the first of the next month on.")
        async with self._database.organisation(organisation_id) as connection:
            if await change_period(connection, organisation_id, month, state):
                await record(
                    connection, organisation_id, Act(actor, f"period.{_DONE[state]}", "usage", f"{month:%Y-%m}")
                )
                return
            present = await read_state(connection, organisation_id, month)
        if present != state:
            raise PeriodError(_REMEDY[present].format(month=f"{month:%Y-%m}"))


_DONE: dict[State, str] = {"open": "reopened", "closing": "closing", "closed": "closed"}
_REMEDY: dict[str, str] = {
    "open": "{month} is open: let it be closing first, so that what is late can still come.",
    "closed": "{month} is closed for good: what comes for it is booked in the first month that is open.",
}
