import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from drawbridge.audit.acts import COMMAND_LINE, SYSTEM, Act, Actor
from drawbridge.audit.events import FIRST_PREVIOUS, PLATFORM
from drawbridge.audit.record import record, record_once, record_platform
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.engine import Database
from tests.parts.organisations import make_organisation

pytestmark = pytest.mark.audit

# Any: rows as they are stored.
Row = dict[str, Any]


def an_act(name: str = "ci-bot", **detail: object) -> Act:
    return Act(COMMAND_LINE, "key.created", "key", name, detail=detail)


async def stored(database: Database, organisation_id: OrganisationId) -> list[Row]:
    async with database.organisation(organisation_id) as connection:
        rows = await connection.execute(text("select * from audit_event order by number"))
        return [dict(row) for row in rows.mappings()]


async def test_an_act_is_recorded_with_the_transaction_that_it_belongs_to(
    database: Database, organisation_id: OrganisationId
) -> None:
    actor = Actor("user", "session", organisation_id, None, "ana", uuid7(), "203.0.113.9")
    async with database.organisation(organisation_id) as connection:
        await record(connection, organisation_id, Act(actor, "key.revoked", "key", "old", detail={"grace_s": 60}))

    [row] = await stored(database, organisation_id)

    assert (row["number"], bytes(row["previous_hash"])) == (1, FIRST_PREVIOUS)
    assert (row["actor_kind"], row["actor_via"], row["actor_name"]) == ("user", "session", "ana")
    assert (row["actor_via_id"], row["actor_address"]) == (actor.via_id, "203.0.113.9")
    assert (row["action"], row["object_kind"], row["object_name"]) == ("key.revoked", "key", "old")
    assert (row["outcome"], row["detail"]) == ("done", '{"grace_s":60}')


async def test_what_is_undone_was_never_recorded(database: Database, organisation_id: OrganisationId) -> None:
    with pytest.raises(ValueError, match="the act failed"):
        async with database.organisation(organisation_id) as connection:
            await record(connection, organisation_id, an_act())
            raise ValueError("the act failed")

    assert await stored(database, organisation_id) == []


async def test_an_act_that_cannot_be_recorded_does_not_happen(
    database: Database, organisation_id: OrganisationId
) -> None:
    with pytest.raises(ProgrammingError, match="organisation that was not entered"):
        async with database.change(organisation_id) as connection:
            await connection.execute(text("update organisation set display_name = 'changed'"))
            await record(connection, OrganisationId(uuid7()), an_act())

    async with database.organisation(organisation_id) as connection:
        assert (await connection.execute(text("select display_name from organisation"))).scalar_one() == ""


async def test_numbers_have_no_gaps_and_each_event_names_the_one_before_however_transactions_end(
    database: Database, organisation_id: OrganisationId
) -> None:
    results = await asyncio.gather(
        *(_acts(database, organisation_id, turn) for turn in range(30)), return_exceptions=True
    )

    rows = await stored(database, organisation_id)
    assert {type(result) for result in results} == {type(None), ValueError}
    assert [row["number"] for row in rows] == list(range(1, 41))
    assert all(bytes(later["previous_hash"]) == bytes(earlier["hash"]) for earlier, later in pairwise(rows))
    assert all(later["at"] >= earlier["at"] for earlier, later in pairwise(rows))


async def _acts(database: Database, organisation_id: OrganisationId, turn: int) -> None:
    opened = database.change if turn % 2 else database.organisation
    async with opened(organisation_id) as connection:
        await record(connection, organisation_id, an_act(f"first of {turn}"))
        await record(connection, organisation_id, an_act(f"second of {turn}"))
        if turn % 3 == 0:
            raise ValueError("fails")


async def test_acts_with_and_without_a_revision_never_wait_for_each_other_in_a_ring(
    database: Database, organisation_id: OrganisationId
) -> None:
    async def change(turn: int) -> None:
        async with database.change(organisation_id) as connection:
            await record(connection, organisation_id, an_act())
            await connection.execute(text("update organisation set display_name = :name"), {"name": str(turn)})

    async def ordinary(turn: int) -> None:
        async with database.organisation(organisation_id) as connection:
            await record(connection, organisation_id, an_act())
            await connection.execute(text("select id from organisation for update"))
            await record(connection, organisation_id, an_act(str(turn)))

    # A deadlock would end one of them with an error after a second.
    await asyncio.gather(*(work(turn) for turn in range(15) for work in (change, ordinary)))

    assert len(await stored(database, organisation_id)) == 45


async def test_acts_of_several_organisations_and_the_platform_never_wait_for_each_other_in_a_ring(
    database: Database,
) -> None:
    chains = [await make_organisation(database, name) for name in ("one", "two", "three")]

    async def act(turn: int) -> None:
        async with database.system("sign_in") as connection:
            for place in range(3):
                await record(connection, chains[(turn + place * (turn % 2 + 1)) % 3], an_act())
            await record_platform(connection, an_act())

    await asyncio.gather(*(act(turn) for turn in range(24)))

    assert [len(await stored(database, chain)) for chain in chains] == [24, 24, 24]


async def test_time_comes_from_the_database_and_never_goes_back(
    database: Database, organisation_id: OrganisationId, superuser: psycopg.Connection[Any]
) -> None:
    ahead = datetime.now(UTC) + timedelta(days=1)
    async with database.organisation(organisation_id) as connection:
        await record(connection, organisation_id, an_act())
    superuser.execute("update platform.audit_head set at = %s", [ahead])

    async with database.organisation(organisation_id) as connection:
        await record(connection, organisation_id, an_act())

    first, second = await stored(database, organisation_id)
    assert abs(first["at"] - datetime.now(UTC)) < timedelta(minutes=5)
    assert second["at"] == ahead


@pytest.mark.parametrize(
    "statement",
    [
        "update {} set action = 'nothing'",
        "update {} set action = 'nothing' where false",
        "delete from {}",
        "truncate {} cascade",
    ],
)
@pytest.mark.parametrize("table", ["public.audit_event", "platform.audit_event"])
async def test_nothing_recorded_is_changed_by_anybody_without_ending_the_trigger_first(
    database: Database, organisation_id: OrganisationId, superuser: psycopg.Connection[Any], table: str, statement: str
) -> None:
    async with database.system("sign_in") as connection:
        await record_platform(connection, an_act())
        await record(connection, organisation_id, an_act())

    for role in ("drawbridge_owner", "postgres"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="the audit record only grows"):
            superuser.execute(f"set role {role}; {statement.format(table)}".encode())
    assert len(await stored(database, organisation_id)) == 1


async def test_an_organisation_does_not_go_while_its_record_is_there(
    database: Database, organisation_id: OrganisationId, superuser: psycopg.Connection[Any]
) -> None:
    async with database.organisation(organisation_id) as connection:
        await record(connection, organisation_id, an_act())

    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        superuser.execute("set drawbridge.revision = '1'; delete from organisation")


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": 3},
        {"number": 1},
        {"previous_hash": bytes(31) + b"x"},
        {"at": datetime(2020, 1, 1, tzinfo=UTC)},
    ],
    ids=["gap", "again", "other-previous", "time-before"],
)
async def test_what_does_not_follow_the_end_of_the_chain_is_refused_whoever_writes_it(
    database: Database, organisation_id: OrganisationId, wrong: Row
) -> None:
    async with database.organisation(organisation_id) as connection:
        await record(connection, organisation_id, an_act())
    [first] = await stored(database, organisation_id)
    forged = {**first, "id": uuid7(), "number": 2, "previous_hash": first["hash"], **wrong}
    columns = ", ".join(forged)

    with pytest.raises(IntegrityError, match=r"does not follow|duplicate key"):
        async with database.organisation(organisation_id) as connection:
            await connection.execute(
                text(f"insert into audit_event ({columns}) values (:{columns.replace(', ', ', :')})"), forged
            )


async def test_what_is_told_twice_is_recorded_once(database: Database, organisation_id: OrganisationId) -> None:
    event_id = uuid7()

    async def tell() -> bool:
        async with database.system("drain") as connection:
            return await record_once(connection, organisation_id, Act(SYSTEM, "model.use_denied"), event_id)

    told = await asyncio.gather(*(tell() for _ in range(8)))

    assert sorted(told) == [False] * 7 + [True]
    assert [row["id"] for row in await stored(database, organisation_id)] == [event_id]


async def test_only_two_of_the_duties_record_for_an_organisation(
    database: Database, organisation_id: OrganisationId
) -> None:
    for duty in ("key_lookup", "snapshot", "sweeper"):
        with pytest.raises(DBAPIError, match="organisation that was not entered"):
            async with database.system(duty) as connection:
                await record(connection, organisation_id, an_act())
    for duty in ("sign_in", "drain"):
        async with database.system(duty) as connection:
            await record(connection, organisation_id, an_act())

    assert len(await stored(database, organisation_id)) == 2


async def test_the_platform_has_a_chain_that_no_organisation_sees_or_writes(
    database: Database, organisation_id: OrganisationId
) -> None:
    async with database.system("sign_in") as connection:
        await record_platform(connection, an_act())

    for statement in ("select * from platform.audit_event", "select * from platform.audit_head"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            async with database.organisation(organisation_id) as connection:
                await connection.execute(text(statement))
    with pytest.raises(ProgrammingError, match="an organisation was to record for the platform"):
        async with database.organisation(organisation_id) as connection:
            await record_platform(connection, an_act())
    async with database.system("sign_in") as connection:
        rows = await connection.execute(text("select chain, number from platform.audit_head"))
        assert [tuple(row) for row in rows] == [(PLATFORM, 1)]


@pytest.mark.parametrize(
    ("detail", "kept"),
    [
        ({"b": 1, "a": [True, None, "é"]}, '{"a":[true,null,"é"],"b":1}'),
        ({"number": 2**53, "share": 0.5, "id": OrganisationId}, None),
        ({"line\nend": "\0\ud800"}, '{"line\\\\nend":"\\\\x00\\\\ud800"}'),
        ({"\ufb33": 1, "\U0001f600": 2}, '{"\U0001f600":2,"\ufb33":1}'),
    ],
    ids=["sorted", "odd-values", "unprintable", "utf-16-order"],
)
async def test_a_detail_is_kept_in_canonical_form(
    database: Database, organisation_id: OrganisationId, detail: Row, kept: str | None
) -> None:
    async with database.organisation(organisation_id) as connection:
        await record(connection, organisation_id, an_act(**detail))

    [row] = await stored(database, organisation_id)
    if kept is None:
        assert '"number":"9007199254740992"' in row["detail"]
        assert '"share":"0.5"' in row["detail"]
    else:
        assert row["detail"] == kept


async def test_long_texts_and_details_are_cut_with_a_mark(database: Database, organisation_id: OrganisationId) -> None:
    async with database.organisation(organisation_id) as connection:
        await record(connection, organisation_id, an_act("n" * 1000, text='"' * 9000))

    [row] = await stored(database, organisation_id)
    assert row["object_name"] == "n" * 299 + "…"
    assert row["detail"].startswith('{"beginning":"{\\"text\\":\\"')
    assert row["detail"].endswith('"cut":18011}')
    assert len(row["detail"]) <= 8192
