"""Where buckets are taken from, as workers see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from uuid import UUID

from drawbridge.usage.limits.buckets import Need


class Returned(NamedTuple):
    """What a worker tells of what it leased of a bucket."""

    bucket_id: UUID
    spent: int
    """Of what it leased, and no longer has."""
    unused: int
    """Of what it leased, and gives back."""
    beside: int
    """Used without having been leased; below zero: told as spent, and not used after all."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What was leased of each bucket, and what is left there."""

    amounts: Mapping[UUID, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Short:
    """A bucket in which there was not enough. Nothing was leased."""

    bucket_id: UUID
    left: int
    elsewhere: int
    """What other processes have of it."""
    wait_ms: int
    """When it will have filled up; 0 for slots."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The answer to a request: one for each demand in turn, and the buckets of which others lack something."""

    answers: Sequence[Granted | Short]
    missed: frozenset[UUID]
    lapsed: bool
    """Whether all that was leased before is gone, since nothing was heard of this process for too long."""


class UnreckonableError(Exception):
    """A request that cannot be done, however often it is sent: something in it is not as it may be."""


class BucketSource(Protocol):
    """Where what calls take comes from."""

    async def exchange(
        self, lessee: str, number: int, returned: Sequence[Returned], wanted: Sequence[Sequence[Need]]
    ) -> Exchanged:
        """Tell and take, in one transaction, once for each number.

        Raises UnreckonableError, after which nothing was done; and anything else: ask again.
        """
        ...
