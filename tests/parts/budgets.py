"""Budgets for tests, and events of calls that were held against them."""

from datetime import UTC, datetime

import msgspec
from sqlalchemy import text

from drawbridge.core.ids import AttemptId, OrganisationId, uuid7
from drawbridge.core.money import Nanousd
from drawbridge.db.engine import Database
from drawbridge.usage.budgets.windows import Window, window_id
from drawbridge.usage.events import Outcome
from drawbridge.usage.rows import copy_line
from tests.usage.attempts import make_intent, make_settlement

_BEGINS = datetime(2026, 11, 1, tzinfo=UTC)


async def make_budget(database: Database, organisation: OrganisationId, limit: int, *, is_hard: bool = True) -> Window:
    """Make a budget of the whole organisation, and return its only window."""
    budget_id = uuid7()
    async with database.change(organisation) as connection:
        await connection.execute(
            text(
                "insert into budget (id, organisation_id, name, subject_kind, limit_nanousd, is_hard, period, at_end)"
                " values (:id, :organisation, :name, 'organisation', :limit, :is_hard, '{}', '{}')"
            ),
            {"id": budget_id, "organisation": organisation, "name": str(budget_id), "limit": limit, "is_hard": is_hard},
        )
    return Window(window_id(budget_id, None, _BEGINS), budget_id, "all", None, _BEGINS, None, is_hard)


async def state_of(database: Database, window: Window) -> tuple[int, int, int, int]:
    """Return what is posted, held, overage and leased of a window."""
    async with database.system("snapshot") as connection:
        row = (
            await connection.execute(
                text(
                    "select posted_nanousd, held_nanousd, overage_nanousd, coalesce((select sum(amount_nanousd)"
                    " from budget_lease l where l.window_id = w.id), 0)::bigint from budget_window w where id = :id"
                ),
                {"id": window.id},
            )
        ).one()
    return (row[0], row[1], row[2], row[3])


def event(organisation: OrganisationId, window: Window, held: int, cost: int | None, outcome: Outcome = "ok") -> bytes:
    """Write the event of a call that was held against a window."""
    attempt = AttemptId(uuid7())
    intent = msgspec.structs.replace(
        make_intent(attempt), organisation_id=organisation, held_nanousd=Nanousd(held), windows=(window.id,)
    )
    unsure = max(held - (cost or 0), 0)
    settled = msgspec.structs.replace(
        make_settlement(attempt),
        cost_nanousd=cost,
        outcome=outcome,
        suspense_nanousd=Nanousd(unsure) if outcome == "lost" else None,
    )
    return copy_line(intent, settled)
