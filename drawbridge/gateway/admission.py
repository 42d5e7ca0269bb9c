"""Who is calling: from the credential that a request carries to the holder of a key."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.snapshot import Caller, Holder, KeyCache, Snapshots
from drawbridge.identity.keys import KeyHash, hash_key, parse_key
from drawbridge.identity.records import Bar

KeyLookup = Callable[[KeyHash], Awaitable[Holder]]
"""From a key's hash to its holder. May raise KeyLookupFailedError."""

_KEY_HEADERS: Final = frozenset({"x-api-key", "x-goog-api-key"})
_HOW_TO_SEND: Final = "Send a Drawbridge key as `Authorization: Bearer dbk_...`, `x-api-key` or `x-goog-api-key`."
_MAX_TRIES: Final = 3


class KeyLookupFailedError(Exception):
    """The database that knows the keys cannot be asked now."""


class Admission:
    """Identifies callers from memory, and asks the database once for each key it has not seen lately."""

    def __init__(self, cache: KeyCache, snapshots: Snapshots, look_up: KeyLookup) -> None:
        self._cache = cache
        self._snapshots = snapshots
        self._look_up = look_up

    async def identify(self, key: str, now: datetime) -> Caller:
        """Return the holder of a key.

        Raises Refusal for one that is unknown, revoked or expired, or whose owner or organisation is suspended.
        """
        key_hash = hash_key(key)
        if key_hash in self._cache:
            caller = self._cache.get(key_hash)
        elif parse_key(key) is None:
            raise Refusal("bad_credential", f"This is not a Drawbridge key, or it was mistyped. {_HOW_TO_SEND}")
        else:
            caller = await self._ask(key_hash)
        if isinstance(caller, Bar):
            raise Refusal("bad_credential", caller.message)
        if caller is None:
            raise Refusal("bad_credential", "This key does not exist or was revoked. Ask an administrator for one.")
        if caller.expires_at is not None and caller.expires_at <= now:
            expired = caller.expires_at.isoformat(timespec="seconds")
            raise Refusal("bad_credential", f"This key expired at {expired}. Ask an administrator for a new one.")
        if caller.frozen:
            raise Refusal(
                "forbidden",
                "This key is frozen: a vendor charged more for one of its calls than could be held of its budgets. Ask"
                " an administrator to look at the overage, and to unfreeze it.",
            )
        return caller

    async def holder(self, key_hash: KeyHash, now: datetime) -> Caller:
        """Return the holder of a key that was sent earlier. Raises Refusal where it is not valid any more."""
        caller = self._cache.get(key_hash) if key_hash in self._cache else await self._ask(key_hash)
        if not isinstance(caller, Caller) or (caller.expires_at is not None and caller.expires_at <= now):
            raise Refusal("bad_credential", "The key that began this is not valid any more: begin again with another.")
        return caller

    async def _ask(self, key_hash: KeyHash) -> Holder:
        for _ in range(_MAX_TRIES):
            revision = self._snapshots.revision
            holder = await self._looked_up(key_hash)
            # A change that came in meanwhile may have revoked the key, and has renewed the cache without it.
            if revision == self._snapshots.revision:
                self._cache.put(key_hash, holder)
                return holder
        return await self._looked_up(key_hash)

    async def _looked_up(self, key_hash: KeyHash) -> Holder:
        try:
            return await self._look_up(key_hash)
        except KeyLookupFailedError:
            raise Refusal(
                "not_ready",
                "This key cannot be checked while the database is away. Keys used lately still work.",
                retry_after_s=2,
            ) from None


def find_credential(headers: Sequence[tuple[str, str]], query_keys: Iterable[str]) -> str:
    """Return the one key that a request carries. Raises Refusal for none, and for two that differ.

    Names of headers come in lower case.
    """
    given = [*query_keys]
    for name, value in headers:
        if name in _KEY_HEADERS:
            given.append(value)
        elif name == "authorization":
            scheme, _, token = value.partition(" ")
            if scheme.lower() == "bearer":
                given.append(token)
    found = {key for written in given if (key := written.strip())}
    if not found:
        raise Refusal("no_credential", f"This request carries no key. {_HOW_TO_SEND}")
    if len(found) > 1:
        raise Refusal("bad_credential", "This request carries two different keys. Send only one of them.")
    return found.pop()
