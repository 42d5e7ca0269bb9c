"""Other vendors' replies, as Gemini's callers get them: also by way of Google's own SDK."""

# The types of google-genai name those of Pillow, which is not among our libraries.
# pyright: reportUnknownMemberType=false

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from google import genai
from google.genai import errors, types

from drawbridge.gateway.wire.canonical import Citation, Medium, Opaque, Refusal, Text, Thinking, ToolCall
from drawbridge.gateway.wire.events import (
    Began,
    Closed,
    Counted,
    Ended,
    Event,
    Failed,
    Frame,
    Grew,
    Logprobs,
    Marked,
    PartBegan,
    PartEnded,
    StopReason,
    TokenLogprob,
    Usage,
)
from drawbridge.gateway.wire.gemini import GEMINI
from drawbridge.gateway.wire.opaque import take_back
from tests.gateway.wire.gemini.examples import asked
from tests.parts.same_wire import payloads
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer, Request

# Any: JSON.
Json = Any

SEAL = Opaque("sig", "anthropic-messages", "claude")
USAGE = Usage(input=20, cached=8, output=9, reasoning=4, total=29)


def _answer() -> list[Event]:
    """Thought, preface and two calls whose arguments interleave, as from a vendor that streams."""
    return [
        Frame(kind="message_start", extras={"x": 1}),
        Began(id="msg_1", model="claude", created_at=5),
        PartBegan(index=0, part=Thinking()),
        Grew(index=0, text="let me"),
        Grew(index=0, text=" see"),
        Marked(index=0, part=Thinking(seal=SEAL)),
        PartEnded(index=0),
        PartBegan(index=1, part=Text(text="Ich seh")),
        Grew(index=1, text="e naß 🙂"),
        PartEnded(index=1),
        PartBegan(index=2, part=ToolCall(id="call_1", name="f", arguments="")),
        PartBegan(index=3, part=ToolCall(id="call_2", name="f", arguments="")),
        Grew(index=2, text='{"a":'),
        Grew(index=3, text='{"b": [2'),
        Grew(index=2, text='"ü"}'),
        Grew(index=3, text=", 3]}"),
        PartEnded(index=3),
        PartEnded(index=2),
        Ended(reason="tool_calls"),
        Counted(usage=USAGE),
        Closed(),
    ]


def _written(events: Sequence[Event], *, streamed: bool = True, sse: bool = True, each: bool = False) -> bytes:
    writer = GEMINI.write_reply(asked(streamed=streamed, sse=sse))
    if each:
        return b"".join(writer.feed([event]) for event in events) + writer.close()
    return writer.feed([*events]) + writer.close()


def _parts(pieces: list[Json]) -> list[Json]:
    return [part for piece in pieces for part in piece["candidates"][0]["content"]["parts"]]


@pytest.mark.parametrize("each", [False, True])
def test_a_stream_says_everything_and_ends_with_usage_and_a_reason(each: bool) -> None:
    pieces = payloads(_written(_answer(), each=each))

    parts = _parts(pieces)
    assert "".join(part["text"] for part in parts if part.get("thought")) == "let me see"
    assert "".join(part["text"] for part in parts if "text" in part and not part.get("thought")) == "Ich sehe naß 🙂"
    assert [part["functionCall"] for part in parts if "functionCall" in part] == [
        {"id": "call_1", "name": "f", "args": {"a": "ü"}},
        {"id": "call_2", "name": "f", "args": {"b": [2, 3]}},
    ]
    assert pieces[-1]["candidates"][0]["finishReason"] == "STOP"
    assert pieces[-1]["usageMetadata"] == {
        "promptTokenCount": 20,
        "cachedContentTokenCount": 8,
        "candidatesTokenCount": 5,
        "thoughtsTokenCount": 4,
        "totalTokenCount": 29,
    }
    assert all("finishReason" not in piece["candidates"][0] for piece in pieces[:-1])
    assert {(piece["modelVersion"], piece["responseId"]) for piece in pieces} == {("public", "msg_1")}


def test_a_seal_of_another_vendor_comes_back_as_it_was() -> None:
    sealed = [part for part in _parts(payloads(_written(_answer()))) if "thoughtSignature" in part]

    assert [part["thought"] for part in sealed] == [True]
    assert take_back(sealed[0]["thoughtSignature"], "gemini") == SEAL


def test_a_whole_reply_and_an_array_say_the_same_as_the_stream() -> None:
    whole = payloads(_written(_answer(), streamed=False))
    array = json.loads(_written(_answer(), sse=False, each=True))

    texts = [part.get("text", part.get("functionCall")) for part in _parts([whole])]
    assert texts == [
        "let me see",
        "Ich sehe naß 🙂",
        {"id": "call_1", "name": "f", "args": {"a": "ü"}},
        _parts([whole])[3]["functionCall"],
    ]
    assert array == payloads(_written(_answer(), each=True))
    assert whole["usageMetadata"] == array[-1]["usageMetadata"]


async def test_googles_sdk_reads_a_stream(google: "Google") -> None:
    google.body = _written(_answer())

    pieces = await google.stream()

    parts = [part for piece in pieces for part in _content(piece)]
    assert "".join(part.text or "" for part in parts if part.thought) == "let me see"
    assert "".join(part.text or "" for part in parts if not part.thought) == "Ich sehe naß 🙂"
    assert [(call.id, call.args) for piece in pieces for call in piece.function_calls or []] == [
        ("call_1", {"a": "ü"}),
        ("call_2", {"b": [2, 3]}),
    ]
    usage = pieces[-1].usage_metadata
    assert usage is not None
    assert (usage.prompt_token_count, usage.thoughts_token_count, usage.cached_content_token_count) == (20, 4, 8)
    assert pieces[-1].candidates is not None
    assert pieces[-1].candidates[0].finish_reason == types.FinishReason.STOP


async def test_googles_sdk_reads_a_whole_reply_with_sources_and_probabilities(google: "Google") -> None:
    citation = Citation(kind="url", url="https://a", title="A", start=7, end=13)
    google.body = _written(
        [
            PartBegan(index=0, part=Text(text="Grüße: sonnig.", citations=[citation])),
            PartEnded(index=0),
            PartBegan(index=1, part=Medium(kind="image", media_type="image/png", data="eA==")),
            PartEnded(index=1),
            Logprobs(tokens=[TokenLogprob("Gr", -0.5, top=[TokenLogprob("Gr", -0.5), TokenLogprob("Ha", -1.5)])]),
            Counted(usage=USAGE),
            Ended(reason="length"),
        ],
        streamed=False,
    )

    reply = await google.generate()

    assert reply.candidates is not None
    candidate = reply.candidates[0]
    assert candidate.finish_reason == types.FinishReason.MAX_TOKENS
    parts = _content(reply)
    assert [parts[0].text, parts[1].inline_data and parts[1].inline_data.data] == ["Grüße: sonnig.", b"x"]
    grounding = candidate.grounding_metadata
    assert grounding is not None
    assert grounding.grounding_supports is not None
    segment = grounding.grounding_supports[0].segment
    assert segment is not None
    assert segment.text == "sonnig"
    assert "Grüße: sonnig.".encode()[segment.start_index or 0 : segment.end_index].decode() == segment.text
    logprobs = candidate.logprobs_result
    assert logprobs is not None
    assert logprobs.top_candidates is not None
    assert [top.token for top in logprobs.top_candidates[0].candidates or []] == ["Gr", "Ha"]


async def test_googles_sdk_sees_a_failure(google: "Google") -> None:
    failed = Failed(kind="rate_limited", message="slow down", status=429, retry_after_s=3.0)
    google.body = _written([failed], streamed=False)
    google.status = 429

    with pytest.raises(errors.ClientError) as refused:
        await google.generate()

    assert (refused.value.code, refused.value.status, refused.value.message) == (429, "RESOURCE_EXHAUSTED", "slow down")


def test_a_failure_in_mid_stream_is_an_event_of_its_own() -> None:
    pieces = payloads(_written([*_answer()[:5], Failed(kind="broken_reply", message="cut")]))

    assert pieces[-1] == {"error": {"code": 502, "message": "cut", "status": "UNAVAILABLE"}}
    assert "error" not in pieces[0]


def test_a_failure_before_anything_else_is_an_error_with_its_status() -> None:
    for streamed in (False, True):
        writer = GEMINI.write_reply(asked(streamed=streamed))

        written = writer.feed([Failed(kind="overloaded", message="busy", code="overloaded_error")]) + writer.close()

        assert (writer.status, writer.content_type) == (503, "application/json")
        error = json.loads(written)["error"]
        assert (error["code"], error["status"], error["details"][0]["reason"]) == (
            503,
            "UNAVAILABLE",
            "overloaded_error",
        )


def test_a_reply_that_is_closed_too_early_ends_in_an_error() -> None:
    assert payloads(_written(_answer()[:6]))[-1]["error"]["code"] == 502
    assert payloads(_written([], streamed=False))["error"]["code"] == 502


def test_arguments_that_are_no_object_end_as_a_malformed_call() -> None:
    call = [PartBegan(index=0, part=ToolCall(id="a", name="f", arguments='{"a": ')), PartEnded(index=0)]

    last = payloads(_written([*call, Ended(reason="tool_calls")]))[-1]["candidates"][0]

    assert last["finishReason"] == "MALFORMED_FUNCTION_CALL"
    assert '{"a": ' in last["finishMessage"]


def test_texts_that_grow_at_the_same_time_are_told_one_behind_the_other() -> None:
    events: list[Event] = [
        PartBegan(index=0, part=Text(text="a")),
        PartBegan(index=1, part=Refusal(text="x")),
        Grew(index=1, text="y"),
        Grew(index=0, text="b"),
        PartEnded(index=1),
        PartEnded(index=0),
        Ended(reason="end"),
    ]

    assert "".join(part["text"] for part in _parts(payloads(_written(events, each=True)))) == "abxy"


@pytest.mark.parametrize("reason", ["refusal", "end"])
def test_a_refusal_ends_with_safety_whether_it_has_words_or_not(reason: StopReason) -> None:
    said: list[Event] = [PartBegan(index=0, part=Refusal(text="No.")), PartEnded(index=0), Ended(reason=reason)]

    in_words = payloads(_written(said, streamed=False))["candidates"][0]
    without = payloads(_written([Ended(reason="refusal")], streamed=False))["candidates"][0]

    assert (in_words["finishReason"], in_words["content"]["parts"]) == ("SAFETY", [{"text": "No."}])
    assert in_words["finishMessage"] == "The model refuses to answer."
    assert (without["finishReason"], "finishMessage" in without) == ("SAFETY", False)


def test_choices_are_candidates_with_their_numbers() -> None:
    events: list[Event] = []
    for choice in (0, 1):
        events += [PartBegan(index=choice, choice=choice, part=Text(text="ab"[choice])), PartEnded(index=choice)]
    events += [Ended(reason="end"), Ended(choice=1, reason="length")]

    candidates = payloads(_written(events, streamed=False))["candidates"]

    assert [(one["index"], one["content"]["parts"], one["finishReason"]) for one in candidates] == [
        (0, [{"text": "a"}], "STOP"),
        (1, [{"text": "b"}], "MAX_TOKENS"),
    ]


def test_what_gemini_cannot_tell_is_reported() -> None:
    writer = GEMINI.write_reply(asked())
    counted = Counted(at="usage", raw={"w": 3}, names={"cache_written": "w"}, usage=Usage(cache_written=3))
    ended = Ended(
        at="choices[]", raw={"stop": "!"}, names={"stop_sequence": "stop"}, reason="stop_sequence", stop_sequence="!"
    )
    writer.feed(
        [
            Frame(extras={"fingerprint": "f"}),
            PartBegan(index=0, part=Text(text="x")),
            PartEnded(index=0),
            counted,
            ended,
        ]
    )

    writer.close()

    assert [loss.path for loss in writer.losses] == ["fingerprint", "usage.w", "choices[].stop"]


def _content(reply: types.GenerateContentResponse) -> list[types.Part]:
    assert reply.candidates is not None
    content = reply.candidates[0].content
    return (content.parts or []) if content is not None else []


class Google:
    """A vendor that answers with the same body whatever is asked, and Google's SDK before it."""

    def __init__(self, url: str) -> None:
        self.body = b""
        self.status = 200
        options = types.HttpOptions(base_url=url, timeout=10_000)
        self.client = genai.Client(api_key="none", http_options=options)

    async def generate(self) -> types.GenerateContentResponse:
        return await asyncio.to_thread(lambda: self.client.models.generate_content(model="m", contents="x"))

    async def stream(self) -> list[types.GenerateContentResponse]:
        return await asyncio.to_thread(lambda: [*self.client.models.generate_content_stream(model="m", contents="x")])

    def answer(self, request: Request) -> Answer:
        kind = "text/event-stream" if "stream" in request.path else "application/json"
        return Answer(status=self.status, headers=(("content-type", kind),), pieces=((self.body, 0.0),))


@pytest.fixture
async def google() -> Any:
    async with ScriptedVendor() as vendor:
        found = Google(vendor.url)
        vendor.script = found.answer
        with found.client:
            yield found
