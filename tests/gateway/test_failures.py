"""The vendor refuses, fails, breaks off or is not there: the caller is told in its own dialect, the event tells why."""

import json
from dataclasses import replace

import aiohttp
import pytest

from drawbridge.usage.estimates import ASSUMED_OUTPUT_TOKENS
from drawbridge.usage.report import UsageRow
from tests.gateway.examples import ARRAY_STREAM, CHAT, EVENT_STREAMS, GENERATE, MESSAGE, RESPONSE, WHOLE
from tests.parts.answers import answer_by_path
from tests.parts.booked import Booked
from tests.parts.caller import Caller, Json
from tests.parts.scripts import always, cut_after
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer, Request

JSON = (("content-type", "application/json"),)
ERROR_BODY = b'{ "error" : {"message":"Gr\\u00fc\xc3\x9fe", "type":"odd", "more":[1e400]} }'


def nothing_booked(event: UsageRow, *, for_certain: bool = True) -> bool:
    return (event.input_tokens, event.output_tokens, event.estimated) == (0, 0, not for_certain)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (302, "refused_by_provider"),
        (400, "refused_by_provider"),
        (404, "refused_by_provider"),
        (429, "refused_by_provider"),
        (500, "provider_failed"),
        (503, "provider_failed"),
        (529, "provider_failed"),
    ],
)
async def test_a_vendors_error_comes_down_untouched_and_costs_nothing(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, status: int, outcome: str
) -> None:
    headers = (*JSON, ("retry-after", "3"), ("x-request-id", "req_9"), ("location", "http://elsewhere/"))
    vendor.script = always(Answer(status=status, headers=headers, pieces=((ERROR_BODY, 0),)))

    reply = await caller.post("/v1/chat/completions", {**CHAT, "stream": True})

    event = await booked.event()
    assert (reply.status, reply.body) == (status, ERROR_BODY)
    assert (reply.headers["retry-after"], reply.headers["x-request-id"]) == ("3", "req_9")
    assert "location" not in reply.headers
    assert len(vendor.log) == 1
    assert (event.status, event.outcome, event.provider_request_id) == (status, outcome, "req_9")
    assert nothing_booked(event, for_certain=status < 500)


@pytest.mark.parametrize(("path", "body"), EVENT_STREAMS)
async def test_a_vendors_error_to_a_request_for_a_stream_comes_down_whole(
    caller: Caller, vendor: ScriptedVendor, path: str, body: Json
) -> None:
    vendor.script = always(Answer(status=429, headers=JSON, pieces=((ERROR_BODY, 0),), framing="chunked"))

    reply = await caller.post(path, body)

    assert (reply.status, reply.body, reply.headers["content-type"]) == (429, ERROR_BODY, "application/json")
    assert reply.headers["content-length"] == str(len(ERROR_BODY))


def failure_in(stream: bytes) -> Json:
    """Return the event that ends a stream, after all before it could be read."""
    events = [event for event in stream.split(b"\n\n") if event.strip()]
    read = [json.loads(event.partition(b"data: ")[2]) for event in events]
    return read[-1]


@pytest.mark.parametrize("where", ["behind an event", "inside of an event"])
@pytest.mark.parametrize(("path", "body"), EVENT_STREAMS)
async def test_a_stream_that_breaks_off_ends_with_a_failure_that_can_be_read_and_is_booked_as_estimated(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, path: str, body: Json, where: str
) -> None:
    is_inside = where == "inside of an event"

    def script(request: Request) -> Answer:
        usual = answer_by_path(request)
        # A reset overtakes what is not read yet, so the pieces before it get a moment.
        pieces = [(piece, 0.01) for piece, _ in usual.pieces[:4]]
        if is_inside:
            pieces.append((usual.pieces[4][0][:-9], 0.01))
        return replace(usual, pieces=(*pieces, (b"", 0)), cut_after_piece=len(pieces), cut_by_reset=is_inside)

    vendor.script = script

    reply = await caller.post(path, body)

    event = await booked.event()
    assert reply.status == 200
    assert says_it_broke_off(failure_in(reply.body), path)
    assert (event.outcome, event.estimated, event.status) == ("cut_by_provider", True, 200)
    assert event.output_tokens > 0


def says_it_broke_off(failure: Json, path: str) -> bool:
    match path.rpartition("/")[2]:
        case "completions":
            told = failure["error"]["message"] if failure["error"]["type"] == "server_error" else ""
        case "responses":
            shape = (failure["type"], failure["response"]["status"], failure["response"]["error"]["code"])
            told = failure["response"]["error"]["message"] if shape[:2] == ("response.failed", "failed") else ""
        case "messages":
            shape = (failure["type"], failure["error"]["type"])
            told = failure["error"]["message"] if shape == ("error", "api_error") else ""
        case _:
            shape = (failure["error"]["code"], failure["error"]["status"])
            told = failure["error"]["message"] if shape == (502, "INTERNAL") else ""
    return "broke off its reply" in told


async def test_named_events_end_with_a_named_event(caller: Caller, vendor: ScriptedVendor) -> None:
    vendor.script = cut_after(3)

    message = await caller.post("/v1/messages", {**MESSAGE, "stream": True})
    response = await caller.post("/v1/responses", {**RESPONSE, "stream": True})

    assert b"\n\nevent: error\ndata: " in message.body
    assert b"\n\nevent: response.failed\ndata: " in response.body


async def test_a_json_array_that_breaks_off_breaks_off_for_the_caller_too(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = cut_after(2)

    with pytest.raises(aiohttp.ClientPayloadError):
        await caller.post(ARRAY_STREAM, GENERATE)

    event = await booked.event()
    assert (event.outcome, event.estimated) == ("cut_by_provider", True)


@pytest.mark.parametrize(("path", "body"), WHOLE)
async def test_a_whole_reply_that_breaks_off_is_told_as_a_failure(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, path: str, body: Json
) -> None:
    vendor.script = always(Answer(headers=JSON, pieces=((b'{"half":', 0),), declared_length=999, close_after=True))

    reply = await caller.post(path, body)

    event = await booked.event()
    assert reply.status == 502
    assert "broke off its reply" in reply.json()["error"]["message"]
    assert int(reply.headers["retry-after"]) > 0
    assert (event.outcome, event.estimated, event.status) == ("cut_by_provider", True, 200)
    assert event.input_tokens > 0


async def test_a_connection_that_breaks_before_the_answer_is_booked_as_estimated_since_it_may_have_cost(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = always(Answer(reset=True))

    reply = await caller.post("/v1/chat/completions", CHAT)

    event = await booked.event()
    assert reply.status == 502
    assert len(vendor.log) == 1, "it was sent again"
    assert (event.outcome, event.estimated, event.status) == ("provider_failed", True, None)
    assert (event.input_tokens > 0, event.output_tokens) == (True, ASSUMED_OUTPUT_TOKENS)


async def test_a_free_call_that_is_never_answered_costs_nothing(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = always(Answer(reset=True))

    await caller.post("/v1/messages/count_tokens", MESSAGE)

    event = await booked.event()
    assert event.outcome == "provider_failed"
    assert nothing_booked(event)


async def test_an_error_that_a_vendor_streams_is_passed_on_and_booked_as_its_failure(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    error = b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'

    def script(request: Request) -> Answer:
        usual = answer_by_path(request)
        return replace(usual, pieces=(*usual.pieces[:4], (error, 0)))

    vendor.script = script

    reply = await caller.post("/v1/messages", {**MESSAGE, "stream": True})

    event = await booked.event()
    assert reply.body == b"".join(piece for piece, _ in script(vendor.requests[0]).pieces)
    assert event.estimated
    assert event.outcome in ("provider_failed", "cut_by_provider")
