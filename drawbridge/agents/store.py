"""The SQL of runs and their journals."""

import json
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import func

from drawbridge.agents.records import EndState, NewEvent, Run, RunEvent, RunId, RunRef, Start
from drawbridge.agents.tables import events, runs
from drawbridge.core.ids import OrganisationId, PrincipalId, uuid7
from drawbridge.core.money import Nanousd
from drawbridge.db.engine import Database
from drawbridge.work import enqueue

CHANNEL: Final = "drawbridge_runs"
"""Where the database tells of what was appended, `writer run:number ...`, and of `cancel run`."""

Appended = Literal["appended", "known", "lost"]
"""`known`: an earlier try has done it, though nobody heard of that. `lost`: the lease is somebody else's."""

_APPEND: Final = text("select id, result from platform.append_run_events(cast(:batch as jsonb), :writer, :told_at)")
_BEAT: Final = text(
    "with mine as (select run.id from run"
    " join unnest(cast(:ids as uuid[]), cast(:leases as uuid[])) as held (id, lease)"
    " on run.id = held.id and run.lease = held.lease order by run.id for update of run)"
    " update run set leased_until = clock_timestamp() + make_interval(secs => :lease_s)"
    " from mine where run.id = mine.id"
    " returning run.id, run.cancel_asked_at is not null as is_cancelling"
)
_NOW: Final = text("select clock_timestamp()")
# Nobody's from now on: a holder that is only slow cannot append any more.
_SWEEP: Final = text(
    "with lapsed as (update run set lease = null, leased_until = clock_timestamp() + make_interval(secs => :again_s)"
    " where id in (select id from run where ended_at is null and leased_until < clock_timestamp()"
    " order by leased_until limit 100 for update skip locked) returning organisation_id, id, product)"
    " select id, work.enqueue_for(organisation_id, 'run ' || product, jsonb_build_object('run_id', id), 'run ' || id)"
    " from lapsed"
)
_NEWER: Final = text(
    "select e.run_id, e.number, e.kind, e.data, e.at from run_event e"
    " join unnest(cast(:ids as uuid[]), cast(:after as bigint[])) as wanted (id, after)"
    " on e.run_id = wanted.id and e.number > wanted.after order by e.run_id, e.number limit :most"
)
_CANCEL: Final = text(
    "with asked as (update run set cancel_asked_at = coalesce(cancel_asked_at, clock_timestamp())"
    " where id = :id and ended_at is null returning id)"
    " select pg_notify(:channel, 'cancel ' || id) from asked"
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A run that this process has from now on."""

    run: Run
    lease: UUID
    journal: Sequence[RunEvent]
    """What was told of it before."""
    times_taken: int
    """This time included."""


@dataclass(frozen=True, slots=True)
class Addition:
    """What is to be appended to one run's journal, behind the last event that its holder knows of."""

    run_id: RunId
    lease: UUID
    after: int
    events: Sequence[NewEvent]


@dataclass(frozen=True, slots=True)
class Close:
    """How a run ended. None where a count is not known."""

    state: EndState
    failure: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: Nanousd | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of a journal, and whether the run has ended with what is known then."""

    events: Sequence[RunEvent]
    is_all: bool
    """The run has ended, and there is nothing behind these events."""


def task_of(product: str) -> str:
    """Return the name of the task that has a product's run taken, by a process that knows the product."""
    return f"run {product}"


async def start(connection: AsyncConnection, what: Start, takes_s: float) -> RunId:
    """Make a run within its organisation's transaction, and have it taken once that commits.

    Whoever takes it has `takes_s` before it is offered again.
    """
    run_id = RunId(uuid7())
    values = {
        "id": run_id,
        "organisation_id": what.organisation_id,
        "principal_id": what.principal_id,
        "project_id": what.project_id,
        "product": what.product,
        "model": what.model,
        "session_id": what.session_id,
        "input": dict(what.input),
        "leased_until": _in_seconds(takes_s),
    }
    await connection.execute(insert(runs).values(values))
    await _offer(connection, what.product, run_id)
    return run_id


async def forget(connection: AsyncConnection, run_ids: Collection[UUID]) -> None:
    """Delete runs with all that was told of them, within the organisation's transaction."""
    await connection.execute(delete(runs).where(runs.c.id.in_(run_ids)))


async def ask_to_cancel(connection: AsyncConnection, run_id: RunId) -> None:
    """Note, within the organisation's transaction, that a run is to be cancelled, and tell its holder."""
    await connection.execute(_CANCEL, {"id": run_id, "channel": CHANNEL})


async def append(
    connection: AsyncConnection, additions: Iterable[Addition], writer: str, told_at: datetime
) -> dict[RunId, Appended]:
    """Append to journals within a transaction, of the organisation or of the system."""
    batch = [
        {
            "run": str(addition.run_id),
            "lease": str(addition.lease),
            "after": addition.after,
            "events": [{"kind": event.kind, "data": event.data} for event in addition.events],
        }
        for addition in additions
    ]
    given = {"batch": json.dumps(batch), "writer": writer, "told_at": told_at}
    rows = await connection.execute(_APPEND, given)
    return {RunId(row.id): row.result for row in rows}


async def close(connection: AsyncConnection, run_id: RunId, how: Close) -> None:
    """End a run, in the transaction in which its last event was appended."""
    values = {
        "state": how.state,
        "ended_at": func.clock_timestamp(),
        "failure": how.failure,
        "input_tokens": how.input_tokens,
        "output_tokens": how.output_tokens,
        "cost_nanousd": how.cost,
    }
    await connection.execute(update(runs).where(runs.c.id == run_id).values(values))


class RunStore:
    """Runs and journals, each call a transaction of its own. Raises DatabaseAway."""

    def __init__(self, database: Database, leases: Database | None = None) -> None:
        """Leases are kept over connections of their own, where given: those of `database` may all be busy for long."""
        self._database = database
        self._leases = leases or database

    @asynccontextmanager
    async def within(self, organisation_id: OrganisationId) -> AsyncGenerator[AsyncConnection]:
        """Open a transaction of an organisation."""
        async with self._database.organisation(organisation_id) as connection:
            yield connection

    async def get(self, ref: RunRef) -> Run | None:
        """Return a run as it stands; None where the organisation has none of that id."""
        async with self._database.organisation(ref.organisation_id) as connection:
            row = (await connection.execute(select(runs).where(runs.c.id == ref.id))).one_or_none()
        return None if row is None else _run(row)

    async def page(self, ref: RunRef, after: int, most: int) -> Page | None:
        """Return the events behind a number, in order; None where the organisation has no such run."""
        mine = select(runs.c.number, runs.c.ended_at).where(runs.c.id == ref.id)
        async with self._database.organisation(ref.organisation_id) as connection:
            row = (await connection.execute(mine)).one_or_none()
            if row is None:
                return None
            found = await _events(connection, ref.id, after, most)
        last = found[-1].number if found else after
        return Page(found, row.ended_at is not None and last >= row.number)

    async def newer(self, after: Mapping[RunId, int], most: int) -> dict[RunId, list[RunEvent]]:
        """Return the events of several runs, of any organisation, each behind its number."""
        given = {"ids": list(after), "after": list(after.values()), "most": most}
        found: dict[RunId, list[RunEvent]] = {}
        async with self._database.system("runs") as connection:
            for row in await connection.execute(_NEWER, given):
                found.setdefault(RunId(row.run_id), []).append(_event(row))
        return found

    async def append(self, additions: Sequence[Addition], writer: str, told_at: datetime) -> dict[RunId, Appended]:
        """Append to the journals of several runs, of any organisation."""
        async with self._database.system("runs") as connection:
            return await append(connection, additions, writer, told_at)

    async def take(self, ref: RunRef, lease: UUID, lease_s: float) -> Taken | None:
        """Take a run for a while; None where it has ended, is somebody's, or is not there."""
        mine = (
            update(runs)
            .where(
                runs.c.id == ref.id,
                runs.c.ended_at.is_(None),
                runs.c.lease.is_(None) | (runs.c.leased_until < func.clock_timestamp()),
            )
            .values(
                state="running",
                lease=lease,
                leased_until=_in_seconds(lease_s),
                times_taken=runs.c.times_taken + 1,
            )
            .returning(runs)
        )
        async with self._database.organisation(ref.organisation_id) as connection:
            row = (await connection.execute(mine)).one_or_none()
            if row is None:
                return None
            told = await _events(connection, ref.id, 0, None)
        return Taken(_run(row), lease, told, row.times_taken)

    async def give_back(self, run: Run, lease: UUID) -> None:
        """Let go of a run that nothing was done for, and offer it to others."""
        mine = (runs.c.id == run.id) & (runs.c.lease == lease)
        values = {"lease": None, "leased_until": func.clock_timestamp()}
        async with self._database.organisation(run.organisation_id) as connection:
            await connection.execute(update(runs).where(mine).values(values))
            await _offer(connection, run.product, run.id)

    async def beat(self, held: Mapping[RunId, UUID], lease_s: float) -> dict[RunId, bool]:
        """Keep leases. Return those that are still held, and whether each is to be cancelled."""
        given = {"ids": list(held), "leases": list(held.values()), "lease_s": lease_s}
        async with self._leases.system("runs") as connection:
            return {RunId(row.id): row.is_cancelling for row in await connection.execute(_BEAT, given)}

    async def now(self) -> datetime:
        """Return the time by which leases are over: the database's."""
        async with self._leases.system("runs") as connection:
            return (await connection.execute(_NOW)).scalar_one()

    async def sweep(self, again_s: float) -> Collection[RunId]:
        """Have runs taken whose holders are silent, or that nobody took. Return them."""
        async with self._leases.system("runs") as connection:
            rows = await connection.execute(_SWEEP, {"again_s": again_s})
            return [RunId(row.id) for row in rows]


async def _offer(connection: AsyncConnection, product: str, run_id: RunId) -> None:
    await enqueue(connection, task_of(product), {"run_id": str(run_id)}, once=f"run {run_id}")


async def _events(connection: AsyncConnection, run_id: RunId, after: int, most: int | None) -> list[RunEvent]:
    mine = (events.c.run_id == run_id) & (events.c.number > after)
    query = select(events).where(mine).order_by(events.c.number).limit(most)
    return [_event(row) for row in await connection.execute(query)]


# Any: the rows of several statements, with at least the columns of an event.
def _event(row: Row[Any]) -> RunEvent:
    return RunEvent(row.number, row.kind, row.data, row.at)


# Any: a row of the table.
def _run(row: Row[Any]) -> Run:
    return Run(
        organisation_id=OrganisationId(row.organisation_id),
        id=RunId(row.id),
        principal_id=PrincipalId(row.principal_id),
        project_id=row.project_id,
        product=row.product,
        model=row.model,
        session_id=row.session_id,
        input=row.input,
        state=row.state,
        number=row.number,
        created_at=row.created_at,
        ended_at=row.ended_at,
        is_cancelling=row.cancel_asked_at is not None,
        failure=row.failure,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cost=None if row.cost_nanousd is None else Nanousd(row.cost_nanousd),
    )


def _in_seconds(seconds: float) -> Any:  # An expression of SQL.
    return func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
