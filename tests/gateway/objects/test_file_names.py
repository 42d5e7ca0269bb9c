"""Names that callers choose for their files at Gemini: another's file never comes to be known by one's own name."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from drawbridge.core.ids import PrincipalId, uuid7
from drawbridge.gateway.objects.kinds import Kind, Reference, VendorObject
from drawbridge.gateway.objects.ownership import Owner, Owners
from drawbridge.gateway.objects.store import VendorObjectStore
from drawbridge.gateway.objects.tables import vendor_objects
from drawbridge.gateway.refusals import Refusal
from tests.gateway.objects.test_uploads import FINISH, START
from tests.parts.caller import Caller, Reply
from tests.parts.gateway import RunningGateway
from tests.parts.object_vendor import KeepingVendor
from tests.parts.people import People
from tests.parts.vendor import ScriptedVendor

pytestmark = pytest.mark.ownership

MULTIPART = {"x-goog-upload-protocol": "multipart", "content-type": "multipart/related; boundary=b"}


def new_name() -> str:
    return f"report-{uuid7().hex[-12:]}"


def related(metadata: str) -> bytes:
    head = "--b\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
    return f"{head}{metadata}\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--".encode()


async def upload(caller: Caller, name: str) -> Reply:
    begun = await caller.post("/upload/v1beta/files", {"file": {"name": f"files/{name}"}}, START)
    if begun.status != 200:
        return begun
    path = begun.headers["x-goog-upload-url"].removeprefix(caller.url)
    return await caller.ask("POST", path, body=b"hello", headers=FINISH)


async def delete(caller: Caller, name: str) -> int:
    return (await caller.ask("DELETE", f"/v1beta/files/{name}", headers=caller.bearer)).status


async def age(gateway: RunningGateway, object_id: str, days: int) -> None:
    """Let the rows of an object be some days older."""
    columns = vendor_objects.c
    mine = columns.id == object_id
    async with gateway.database.organisation(gateway.organisation_id) as connection:
        rows = (await connection.execute(sa.select(vendor_objects).where(mine))).mappings().all()
        older = [{**row, "created_at": row["created_at"] - timedelta(days=days)} for row in rows]
        await connection.execute(sa.delete(vendor_objects).where(mine))
        for row in older:
            await connection.execute(sa.insert(vendor_objects).values(row))


async def test_a_name_stays_with_its_first_owner_when_its_file_is_deleted(
    people: People, vendor: ScriptedVendor
) -> None:
    name = new_name()
    mine = await upload(people.alice, name)
    deleted = await delete(people.alice, name)
    vendor.log.clear()

    foreign = await upload(people.bob, name)

    assert (mine.status, deleted) == (200, 200)
    assert foreign.status == 400
    assert "already exists" in foreign.json()["error"]["message"]
    assert not vendor.requests
    assert (await upload(people.alice, name)).status == 200
    assert (await people.alice.get(f"/v1beta/files/{name}")).status == 200


async def test_a_name_that_is_long_out_of_use_gives_its_former_owner_nothing(
    people: People, vendor: ScriptedVendor, keeping: KeepingVendor, gateway: RunningGateway
) -> None:
    name = new_name()
    await upload(people.alice, name)
    assert (await people.alice.get(f"/v1beta/files/{name}")).status == 200
    keeping.kept["files"].pop(name)
    await age(gateway, name, 6)

    taken = await upload(people.bob, name)

    vendor.log.clear()
    said = {"contents": [{"parts": [{"fileData": {"fileUri": taken.json()["file"]["uri"]}}]}]}
    asked = [
        await people.alice.get(f"/v1beta/files/{name}"),
        await people.alice.post("/v1beta/models/gemini-x:generateContent", said),
    ]
    assert taken.status == 200
    assert [reply.status for reply in asked] == [404, 404]
    assert await delete(people.alice, name) == 404
    assert not vendor.requests
    assert (await people.bob.get(f"/v1beta/files/{name}")).status == 200


async def test_a_file_that_its_vendor_has_removed_by_itself_is_nobodys(people: People, gateway: RunningGateway) -> None:
    name = new_name()
    await upload(people.alice, name)

    await age(gateway, name, 3)

    assert (await people.alice.get(f"/v1beta/files/{name}")).status == 404
    assert (await upload(people.bob, name)).status == 400


async def test_no_worker_remembers_whose_a_file_with_a_chosen_name_was(gateway: RunningGateway) -> None:
    store = VendorObjectStore(gateway.database)
    one, other = Owners(store), Owners(store)
    alice, bob = (Owner(gateway.organisation_id, PrincipalId(uuid7())) for _ in range(2))
    name = Reference("gemini_file", new_name())

    def file_of(owner: Owner) -> VendorObject:
        return VendorObject(owner.organisation_id, owner.principal_id, "vendor", "gemini_file", name.id)

    one.add([file_of(alice)])
    await one.finish(5)
    assert await other.providers_of(alice, [name]) == {name: {"vendor"}}
    await one.forget(alice, "vendor", [name])
    one.add([file_of(bob)])
    await one.finish(5)

    with pytest.raises(Refusal):
        await other.providers_of(alice, [name])
    assert await other.providers_of(bob, [name]) == {name: {"vendor"}}


@pytest.mark.parametrize("kind", ["gemini_file", "gemini_name"])
async def test_who_makes_a_thing_of_their_own_again_has_it_for_another_life_time(
    gateway: RunningGateway, kind: Kind
) -> None:
    store = VendorObjectStore(gateway.database)
    owner = Owner(gateway.organisation_id, PrincipalId(uuid7()))
    mine = VendorObject(owner.organisation_id, owner.principal_id, "vendor", kind, new_name())
    await store.record([mine])
    await age(gateway, mine.id, 10)
    reference = Reference(kind, mine.id)
    assert not await store.providers_of(owner, [reference])

    new = await store.record([mine])

    assert new == {mine}
    assert await store.providers_of(owner, [reference]) == {reference: {"vendor"}}


async def test_a_name_is_read_in_an_upload_of_several_parts(people: People, vendor: ScriptedVendor) -> None:
    name = new_name()
    body = related(json.dumps({"file": {"name": f"files/{name}"}}))

    mine = await people.alice.post("/upload/v1beta/files", body, MULTIPART)
    foreign = await people.bob.post("/upload/v1beta/files", body, MULTIPART)

    assert (mine.status, foreign.status) == (200, 400)
    assert (await people.alice.get(f"/v1beta/files/{name}")).status == 200
    assert len(vendor.requests) == 2


@pytest.mark.parametrize("headers", [START, MULTIPART])
@pytest.mark.parametrize(
    "metadata",
    [
        '{"file":{"name":"files/a","name":"files/b"}}',
        '{"file":{"name":"files/a"},"file":{"name":"files/b"}}',
        '{"file":{"n\\u0061me":"files/a"}}',
        '{"file":{"Name":"files/a"}}',
        '{"File":{"name":"files/a"}}',
        '{"file":{"name":"files/A"}}',
        '{"file":{"name":"files/a/b"}}',
        '{"file":{"name":["files/a"]}}',
        '{"file":["name"]}',
        "name=files/a",
    ],
)
async def test_metadata_that_could_hold_another_name_is_refused(
    people: People, vendor: ScriptedVendor, headers: dict[str, str], metadata: str
) -> None:
    body = related(metadata) if headers is MULTIPART else metadata.encode()

    reply = await people.alice.post("/upload/v1beta/files", body, headers)

    assert reply.status == 400
    assert not vendor.requests


@pytest.mark.parametrize(
    ("query", "headers", "body"),
    [
        ("", {**START, "content-type": "multipart/related; boundary=b"}, b"x--b\r\n\r\n{}\r\n--b--"),
        ("", MULTIPART, b'--b\r\n\r\n{"file":{}}'),
        ("", MULTIPART, b'--b\nA: b\n\n{"file":{}}\n--b--'),
        ("", {**MULTIPART, "content-type": "multipart/related"}, related("{}")),
        ("?uploadType=multipart", START, b"{}"),
        ("?upload_protocol=raw", START, b'{"file":{"name":"files/a"}}'),
        ("?file.name=files/a", START, b"{}"),
    ],
)
async def test_an_upload_whose_metadata_cannot_be_told_is_refused(
    people: People, vendor: ScriptedVendor, query: str, headers: dict[str, str], body: bytes
) -> None:
    reply = await people.alice.post(f"/upload/v1beta/files{query}", body, headers)

    assert reply.status == 400
    assert not vendor.requests
