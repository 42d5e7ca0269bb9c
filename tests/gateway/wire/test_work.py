"""The work of telling a reply grows with the reply, not with its square."""

import json
import sys
from types import FrameType
from typing import Any

import pytest

from drawbridge.gateway.wire.canonical import Request
from drawbridge.gateway.wire.dialect import ReplyHead
from drawbridge.gateway.wire.known import DIALECTS
from drawbridge.gateway.wire.translator import ReplyTranslator

# Any: a JSON value, as a vendor would write it.
Body = dict[str, Any]

NAMES = ("openai-chat", "openai-responses", "anthropic-messages", "gemini")
PAIRS = [(spoken, told) for spoken in NAMES for told in NAMES if spoken != told]


def calls(dialect: str, count: int) -> list[Body]:
    """Return the events of a reply with this many parallel calls."""
    match dialect:
        case "openai-chat":
            return [_chunk({"tool_calls": [_chat_call(number)]}) for number in range(count)] + [
                _chunk({}, "tool_calls")
            ]
        case "openai-responses":
            items = [_item(number) for number in range(count)]
            added = [_output("added", number, {**item, "arguments": ""}) for number, item in enumerate(items)]
            done = [_output("done", number, item) for number, item in enumerate(items)]
            completed = {"id": "resp_1", "status": "completed", "output": items}
            return [*added, *done, {"type": "response.completed", "response": completed}]
        case "anthropic-messages":
            start: Body = {"type": "message_start", "message": {"id": "msg_1", "content": []}}
            begun = [_block(number) for number in range(count)]
            over = [{"type": "content_block_stop", "index": number} for number in range(count)]
            end = {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 1}}
            return [start, *begun, *over, end, {"type": "message_stop"}]
        case _:
            parts = [{"functionCall": {"name": "look", "args": {"n": number}}} for number in range(count)]
            pieces = [{"candidates": [{"content": {"role": "model", "parts": [part]}}]} for part in parts]
            return [*pieces, {"candidates": [{"content": {"parts": []}, "finishReason": "STOP"}]}]


def words(dialect: str, count: int) -> list[Body]:
    """Return the first events of a reply that says so many words, one in each."""
    match dialect:
        case "openai-chat":
            return [{**_chunk({"content": " word"}), "obfuscation": "x" * (n % 9)} for n in range(count)]
        case "gemini":
            answer = {"content": {"role": "model", "parts": [{"text": " word"}]}, "index": 0}
            counts = [
                {"promptTokenCount": 9, "candidatesTokenCount": n, "totalTokenCount": 9 + n} for n in range(count)
            ]
            known = {"modelVersion": "m", "responseId": "r1", "candidates": [answer]}
            return [{**known, "usageMetadata": usage} for usage in counts]
        case _:
            raise AssertionError(dialect)


def _chunk(delta: Body, finish: str | None = None) -> Body:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice]}


def _chat_call(number: int) -> Body:
    function = {"name": "look", "arguments": "{}"}
    return {"index": number, "id": f"call_{number}", "type": "function", "function": function}


def _item(number: int) -> Body:
    known = {"id": f"fc_{number}", "call_id": f"call_{number}", "name": "look", "arguments": "{}"}
    return {"type": "function_call", **known}


def _output(what: str, number: int, item: Body) -> Body:
    return {"type": f"response.output_item.{what}", "output_index": number, "item": item}


def _block(number: int) -> Body:
    block: Body = {"type": "tool_use", "id": f"toolu_{number}", "name": "look", "input": {}}
    return {"type": "content_block_start", "index": number, "content_block": block}


def steps(spoken: str, told: str, events: list[Body]) -> int:
    """Return how many lines of Python are run to tell a reply, turns of generators included."""
    by_name = {dialect.name: dialect for dialect in DIALECTS.values()}
    request = Request(dialect=by_name[told].name, model="public", messages=[], streamed=True)
    translator = ReplyTranslator(by_name[spoken], by_name[told], request, now_s=1)
    translator.begin(ReplyHead(200, streamed=True, provider="vendor"))
    count = 0

    def note(_frame: FrameType, _what: str, _value: object) -> Any:
        nonlocal count
        count += 1
        return note

    before = sys.gettrace()
    sys.settrace(note)
    try:
        for event in events:
            translator.feed(b"data: " + json.dumps(event).encode() + b"\n\n")
        translator.close()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(("spoken", "told"), PAIRS)
def test_twice_as_many_parallel_calls_are_twice_the_work(spoken: str, told: str) -> None:
    few, many = calls(spoken, 60), calls(spoken, 120)

    assert steps(spoken, told, many) < 2.2 * steps(spoken, told, few)


@pytest.mark.parametrize(("spoken", "told"), [pair for pair in PAIRS if pair[0] in ("openai-chat", "gemini")])
def test_a_piece_like_the_one_before_is_little_work(spoken: str, told: str) -> None:
    few, many = steps(spoken, told, words(spoken, 10)), steps(spoken, told, words(spoken, 110))

    # Read like the first, a piece takes some 800 lines for chat completions, and 1400 for Gemini's.
    assert (many - few) / 100 < 400


@pytest.mark.parametrize("told", [name for name in NAMES if name != "gemini"])
def test_twice_as_many_cited_words_are_twice_the_work(told: str) -> None:
    assert steps("gemini", told, [grounded(120)]) < 2.2 * steps("gemini", told, [grounded(60)])


def test_twice_as_many_citations_for_gemini_are_twice_the_work() -> None:
    assert steps("anthropic-messages", "gemini", cited(600)) < 2.2 * steps("anthropic-messages", "gemini", cited(300))


def grounded(count: int) -> Body:
    """Return a reply with this many texts, parted by thoughts, and a source for a word of each."""
    parts: list[Body] = []
    supports: list[Body] = []
    for number in range(count):
        parts += [{"text": f"wörd {number}. "}, {"text": "Hm.", "thought": True}]
        supports.append({"segment": {"text": f"wörd {number}."}, "groundingChunkIndices": [number]})
    chunks = [{"web": {"uri": f"https://example.com/{number}", "title": "t"}} for number in range(count)]
    grounding = {"groundingChunks": chunks, "groundingSupports": supports}
    return {"candidates": [{"content": {"parts": parts}, "groundingMetadata": grounding, "finishReason": "STOP"}]}


def cited(count: int) -> list[Body]:
    """Return a reply with this many texts, each from a source of its own."""
    events: list[Body] = [{"type": "message_start", "message": {"id": "msg_1", "content": []}}]
    for number in range(count):
        source = {"type": "web_search_result_location", "url": f"https://example.com/{number}", "title": "t"}
        citation = {**source, "cited_text": "so", "encrypted_index": "x"}
        text = {"type": "text_delta", "text": f"wörd {number}. "}
        events += [
            {"type": "content_block_start", "index": number, "content_block": {"type": "text", "text": ""}},
            {
                "type": "content_block_delta",
                "index": number,
                "delta": {"type": "citations_delta", "citation": citation},
            },
            {"type": "content_block_delta", "index": number, "delta": text},
            {"type": "content_block_stop", "index": number},
        ]
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}}
    return [*events, end, {"type": "message_stop"}]
