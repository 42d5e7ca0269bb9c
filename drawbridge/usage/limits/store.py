"""The SQL of rate limits: their rows, and what is taken of their buckets and given back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.config.sections import Present
from drawbridge.config.stored import Rows
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.engine import Database, is_about_data
from drawbridge.policy.rules import EVERYONE
from drawbridge.policy.store import subject_id, subject_names
from drawbridge.usage.budgets.notation import ORGANISATION_IN_WORDS, parse_of
from drawbridge.usage.limits.book import Amount, Limit, LimitBook, make_limits
from drawbridge.usage.limits.buckets import Need
from drawbridge.usage.limits.entries import LimitEntry, Per, RateEntry
from drawbridge.usage.limits.source import Exchanged, Granted, Returned, Short, UnreckonableError
from drawbridge.usage.limits.tables import limits

_EXCHANGE: Final = text(
    "select platform.exchange_limits(:lessee, :number, cast(:returned as jsonb), cast(:wanted as jsonb), null)"
)
_CLOSE: Final = text("select platform.close_limit_lessee(:lessee, null)")
_PER_MS: Final[Mapping[Per, int]] = {"second": 1_000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000}
_PER: Final[Mapping[int, Per]] = {per_ms: per for per, per_ms in _PER_MS.items()}


class BucketStore:
    """Takes of buckets, and tells what was used, by the database's clock alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def exchange(
        self, lessee: str, number: int, returned: Sequence[Returned], wanted: Sequence[Sequence[Need]]
    ) -> Exchanged:
        """Tell and take, once for each number. Raises UnreckonableError; DatabaseAway: then ask again."""
        parameters = written(lessee, number, returned, wanted)
        try:
            async with self._database.system("lease") as connection:
                return read_answer((await connection.execute(_EXCHANGE, parameters)).scalar_one())
        except DBAPIError as error:
            if is_about_data(error):
                raise UnreckonableError(str(error.orig)) from error
            raise

    async def close(self, lessee: str) -> None:
        """End all that a lessee has left, when it uses no more of it. Once or often is the same."""
        async with self._database.system("lease") as connection:
            await connection.execute(_CLOSE, {"lessee": lessee})


def written(
    lessee: str, number: int, returned: Sequence[Returned], wanted: Sequence[Sequence[Need]]
) -> dict[str, object]:
    """Write a request as the function takes it."""
    return {
        "lessee": lessee,
        "number": number,
        "returned": json.dumps([[str(back.bucket_id), back.spent, back.unused, back.beside] for back in returned]),
        "wanted": json.dumps([[_need(need) for need in demand] for demand in wanted]),
    }


# Any: what the function makes of JSON.
def read_answer(answer: dict[str, Any]) -> Exchanged:
    """Read what the function answers."""
    answers = [_answer(each) for each in answer["answers"]]
    return Exchanged(answers, frozenset(map(UUID, answer["missed"])), answer["lapsed"])


def _need(need: Need) -> list[object]:
    bucket = need.bucket
    holder = None if bucket.holder_id is None else str(bucket.holder_id)
    return [str(bucket.id), str(bucket.limit_id), bucket.measure, holder, need.amount]


def _answer(answer: dict[str, Any]) -> Granted | Short:
    if "short" in answer:
        return Short(UUID(answer["short"]), answer["left"], answer["elsewhere"], answer["wait_ms"])
    return Granted({UUID(bucket): (amount, left) for bucket, amount, left in answer["granted"]})


async def load_limits(connection: AsyncConnection, organisation_id: OrganisationId) -> LimitBook:
    """Read the limits of an organisation, as calls are decided from them."""
    query = select(limits).where(limits.c.organisation_id == organisation_id)
    return make_limits([_limit(row) for row in await connection.execute(query)])


async def read_limits(
    connection: AsyncConnection, organisation_id: OrganisationId
) -> Mapping[str, Present[LimitEntry]]:
    """Read every limit, as its entry."""
    query = select(limits).where(limits.c.organisation_id == organisation_id).order_by(limits.c.name)
    rows = (await connection.execute(query)).all()
    subjects = [row.subject_id for row in rows if row.subject_id is not None]
    names = await subject_names(connection, organisation_id, subjects)
    there = [row for row in rows if row.subject_id is None or row.subject_id in names]
    return {row.name: Present(_entry(row, names), row.managed_by_file) for row in there}


async def create_limit(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    name: str,
    entry: LimitEntry,
    *,
    managed_by_file: bool,
) -> None:
    """Create a limit from its entry. Raises UnknownSubjectError."""
    values = await _values(connection, organisation_id, entry, managed_by_file=managed_by_file)
    await _remove_if_for_nobody(connection, organisation_id, name)
    await connection.execute(insert(limits).values(id=uuid7(), organisation_id=organisation_id, name=name, **values))


async def update_limit(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    name: str,
    entry: LimitEntry,
    *,
    managed_by_file: bool,
) -> None:
    """Change a limit to its entry: its buckets follow when they are next taken from. Raises UnknownSubjectError."""
    values = await _values(connection, organisation_id, entry, managed_by_file=managed_by_file)
    await connection.execute(update(limits).where(_named(organisation_id, name)).values(**values))


async def delete_limit(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
    """Delete a limit and its buckets."""
    await connection.execute(delete(limits).where(_named(organisation_id, name)))


async def _remove_if_for_nobody(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
    """Free the name of a limit whose subject was deleted: nobody sees such a one."""
    query = select(limits.c.subject_id).where(_named(organisation_id, name), limits.c.subject_id.is_not(None))
    subjects = list((await connection.execute(query)).scalars())
    if subjects and not await subject_names(connection, organisation_id, subjects):
        await delete_limit(connection, organisation_id, name)


LIMIT_ROWS: Final = Rows(read_limits, create_limit, update_limit, delete_limit)


def _named(organisation_id: OrganisationId, name: str) -> ColumnElement[bool]:
    return (limits.c.organisation_id == organisation_id) & (limits.c.name == name)


# Any: values of columns of several types, on their way into one statement.
async def _values(
    connection: AsyncConnection, organisation_id: OrganisationId, entry: LimitEntry, *, managed_by_file: bool
) -> dict[str, Any]:
    subject = parse_of(entry.of)
    return {
        "subject_kind": ORGANISATION_IN_WORDS if subject is None else subject.kind,
        "subject_id": None if subject is None else await subject_id(connection, organisation_id, subject),
        "each": entry.each,
        "models": None if entry.models is None else list(entry.models),
        "products": None if entry.products is None else list(entry.products),
        "requests": None if entry.requests is None else entry.requests.most,
        "requests_per_ms": None if entry.requests is None else _PER_MS[entry.requests.per],
        "tokens": None if entry.tokens is None else entry.tokens.most,
        "tokens_per_ms": None if entry.tokens is None else _PER_MS[entry.tokens.per],
        "concurrency": entry.concurrency,
        "managed_by_file": managed_by_file,
    }


def _entry(row: Row[Any], names: Mapping[UUID, str]) -> LimitEntry:
    return LimitEntry(
        of=ORGANISATION_IN_WORDS if row.subject_id is None else names[row.subject_id],
        each=row.each,
        models=None if row.models is None else tuple(row.models),
        products=None if row.products is None else tuple(row.products),
        requests=None if row.requests is None else RateEntry(most=row.requests, per=_PER[row.requests_per_ms]),
        tokens=None if row.tokens is None else RateEntry(most=row.tokens, per=_PER[row.tokens_per_ms]),
        concurrency=row.concurrency,
    )


def _limit(row: Row[Any]) -> Limit:
    amounts: list[Amount] = []
    if row.requests is not None:
        amounts.append(Amount("requests", row.requests, row.requests_per_ms))
    if row.tokens is not None:
        amounts.append(Amount("tokens", row.tokens, row.tokens_per_ms))
    if row.concurrency is not None:
        amounts.append(Amount("concurrency", row.concurrency, 0))
    return Limit(
        id=row.id,
        name=row.name,
        subject_id=EVERYONE if row.subject_id is None else row.subject_id,
        each=row.each,
        models=None if row.models is None else tuple(row.models),
        products=None if row.products is None else tuple(row.products),
        amounts=tuple(amounts),
    )
