"""Runs as products use them: start one, follow it, cancel it."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Sequence
from typing import Final
from uuid import UUID

from drawbridge.agents import store
from drawbridge.agents.carrier import LEASE_S
from drawbridge.agents.errors import UnknownRunError
from drawbridge.agents.readers import Follower, Readers
from drawbridge.agents.records import Run, RunEvent, RunId, RunRef, Start
from drawbridge.agents.store import RunStore
from drawbridge.db.engine import AsyncConnection

_PAGE: Final = 500
_QUIET_S: Final = 30.0
"""After so long without an event it is looked whether the run is still there."""


class Runs:
    """The runs of every organisation. Whose a run is, is for the product to check: each names its principal."""

    def __init__(self, runs: RunStore, readers: Readers, *, lease_s: float = LEASE_S) -> None:
        """A run that nobody has taken after `lease_s` is offered again."""
        self._store = runs
        self._readers = readers
        self._lease_s = lease_s

    async def start(self, connection: AsyncConnection, what: Start) -> RunId:
        """Start a run, within a transaction of its organisation: it is taken once that commits."""
        return await store.start(connection, what, self._lease_s)

    async def get(self, ref: RunRef) -> Run | None:
        """Return a run as it stands; None where the organisation has none of that id."""
        return await self._store.get(ref)

    async def cancel(self, ref: RunRef) -> None:
        """Ask whoever has a run to end it: soon its journal ends. Nothing is done to one that has ended."""
        async with self._store.within(ref.organisation_id) as connection:
            await store.ask_to_cancel(connection, ref.id)

    async def forget(self, connection: AsyncConnection, run_ids: Collection[UUID]) -> None:
        """Delete runs with all that was told of them, within a transaction of their organisation.

        One that is under way should be cancelled before: else its call goes on until whoever has it misses it.
        """
        await store.forget(connection, run_ids)

    async def events(self, ref: RunRef, after: int = 0) -> AsyncGenerator[RunEvent]:
        """Yield what a journal holds behind a number, then what is added, until the run has ended.

        Raises UnknownRunError, and DatabaseAway: whoever reads can go on behind the last number that it has.
        """
        with self._readers.follow(ref.id, after) as follower:
            fresh: Sequence[RunEvent] | None = None
            while True:
                fresh, is_all = (fresh, False) if fresh is not None else await self._read(ref, after)
                for event in fresh:
                    yield event
                    after = event.number
                if is_all or (fresh and fresh[-1].is_last):
                    return
                # A whole page is not all that there is.
                fresh = await next_in_turn(follower, after) if len(fresh) < _PAGE else None

    async def _read(self, ref: RunRef, after: int) -> tuple[Sequence[RunEvent], bool]:
        page = await self._store.page(ref, after, _PAGE)
        if page is None:
            raise UnknownRunError(ref.id)
        return page.events, page.is_all


async def next_in_turn(follower: Follower, after: int) -> list[RunEvent] | None:
    """Wait for what comes behind a number; None where something is missing, or nothing came for long."""
    try:
        async with asyncio.timeout(_QUIET_S):
            events = await follower.next()
    except TimeoutError:
        return None
    return None if events is None else _in_turn(events, after)


def _in_turn(events: Sequence[RunEvent], after: int) -> list[RunEvent] | None:
    """Return what comes behind a number, each event once; None where something is missing.

    What others missed is told to all who follow, so that some may stand there twice.
    """
    fresh: list[RunEvent] = []
    for event in events:
        wanted = after + len(fresh) + 1
        if event.number > wanted:
            return None
        if event.number == wanted:
            fresh.append(event)
    return fresh
