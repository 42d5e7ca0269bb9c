"""Objects at two providers: each call goes where what it refers to lives, and new ones where their caller says."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.gateway.objects.test_files_and_batches import FORM, form, lines
from tests.parts.caller import Caller, Json, Reply
from tests.parts.gateway import RunningGateway, add_vendor
from tests.parts.object_vendor import KeepingVendor
from tests.parts.people import People
from tests.parts.vendor import ScriptedVendor

pytestmark = pytest.mark.ownership

AT_SECOND = {"x-drawbridge-provider": "second"}
AT_FIRST = {"x-drawbridge-provider": "vendor"}


@dataclass(frozen=True, slots=True)
class Vendors:
    """Two vendors that keep objects; `first` is the provider 'vendor'."""

    first: ScriptedVendor
    second: ScriptedVendor


@pytest.fixture(scope="module")
async def shared_second(shared_gateway: RunningGateway) -> AsyncIterator[ScriptedVendor]:
    async with ScriptedVendor() as second:
        await add_vendor(shared_gateway.database, shared_gateway.organisation_id, second.url, name="second")
        yield second


@pytest.fixture
async def vendors(vendor: ScriptedVendor, shared_second: ScriptedVendor, people: People) -> Vendors:
    shared_second.script = KeepingVendor()
    async with asyncio.timeout(10):
        # Its being there is noticed by another task, which tells nobody outside when.
        while not shared_second.requests:
            assert (await respond(people.bob, "second")).status == 200
    shared_second.log.clear()
    vendor.log.clear()
    return Vendors(vendor, shared_second)


async def respond(caller: Caller, provider: str, **more: object) -> Reply:
    return await caller.post("/v1/responses", {"model": f"{provider}/gpt-5", "input": "hi", **more})


async def upload(caller: Caller, headers: dict[str, str], content: bytes = b"x", purpose: str = "user_data") -> Reply:
    return await caller.post("/v1/files", form(content, purpose), {**FORM, **headers})


def about(file_id: str) -> list[Json]:
    return [{"role": "user", "content": [{"type": "input_file", "file_id": file_id}]}]


async def test_what_lives_at_one_provider_is_not_used_at_another(people: People, vendors: Vendors) -> None:
    made = (await respond(people.alice, "second")).json()["id"]
    vendors.second.log.clear()

    elsewhere = await respond(people.alice, "vendor", previous_response_id=made)

    assert elsewhere.status in (400, 404)
    assert "second" in elsewhere.json()["error"]["message"]
    assert not vendors.first.requests
    assert not vendors.second.requests
    assert (await respond(people.alice, "second", previous_response_id=made)).status == 200
    assert (await respond(people.bob, "second", previous_response_id=made)).status == 404


async def test_references_to_two_providers_at_once_are_refused_and_named(people: People, vendors: Vendors) -> None:
    here = (await upload(people.alice, AT_FIRST)).json()["id"]
    there = (await upload(people.alice, AT_SECOND)).json()["id"]
    vendors.first.log.clear()
    vendors.second.log.clear()

    reply = await people.alice.post("/v1/responses", {"model": "vendor/gpt-5", "input": [*about(here), *about(there)]})

    message = reply.json()["error"]["message"]
    assert reply.status == 400
    assert f"'{here}' at vendor" in message
    assert f"'{there}' at second" in message
    assert not vendors.first.requests
    assert not vendors.second.requests


async def test_where_several_providers_could_take_a_new_object_its_caller_must_say_which(
    people: People, vendors: Vendors
) -> None:
    unsaid = await upload(people.alice, {})
    unknown = await upload(people.alice, {"x-drawbridge-provider": "third"})

    for refused in (unsaid, unknown):
        assert refused.status == 400
        assert "second, vendor" in refused.json()["error"]["message"]
    assert "x-drawbridge-provider" in unsaid.json()["error"]["message"]
    assert not vendors.first.requests
    assert not vendors.second.requests


async def test_a_new_object_is_made_where_its_caller_says_and_found_there_again(
    people: People, vendors: Vendors
) -> None:
    made = (await upload(people.alice, AT_SECOND)).json()["id"]
    read = await people.alice.get(f"/v1/files/{made}", AT_FIRST)
    hidden = await people.bob.get(f"/v1/files/{made}", AT_SECOND)
    listed = [entry["id"] for entry in (await people.alice.get("/v1/files?limit=100")).json()["data"]]
    deleted = await people.alice.ask("DELETE", f"/v1/files/{made}", headers=people.alice.bearer)

    assert (read.status, hidden.status, deleted.status) == (200, 404, 200)
    assert made in listed
    assert {request.method for request in vendors.second.requests} == {"POST", "GET", "DELETE"}
    assert not [request for request in vendors.first.requests if made in request.target]
    assert all("x-drawbridge-provider" not in dict(request.headers) for request in vendors.second.requests)


async def test_a_batch_is_made_where_its_file_is_and_its_lines_refer_to_nothing_elsewhere(
    people: People, vendors: Vendors
) -> None:
    body: Json = {"model": "second/gpt-5", "messages": []}
    file_id = (await upload(people.alice, AT_SECOND, lines(body), "batch")).json()["id"]
    made = await people.alice.post("/v1/batches", {"input_file_id": file_id}, AT_FIRST)
    picture = (await upload(people.alice, AT_FIRST)).json()["id"]
    said = {**body, "messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": picture}}]}]}
    asked = [request.path for request in vendors.second.requests]
    vendors.second.log.clear()

    refused = await upload(people.alice, AT_SECOND, lines(said), "batch")

    assert made.status == 200
    assert asked[-1].endswith("/batches")
    assert refused.status == 400
    assert "another provider" in refused.json()["error"]["message"]
    assert not vendors.second.requests
