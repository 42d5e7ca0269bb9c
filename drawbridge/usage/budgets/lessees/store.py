"""The SQL of lessees: who is silent, releasing what they hold, and forgetting those that are gone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, text

from drawbridge.audit.acts import Act, Actor
from drawbridge.audit.record import record
from drawbridge.core.ids import OrganisationId
from drawbridge.core.money import Nanousd, written_usd
from drawbridge.db.engine import Database
from drawbridge.usage.budgets.errors import LesseeAliveError, UnknownLesseeError
from drawbridge.usage.budgets.tables import leases, lessees

SILENT_AFTER: Final = timedelta(minutes=10)
"""Living workers report every minute."""
_FORGOTTEN_AFTER: Final = timedelta(days=7)
_CLOSE: Final = text("select platform.close_lessee(:lessee)")


@dataclass(frozen=True, slots=True)
class SilentLessee:
    """A worker that has not reported for long, and has not been closed by another one that found its files."""

    lessee: str
    reported_at: datetime
    held: Nanousd
    """Of all budgets of all organisations, in nano-dollars."""


async def silent_lessees(database: Database) -> list[SilentLessee]:
    """List those who have been silent for long and hold something, the first that fell silent first."""
    query = (
        select(lessees.c.lessee, lessees.c.reported_at, func.sum(leases.c.amount_nanousd).label("held"))
        .join(leases, leases.c.lessee == lessees.c.lessee)
        .where(lessees.c.closed_at.is_(None), lessees.c.reported_at < func.clock_timestamp() - SILENT_AFTER)
        .group_by(lessees.c.lessee)
        .having(func.sum(leases.c.amount_nanousd) > 0)
        .order_by(lessees.c.reported_at)
    )
    async with database.system("lease") as connection:
        rows = (await connection.execute(query)).all()
    return [SilentLessee(row.lessee, row.reported_at, Nanousd(int(row.held))) for row in rows]


async def release_lessee(database: Database, lessee: str, actor: Actor) -> Nanousd:
    """Give back what a silent worker holds, on the record of every organisation concerned; return how much it was.

    What it left and nobody has booked would be spent outside of its budgets: its files must be lost for good.

    Raises UnknownLesseeError, LesseeAliveError.
    """
    known = select(lessees.c.closed_at, (lessees.c.reported_at < func.clock_timestamp() - SILENT_AFTER).label("silent"))
    held = select(leases.c.organisation_id, func.sum(leases.c.amount_nanousd).label("held"))
    async with database.system("drain") as connection:
        row = (await connection.execute(known.where(lessees.c.lessee == lessee).with_for_update())).one_or_none()
        if row is None or row.closed_at is not None:
            raise UnknownLesseeError(lessee)
        if not row.silent:
            raise LesseeAliveError(lessee)
        parts = (
            await connection.execute(held.where(leases.c.lessee == lessee).group_by(leases.c.organisation_id))
        ).all()
        await connection.execute(_CLOSE, {"lessee": lessee})
        for part in parts:
            amount = Nanousd(int(part.held))
            act = Act(
                actor, "budget.lessee_released", "budget", "*", detail={"lessee": lessee, "usd": written_usd(amount)}
            )
            await record(connection, OrganisationId(part.organisation_id), act)
    return Nanousd(sum(int(part.held) for part in parts))


async def forget_closed(database: Database) -> int:
    """Delete the rows of workers that were closed long ago; return how many."""
    statement = delete(lessees).where(lessees.c.closed_at < func.clock_timestamp() - _FORGOTTEN_AFTER)
    async with database.system("sweeper") as connection:
        return (await connection.execute(statement)).rowcount
