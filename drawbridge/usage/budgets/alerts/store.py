"""The SQL of alerts: those that nobody, or not everybody, has been told of."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import func, or_, select, update

from drawbridge.core.ids import OrganisationId
from drawbridge.core.money import Nanousd
from drawbridge.db.engine import Database
from drawbridge.policy.store import subject_names
from drawbridge.usage.budgets.entries import AlertEntry
from drawbridge.usage.budgets.tables import alerts, budgets, windows

_LONGEST_PROBLEM: Final = 500


@dataclass(frozen=True, slots=True)
class DueAlert:
    """A threshold of a window that was passed, and who has been told. Amounts in nano-dollars."""

    organisation_id: OrganisationId
    window_id: UUID
    percent: int
    reached_at: datetime
    budget: str
    entries: tuple[AlertEntry, ...]
    """Those of the budget, as they are now, for this percentage."""
    holder_id: UUID | None
    each: str | None
    begins: datetime
    ends: datetime | None
    limit: Nanousd
    spent: Nanousd
    held: Nanousd
    told: frozenset[str]
    failures: int


class AlertStore:
    """The alerts of every organisation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, most: int) -> list[DueAlert]:
        """Return alerts that are to be told now, the oldest first. What nobody took for three days is given up."""
        spent = (windows.c.posted_nanousd + windows.c.overage_nanousd).label("spent")
        query = (
            select(alerts, windows, spent, budgets.c.name, budgets.c.each, budgets.c.alerts)
            .join(windows, windows.c.id == alerts.c.window_id)
            .join(budgets, budgets.c.id == windows.c.budget_id)
            .where(
                alerts.c.told_at.is_(None),
                alerts.c.reached_at > func.clock_timestamp() - func.make_interval(0, 0, 0, 3),
                or_(alerts.c.next_try_at.is_(None), alerts.c.next_try_at <= func.clock_timestamp()),
            )
            .order_by(alerts.c.reached_at, alerts.c.window_id, alerts.c.percent)
            .limit(most)
        )
        async with self._database.system("sweeper") as connection:
            rows = (await connection.execute(query)).all()
        return [
            DueAlert(
                organisation_id=OrganisationId(row.organisation_id),
                window_id=row.window_id,
                percent=row.percent,
                reached_at=row.reached_at,
                budget=row.name,
                entries=tuple(
                    entry
                    for entry in msgspec.convert(row.alerts, tuple[AlertEntry, ...])
                    if entry.at_percent == row.percent
                ),
                holder_id=row.holder_id,
                each=row.each,
                begins=row.begins,
                ends=row.ends,
                limit=Nanousd(row.wanted_nanousd),
                spent=Nanousd(row.spent),
                held=Nanousd(row.held_nanousd),
                told=frozenset(row.told),
                failures=row.failures,
            )
            for row in rows
        ]

    async def holder_name(self, alert: DueAlert) -> str | None:
        """Return who has the window for themselves, such as `user:ana`; None where all share it."""
        if alert.holder_id is None:
            return None
        async with self._database.organisation(alert.organisation_id) as connection:
            names = await subject_names(connection, alert.organisation_id, [alert.holder_id])
        return names.get(alert.holder_id, f"{alert.each}:{alert.holder_id}")

    async def note(self, alert: DueAlert, told: Collection[str], problem: str, wait_s: float) -> None:
        """Write down who has been told; with a problem, the others are tried again after a while."""
        values = {"told": sorted(told), "problem": problem[:_LONGEST_PROBLEM]}
        if problem:
            again = func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, wait_s)
            values |= {"failures": alerts.c.failures + 1, "next_try_at": again}
        else:
            values |= {"told_at": func.clock_timestamp()}
        mine = (alerts.c.window_id == alert.window_id) & (alerts.c.percent == alert.percent)
        async with self._database.system("sweeper") as connection:
            await connection.execute(update(alerts).where(mine).values(values))
