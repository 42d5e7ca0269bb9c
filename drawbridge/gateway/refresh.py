"""Keeps the snapshots and the key cache up to date, beside the hot path."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Final, Protocol

from drawbridge.core.cancellation import end_if_cancelled
from drawbridge.core.ids import OrganisationId
from drawbridge.gateway.snapshot import Caller, KeyCache, OrganisationSnapshot, Rights, Snapshots

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
        """Return an organisation's present state, which is that of the revision or newer, without its rights."""
        ...

    async def rights(self, organisation_id: OrganisationId) -> Rights:
        """Return who may use what in an organisation now."""
        ...

    async def callers(self, hashes: Iterable[bytes]) -> dict[bytes, Caller]:
        """Return who holds which of these keys now: revoked ones are left out."""
        ...


class SourceAwayError(Exception):
    """The database cannot be asked now; what is in memory stays in force."""


class Refresher:
    """Looks for a new revision when told of one, and every poll interval in any case.

    Keys are renewed by themselves, then rights, before any snapshot is loaded: what makes a snapshot slow, such as a
    credential on a mount that hangs, must not keep a revoked key alive, or a right that was taken away.
    """

    def __init__(
        self, source: Source, snapshots: Snapshots, keys: KeyCache, *, poll_s: float, told: asyncio.Event
    ) -> None:
        self._source = source
        self._snapshots = snapshots
        self._keys = keys
        self._poll_s = poll_s
        self._told = told
        self._outdated: dict[OrganisationId, int] = {}
        """Organisations whose keys were renewed and whose snapshots were not, with the revision of the change."""
        self._rights: dict[OrganisationId, Rights] = {}
        self._rights_due: dict[OrganisationId, int] = {}
        """Organisations whose keys were renewed and whose rights were not, with the revision of the change."""
        self._keys_renewed = asyncio.Event()
        self._rights_renewed = asyncio.Event()

    async def run(self, loaded: Callable[[], None]) -> None:
        """Refresh until cancelled. `loaded` is called when the first load is done."""
        announced = False

        async def load() -> None:
            nonlocal announced
            await self.load_snapshots()
            if not announced and self._is_whole():
                announced = True
                loaded()

        async with asyncio.TaskGroup() as group:
            group.create_task(self._repeat(self.renew_keys, self._told))
            group.create_task(self._repeat(self.renew_rights, self._keys_renewed))
            group.create_task(self._repeat(load, self._rights_renewed))

    async def refresh(self) -> None:
        """Take in every change up to the newest revision. Raises SourceAwayError.

        When it returns, no key is accepted that was revoked before it began, and no right is that was taken away.
        """
        await self.renew_keys()
        await self.renew_rights()
        await self.load_snapshots()

    async def renew_keys(self) -> None:
        """Bring the key cache up to the newest revision. Raises SourceAwayError, with nothing changed."""
        revision = await self._source.revision()
        if revision == self._snapshots.revision:
            return
        changed = await self._source.changed_since(self._snapshots.revision)
        hashes = self._keys.held_in(changed)
        callers = await self._source.callers(hashes) if hashes else {}
        # No await between these two: a look-up under way sees either the old revision or the renewed cache.
        self._keys.renew(changed, callers)
        self._snapshots.swap(revision, {})
        self._outdated.update(dict.fromkeys(changed, revision))
        self._rights_due.update(dict.fromkeys(changed, revision))
        self._keys_renewed.set()

    async def renew_rights(self) -> None:
        """Bring rights up to the keys. Raises SourceAwayError; what is not renewed stays due."""
        for organisation_id, revision in tuple(self._rights_due.items()):
            # Last in the row from now on: one organisation that cannot be read must not hold up the others twice.
            self._rights_due[organisation_id] = self._rights_due.pop(organisation_id)
            rights = await self._source.rights(organisation_id)
            self._rights[organisation_id] = rights
            present = self._snapshots.get(organisation_id)
            if present is not None:
                self._snapshots.swap(self._snapshots.revision, {organisation_id: replace(present, rights=rights)})
            if self._rights_due[organisation_id] == revision:
                del self._rights_due[organisation_id]
        self._rights_renewed.set()

    async def load_snapshots(self) -> None:
        """Load the snapshots that are behind the keys. Raises SourceAwayError; what is not loaded stays due."""
        for organisation_id, revision in tuple(self._outdated.items()):
            if organisation_id not in self._rights:
                continue
            self._outdated[organisation_id] = self._outdated.pop(organisation_id)  # As with rights.
            loaded = await self._source.load(organisation_id, revision)
            # The rights at hand may be newer than what was loaded, since that took longer.
            whole = replace(loaded, rights=self._rights[organisation_id])
            self._snapshots.swap(self._snapshots.revision, {organisation_id: whole})
            # Changed again meanwhile: what was loaded may be the state before, so it stays due.
            if self._outdated[organisation_id] == revision:
                del self._outdated[organisation_id]

    def _is_whole(self) -> bool:
        """Tell whether every organisation has been loaded once."""
        return self._snapshots.revision >= 0 and all(map(self._snapshots.get, self._outdated))

    async def _repeat(self, step: Callable[[], Awaitable[None]], due: asyncio.Event) -> None:
        """Take a step whenever it is due and every poll interval, more rarely while it fails."""
        pause_s = self._poll_s
        while True:
            end_if_cancelled()
            try:
                await step()
                pause_s = self._poll_s
            except SourceAwayError as error:
                _log.warning("cannot look for changes, going on with what is in memory: %s", error)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            except Exception:
                _log.exception("a refresh failed, going on with what is in memory")
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            await _wait(due, pause_s)


async def _wait(due: asyncio.Event, longest_s: float) -> None:
    try:
        async with asyncio.timeout(longest_s):
            await due.wait()
    except TimeoutError:
        pass
    due.clear()
