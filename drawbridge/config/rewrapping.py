"""Move what is sealed to the newest master key, a batch at a time: only the secrets' own keys are wrapped anew."""

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from drawbridge.config.errors import SecretError
from drawbridge.config.secrets import MasterKey, MasterKeys, WrappedKey, wrap_anew

_log = logging.getLogger(__name__)

_BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A row whose secret is sealed."""

    row_id: UUID
    owner: UUID
    """What the secret is bound to together with its name: an organisation, an account."""
    name: str
    wrapped: WrappedKey


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """A row, and its key under another master key."""

    row: SealedRow
    wrapped: WrappedKey


class SealedRows(Protocol):
    """The rows of one table that hold secrets sealed under a master key. Every method may raise DatabaseAway."""

    @property
    def what(self) -> str:
        """What they are, in the plural, such as `stored secrets`."""
        ...

    async def count_by_key(self) -> Mapping[str, int]:
        """Return how many rows are sealed under each master key."""
        ...

    async def not_under(self, key_id: str, after: UUID | None, limit: int) -> Sequence[SealedRow]:
        """Return rows that are sealed under other keys, in the order of their ids, from behind one on."""
        ...

    async def replace(self, rows: Sequence[Rewrapped]) -> int:
        """Store the keys that were wrapped anew, except for rows changed meanwhile. Return how many were stored."""
        ...


class Holders(Protocol):
    """The workers that are alive, as KeyHolders of the store knows them."""

    async def alive(self) -> Sequence[tuple[str, ...]]:
        """Return the key ids of each worker, the one that it seals under first."""
        ...

    def sole_rewrapper(self) -> AbstractAsyncContextManager[bool]:
        """Tell whether nobody else wraps rows anew."""
        ...


def sealing_key(keys: MasterKeys, holders: Iterable[Collection[str]]) -> MasterKey:
    """Return the newest key that every worker has, so that each can open what is sealed under it.

    A worker that has none of the keys has the wrong ones, and is not waited for.
    """
    able = [key_ids for key_ids in holders if keys.ids.intersection(key_ids)]
    everywhere = (key for key in keys.newest_first if all(key.key_id in key_ids for key_ids in able))
    return next(everywhere, keys.newest)


@dataclass(frozen=True, slots=True)
class Progress:
    """What is sealed under which master key."""

    by_key: Mapping[str, Mapping[str, int]]
    """Rows by key id, then by what they are."""

    def outside(self, key_id: str) -> int:
        """Return how many rows are sealed under other keys."""
        return sum(sum(rows.values()) for found, rows in self.by_key.items() if found != key_id)


async def count_rows(tables: Sequence[SealedRows]) -> Progress:
    """Count everything that is sealed. Raises DatabaseAway."""
    by_key: dict[str, Counter[str]] = {}
    for table in tables:
        for key_id, count in (await table.count_by_key()).items():
            by_key.setdefault(key_id, Counter())[table.what] += count
    return Progress(by_key)


class Rewrapper:
    """Wraps rows anew. It can be killed at any moment: what is done is done, and the rest is found again."""

    def __init__(self, tables: Sequence[SealedRows], holders: Holders, *, batch: int = _BATCH) -> None:
        self._tables = tables
        self._holders = holders
        self._batch = batch
        self._left_behind = 0

    async def run_once(self, keys: MasterKeys) -> int:
        """Move every row to the newest key, if all workers have it and nobody else does so. Return how many were moved.

        Raises DatabaseAway.
        """
        if sealing_key(keys, await self._holders.alive()) != keys.newest:
            return 0
        moved = left = 0
        async with self._holders.sole_rewrapper() as is_sole:
            if not is_sole:
                return 0
            for table in self._tables:
                done, failed = await self._move(table, keys)
                moved, left = moved + done, left + failed
        self._tell(moved, left)
        return moved

    async def _move(self, table: SealedRows, keys: MasterKeys) -> tuple[int, int]:
        """Move one table's rows; return how many were moved, and how many do not open."""
        moved = failed = 0
        after: UUID | None = None
        while rows := await table.not_under(keys.newest.key_id, after, self._batch):
            after = rows[-1].row_id
            rewrapped = [one for row in rows if (one := _rewrap(keys, row)) is not None]
            moved += await table.replace(rewrapped)
            failed += len(rows) - len(rewrapped)
        return moved, failed

    def _tell(self, moved: int, left: int) -> None:
        if moved:
            _log.info("wrapped %s sealed rows anew under the newest master key", moved)
        if left and left != self._left_behind:
            _log.warning("%s sealed rows do not open with the master keys at hand: see `drawbridge keys master`", left)
        self._left_behind = left


def _rewrap(keys: MasterKeys, row: SealedRow) -> Rewrapped | None:
    try:
        return Rewrapped(row, wrap_anew(keys, keys.newest, row.owner, row.name, row.wrapped))
    except SecretError:
        return None
