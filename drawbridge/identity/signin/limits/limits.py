"""Who must wait before the next attempt.

An attempt is counted before it is judged, so that many at once are no way around the count; a right one is taken back.
A delay is a pair's (an account and a source) or a source's. So whoever attacks an account delays only himself: its
owner, at another address, signs in as ever, and passkeys are never delayed.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from drawbridge.core.clock import Clock
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.identity.signin.errors import TooManyAttemptsError
from drawbridge.identity.signin.limits import store
from drawbridge.identity.signin.store import signing_in

_LONGEST: Final = timedelta(minutes=15)
_FORGET_AFTER: Final = timedelta(days=1)
_MOST_ROWS: Final = 100_000
_SWEEP_EVERY_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that is counted: how many failures are free before delays begin, which double."""

    key: bytes
    free: int

    def delay(self, failures: int) -> timedelta | None:
        """Return how long to wait after so many failures."""
        if failures < self.free:
            return None
        return min(_LONGEST, timedelta(seconds=2 ** min(failures - self.free, 20)))


def of_pair(email: str, source: str) -> Limit:
    """Return what counts one account's failures at one source, whether or not there is such an account."""
    return Limit(_key("pair", email, source), free=5)


def of_source(source: str) -> Limit:
    """Return what counts all failures at one source."""
    return Limit(_key("source", source), free=50)


def of_refusals(source: str) -> Limit:
    """Return what counts the refusals of one source that make nobody wait: the first are recorded, then ever fewer."""
    return Limit(_key("refusals", source), free=20)


def of_codes(account: str) -> Limit:
    """Return what counts one account's wrong one-time codes, from anywhere, each behind a right password.

    Six digits can be guessed by somebody who has the password and many addresses. It delays codes only: recovery
    codes and passkeys are not delayed by it.
    """
    return Limit(_key("codes", account), free=50)


class Limits:
    """The failed attempts of the whole installation."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._swept_at: float | None = None

    async def count(self, *limits: Limit) -> None:
        """Count an attempt against each limit, in this order: sources first, then what somebody may name freely.

        Raises TooManyAttemptsError, without counting, where one must wait.
        """
        now = self._clock.now()
        async with signing_in(self._database) as connection:
            for limit in limits:
                counted = await store.lock(connection, limit.key, now, _FORGET_AFTER)
                if counted.blocked_until is not None and counted.blocked_until > now:
                    raise TooManyAttemptsError((counted.blocked_until - now).total_seconds())
                failures = counted.failures + 1
                delay = limit.delay(failures)
                await store.count(connection, limit.key, failures, now, None if delay is None else now + delay)
            if self._is_time_to_sweep():
                await store.delete_old(connection, now - _FORGET_AFTER, _MOST_ROWS)

    def _is_time_to_sweep(self) -> bool:
        now = self._clock.monotonic()
        if self._swept_at is not None and now - self._swept_at < _SWEEP_EVERY_S:
            return False
        self._swept_at = now
        return True

    async def forgive(self, connection: AsyncConnection, forgotten: Limit, *taken_back: Limit) -> None:
        """Forget all failures of one limit, whose owner has shown himself, and take back this attempt elsewhere.

        In a transaction of the system role.
        """
        for limit in taken_back:
            await store.take_back(connection, limit.key)
        await store.forget(connection, forgotten.key)


def _key(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).digest()
