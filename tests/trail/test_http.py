import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import psycopg
import pytest

from drawbridge.audit.acts import COMMAND_LINE, Act, Actor
from drawbridge.audit.record import record
from drawbridge.core.ids import KeyId, OrganisationId, uuid7
from drawbridge.db.engine import Database
from drawbridge.identity.keyring import IssuedKey, KeyRequest, Keyring
from drawbridge.identity.keys import make_key
from drawbridge.identity.records import KeyToStore
from drawbridge.identity.store import create_principal, get_key, insert_key
from drawbridge.trail.checking import check_lines
from tests.parts.admin import admin_api
from tests.parts.clock import HeldClock
from tests.parts.organisations import make_organisation

pytestmark = pytest.mark.audit

# Any: JSON as it came over the wire.
Json = dict[str, Any]


@pytest.fixture
async def owners_key(database: Database, organisation_id: OrganisationId) -> IssuedKey:
    """A key that nothing in the record tells of: the keyring would make it the first event."""
    key, key_id = make_key(), KeyId(uuid7())
    async with database.change(organisation_id) as connection:
        ana = await create_principal(connection, organisation_id, "user", "ana")
        row = KeyToStore(key_id, ana, "ana", key.hash, key.hint, admin=True, expires_at=None, replaces=None)
        await insert_key(connection, organisation_id, row)
        record = await get_key(connection, organisation_id, key_id)
    assert record is not None
    return IssuedKey(key.text, record)


@pytest.fixture
def ana(organisation_id: OrganisationId, owners_key: IssuedKey) -> Actor:
    record = owners_key.record
    return Actor("user", "key", organisation_id, record.principal_id, "ana", record.id)


@pytest.fixture
async def client(database: Database, owners_key: IssuedKey) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(admin_api(database, HeldClock()))
    headers = {"authorization": f"Bearer {owners_key.text}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://here", headers=headers) as client:
        yield client


async def act(database: Database, organisation_id: OrganisationId, *acts: Act) -> None:
    for each in acts:
        async with database.organisation(organisation_id) as connection:
            await record(connection, organisation_id, each)


async def get(client: httpx2.AsyncClient, path: str, **query: str | int) -> Json:
    reply = await client.get(path, params=query)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def export(client: httpx2.AsyncClient, **query: str | int) -> list[bytes]:
    reply = await client.get("/api/audit/export", params=query)
    assert reply.status_code == 200, reply.text
    return reply.content.splitlines()


async def numbers(client: httpx2.AsyncClient, **query: str | int) -> list[int]:
    return [event["number"] for event in (await get(client, "/api/audit", **query))["events"]]


async def test_events_are_listed_page_by_page_the_newest_first(
    client: httpx2.AsyncClient, database: Database, organisation_id: OrganisationId
) -> None:
    await act(database, organisation_id, *(Act(COMMAND_LINE, "key.created", "key", str(n)) for n in range(5)))

    first = await get(client, "/api/audit", limit=3)
    second = await get(client, "/api/audit", limit=3, cursor=first["next_cursor"])

    assert [event["number"] for event in first["events"] + second["events"]] == [5, 4, 3, 2, 1]
    assert second["next_cursor"] is None
    assert second["events"][0]["hash"] == first["events"][-1]["previous_hash"]


async def test_events_are_found_by_actor_action_object_outcome_and_time(
    client: httpx2.AsyncClient, database: Database, organisation_id: OrganisationId, ana: Actor
) -> None:
    await act(
        database,
        organisation_id,
        Act(ana, "key.created", "key", "one"),
        Act(ana, "key.revoked", "key", "two", "failed"),
        Act(COMMAND_LINE, "team.created", "team", "one"),
    )
    middle = (await get(client, "/api/audit"))["events"][1]["time"]

    assert await numbers(client, actor="ana") == [2, 1]
    assert await numbers(client, principal_id=str(ana.principal_id)) == [2, 1]
    assert await numbers(client, action="key.revoked") == [2]
    assert await numbers(client, action="key.*") == [2, 1]
    assert await numbers(client, action="k%") == []
    assert await numbers(client, object_kind="key", object_name="one") == [1]
    assert await numbers(client, outcome="failed") == [2]
    assert await numbers(client, since=middle) == [3, 2]
    assert await numbers(client, until=middle) == [1]


async def test_an_export_can_be_verified_and_is_recorded_itself(
    client: httpx2.AsyncClient, database: Database, organisation_id: OrganisationId
) -> None:
    await act(database, organisation_id, *(Act(COMMAND_LINE, "key.created") for _ in range(600)))

    lines = await export(client)

    finding = check_lines(lines)
    assert (finding.fault, finding.head.number) == (None, 601)
    last = json.loads(lines[-1])
    assert (last["action"], last["actor"]["name"], last["detail"]["format"]) == ("audit.exported", "ana", "jsonl")


async def test_an_export_of_a_part_begins_where_it_was_asked_to(
    client: httpx2.AsyncClient, database: Database, organisation_id: OrganisationId
) -> None:
    await act(database, organisation_id, *(Act(COMMAND_LINE, "key.created") for _ in range(3)))

    assert [json.loads(line)["number"] for line in await export(client, after_number=2)] == [3, 4]
    assert [json.loads(line)["number"] for line in await export(client, action="audit.exported")] == [4, 5]
    assert await export(client, after_number=2**63 - 1) == []


async def test_an_export_in_ocsf_has_an_object_a_line(
    client: httpx2.AsyncClient, database: Database, organisation_id: OrganisationId
) -> None:
    await act(database, organisation_id, Act(COMMAND_LINE, "key.created"))

    lines = [json.loads(line) for line in await export(client, format="ocsf")]

    assert [line["class_uid"] for line in lines] == [3004, 3004]
    assert check_lines([line["raw_data"].encode() for line in lines]).fault is None


async def test_another_organisations_events_are_neither_listed_nor_exported(
    client: httpx2.AsyncClient, database: Database
) -> None:
    other = await make_organisation(database, "other")
    await act(database, other, Act(COMMAND_LINE, "key.created"))

    assert await numbers(client) == []
    assert [json.loads(line)["action"] for line in await export(client)] == ["audit.exported"]


@pytest.mark.parametrize("path", ["/api/audit", "/api/audit/export"])
async def test_nobody_reads_the_record_without_the_right_to(
    client: httpx2.AsyncClient, database: Database, organisation_id: OrganisationId, path: str
) -> None:
    ordinary = await Keyring(database, HeldClock()).create(organisation_id, KeyRequest("ana"))

    replies = [
        await client.get(path, headers={"authorization": f"Bearer {key}"}) for key in (ordinary.text, "dbk_nothing")
    ]

    assert [reply.status_code for reply in replies] == [403, 401]


@pytest.mark.parametrize(
    "query", [{"since": "yesterday"}, {"format": "csv"}, {"after_number": "-1"}, {"outcome": "good"}, {"actor": "\0"}]
)
async def test_what_cannot_be_meant_is_refused(client: httpx2.AsyncClient, query: dict[str, str]) -> None:
    reply = await client.get("/api/audit/export", params=query)

    assert reply.status_code == 422


async def test_the_latest_events_are_verified_and_a_changed_one_is_named(
    client: httpx2.AsyncClient, database: Database, organisation_id: OrganisationId, superuser: psycopg.Connection[Any]
) -> None:
    await act(database, organisation_id, *(Act(COMMAND_LINE, "key.created", "key", str(n)) for n in range(6)))

    whole = await get(client, "/api/audit/verification")
    latest = await get(client, "/api/audit/verification", latest=2)

    assert (whole["as_recorded"], whole["from_number"], whole["to_number"]) == (True, 1, 6)
    assert (latest["as_recorded"], latest["from_number"], latest["to_number"]) == (True, 5, 6)
    superuser.execute("alter table audit_event disable trigger user")
    superuser.execute("update audit_event set object_name = 'other' where number = 3")
    whole = await get(client, "/api/audit/verification")
    latest = await get(client, "/api/audit/verification", latest=2)
    assert (whole["as_recorded"], whole["first_wrong"]) == (False, 3)
    assert "Event 3 was changed" in whole["message"]
    assert latest["as_recorded"]


async def test_an_event_that_is_gone_before_the_latest_ones_is_missed(
    client: httpx2.AsyncClient, database: Database, organisation_id: OrganisationId, superuser: psycopg.Connection[Any]
) -> None:
    await act(database, organisation_id, *(Act(COMMAND_LINE, "key.created", "key", str(n)) for n in range(6)))
    superuser.execute("alter table audit_event disable trigger user")
    superuser.execute("delete from audit_event where number = 2")

    latest = await get(client, "/api/audit/verification", latest=2)

    assert not latest["as_recorded"]
