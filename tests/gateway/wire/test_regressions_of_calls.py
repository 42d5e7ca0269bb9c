"""How other gateways fail callers of another dialect besides the words: status, retries, cool-down, the bill.

The lines are those of a comparison of LiteLLM 1.106.2 and Portkey 1.15.2 on recorded traffic (2026-11-22). The
reports that a test names are where users met the same.
"""

import asyncio
import json
from dataclasses import replace

import pytest

from tests.gateway.test_translation import DIALECTS, PAIRS, asked, configured, gateway
from tests.gateway.wire.retelling import MESSAGES, Json, candidate, events
from tests.parts.answers import answer_by_path
from tests.parts.booked import Booked
from tests.parts.caller import Caller
from tests.parts.scripts import always, cut_after, pausing_after
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer, Request

__all__ = ["configured", "gateway"]

JSON = (("content-type", "application/json"),)
SSE = (("content-type", "text/event-stream"),)
REFUSED = b'{"error":{"message":"temperature and top_p cannot both be specified.","type":"invalid_request_error"}}'
AROUND = [(one, other) for one, other in zip(DIALECTS, [*DIALECTS[1:], DIALECTS[0]], strict=True)]
"""Each dialect as the caller's and as the vendor's, once."""


@pytest.mark.parametrize("status", [400, 429, 500, 529])
@pytest.mark.parametrize(("said_in", "spoken"), AROUND)
async def test_a_vendors_refusal_keeps_its_status_and_is_asked_for_once(
    caller: Caller, vendor: ScriptedVendor, said_in: str, spoken: str, status: int
) -> None:
    """Line 11: a 400 became a 500, which the client retried: 4 of its requests and 12 of the vendor's in 75 s."""
    vendor.script = always(Answer(status=status, headers=(*JSON, ("retry-after", "7")), pieces=((REFUSED, 0),)))

    reply = await caller.post(*asked(said_in, f"to-{spoken}"))

    assert reply.status == status
    assert "temperature and top_p cannot both be specified." in reply.body.decode()
    assert reply.headers.get("retry-after") == "7"
    assert len(vendor.log) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
async def test_a_model_is_there_for_the_next_caller_whatever_one_was_refused(
    caller: Caller, vendor: ScriptedVendor, status: int
) -> None:
    """Line 13: one refused request made every client of that model get 429 for five seconds."""
    path, body = asked("openai-chat", "to-anthropic-messages")
    vendor.script = always(Answer(status=status, headers=JSON, pieces=((REFUSED, 0),)))
    refused = [(await caller.post(path, body)).status for _ in range(5)]
    vendor.script = answer_by_path

    reply = await caller.post(path, body)

    assert reply.status == 200
    assert len(set(refused)) == 1
    assert len(vendor.log) == len(refused) + 1


@pytest.mark.parametrize(("said_in", "spoken"), PAIRS)
async def test_a_caller_that_leaves_in_mid_stream_is_billed_for_what_was_made(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, said_in: str, spoken: str
) -> None:
    """Streams that a client had left were billed at nothing, or for the pieces that it had read.

    https://github.com/BerriAI/litellm/issues/33736, https://github.com/BerriAI/litellm/issues/37558,
    https://github.com/BerriAI/litellm/issues/36008, https://github.com/BerriAI/litellm/issues/37140,
    https://github.com/BerriAI/litellm/issues/30223
    """
    vendor.script = pausing_after(4)
    path, body = asked(said_in, f"to-{spoken}", stream=True)

    async with asyncio.timeout(10), caller.stream("POST", path, body=body) as reply:
        assert (await reply.content.readany()).strip()

    event = await booked.event()
    assert (event.outcome, event.estimated) == ("cut_by_caller", True)
    assert event.input_tokens > 0
    assert event.output_tokens > 0


@pytest.mark.parametrize(("said_in", "spoken"), PAIRS)
async def test_a_vendor_that_breaks_off_is_told_as_a_failure_and_billed_for_what_was_made(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, said_in: str, spoken: str
) -> None:
    """A broken stream looked like one that had ended, or like nothing at all, and was not billed.

    https://github.com/langwatch/langwatch/issues/6184, https://github.com/BerriAI/litellm/issues/33736
    """
    vendor.script = cut_after(4)

    reply = await caller.post(*asked(said_in, f"to-{spoken}", stream=True))

    event = await booked.event()
    assert b'"error"' in reply.body
    assert (event.outcome, event.estimated) == ("cut_by_provider", True)
    assert event.output_tokens > 0


@pytest.mark.parametrize("said_in", [dialect for dialect in DIALECTS if dialect != MESSAGES])
async def test_an_overload_within_a_stream_is_booked_as_the_vendors_failure(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, said_in: str
) -> None:
    """Overloads within streams of status 200 counted as successes: 510 in 80 minutes, and no fallback.

    https://github.com/BerriAI/litellm/issues/24005, https://github.com/BerriAI/litellm/issues/40404,
    https://github.com/BerriAI/litellm/issues/29808, https://github.com/BerriAI/litellm/issues/19077
    """
    overloaded = events({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    vendor.script = always(Answer(headers=SSE, pieces=((overloaded, 0),)))

    reply = await caller.post(*asked(said_in, "to-anthropic-messages", stream=True))

    event = await booked.event()
    assert b"Overloaded" in reply.body
    assert (event.outcome, event.output_tokens) == ("cut_by_provider", 0)


async def test_tokens_of_geminis_cache_are_booked_once(caller: Caller, vendor: ScriptedVendor, booked: Booked) -> None:
    """They were charged in full, and again at the price of the cache: 0.76 USD for 0.18.

    https://github.com/BerriAI/litellm/issues/14849, https://github.com/BerriAI/litellm/issues/37407,
    https://github.com/BerriAI/litellm/issues/18599, https://github.com/BerriAI/litellm/issues/11364
    """
    counts = {"promptTokenCount": 262960, "cachedContentTokenCount": 257955, "candidatesTokenCount": 1744}
    said = json.dumps(candidate({"text": "So."}, usage=counts)).encode()
    vendor.script = always(Answer(headers=JSON, pieces=((said, 0),)))

    reply = await caller.post(*asked("openai-chat", "to-gemini"))

    event = await booked.event()
    usage = reply.json()["usage"]
    assert (event.input_tokens, event.input_cached_tokens, event.output_tokens) == (262960, 257955, 1744)
    assert (usage["prompt_tokens"], usage["prompt_tokens_details"]["cached_tokens"]) == (262960, 257955)
    assert usage["total_tokens"] == 262960 + 1744


async def test_cache_writes_that_only_the_last_event_tells_are_booked(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    """Writes of the vendor's own tools were left out of the bill, 20 to 60 % of it.

    https://github.com/BerriAI/litellm/issues/42663
    """

    def script(request: Request) -> Answer:
        usual = answer_by_path(request)
        return replace(usual, pieces=tuple((_with_writes(piece), pause_s) for piece, pause_s in usual.pieces))

    vendor.script = script

    await caller.post(*asked("openai-chat", "to-anthropic-messages", stream=True))

    event = await booked.event()
    assert (event.input_tokens, event.input_cache_write_5m_tokens) == (5070, 5000)


def _with_writes(piece: bytes) -> bytes:
    """Let the last count of a stream tell of more than the first."""
    head, _, data = piece.partition(b"data: ")
    event: Json = json.loads(data)
    if event["type"] == "message_delta":
        event["usage"] |= {"input_tokens": 70, "cache_creation_input_tokens": 5000, "cache_read_input_tokens": 0}
    return head + b"data: " + json.dumps(event).encode() + b"\n\n"
