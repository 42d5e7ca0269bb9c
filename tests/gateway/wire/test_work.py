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
