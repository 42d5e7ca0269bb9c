"""Rate limits for tests, and a token bucket to hold them against."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.policy.rules import EVERYONE
from drawbridge.usage.limits.buckets import Bucket, Need
from drawbridge.usage.limits.entries import LimitEntry
from drawbridge.usage.limits.source import Exchanged, Returned
from drawbridge.usage.limits.store import create_limit, load_limits, read_answer, written


async def make_limit(
    database: Database, organisation: OrganisationId, entry: LimitEntry, name: str = "all"
) -> tuple[Bucket, ...]:
    """Make a limit of the whole organisation, and return its buckets."""
    async with database.change(organisation) as connection:
        await create_limit(connection, organisation, name, entry, managed_by_file=False)
        book = await load_limits(connection, organisation)
    limit = next(limit for limit in book.by_subject[EVERYONE] if limit.name == name)
    return tuple(limit.buckets(None))


async def state_of(database: Database, bucket: Bucket) -> tuple[int, int]:
    """Return what is in a bucket, in whole ones, and what is leased of it."""
    async with database.system("snapshot") as connection:
        query = text("select level / part, leased from rate_bucket where id = :id")
        row = (await connection.execute(query, {"id": bucket.id})).one()
    return (row[0], row[1])


@dataclass(slots=True)
class TimedSource:
    """The database's function, at the time that a test says."""

    database: Database
    at: datetime

    async def exchange(
        self, lessee: str, number: int, returned: Sequence[Returned], wanted: Sequence[Sequence[Need]]
    ) -> Exchanged:
        parameters = written(lessee, number, returned, wanted) | {"at": self.at}
        function = "platform.exchange_limits(:lessee, :number, cast(:returned as jsonb), cast(:wanted as jsonb), :at)"
        async with self.database.system("lease") as connection:
            return read_answer((await connection.execute(text(f"select {function}"), parameters)).scalar_one())

    async def close(self, lessee: str) -> None:
        async with self.database.system("lease") as connection:
            query = text("select platform.close_limit_lessee(:lessee, :at)")
            await connection.execute(query, {"lessee": lessee, "at": self.at})


@dataclass(slots=True)
class TokenBucket:
    """The reference: full at first, filled evenly, never above its size; each call takes of it when it is made."""

    size: int
    per_ms: int
    at: datetime
    level: float = field(init=False)

    def __post_init__(self) -> None:
        self.level = self.size

    def fill(self, at: datetime) -> None:
        """Let the time pass; where the clock went back, none did."""
        passed_ms = max(0.0, (at - self.at).total_seconds() * 1_000)
        self.at = at
        self.put_back(passed_ms * self.size / self.per_ms)

    def put_back(self, amount: float) -> None:
        self.level = min(self.size, self.level + amount)

    def take(self, amount: int) -> None:
        self.level -= amount
