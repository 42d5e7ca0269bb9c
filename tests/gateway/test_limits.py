"""Nothing larger than allowed gets in, packed or unpacked, declared or not."""

import asyncio
import gzip
import json
from collections.abc import Mapping

import pytest
import zstandard

from tests.gateway.examples import CHAT, MESSAGE
from tests.parts.booked import Booked
from tests.parts.caller import Caller, dial, head
from tests.parts.scripts import always
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer

LIMIT = 4_096
LARGE = json.dumps({**CHAT, "padding": " " * LIMIT}).encode()


@pytest.fixture(scope="module")
def settings() -> Mapping[str, str]:
    return {"DRAWBRIDGE_MAX_BODY_BYTES": str(LIMIT), "DRAWBRIDGE_MAX_REPLY_BYTES": str(LIMIT)}


def filled_to(size: int) -> bytes:
    """Return a call whose body has just so many bytes."""
    missing = size - len(json.dumps({**CHAT, "padding": ""}))
    return json.dumps({**CHAT, "padding": " " * missing}).encode()


async def test_a_body_of_just_the_limit_passes_and_one_byte_more_does_not(
    caller: Caller, vendor: ScriptedVendor
) -> None:
    passed = await caller.post("/v1/chat/completions", filled_to(LIMIT))
    refused = await caller.post("/v1/chat/completions", filled_to(LIMIT + 1))

    assert (passed.status, refused.status) == (200, 413)
    assert len(vendor.requests) == 1
    assert f"larger than the {LIMIT} bytes" in refused.json()["error"]["message"]


async def test_a_body_that_does_not_tell_its_length_is_stopped_at_the_limit_and_not_at_its_end(
    caller: Caller, vendor: ScriptedVendor
) -> None:
    reader, writer = await dial(caller.url)
    chunk = b"1000\r\n" + b" " * 0x1000 + b"\r\n"
    writer.write(head("POST /v1/chat/completions", caller.key, "transfer-encoding: chunked") + chunk + chunk)

    async with asyncio.timeout(10):
        reply = await reader.readuntil(b"}}")
    writer.close()

    assert reply.startswith(b"HTTP/1.1 413 ")
    assert b"too_large" in reply
    assert not vendor.requests


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_a_packed_body_is_measured_unpacked(caller: Caller, vendor: ScriptedVendor, encoding: str) -> None:
    packed = gzip.compress(LARGE) if encoding == "gzip" else zstandard.compress(LARGE)

    reply = await caller.post("/v1/chat/completions", packed, {"content-encoding": encoding})

    assert len(packed) < LIMIT
    assert (reply.status, reply.json()["error"]["code"]) == (413, "too_large")
    assert not vendor.requests


async def test_codex_gets_a_status_at_which_it_stops(caller: Caller) -> None:
    reply = await caller.post("/v1/responses", LARGE, {"user-agent": "codex_exec/0.169.0 (Linux)"})

    assert reply.status == 400


async def test_a_whole_reply_beyond_the_limit_is_refused_and_booked_as_cut_by_us(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = always(Answer(headers=(("content-type", "application/json"),), pieces=((LARGE, 0),)))

    reply = await caller.post("/v1/chat/completions", CHAT)

    event = await booked.event()
    assert reply.status == 502
    assert "DRAWBRIDGE_MAX_REPLY_BYTES" in reply.json()["error"]["message"]
    assert (event.outcome, event.estimated) == ("cut_by_us", True)


async def test_a_stream_may_be_longer_than_the_limit_for_whole_replies(caller: Caller, vendor: ScriptedVendor) -> None:
    sent = b"data: {}\n\n" * LIMIT
    headers = (("content-type", "text/event-stream"),)
    vendor.script = always(Answer(headers=headers, pieces=((sent, 0),), framing="chunked"))

    reply = await caller.post("/v1/messages", {**MESSAGE, "stream": True})

    assert reply.body == sent
