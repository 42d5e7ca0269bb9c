"""The master keys as one worker holds them: read again when something new is heard of, never while a call waits."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Final, Protocol
from uuid import UUID

from drawbridge.config.errors import MasterKeyError
from drawbridge.config.key_sources import KeySource
from drawbridge.config.rewrapping import Rewrapper, sealing_key
from drawbridge.config.secrets import MasterKey, MasterKeys
from drawbridge.core.cancellation import end_if_cancelled
from drawbridge.core.clock import Clock
from drawbridge.db.engine import DatabaseAway

_log = logging.getLogger(__name__)

_WATCH_PAUSE_S: Final = 5.0
_SELDOM_S: Final = 300.0
"""How often a source that is not cheap is read without a reason."""
_MISSING_PAUSE_S: Final = 30.0
"""How long a key that was looked for in vain is not looked for again."""


class Reports(Protocol):
    """Where workers tell each other which keys they have."""

    async def report(self, worker_id: UUID, key_ids: Sequence[str]) -> None:
        """Tell that a worker is alive, and which keys it has, the one that it seals under first."""
        ...

    async def leave(self, worker_id: UUID) -> None:
        """Tell that a worker ends."""
        ...

    async def alive(self) -> Sequence[tuple[str, ...]]:
        """Return what each worker told that is alive."""
        ...


class HeldKeys:
    """The master keys at hand, which change while a worker runs."""

    def __init__(self, source: KeySource, keys: MasterKeys, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._keys = keys
        self._sealing = keys.newest_first[-1]  # The one that has been in use for longest, until others are heard of.
        self._read_at_s = clock.monotonic()
        self._missed: dict[str, float] = {}
        self._reading = asyncio.Lock()

    @property
    def now(self) -> MasterKeys:
        """The keys that can open something."""
        return self._keys

    @property
    def told(self) -> tuple[str, ...]:
        """The ids of the keys that can open something, the one to seal under first."""
        others = (key.key_id for key in self._keys.newest_first if key != self._sealing)
        return (self._sealing.key_id, *others)

    @property
    def sealing(self) -> MasterKey:
        """The key to seal under: the newest that every worker has."""
        return self._sealing

    async def opening(self, key_ids: Collection[str]) -> MasterKeys:
        """Return the keys, read again if one of these is not among them and was not looked for a moment ago."""
        now_s = self._clock.monotonic()
        wanted = {
            key_id for key_id in key_ids if key_id not in self._keys.ids and self._missed.get(key_id, 0.0) <= now_s
        }
        if wanted:
            await self._read_again()
            until_s = self._clock.monotonic() + _MISSING_PAUSE_S
            self._missed = {key_id: until_s for key_id in wanted if key_id not in self._keys.ids}
        return self._keys

    async def heard_of(self, holders: Sequence[tuple[str, ...]]) -> None:
        """Take note of the keys that the workers have."""
        await self.opening({key_id for key_ids in holders for key_id in key_ids})
        age_s = self._clock.monotonic() - self._read_at_s
        if self._source.is_cheap or age_s > _SELDOM_S:
            await self._read_again()
        self._sealing = sealing_key(self._keys, holders)

    async def _read_again(self) -> None:
        """Read the source. Where that fails, what is held stays; nothing is forgotten while rows may need it."""
        async with self._reading:
            try:
                read = await asyncio.to_thread(self._source.read)
                kept = (key for key in self._keys.newest_first if key.key_id not in read.ids)
                self._keys = MasterKeys((*read.newest_first, *kept))
            except MasterKeyError as error:
                _log.warning("going on with the master keys at hand: %s", error.message)
            self._read_at_s = self._clock.monotonic()


class KeyWatch:
    """A worker's background work on master keys: tell which it has, hear of new ones, move rows to the newest."""

    def __init__(self, held: HeldKeys, worker_id: UUID, reports: Reports, rewrapper: Rewrapper) -> None:
        self._held = held
        self._worker_id = worker_id
        self._reports = reports
        self._rewrapper = rewrapper

    async def look(self) -> None:
        """Take part once. Raises DatabaseAway."""
        await self._reports.report(self._worker_id, self._held.told)
        await self._held.heard_of(await self._reports.alive())

    async def begin(self, longest_s: float) -> None:
        """Take part for the first time, so that nobody moves on without this worker, unless the database is away."""
        with suppress(DatabaseAway, TimeoutError):
            async with asyncio.timeout(longest_s):
                await self.look()

    async def finish(self, longest_s: float) -> None:
        """Tell that this worker ends, so that nobody waits for it, if the database takes it in time."""
        with suppress(DatabaseAway, TimeoutError):
            async with asyncio.timeout(longest_s):
                await self._reports.leave(self._worker_id)

    async def run(self, pause_s: float = _WATCH_PAUSE_S) -> None:
        """Take part until cancelled."""
        while True:
            end_if_cancelled()
            try:
                await self.look()
                await self._rewrapper.run_once(self._held.now)
            except DatabaseAway as error:
                _log.warning("cannot look after the master keys for now: %s", error.message)
            except Exception:
                _log.exception("looking after the master keys failed, going on with those at hand")
            await asyncio.sleep(pause_s)
