"""The SQL of budgets: their rows, and what is taken of their windows and given back."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, Row, case, delete, func, insert, literal, null, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.config.sections import Present
from drawbridge.config.stored import Rows
from drawbridge.core.errors import DrawbridgeError
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.core.money import written_usd
from drawbridge.db.engine import Database, is_about_data
from drawbridge.policy.notation import parse_usd
from drawbridge.policy.rules import EVERYONE
from drawbridge.policy.store import subject_id, subject_names
from drawbridge.usage.budgets.book import Budget, BudgetBook, make_book
from drawbridge.usage.budgets.entries import AlertEntry, AtEndEntry, BudgetEntry, PeriodEntry
from drawbridge.usage.budgets.leases import Exchanged, Granted, LeasesGone, LeasesRefused, Need, Short
from drawbridge.usage.budgets.notation import ORGANISATION_IN_WORDS, parse_day, parse_of, parse_principal
from drawbridge.usage.budgets.periods import Period
from drawbridge.usage.budgets.tables import budgets, windows

_EXCHANGE: Final = text(
    "select platform.exchange_leases(:lessee, :number, cast(:given as jsonb), cast(:wanted as jsonb))"
)
_CLOSE: Final = text("select platform.close_lessee(:lessee)")
_PROBED: Final = (datetime(2000, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
_log = logging.getLogger(__name__)
_GONE: Final = "55000"
"""SQLSTATE object_not_in_prerequisite_state, which the function raises for whoever was taken for dead."""


class LeaseStore:
    """Takes headroom of budgets' windows, and gives it back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def exchange(
        self, lessee: str, number: int, given: Mapping[UUID, int], wanted: Sequence[Sequence[Need]]
    ) -> Exchanged:
        """Give back and take, once for each number. Raises LeasesGone, LeasesRefused; DatabaseAway: then ask again."""
        parameters = {
            "lessee": lessee,
            "number": number,
            "given": json.dumps([[str(window), amount] for window, amount in given.items()]),
            "wanted": json.dumps([[_written(need) for need in demand] for demand in wanted]),
        }
        try:
            async with self._database.system("lease") as connection:
                answer: dict[str, Any] = (await connection.execute(_EXCHANGE, parameters)).scalar_one()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == _GONE:
                raise LeasesGone(str(error.orig)) from error
            if is_about_data(error):
                raise LeasesRefused(str(error.orig)) from error
            raise
        return Exchanged([_read(found) for found in answer["answers"]], frozenset(map(UUID, answer["missed"])))

    async def close(self, lessee: str) -> None:
        """Give back all that a lessee has left. To be called when everything that it settled is booked."""
        async with self._database.system("lease") as connection:
            await connection.execute(_CLOSE, {"lessee": lessee})


def _written(need: Need) -> list[object]:
    window = need.window
    return [
        str(window.id),
        str(window.budget_id),
        None if window.holder_id is None else str(window.holder_id),
        window.begins.isoformat(),
        None if window.ends is None else window.ends.isoformat(),
        need.amount,
    ]


# Any: what the function makes of JSON.
def _read(answer: dict[str, Any]) -> Granted | Short:
    if "short" in answer:
        return Short(UUID(answer["short"]), answer["limit"], answer["headroom"], answer["unspent"], answer["elsewhere"])
    return Granted({UUID(window): amount for window, amount in answer["granted"]})


async def load_budgets(connection: AsyncConnection, organisation_id: OrganisationId) -> BudgetBook:
    """Read the budgets of an organisation, as calls are decided from them."""
    query = select(budgets).where(budgets.c.organisation_id == organisation_id)
    return make_book([_for_calls(row) for row in await connection.execute(query)])


async def read_budgets(
    connection: AsyncConnection, organisation_id: OrganisationId
) -> Mapping[str, Present[BudgetEntry]]:
    """Read every budget, as its entry."""
    query = select(budgets).where(budgets.c.organisation_id == organisation_id).order_by(budgets.c.name)
    rows = (await connection.execute(query)).all()
    names = await subject_names(connection, organisation_id, _subjects_in(rows))
    return {row.name: Present(_entry(row, names), row.managed_by_file) for row in rows if _is_there(row, names)}


async def create_budget(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    name: str,
    entry: BudgetEntry,
    *,
    managed_by_file: bool,
) -> None:
    """Create a budget from its entry. Raises UnknownSubjectError."""
    values = await _values(connection, organisation_id, entry, managed_by_file=managed_by_file)
    await _remove_if_for_nobody(connection, organisation_id, name)
    await connection.execute(insert(budgets).values(id=uuid7(), organisation_id=organisation_id, name=name, **values))


async def update_budget(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    name: str,
    entry: BudgetEntry,
    *,
    managed_by_file: bool,
) -> None:
    """Change a budget to its entry, and the windows that have not ended with it. Raises UnknownSubjectError.

    What was spent stays spent: a window whose new limit is below that has no headroom. What was approved on top for a
    window stays, too.
    """
    values = await _values(connection, organisation_id, entry, managed_by_file=managed_by_file)
    # Before anything else: no window is made meanwhile, which the change below would not reach.
    locked = select(budgets).where(_named(organisation_id, name)).with_for_update()
    row = (await connection.execute(locked)).one()
    budget_id = row.id
    now = (await connection.execute(select(func.now()))).scalar_one()
    values |= _period_change(row, entry.period, now)
    await connection.execute(update(budgets).where(budgets.c.id == budget_id).values(**values))
    # One that would never have ended does where another period begins.
    changed = _readable((await connection.execute(select(budgets).where(budgets.c.id == budget_id))).one())
    begins, ends = (now, None) if changed is None else changed.around(now)
    present = (windows.c.organisation_id == organisation_id) & (windows.c.budget_id == budget_id)
    present &= windows.c.ends.is_(None) | (windows.c.ends > func.now())
    # In one order, as everybody does: nobody waits for somebody who waits for him.
    await connection.execute(select(windows.c.id).where(present).order_by(windows.c.id).with_for_update())
    spent = windows.c.posted_nanousd + windows.c.held_nanousd
    wanted = windows.c.extra_nanousd + values["limit_nanousd"]
    limit = func.greatest(wanted, spent) if entry.hard else null()
    await connection.execute(
        update(windows)
        .where(present)
        .values(
            limit_nanousd=limit,
            wanted_nanousd=wanted,
            alert_percents=values["alert_percents"],
            ends=case((windows.c.begins == begins, literal(ends, windows.c.ends.type)), else_=windows.c.ends),
        )
    )


async def delete_budget(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
    """Delete a budget and its windows. What was spent stays in the ledger."""
    await connection.execute(delete(budgets).where(_named(organisation_id, name)))


async def _remove_if_for_nobody(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
    """Free the name of a budget whose subject was deleted: nobody sees such a one."""
    query = select(budgets.c.subject_id).where(_named(organisation_id, name), budgets.c.subject_id.is_not(None))
    subjects = list((await connection.execute(query)).scalars())
    if subjects and not await subject_names(connection, organisation_id, subjects):
        await delete_budget(connection, organisation_id, name)


BUDGET_ROWS: Final = Rows(read_budgets, create_budget, update_budget, delete_budget)


def _named(organisation_id: OrganisationId, name: str) -> ColumnElement[bool]:
    return (budgets.c.organisation_id == organisation_id) & (budgets.c.name == name)


# Any: values of columns of several types, on their way into one statement.
async def _values(
    connection: AsyncConnection, organisation_id: OrganisationId, entry: BudgetEntry, *, managed_by_file: bool
) -> dict[str, Any]:
    subject = parse_of(entry.of)
    owner = None if entry.owner is None else parse_principal(entry.owner)
    return {
        "subject_kind": ORGANISATION_IN_WORDS if subject is None else subject.kind,
        "subject_id": None if subject is None else await subject_id(connection, organisation_id, subject),
        "each": entry.each,
        "models": None if entry.models is None else list(entry.models),
        "products": None if entry.products is None else list(entry.products),
        "limit_nanousd": parse_usd(entry.limit_usd),
        "is_hard": entry.hard,
        "period": msgspec.to_builtins(entry.period),
        "at_end": msgspec.to_builtins(entry.at_end),
        "alerts": msgspec.to_builtins(entry.alerts),
        "alert_percents": sorted({alert.at_percent for alert in entry.alerts}),
        "owner_id": None if owner is None else await subject_id(connection, organisation_id, owner),
        "managed_by_file": managed_by_file,
    }


def _subjects_in(rows: Sequence[Row[Any]]) -> list[UUID]:
    return [found for row in rows for found in (row.subject_id, row.owner_id) if found is not None]


def _is_there(row: Row[Any], names: Mapping[UUID, str]) -> bool:
    """Tell whether that whose budget it is has not been deleted."""
    return row.subject_id is None or row.subject_id in names


def _entry(row: Row[Any], names: Mapping[UUID, str]) -> BudgetEntry:
    return BudgetEntry(
        of=ORGANISATION_IN_WORDS if row.subject_id is None else names[row.subject_id],
        each=row.each,
        models=None if row.models is None else tuple(row.models),
        products=None if row.products is None else tuple(row.products),
        limit_usd=written_usd(row.limit_nanousd),
        hard=row.is_hard,
        period=msgspec.convert(row.period, PeriodEntry),
        at_end=msgspec.convert(row.at_end, AtEndEntry),
        alerts=msgspec.convert(row.alerts, tuple[AlertEntry, ...]),
        owner=names.get(row.owner_id),
    )


# Any: values of columns of several types.
def _period_change(row: Row[Any], wanted: PeriodEntry, now: datetime) -> dict[str, Any]:
    """Let another period begin when the present one ends; where that never ends, with its own next one."""
    if msgspec.convert(row.period, PeriodEntry) == wanted:
        return {}
    present = _readable(row)
    if present is None:
        return {"period_before": None, "period_before_since": None, "period_changes_at": None}
    is_pending = present.before is not None and present.changes_at is not None and now < present.changes_at
    holds = row.period_before if is_pending else row.period
    since = row.period_before_since if is_pending else row.period_changes_at
    if msgspec.convert(holds, PeriodEntry) == wanted:
        return {"period_before": None, "period_before_since": None, "period_changes_at": since}
    _, ends = _period(msgspec.convert(holds, PeriodEntry)).around(now)
    changes_at = ends or _period(wanted).around(now)[1]
    return {"period_before": holds, "period_before_since": since, "period_changes_at": changes_at}


def _for_calls(row: Row[Any]) -> Budget:
    """Read a budget that calls count against; one whose periods cannot be reckoned never begins anew.

    So it can be too strict, and is reported, but neither lets calls pass uncounted nor stops those of others.
    """
    return _readable(row) or _budget(row, Period("total", ZoneInfo("UTC")))


def _readable(row: Row[Any]) -> Budget | None:
    """Read a budget with its periods; None, and reported, where these cannot be reckoned."""
    try:
        period = _period(msgspec.convert(row.period, PeriodEntry))
        for at in _PROBED:
            period.around(at)
        before = None if row.period_before is None else _period(msgspec.convert(row.period_before, PeriodEntry))
        budget = _budget(row, period)
    except (DrawbridgeError, msgspec.ValidationError, ValueError, KeyError, OSError, OverflowError) as error:
        # ZoneInfoNotFoundError, of a machine that does not know the zone, is a KeyError.
        _log.error("budget %s (%s) never begins anew: its periods cannot be reckoned: %s", row.name, row.id, error)
        return None
    return replace(budget, before=before, before_since=row.period_before_since, changes_at=row.period_changes_at)


def _budget(row: Row[Any], period: Period) -> Budget:
    return Budget(
        id=row.id,
        name=row.name,
        subject_id=EVERYONE if row.subject_id is None else row.subject_id,
        each=row.each,
        models=None if row.models is None else tuple(row.models),
        products=None if row.products is None else tuple(row.products),
        is_hard=row.is_hard,
        period=period,
        at_end=msgspec.convert(row.at_end, AtEndEntry),
    )


def _period(entry: PeriodEntry) -> Period:
    first_day = date(1970, 1, 1) if entry.begins is None else parse_day(entry.begins)
    return Period(entry.every, ZoneInfo(entry.zone), entry.days or 1, first_day)
