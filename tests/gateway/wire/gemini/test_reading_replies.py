"""What a reply of Gemini's tells in everybody's words."""

import json
import random
from typing import Any, cast

import pytest

from drawbridge.gateway.wire.canonical import CustomTool, Function, Hosted, Medium, Text, Thinking, ToolCall
from drawbridge.gateway.wire.events import (
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
)
from drawbridge.gateway.wire.gemini import GEMINI
from drawbridge.gateway.wire.json_text import sse
from drawbridge.gateway.wire.tool_names import as_arguments
from tests.gateway.wire.gemini.examples import asked, body_of, events_of, told
from tests.parts.same_wire import FOLDER, payloads, records

# Any: JSON.
Json = Any


def piece(*parts: Json, **about: Json) -> Json:
    return {
        "candidates": [{"content": {"role": "model", "parts": [*parts]}, **about}],
        "responseId": "r1",
        "modelVersion": "gemini-x",
    }


def stream(*pieces: Json) -> list[bytes]:
    return [sse(one) for one in pieces]


def whole(reply: Json, status: int = 200) -> list[Event]:
    return events_of([json.dumps(reply).encode()], streamed=False, status=status)


def of(kind: type[Any], events: list[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def parts_of(events: list[Event]) -> list[Any]:
    return [event.part for event in events if isinstance(event, PartBegan)]


def test_a_stream_grows_one_text_and_one_thought() -> None:
    events = events_of(
        stream(
            piece({"text": "hm", "thought": True}),
            piece({"text": " so", "thought": True}),
            piece({"text": "Grü"}),
            piece({"text": "ße"}),
            piece({"text": "", "thoughtSignature": "c2ln"}, finishReason="STOP"),
        ),
        streamed=True,
    )

    thought, text = parts_of(events)
    assert isinstance(thought, Thinking)
    assert (thought.paragraphs, thought.is_summary) == (["hm"], True)
    assert isinstance(text, Text)
    assert [(event.index, event.text) for event in of(Grew, events)] == [(0, " so"), (1, "ße"), (1, "")]
    assert of(Marked, events)[0].part.seal.value == "c2ln"
    assert [event.index for event in of(PartEnded, events)] == [0, 1]
    assert of(Ended, events)[0].reason == "end"


def test_parallel_calls_without_ids_get_ids_that_stay_the_same_and_differ() -> None:
    calls = [{"functionCall": {"name": "f", "args": {"a": "ü"}}}, {"functionCall": {"name": "f", "args": {"a": "ü"}}}]

    one, other = (parts_of(whole(piece(*calls, finishReason="STOP"))) for _ in range(2))

    assert [part.id for part in one] == [part.id for part in other]
    assert len({part.id for part in one}) == 2
    assert [part.arguments for part in one] == ['{"a":"ü"}'] * 2
    assert of(Ended, whole(piece(*calls, finishReason="STOP")))[0].reason == "tool_calls"


def test_names_and_free_text_come_back_as_the_caller_has_them() -> None:
    request = told(tools=[Function(name="run", namespace="mcp"), CustomTool(name="patch it")])
    names: list[str] = [tool["name"] for tool in body_of(request)["tools"][0]["functionDeclarations"]]
    calls: list[Json] = [
        {"functionCall": {"id": "1", "name": names[0], "args": {}}},
        {"functionCall": {"id": "2", "name": names[1], "args": json.loads(as_arguments("*** x"))}},
    ]

    reply = json.dumps(piece(*calls, finishReason="STOP")).encode()
    first, second = parts_of(events_of([reply], streamed=False, request=request))

    assert (first.name, first.namespace) == ("run", "mcp")
    assert (second.name, second.is_custom, second.arguments) == ("patch it", True, "*** x")


def test_arguments_in_pieces_are_joined() -> None:
    def part(path: str, **value: Json) -> Json:
        return piece({"functionCall": {"partialArgs": [{"jsonPath": path, **value}], "willContinue": True}})

    events = events_of(
        stream(
            piece({"functionCall": {"name": "f", "willContinue": True}, "thoughtSignature": "c2ln"}),
            part("$.city", stringValue="Bos", willContinue=True),
            part("$.city", stringValue="ton"),
            part("$.days[1].n", numberValue=3.0),
            part("$['a b']", boolValue=True),
            part("$.none", nullValue="NULL_VALUE"),
            piece({"functionCall": {}}),
            piece({"functionCall": {"name": "g"}}, finishReason="STOP"),
        ),
        streamed=True,
    )

    first, second = parts_of(events)
    assert isinstance(first, ToolCall)
    assert first.seal is not None
    joined = json.loads("".join(event.text for event in of(Grew, events)))
    assert joined == {"city": "Boston", "days": [{}, {"n": 3}], "a b": True, "none": None}
    assert (second.name, second.arguments) == ("g", "{}")


def test_sources_become_citations_in_characters() -> None:
    text = "Grüße: sunny. Bye."
    segment = {"startIndex": 0, "endIndex": len("Grüße: sunny.".encode()), "text": "Grüße: sunny."}
    grounding = {
        "groundingChunks": [{"web": {"uri": "https://a", "title": "A"}}, {"web": {"uri": "https://b", "title": "B"}}],
        "groundingSupports": [{"segment": segment, "groundingChunkIndices": [1]}],
        "webSearchQueries": ["q"],
    }

    (part,) = parts_of(whole(piece({"text": text}, finishReason="STOP", groundingMetadata=grounding)))
    events = events_of(
        stream(piece({"text": text[:5]}), piece({"text": text[5:]}, finishReason="STOP", groundingMetadata=grounding)),
        streamed=True,
    )

    found = [(one.url, one.title, one.start, one.end) for one in part.citations]
    assert found == [("https://b", "B", 0, 13), ("https://a", "A", None, None)]
    assert [event.citation.url for event in of(Marked, events)] == ["https://b", "https://a"]
    assert [type(event) for event in events][-3:] == [Marked, PartEnded, Ended]
    assert of(Frame, events)[-1].extras == {"candidates[0].groundingMetadata.webSearchQueries": ["q"]}


def test_the_same_words_twice_are_cited_where_the_bytes_say() -> None:
    text = "süß, süß."
    segment = {"startIndex": len("süß, ".encode()), "endIndex": len(text.encode()) - 1, "text": "süß"}
    grounding = {
        "groundingChunks": [{"web": {"uri": "https://a"}}],
        "groundingSupports": [{"segment": segment, "groundingChunkIndices": [0]}],
    }

    (part,) = parts_of(whole(piece({"text": text}, finishReason="STOP", groundingMetadata=grounding)))

    assert [(one.start, one.end) for one in part.citations] == [(5, 8)]


def test_other_parts_are_told_for_what_they_are() -> None:
    reply = piece(
        {"inlineData": {"mimeType": "image/png", "data": "eA=="}},
        {"executableCode": {"language": "PYTHON", "code": "1+1"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2"}},
        finishReason="STOP",
    )

    image, code, output = parts_of(whole(reply))

    assert isinstance(image, Medium)
    assert (image.kind, image.data) == ("image", "eA==")
    assert isinstance(code, Hosted)
    assert (code.tool, code.text, code.is_result) == ("code_execution", "1+1", False)
    assert (output.text, output.is_result) == ("2", True)


def test_tokens_are_totals_that_hold_all_their_kinds() -> None:
    usage = {
        "promptTokenCount": 10,
        "toolUsePromptTokenCount": 5,
        "cachedContentTokenCount": 4,
        "candidatesTokenCount": 7,
        "thoughtsTokenCount": 3,
        "totalTokenCount": 25,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 8}, {"modality": "AUDIO", "tokenCount": 2}],
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 6}],
    }

    counted = of(Counted, whole({**piece({"text": "x"}, finishReason="STOP"), "usageMetadata": usage}))[0].usage

    assert (counted.input, counted.tool_input, counted.cached, counted.input_audio) == (15, 5, 4, 2)
    assert (counted.output, counted.reasoning, counted.output_image, counted.total) == (10, 3, 6, 25)


def test_logprobs_keep_their_alternatives() -> None:
    result = {
        "chosenCandidates": [{"token": "a", "logProbability": -0.5, "tokenId": 3}],
        "topCandidates": [
            {"candidates": [{"token": "a", "logProbability": -0.5}, {"token": "b", "logProbability": -2}]}
        ],
    }

    (logprobs,) = of(Logprobs, whole(piece({"text": "a"}, finishReason="STOP", logprobsResult=result)))

    assert [(token.token, token.logprob) for token in logprobs.tokens] == [("a", -0.5)]
    assert [(token.token, token.logprob) for token in logprobs.tokens[0].top] == [("a", -0.5), ("b", -2)]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("MAX_TOKENS", "length"),
        (2, "length"),
        ("SAFETY", "filtered"),
        ("MALFORMED_FUNCTION_CALL", "malformed_call"),
        ("NEW", "other"),
    ],
)
def test_reasons_have_everybodys_names(said: Json, reason: str) -> None:
    assert of(Ended, whole(piece({"text": "x"}, finishReason=said)))[0].reason == reason


def test_a_blocked_prompt_ends_filtered() -> None:
    events = whole({"promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": "no"}, "responseId": "r"})

    assert [(event.reason, event.message) for event in of(Ended, events)] == [("filtered", "no")]


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"code": 400, "message": "bad", "status": "INVALID_ARGUMENT"}, "bad_request"),
        (
            400,
            {"code": 400, "message": "The input token count (9) exceeds the maximum number of tokens allowed (5)."},
            "context_length",
        ),
        (429, {"code": 429, "message": "slow down", "details": [{"retryDelay": "34.5s"}]}, "rate_limited"),
        (503, {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}, "overloaded"),
        (200, {"code": 500, "message": "oops", "status": "INTERNAL"}, "vendor"),
    ],
)
def test_errors_are_told_by_kind(status: int, error: Json, kind: str) -> None:
    (failed,) = whole({"error": error}, status)

    assert isinstance(failed, Failed)
    assert (failed.kind, failed.message, failed.status) == (kind, error["message"], error["code"])
    assert failed.retry_after_s == (34.5 if status == 429 else None)


def test_an_error_that_is_no_json_is_a_failure_too() -> None:
    (failed,) = events_of([b"<html>Bad Gateway</html>"], streamed=True, status=502)

    assert isinstance(failed, Failed)
    assert (failed.status, failed.message) == (502, "<html>Bad Gateway</html>")


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        stream(piece({"text": "cut"})),
        [sse(piece({"text": "cut"})), b"data: {"],
        [sse(piece({"text": "x"})), sse({"error": {"code": 500, "message": "m"}})],
        [b"data: nonsense\n\n"],
        [b"[1, 2"],
    ],
)
def test_a_stream_that_breaks_the_rules_ends_in_a_failure(pieces: list[bytes]) -> None:
    events = events_of(pieces, streamed=True)

    assert isinstance(events[-1], Failed)
    assert len(of(Failed, events)) == 1


@pytest.mark.skipif(not FOLDER.exists(), reason="the recorded traffic is not beside the project")
def test_fuzzed_replies_end_and_keep_the_laws_of_events() -> None:
    chance = random.Random(4)
    recorded = [one for one in records("gemini", "generateContent", "streamGenerateContent") if len(one.reply) < 20_000]

    for _ in range(600):
        record = chance.choice(recorded)
        broken = _break(payloads(record.reply), chance)
        is_events = record.head.streamed and isinstance(broken, list)
        text = b"".join(map(sse, cast("list[Json]", broken))) if is_events else json.dumps(broken).encode()
        for request in (asked(streamed=record.head.streamed), told(streamed=record.head.streamed)):
            pieces = [text[: chance.randrange(len(text) + 1)] if chance.random() < 0.3 else text]
            events = events_of(pieces, streamed=record.head.streamed, request=request)
            _check_laws(events)
            writer = GEMINI.write_reply(asked(streamed=record.head.streamed))
            payloads(writer.feed(events) + writer.close())


def _break(value: Json, chance: random.Random) -> Json:
    odd: list[Json] = [
        None,
        True,
        0,
        -1,
        1e300,
        "",
        "x",
        [],
        {},
        [1],
        {"a": 1},
        [None],
        "STOP",
        {"name": "f", "willContinue": True},
    ]
    if chance.random() < 0.1:
        return chance.choice(odd)
    if isinstance(value, dict):
        members = cast("dict[str, Json]", value)
        kept = {name: _break(below, chance) for name, below in members.items() if chance.random() > 0.04}
        name = chance.choice(["functionCall", "text", "thought", "partialArgs", "index", "error"])
        return {**kept, name: chance.choice(odd)} if chance.random() < 0.03 else kept
    if isinstance(value, list):
        return [_break(below, chance) for below in cast("list[Json]", value)]
    return value


def _check_laws(events: list[Event]) -> None:
    open_: set[int] = set()
    ended: set[int] = set()
    for place, event in enumerate(events):
        match event:
            case PartBegan():
                assert event.choice not in ended
                open_.add(event.index)
            case Grew() | Marked():
                assert event.index in open_
            case PartEnded():
                open_.remove(event.index)
            case Ended():
                assert event.choice not in ended
                ended.add(event.choice)
            case Failed():
                assert place == len(events) - 1
            case _:
                pass
    assert isinstance(events[-1], Failed) or (ended and not open_)
