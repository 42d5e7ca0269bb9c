"""The SQL of reports: which events are meant, and adding them up."""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    Subquery,
    Table,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.core.ids import OrganisationId
from drawbridge.identity.tables import api_keys, principals, projects, teams
from drawbridge.usage.ledger.tables import corrections
from drawbridge.usage.report import SUMS, Dimension, UsageFilter, UsageTotal, UsageTotals
from drawbridge.usage.reports.spans import Pieces, Span, cut
from drawbridge.usage.reports.tables import providers, usage_days, usage_hours
from drawbridge.usage.tables import usage_events

_NAMED: Final = {"principal": principals, "team": teams, "project": projects, "key": api_keys}
"""The dimensions that are ids."""
_TIMES: Final = {"day": "YYYY-MM-DD", "hour": 'YYYY-MM-DD"T"HH24:MI:SS"Z"'}


async def total_usage(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    wanted: UsageFilter,
    by: Sequence[Dimension],
    limit: int,
) -> UsageTotals:
    """Add usage up by its dimensions, at most `limit` groups of it."""
    pieces = _pieces(wanted, by)
    parts = union_all(*_parts(organisation_id, wanted, by, pieces)).subquery("part")
    sums = [func.sum(parts.c[name]).label(name) for name in SUMS]
    groups = {name: _group(parts, name) for name in by}
    totals = (
        select(*(group.label(name) for name, group in groups.items()), *sums)
        .select_from(_with_vendors(parts, organisation_id) if "vendor" in by else parts)
        .group_by(*groups.values())
        # Without any dimension there is a row even of nothing.
        .having(func.count() > 0)
        .subquery("total")
    )
    rows = (await connection.execute(_named(totals, organisation_id, by).limit(limit + 1))).all()
    found = [_total(row, by) for row in rows[:limit]]
    return UsageTotals(by=tuple(by), totals=found, is_complete=len(rows) <= limit)


def conditions(table: Table, organisation_id: OrganisationId, wanted: UsageFilter) -> list[ColumnElement[bool]]:
    """Return what a filter asks of a table's rows, but for the time."""
    columns = table.c
    equal = {
        "model": wanted.model,
        "deployment": wanted.deployment,
        "provider": wanted.provider,
        "product": wanted.product,
        "client": wanted.client,
        "outcome": wanted.outcome,
        "principal_id": wanted.principal_id,
        "key_id": wanted.key_id,
        "session_id": wanted.session_id,
        "estimated": wanted.estimated,
        "call_id": wanted.call_id,
    }
    found = [columns.organisation_id == organisation_id]
    found += [columns[name] == value for name, value in equal.items() if value is not None]
    named = {"principal_id": (principals, wanted.principal), "team_id": (teams, wanted.team)}
    named["project_id"] = (projects, wanted.project)
    found += [_is(columns[name], of, value) for name, (of, value) in named.items() if value is not None]
    if wanted.vendor is not None:
        found.append(_is_of_vendor(columns.provider, organisation_id, wanted.vendor))
    return found


def within(column: ColumnElement[Any], span: Span) -> list[ColumnElement[bool]]:
    """Return what a span asks of a time."""
    found: list[ColumnElement[bool]] = []
    if span.since is not None:
        found.append(column >= span.since)
    if span.until is not None:
        found.append(column < span.until)
    return found


def last_correction() -> FromClause:
    """Return what each event was corrected to last, to be joined to the events; nothing for most of them."""
    columns = corrections.c
    return (
        select(columns.cost_after_nanousd)
        .where(
            columns.organisation_id == usage_events.c.organisation_id, columns.attempt_id == usage_events.c.attempt_id
        )
        .order_by(columns.number.desc())
        .limit(1)
        .lateral("last_correction")
    )


def _pieces(wanted: UsageFilter, by: Sequence[Dimension]) -> Pieces:
    whole = Span(wanted.since, wanted.until)
    if "session" in by or any(x is not None for x in (wanted.session_id, wanted.call_id, wanted.estimated)):
        return Pieces(rest=(whole,))
    return cut(whole, into_days="hour" not in by)


def _parts(
    organisation_id: OrganisationId, wanted: UsageFilter, by: Sequence[Dimension], pieces: Pieces
) -> Iterator[Select[Any]]:
    """Read each piece from the table that it is in, all with the same columns."""
    sources = (
        (usage_days, usage_days.c.day, pieces.days),
        (usage_hours, usage_hours.c.hour, pieces.hours),
        (usage_events, usage_events.c.started_at, pieces.rest),
    )
    for table, at, spans in sources:
        for span in spans:
            source, sums = _sums(table)
            columns = [at.label("at"), *(table.c[name] for name in _needed(by)), *sums]
            asked = (*conditions(table, organisation_id, wanted), *within(at, span))
            yield select(*columns).select_from(source).where(*asked)


def _needed(by: Sequence[Dimension]) -> list[str]:
    return list(dict.fromkeys(_column(name) for name in by if name not in _TIMES))


def _column(name: Dimension) -> str:
    match name:
        case "principal" | "team" | "project" | "key" | "session":
            return f"{name}_id"
        case "vendor":
            return "provider"
        case _:
            return name


def _sums(table: Table) -> tuple[FromClause, Sequence[ColumnElement[Any]]]:
    """Return what is added up of a table's rows, and what to read it from."""
    columns = table.c
    if table is not usage_events:
        return table, [columns[name] for name in SUMS]
    last = last_correction()
    cost = func.coalesce(last.c.cost_after_nanousd, columns.cost_nanousd)
    # Of an attempt that nobody saw the end of, what is above its hold is only known when it is billed.
    is_told = or_(columns.outcome != "lost", last.c.cost_after_nanousd.is_not(None))
    is_above = and_(is_told, cost.is_not(None), columns.held_nanousd.is_not(None))
    of_one: dict[str, ColumnElement[Any]] = {
        "attempts": literal(1),
        "cost_nanousd": func.coalesce(cost, 0),
        "overage_nanousd": case((is_above, func.greatest(cost - columns.held_nanousd, 0)), else_=0),
        "unpriced": case((cost.is_(None), 1), else_=0),
        "estimated": case((columns.estimated, 1), else_=0),
    }
    sums = [(of_one[name] if name in of_one else columns[name]).label(name) for name in SUMS]
    return usage_events.outerjoin(last, true()), sums


def _group(parts: Subquery, name: Dimension) -> ColumnElement[Any]:
    if name in _TIMES:
        return func.date_trunc(name, parts.c.at, "UTC")
    if name == "vendor":
        return func.coalesce(providers.c.preset, parts.c.provider)
    return parts.c[_column(name)]


def _named(totals: Subquery, organisation_id: OrganisationId, by: Sequence[Dimension]) -> Select[Any]:
    """Say the names of what has one beside its id, in the order in which totals are shown."""
    source: FromClause = totals
    shown: list[ColumnElement[Any]] = []
    for name in by:
        column = totals.c[name]
        if name in _TIMES:
            shown.append(func.to_char(func.timezone("UTC", column), _TIMES[name]).label(f"{name}_name"))
        elif name in _NAMED:
            table = _NAMED[name]
            source = source.outerjoin(table, and_(table.c.organisation_id == organisation_id, table.c.id == column))
            label = table.c.hint if name == "key" else table.c.name
            # One that was deleted since has only its id left.
            shown += [column.label(f"{name}_of"), func.coalesce(label, cast(column, Text)).label(f"{name}_name")]
        else:
            shown.append(column.label(f"{name}_name"))
    times = [totals.c[name] for name in by if name in _TIMES]
    order = [*times, totals.c.cost_nanousd.desc(), totals.c.attempts.desc(), *(totals.c[name] for name in by)]
    return select(*shown, *(totals.c[name] for name in SUMS)).select_from(source).order_by(*order)


def _total(row: Row[Any], by: Sequence[Dimension]) -> UsageTotal:
    return UsageTotal(
        group={name: getattr(row, f"{name}_name") for name in by},
        ids={name: getattr(row, f"{name}_of") for name in by if name in _NAMED},
        **{name: int(getattr(row, name)) for name in SUMS},
    )


def _is(column: ColumnElement[Any], table: Table, value: str) -> ColumnElement[bool]:
    """Ask for one by its name; or by its id, for one that has no name any more."""
    named = column.in_(select(table.c.id).where(table.c.name == value))
    try:
        return or_(named, column == UUID(value))
    except ValueError:
        return named


def _with_vendors(parts: Subquery, organisation_id: OrganisationId) -> FromClause:
    same = and_(providers.c.organisation_id == organisation_id, providers.c.name == parts.c.provider)
    return parts.outerjoin(providers, same)


def _is_of_vendor(provider: ColumnElement[Any], organisation_id: OrganisationId, vendor: str) -> ColumnElement[bool]:
    mine = providers.c.organisation_id == organisation_id
    of_vendor = select(providers.c.name).where(mine, func.coalesce(providers.c.preset, providers.c.name) == vendor)
    is_known = exists().where(mine, providers.c.name == provider)
    return or_(provider.in_(of_vendor), and_(provider == vendor, ~is_known))
