"""Keeps the snapshots and the key cache up to date, beside the hot path."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from drawbridge.core.ids import OrganisationId
from drawbridge.gateway.snapshot import Caller, KeyCache, OrganisationSnapshot, Snapshots

_log = logging.getLogger(__name__)

_LONGEST_PAUSE_S: Final = 5.0


class Source(Protocol):
    """Where snapshots come from. Every method may raise SourceAwayError."""

    async def revision(self) -> int:
        """Return the newest revision."""
        ...

    async def changed_since(self, revision: int) -> list[OrganisationId]:
        """Return the organisations that were changed after a revision."""
        ...

    async def load(self, organisation_id: OrganisationId, revision: int) -> OrganisationSnapshot:
        """Return an organisation's present state, which is that of the revision or newer."""
        ...

    async def callers(self, hashes: Iterable[bytes]) -> dict[bytes, Caller]:
        """Return who holds which of these keys now: revoked ones are left out."""
        ...


class SourceAwayError(Exception):
    """The database cannot be asked now; what is in memory stays in force."""


class Refresher:
    """Looks for a new revision when told of one, and every poll interval in any case."""

    def __init__(
        self, source: Source, snapshots: Snapshots, keys: KeyCache, *, poll_s: float, told: asyncio.Event
    ) -> None:
        self._source = source
        self._snapshots = snapshots
        self._keys = keys
        self._poll_s = poll_s
        self._told = told

    async def run(self, loaded: Callable[[], None]) -> None:
        """Refresh until cancelled. `loaded` is called when the first load is done."""
        pause_s = self._poll_s
        announced = False
        while True:
            try:
                await self.refresh()
                pause_s = self._poll_s
                if not announced:
                    announced = True
                    loaded()
            except SourceAwayError as error:
                _log.warning("cannot look for changes, going on with what is in memory: %s", error)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            await self._pause(pause_s)

    async def refresh(self) -> None:
        """Take in every change up to the newest revision. Raises SourceAwayError, with nothing changed."""
        revision = await self._source.revision()
        if revision == self._snapshots.revision:
            return
        changed = await self._source.changed_since(self._snapshots.revision)
        loaded = {organisation_id: await self._source.load(organisation_id, revision) for organisation_id in changed}
        hashes = self._keys.held_in(loaded.keys())
        callers = await self._source.callers(hashes) if hashes else {}
        # No await between these two: a look-up under way sees either the old revision or the renewed cache.
        self._keys.renew(loaded.keys(), callers)
        self._snapshots.swap(revision, loaded)

    async def _pause(self, pause_s: float) -> None:
        try:
            async with asyncio.timeout(pause_s):
                await self._told.wait()
        except TimeoutError:
            pass
        self._told.clear()
