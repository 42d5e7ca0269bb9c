"""Streams are relayed as they come, and a caller that leaves ends them."""

import asyncio
import gzip
import json
from dataclasses import replace

import pytest

from tests.gateway.examples import ARRAY_STREAM, CHAT, EVENT_STREAMS, GENERATE, MESSAGE
from tests.parts.answers import answer_by_path, usage_of
from tests.parts.booked import Booked
from tests.parts.caller import Caller, Json
from tests.parts.scripts import FOR_LONG_S, always, pausing_after
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer, Request

STREAMED: Json = {**CHAT, "stream": True}


async def test_usage_that_only_we_ask_for_is_asked_of_the_vendor_and_taken_out_again(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    reply = await caller.post("/v1/chat/completions", {**CHAT, "stream": True})

    event = await booked.event()
    [request] = vendor.requests
    usage = usage_of(request.body)
    assert json.loads(request.body) == {**CHAT, "stream": True, "stream_options": {"include_usage": True}}
    assert b"usage" not in reply.body
    assert reply.body.endswith(b"data: [DONE]\n\n")
    assert event.output_tokens == usage.output


async def test_usage_that_the_caller_asks_for_itself_comes_down(caller: Caller, vendor: ScriptedVendor) -> None:
    body: Json = {**CHAT, "stream": True, "stream_options": {"include_usage": True, "other": 1}}

    reply = await caller.post("/v1/chat/completions", body)

    [request] = vendor.requests
    assert request.body == json.dumps(body).encode()
    assert reply.body == b"".join(piece for piece, _ in answer_by_path(request).pieces)


@pytest.mark.parametrize(("path", "body"), EVENT_STREAMS)
async def test_the_first_event_arrives_before_the_vendor_sends_the_second(
    caller: Caller, vendor: ScriptedVendor, path: str, body: Json
) -> None:
    vendor.script = pausing_after(1)

    async with asyncio.timeout(10), caller.stream("POST", path, body=body) as reply:
        first = await reply.content.readuntil(b"\n\n")

    await vendor.until(lambda: vendor.log[0].did_peer_leave)
    sent = answer_by_path(vendor.requests[0]).pieces[0][0]
    assert vendor.log[0].sent_bytes == len(sent)
    assert first in (sent, sent.replace(b',"usage":null', b""))


async def test_a_json_array_is_relayed_piece_by_piece_too(caller: Caller, vendor: ScriptedVendor) -> None:
    answer = Answer(headers=(("content-type", "application/json"),), pieces=((b'[{"a":', FOR_LONG_S), (b"1}]", 0)))
    vendor.script = always(replace(answer, framing="chunked"))

    async with asyncio.timeout(10), caller.stream("POST", ARRAY_STREAM, body=GENERATE) as reply:
        first = await reply.content.readany()

    assert first == b'[{"a":'


@pytest.mark.parametrize(("path", "body"), EVENT_STREAMS[:3])
async def test_a_vendor_that_answers_a_request_for_a_stream_whole_is_passed_on_and_booked(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, path: str, body: Json
) -> None:
    def whole(request: Request) -> Answer:
        asked = json.loads(request.body)
        return answer_by_path(replace(request, body=json.dumps({**asked, "stream": False}).encode()))

    vendor.script = whole

    reply = await caller.post(path, body)

    event = await booked.event()
    assert reply.headers["content-type"] == "application/json"
    assert reply.json()["model"] == body["model"]
    assert (event.outcome, event.estimated) == ("ok", False)


async def test_a_packed_stream_is_relayed_as_it_comes_and_booked_as_estimated(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    packed = gzip.compress(b"data: {}\n\n" * 3)
    headers = (("content-type", "text/event-stream"), ("content-encoding", "gzip"))
    pieces = ((packed[:9], FOR_LONG_S), (packed[9:], 0))
    vendor.script = always(Answer(headers=headers, pieces=pieces, framing="chunked"))

    async with (
        asyncio.timeout(10),
        caller.stream("POST", "/v1/messages", body={**MESSAGE, "stream": True}) as reply,
    ):
        first = await reply.content.readany()

    event = await booked.event()
    assert (first, reply.headers["content-encoding"]) == (packed[:9], "gzip")
    assert event.estimated


async def test_a_caller_that_leaves_closes_the_vendors_connection_and_is_booked_by_what_was_seen(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = pausing_after(5)

    async with (
        asyncio.timeout(10),
        caller.stream("POST", "/v1/chat/completions", body=STREAMED) as reply,
    ):
        for _ in range(3):
            await reply.content.readuntil(b"\n\n")

    event = await booked.event()
    await vendor.until(lambda: vendor.log[0].did_peer_leave)
    assert (event.outcome, event.estimated, event.status) == ("cut_by_caller", True, 200)
    assert event.input_tokens > 0
    assert event.output_tokens > 0


async def test_a_caller_that_leaves_before_the_answer_begins_closes_the_vendors_connection_too(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = always(Answer(never=True))

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        call = group.create_task(caller.post("/v1/chat/completions", CHAT))
        await vendor.until(lambda: len(vendor.log) == 1)
        call.cancel()

    event = await booked.event()
    await vendor.until(lambda: vendor.log[0].did_peer_leave)
    assert (event.outcome, event.estimated, event.status) == ("cut_by_caller", True, None)


async def test_a_caller_that_leaves_at_the_end_mark_is_booked_exactly(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = pausing_after(9)

    async with (
        asyncio.timeout(10),
        caller.stream("POST", "/v1/chat/completions", body=STREAMED) as reply,
    ):
        await reply.content.readuntil(b"[DONE]\n\n")

    event = await booked.event()
    assert (event.outcome, event.estimated) == ("ok", False)
    assert event.output_tokens == usage_of(vendor.requests[0].body).output
