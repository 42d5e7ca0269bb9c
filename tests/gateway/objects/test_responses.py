"""Stored responses: continued, read, cancelled and deleted by whoever had them made, and by nobody else."""

import json

import pytest

from tests.parts.caller import Caller, Json, Reply
from tests.parts.people import People
from tests.parts.vendor import ScriptedVendor

pytestmark = pytest.mark.ownership

RESPONSE: Json = {"model": "gpt-5", "input": "Grüße"}
MESSAGE: Json = {"type": "message", "role": "user", "content": "hi"}
WITH_CODE: Json = {**RESPONSE, "tools": [{"type": "code_interpreter", "container": {"type": "auto"}}]}


async def respond(caller: Caller, **more: object) -> Json:
    reply = await caller.post("/v1/responses", {**RESPONSE, **more})
    assert reply.status == 200, reply.body
    return reply.json()


async def without_id(reply: Reply, object_id: str) -> tuple[int, bytes]:
    return reply.status, reply.body.replace(object_id.encode(), b"ID")


async def test_a_response_is_continued_by_its_owner_on_any_key_of_theirs(
    people: People, vendor: ScriptedVendor
) -> None:
    first = await respond(people.alice)

    for caller in (people.alice, people.alice_again):
        await respond(caller, previous_response_id=first["id"])

    assert json.loads(vendor.requests[-1].body)["previous_response_id"] == first["id"]


@pytest.mark.parametrize("method", ["GET", "DELETE", "cancel", "input_items", "continue"])
async def test_what_is_anothers_looks_just_like_what_does_not_exist_and_the_vendor_is_not_asked(
    people: People, vendor: ScriptedVendor, method: str
) -> None:
    made = (await respond(people.alice))["id"]
    vendor.log.clear()

    async def attempt(caller: Caller, object_id: str) -> tuple[int, bytes]:
        path = f"/v1/responses/{object_id}"
        match method:
            case "cancel":
                reply = await caller.post(f"{path}/cancel", b"")
            case "input_items":
                reply = await caller.get(f"{path}/input_items")
            case "continue":
                reply = await caller.post("/v1/responses", {**RESPONSE, "previous_response_id": object_id})
            case _:
                reply = await caller.ask(method, path, headers=caller.bearer)
        return reply.status, reply.body.replace(object_id.encode(), b"ID")

    unknown = await attempt(people.bob, "resp_0123456789abcdef")
    foreign = await attempt(people.bob, made)
    elsewhere = await attempt(people.stranger, made)
    in_capitals = await attempt(people.alice, made.upper())

    assert unknown[0] == 404
    assert foreign == elsewhere == unknown
    assert in_capitals[0] == 404
    assert not vendor.requests


async def test_its_owner_reads_cancels_and_deletes_a_response(people: People, vendor: ScriptedVendor) -> None:
    made = (await respond(people.alice))["id"]
    path = f"/v1/responses/{made}"

    read = await people.alice.get(f"{path}?include=x")
    items = await people.alice.get(f"{path}/input_items?limit=3")
    cancelled = await people.alice.post(f"{path}/cancel", b"")
    deleted = await people.alice.ask("DELETE", path, headers=people.alice.bearer)
    gone = await people.alice.get(path)

    assert [reply.status for reply in (read, items, cancelled, deleted, gone)] == [200, 200, 200, 200, 404]
    assert [request.target for request in vendor.requests[1:]] == [
        f"/responses/{made}?include=x",
        f"/responses/{made}/input_items?limit=3",
        f"/responses/{made}/cancel",
        f"/responses/{made}",
    ]


async def test_what_a_stream_tells_of_is_owned_before_its_end_is_there(people: People, vendor: ScriptedVendor) -> None:
    async with people.alice.stream("POST", "/v1/responses", body={**WITH_CODE, "stream": True}) as reply:
        text = (await reply.read()).decode()
    done = json.loads(text.split("data: ")[-1])["response"]
    message, code = done["output"]

    await respond(people.alice, previous_response_id=done["id"])
    await respond(people.alice, input=[{"type": "item_reference", "id": message["id"]}, MESSAGE])
    await respond(people.alice, tools=[{"type": "code_interpreter", "container": code["container_id"]}])

    assert len(vendor.requests) == 4


@pytest.mark.parametrize("is_streamed", [False, True])
async def test_a_response_that_the_vendor_does_not_keep_is_nobodys_but_its_container_is_owned(
    people: People, vendor: ScriptedVendor, is_streamed: bool
) -> None:
    body = {**WITH_CODE, "store": False, "stream": is_streamed}
    async with people.alice.stream("POST", "/v1/responses", body=body) as reply:
        text = (await reply.read()).decode()
    done = json.loads(text.split("data: ")[-1])
    done = done.get("response", done)

    tool = {"type": "code_interpreter", "container": done["output"][1]["container_id"]}
    foreign = await people.bob.post("/v1/responses", {**RESPONSE, "tools": [tool]})

    await respond(people.alice, tools=[tool])
    assert foreign.status == 404


@pytest.mark.parametrize("is_stored", [False, True])
async def test_a_call_of_a_tool_that_comes_without_its_output_is_its_owners_alone(
    people: People, vendor: ScriptedVendor, is_stored: bool
) -> None:
    done = await respond(people.alice, tools=WITH_CODE["tools"], store=is_stored)
    echo = {"type": "code_interpreter_call", "id": done["output"][1]["id"], "code": "1", "outputs": None}
    vendor.log.clear()

    foreign = await people.bob.post("/v1/responses", {**RESPONSE, "input": [echo, MESSAGE]})

    assert foreign.status == 404
    assert not vendor.requests
    await respond(people.alice, input=[echo, MESSAGE])
    await respond(people.bob, input=[{**echo, "outputs": [{"type": "logs", "logs": "1"}]}, MESSAGE])


async def test_items_of_mcp_can_be_sent_back_to_a_vendor_that_does_not_keep_them(people: People) -> None:
    done = await respond(people.alice, tools=[{"type": "mcp", "server_label": "x"}], store=False)

    reply = {"type": "mcp_call", "id": done["output"][0]["id"], "name": "n", "arguments": "{}", "output": ""}

    await respond(people.alice, input=[reply, MESSAGE], store=False)


async def test_a_refusal_speaks_the_callers_dialect_and_names_the_id(people: People) -> None:
    reply = await people.bob.post("/v1/responses", {**RESPONSE, "previous_response_id": "resp_x"})

    assert reply.json()["error"]["code"] == "unknown_object"
    assert "resp_x" in reply.json()["error"]["message"]
    assert reply.headers["x-should-retry"] == "false"
