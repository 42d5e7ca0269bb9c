"""Usage that was booked for whoever has signed in to a running site, with figures that tests know."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import text

from drawbridge.core.ids import AttemptId, KeyId, OrganisationId, PrincipalId, uuid7
from drawbridge.core.money import Nanousd
from drawbridge.db.engine import Database
from drawbridge.usage.events import Outcome, Tokens
from drawbridge.usage.rows import copy_line
from drawbridge.usage.store import UsageStore
from tests.usage.attempts import make_intent, make_settlement

_NO_KEY = KeyId(UUID(int=0))


@dataclass(frozen=True, slots=True)
class Spent:
    """One call."""

    model: str
    cost: int | None
    """In nano-dollars."""
    days_ago: int = 0
    input_tokens: int = 10
    output_tokens: int = 20
    outcome: Outcome = "ok"
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Spender:
    """Whose calls are booked."""

    organisation_id: OrganisationId
    principal_id: PrincipalId


async def first_person(database: Database) -> Spender:
    """Return the one who made the first account."""
    async with database.system("snapshot") as connection:
        query = text("select organisation_id, id from principal where kind = 'user' order by created_at limit 1")
        row = (await connection.execute(query)).one()
    return Spender(OrganisationId(row[0]), PrincipalId(row[1]))


async def book(database: Database, spender: Spender, calls: Iterable[Spent]) -> list[AttemptId]:
    """Book calls, and return their attempts in the same order."""
    lines, attempts = list[bytes](), list[AttemptId]()
    for call in calls:
        attempt = AttemptId(uuid7())
        intent = msgspec.structs.replace(
            make_intent(attempt),
            organisation_id=spender.organisation_id,
            principal_id=spender.principal_id,
            key_id=_NO_KEY,
            product="chat",
            model=call.model,
            started_at=datetime.now(UTC) - timedelta(days=call.days_ago),
        )
        settlement = msgspec.structs.replace(
            make_settlement(attempt, f"req-{attempt}"),
            tokens=Tokens(input=call.input_tokens, output=call.output_tokens),
            cost_nanousd=None if call.cost is None else Nanousd(call.cost),
            outcome=call.outcome,
            estimated=call.estimated,
        )
        lines.append(copy_line(intent, settlement))
        attempts.append(attempt)
    await UsageStore(database).book(lines, "tests")
    return attempts
