"""A character that a vendor cuts into two escaped halves arrives whole, in every dialect."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.wire.framing import Framing
from tests.gateway.wire.retelling import CHAT, GEMINI, MESSAGES, RESPONSES, Json, candidate, chunks, events, told
from tests.gateway.wire.test_regressions_of_replies import ANTHROPIC_START, ASKED

FIRST, SECOND = "\ud83d", "\ude00"
"""The halves of one face. `json.dumps` writes them as escapes."""
SPOKEN: list[Dialect] = [CHAT, RESPONSES, MESSAGES, GEMINI]
pytestmark = pytest.mark.wire_laws


def chat() -> bytes:
    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ""}}
    return chunks(
        {"reasoning_content": f"hm{FIRST}"},
        {"reasoning_content": f"{SECOND}m"},
        {"content": f"a{FIRST}"},
        {"content": f"{SECOND}{FIRST}"},
        {"content": SECOND},
        {"tool_calls": [call]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"city":"' + FIRST}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": SECOND + '"}'}}]},
        finish="tool_calls",
    )


def anthropic() -> bytes:
    blocks: list[tuple[Json, str, str, list[str]]] = [
        ({"type": "thinking", "thinking": "", "signature": ""}, "thinking", "thinking", [f"hm{FIRST}", f"{SECOND}m"]),
        ({"type": "text", "text": ""}, "text", "text", [f"a{FIRST}", f"{SECOND}{FIRST}", SECOND]),
        (
            {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}},
            "input_json",
            "partial_json",
            ['{"city":"' + FIRST, SECOND + '"}'],
        ),
    ]
    said: list[Json] = [ANTHROPIC_START]
    for index, (block, kind, member, pieces) in enumerate(blocks):
        said.append({"type": "content_block_start", "index": index, "content_block": block})
        for piece in pieces:
            delta = {"type": f"{kind}_delta", member: piece}
            said += [{"type": "content_block_delta", "index": index, "delta": delta}, {"type": "ping"}]
        said.append({"type": "content_block_stop", "index": index})
    end = {"stop_reason": "tool_use", "stop_sequence": None}
    said.append({"type": "message_delta", "delta": end, "usage": {"output_tokens": 8}})
    return events(*said, {"type": "message_stop"})


def responses() -> bytes:
    face = "😀"
    thought = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": f"hm{face}m"}]}
    part: Json = {"type": "output_text", "text": f"a{face}{face}", "annotations": []}
    text: Json = {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [part]}
    call = {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "call_1",
        "name": "weather",
        "status": "completed",
        "arguments": f'{{"city":"{face}"}}',
    }
    head: Json = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "error": None}
    said: list[Json] = [{"type": "response.created", "response": head | {"status": "in_progress", "output": []}}]
    grown: list[tuple[Json, Json, str, Json, list[str]]] = [
        (thought, {"summary": []}, "reasoning_summary_text", {"summary_index": 0}, [f"hm{FIRST}", f"{SECOND}m"]),
        (text, {"content": []}, "output_text", {"content_index": 0}, [f"a{FIRST}", f"{SECOND}{FIRST}", SECOND]),
        (call, {"arguments": ""}, "function_call_arguments", {}, ['{"city":"' + FIRST, SECOND + '"}']),
    ]
    for index, (item, empty, kind, place, pieces) in enumerate(grown):
        where = {"output_index": index, "item_id": item["id"]}
        said.append({"type": "response.output_item.added", "output_index": index, "item": item | empty})
        said += [{"type": f"response.{kind}.delta", **where, **place, "delta": piece} for piece in pieces]
        said.append({"type": "response.output_item.done", "output_index": index, "item": item})
    counts = {"input_tokens": 40, "output_tokens": 8, "total_tokens": 48}
    whole = head | {"status": "completed", "output": [thought, text, call], "usage": counts}
    return events(*said, {"type": "response.completed", "response": whole})


def gemini() -> bytes:
    begun = {"functionCall": {"name": "weather", "id": "c1", "willContinue": True}}
    pieces = [
        {"functionCall": {"partialArgs": [{"jsonPath": "$.city", "stringValue": half, "willContinue": True}]}}
        for half in (FIRST, SECOND)
    ]
    parts: list[Json] = [
        {"text": f"hm{FIRST}", "thought": True},
        {"text": f"{SECOND}m", "thought": True},
        {"text": f"a{FIRST}"},
        {"text": f"{SECOND}{FIRST}"},
        {"text": SECOND},
        begun,
        *({"functionCall": piece["functionCall"] | {"willContinue": True}} for piece in pieces),
        {"functionCall": {}},
    ]
    return events(*(candidate(part, finish=None) for part in parts), candidate({"text": ""}))


STREAMS: dict[Dialect, bytes] = {CHAT: chat(), RESPONSES: responses(), MESSAGES: anthropic(), GEMINI: gemini()}


@pytest.mark.parametrize("spoken", SPOKEN)
@pytest.mark.parametrize("dialect", SPOKEN)
def test_text_thoughts_and_arguments_arrive_whole(dialect: Dialect, spoken: Dialect) -> None:
    reply = told(dialect, ASKED[dialect], spoken, STREAMS[spoken])

    assert "\\ud83d" in STREAMS[spoken].decode()
    assert reply.facts.answer == "a😀😀"
    assert reply.facts.calls == [("weather", {"city": "😀"})]
    assert "�" not in json.dumps(reply.body, ensure_ascii=False)
    assert reply.facts.thinking == "hm😀m"


@given(cuts=st.lists(st.integers(1, 400), max_size=12))
def test_any_cut_of_the_bytes_gives_the_same_values(cuts: list[int]) -> None:
    text = chat()

    assert read(text, cuts) == read(text, [])
    assert read(text, range(1, len(text))) == read(text, [])


def test_halves_of_interleaved_texts_find_each_other() -> None:
    framing = Framing(streamed=True)

    pieces = [(0, f"a{FIRST}"), (1, f"b{FIRST}"), (0, ""), (1, SECOND), (0, f"{SECOND}c")]
    found = framing.feed(events(*({"index": index, "t": text} for index, text in pieces)))

    assert [payload.value["t"] for payload in found] == ["a😀", "b😀", "", "", "c"]


def test_a_half_that_stays_alone_holds_nothing_up() -> None:
    framing = Framing(streamed=True)

    alone, *others = framing.feed(events({"t": f"a{FIRST}"}, {"t": "b"}))
    assert [alone.value, *(payload.value for payload in others)] == [{"t": "a�"}, {"t": "b"}]

    last = [*framing.feed(events({"t": f"c{FIRST}"}, {"u": f"{SECOND}d"})), *framing.close()]
    assert [payload.value for payload in last] == [{"t": "c�"}, {"u": "�d"}]


def test_events_of_other_texts_are_held_up_for_a_while_only() -> None:
    framing = Framing(streamed=True)

    found = framing.feed(events({"t": FIRST}, *({"u": number} for number in range(40))))

    assert [payload.value for payload in found] == [{"t": "�"}, *({"u": number} for number in range(40))]


def read(text: bytes, cuts: list[int] | range) -> list[Json]:
    framing = Framing(streamed=True)
    places = sorted({0, len(text), *cuts})
    found = [payload for a, b in itertools.pairwise(places) for payload in framing.feed(text[a:b])]
    return [payload.text if payload.text == b"[DONE]" else payload.value for payload in found + framing.close()]
