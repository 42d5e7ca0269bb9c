"""What a call takes from: a bucket of requests, tokens or slots, which all calls of its holder share."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID, uuid5

Measure = Literal["requests", "tokens", "concurrency"]


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket as calls refer to it; how full it is stands in the database."""

    id: UUID
    limit_id: UUID
    limit: str
    """The limit's name, for refusals."""
    measure: Measure
    holder_id: UUID | None
    """Who has it for themselves, of a limit for each; None where all share it."""
    size: int
    per_ms: int
    """How long an empty bucket takes to be full; 0 for slots, which are given back."""

    @property
    def is_slots(self) -> bool:
        """Tell whether what is taken is given back at the end of the call."""
        return self.measure == "concurrency"

    @property
    def tenth(self) -> int:
        """The most that a worker keeps of it without need."""
        return self.size // 10


def bucket_id(limit_id: UUID, measure: Measure, holder_id: UUID | None) -> UUID:
    """Return the id that every worker finds for the same bucket."""
    return uuid5(limit_id, f"{measure}@{holder_id or ''}")


@dataclass(frozen=True, slots=True)
class Need:
    """What a call takes of a bucket; more than nothing."""

    bucket: Bucket
    amount: int


@dataclass(frozen=True, slots=True)
class Left:
    """What is left in a bucket, as far as this process knows."""

    bucket: Bucket
    amount: int
    full_in_s: float


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A bucket in which there is not what a call needs, and when there may be."""

    bucket: Bucket
    need: int
    left: int
    wait_s: float
    """0 for slots: nobody can tell when a call ends."""
