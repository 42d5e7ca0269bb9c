"""What a vendor says or does wrong harms no caller, and falsifies no count."""

import json

import pytest

from drawbridge.gateway.bodies import scan
from drawbridge.gateway.errors import MalformedBody
from drawbridge.gateway.surrogates import without_lone_surrogates
from drawbridge.usage.events import Tokens
from drawbridge.usage.prices import price_tokens
from tests.gateway.examples import CHAT, MESSAGE
from tests.parts.booked import Booked
from tests.parts.caller import Caller, Json
from tests.parts.gateway import VENDOR_KEY
from tests.parts.scripts import always
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer

SSE = (("content-type", "text/event-stream"),)
JSON = (("content-type", "application/json"),)
STREAM = "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse"


def events(*payloads: Json) -> Answer:
    pieces = tuple((b"data: " + json.dumps(payload).encode() + b"\r\n\r\n", 0.0) for payload in payloads)
    return Answer(headers=SSE, pieces=pieces, framing="chunked")


async def test_the_vendors_refusal_of_our_credential_is_told_as_ours_and_shows_nothing_of_it(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    shown = f'{{"error": {{"message": "Incorrect API key: {VENDOR_KEY}"}}}}'.encode()
    vendor.script = always(Answer(status=401, headers=JSON, pieces=((shown, 0.0),)))

    reply = await caller.post("/v1/chat/completions", CHAT)

    event = await booked.event()
    assert reply.status == 400
    assert "refuses the credential that Drawbridge has" in reply.json()["error"]["message"]
    assert VENDOR_KEY.encode() not in reply.body
    assert (event.outcome, event.status, event.cost_nanousd) == ("refused_by_provider", 401, 0)


async def test_our_credential_is_blotted_out_of_any_error(caller: Caller, vendor: ScriptedVendor) -> None:
    shown = f'{{"error": {{"message": "bad key {VENDOR_KEY}"}}}}'.encode()
    vendor.script = always(Answer(status=403, headers=JSON, pieces=((shown, 0.0),)))

    reply = await caller.post("/v1/chat/completions", CHAT)

    assert reply.status == 403
    assert reply.json()["error"]["message"] == "bad key ***"


async def test_thoughts_that_gemini_counts_after_the_finish_are_counted(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    finished: Json = {"candidates": [{"index": 0, "finishReason": "STOP"}]}
    usage = {"promptTokenCount": 3, "candidatesTokenCount": 10}
    vendor.script = always(
        events(finished | {"usageMetadata": usage}, {"usageMetadata": {**usage, "thoughtsTokenCount": 5000}})
    )

    await caller.post(STREAM, {"contents": []})

    event = await booked.event()
    assert (event.output_tokens, event.output_reasoning_tokens, event.estimated) == (5010, 5000, False)


async def test_a_chat_cut_before_its_last_count_is_estimated(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    early: Json = {"choices": [{"index": 0, "delta": {"content": "a"}}], "usage": {"prompt_tokens": 9}}
    finish: Json = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    vendor.script = always(events(early, finish))

    await caller.post("/v1/chat/completions", {**CHAT, "stream": True})

    event = await booked.event()
    assert event.estimated


async def test_nothing_follows_a_whole_answer_whose_connection_breaks(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    stop: Json = {"type": "message_stop"}
    piece = b"event: message_stop\ndata: " + json.dumps(stop).encode() + b"\n\n"
    vendor.script = always(Answer(headers=SSE, pieces=((piece, 0.0),), framing="chunked", cut_after_piece=1))

    reply = await caller.post("/v1/messages", {**MESSAGE, "stream": True})

    event = await booked.event()
    assert reply.body == piece
    assert event.outcome == "ok"


async def test_a_status_that_no_reply_may_have_is_told_as_a_failure(caller: Caller, vendor: ScriptedVendor) -> None:
    vendor.script = always(Answer(status=999, headers=JSON, pieces=((b"{}", 0.0),)))

    reply = await caller.post("/v1/chat/completions", CHAT)

    assert reply.status == 502


async def test_a_model_in_the_path_leads_nowhere_else(caller: Caller, vendor: ScriptedVendor) -> None:
    for model in ("vendor/..%2F..%2Fsecret", "vendor//evil.example", "x:streamGenerateContent", "a%5Cb", "."):
        reply = await caller.post(f"/v1beta/models/{model}:generateContent", {"contents": []})

        assert reply.status == 404, model
    assert not vendor.log


async def test_what_google_takes_for_a_credential_never_goes_up(caller: Caller, vendor: ScriptedVendor) -> None:
    await caller.post("/v1beta/models/gemini-2.5-pro:generateContent?access_token=x&alt=json", {"contents": []})

    assert vendor.requests[0].target.endswith(":generateContent?alt=json")


async def test_a_tier_that_a_vendor_makes_up_stays_out_of_the_price_id(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    usage: Json = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    body = json.dumps({"choices": [], "usage": usage, "service_tier": "a\0b"}).encode()
    vendor.script = always(Answer(headers=JSON, pieces=((body, 0.0),)))

    await caller.post("/v1/chat/completions", CHAT)

    event = await booked.event()
    priced = price_tokens("openai", "gpt-5", Tokens(input=3, output=4), event.started_at, "a\0b")
    assert event.output_tokens == 4
    assert priced == price_tokens("openai", "gpt-5", Tokens(input=3, output=4), event.started_at)


def test_a_body_of_countless_members_is_refused() -> None:
    body = b"{" + b",".join(b'"%d":0' % number for number in range(2_000)) + b"}"

    with pytest.raises(MalformedBody, match="2000 members"):
        scan(body)


def test_only_lone_surrogates_are_mended_among_many_escapes() -> None:
    many = b"\\n" * 2_000_000

    assert without_lone_surrogates(b'"\\ud800' + many + b'"') == b'"\\ufffd' + many + b'"'
    assert without_lone_surrogates(b'"\\\\ud800"') is None
    assert without_lone_surrogates(b'"\\ud83d\\ude00\\ude00"') == b'"\\ud83d\\ude00\\ufffd"'
