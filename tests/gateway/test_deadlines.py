"""No wait on anybody outside is without end."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest

from tests.gateway.examples import ARRAY_STREAM, CHAT, EVENT_STREAMS, GENERATE, MESSAGE, WHOLE
from tests.parts.booked import Booked
from tests.parts.caller import Caller, Json, calling, dial, head
from tests.parts.gateway import RunningGateway, running_gateway
from tests.parts.scripts import always, pausing_after
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer

CHUNK = b"data: " + b"x" * 65_536 + b"\n\n"


@pytest.fixture(scope="module")
def settings() -> Mapping[str, str]:
    return {
        "DRAWBRIDGE_CONNECT_TIMEOUT_S": "5",
        "DRAWBRIDGE_FIRST_BYTE_TIMEOUT_S": "0.3",
        "DRAWBRIDGE_BETWEEN_BYTES_TIMEOUT_S": "0.3",
        "DRAWBRIDGE_CALLER_TIMEOUT_S": "0.3",
    }


@pytest.mark.parametrize(("path", "body"), [WHOLE[0], WHOLE[2]])
async def test_a_vendor_that_never_answers_is_told_as_a_timeout(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, path: str, body: Json
) -> None:
    vendor.script = always(Answer(never=True))

    reply = await caller.post(path, body)

    event = await booked.event()
    await vendor.until(lambda: vendor.log[0].did_peer_leave)
    assert reply.status == 504
    assert "did not begin to answer within 0.3 s" in reply.json()["error"]["message"]
    assert int(reply.headers["retry-after"]) > 0
    assert (event.outcome, event.estimated, event.status) == ("provider_failed", True, None)


@pytest.mark.parametrize(("path", "body"), [EVENT_STREAMS[0], EVENT_STREAMS[3]])
async def test_a_vendor_that_falls_silent_in_a_stream_is_told_as_a_failure_behind_what_came(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, path: str, body: Json
) -> None:
    vendor.script = pausing_after(2)

    reply = await caller.post(path, body)

    event = await booked.event()
    await vendor.until(lambda: vendor.log[0].did_peer_leave)
    assert b"went silent in the middle of its answer" in reply.body.rstrip().rpartition(b"\n\n")[2]
    assert (event.outcome, event.estimated, event.status) == ("cut_by_provider", True, 200)


async def test_a_vendor_that_falls_silent_in_a_json_array_breaks_the_callers_connection(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = pausing_after(2)

    with pytest.raises(aiohttp.ClientPayloadError):
        await caller.post(ARRAY_STREAM, GENERATE)

    assert (await booked.event()).outcome == "cut_by_provider"


async def test_a_caller_that_stops_sending_is_told_so(gateway: RunningGateway) -> None:
    reader, writer = await dial(gateway.url)
    writer.write(head("POST /v1/chat/completions", gateway.key, "content-length: 100") + b'{"model":')

    async with asyncio.timeout(10):
        reply = await reader.readuntil(b"}}")
    writer.close()

    assert reply.startswith(b"HTTP/1.1 408 ")
    assert b"did not arrive within 0.3 s" in reply
    assert b"retry-after: 1" in reply


async def test_a_caller_that_stops_reading_is_given_up_and_its_vendor_let_go(
    gateway: RunningGateway, vendor: ScriptedVendor, booked: Booked
) -> None:
    pieces = tuple((CHUNK, 0.0) for _ in range(2_000))
    headers = (("content-type", "text/event-stream"),)
    vendor.script = always(Answer(headers=headers, pieces=pieces, framing="chunked"))
    reader, writer = await dial(gateway.url)
    body = b'{"model":"claude-sonnet-4-5","stream":true}'
    writer.write(head("POST /v1/messages", gateway.key, f"content-length: {len(body)}") + body)

    async with asyncio.timeout(20):
        await reader.readuntil(b"\r\n\r\n")
        await vendor.until(lambda: vendor.log[0].did_peer_leave)
    event = await booked.event()
    writer.close()

    assert event.outcome == "cut_by_caller"
    assert vendor.log[0].sent_bytes < len(pieces) * len(CHUNK)


async def test_a_vendor_that_cannot_be_reached_is_told_and_costs_nothing(tmp_path: Path, database_url: str) -> None:
    nobody = "http://127.0.0.1:1"
    async with (
        running_gateway(tmp_path / "data", database_url, nobody) as gateway,
        calling(gateway.url, gateway.key) as caller,
    ):
        replies = [await caller.post("/v1/chat/completions", CHAT), await caller.post("/v1/messages", MESSAGE)]
        events = await Booked.all_of(gateway).events(2)

    for reply in replies:
        assert reply.status == 502
        assert "No connection to 127.0.0.1:1" in reply.json()["error"]["message"]
        assert int(reply.headers["retry-after"]) > 0
    for event in events:
        assert (event.outcome, event.estimated, event.input_tokens) == ("provider_failed", False, 0)
