"""A client's second turn: what it was told of the first goes back to the vendor as the vendor has said it."""

import itertools
import json
from typing import Any

import pytest

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.wire.canonical import Request
from drawbridge.gateway.wire.dialect import ReplyHead, Target, WireRequest, Written
from drawbridge.gateway.wire.known import DIALECTS
from drawbridge.gateway.wire.profiles import UNKNOWN
from drawbridge.gateway.wire.translator import ReplyTranslator

# Any: JSON of any shape.
Json = Any

ASKED: dict[str, Json] = {
    "anthropic-messages": {
        "model": "m",
        "max_tokens": 9000,
        "tools": [{"name": "look", "input_schema": {"type": "object"}}],
        "messages": [{"role": "user", "content": "look"}],
    },
    "gemini": {
        "tools": [{"functionDeclarations": [{"name": "look"}]}],
        "contents": [{"role": "user", "parts": [{"text": "look"}]}],
    },
}
REASONING: Json = {
    "id": "rs_1",
    "type": "reasoning",
    "summary": [{"type": "summary_text", "text": "hmm"}],
    "encrypted_content": "gAAAAAB",
}
CALL: Json = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "look", "arguments": "{}"}
RESPONSE: Json = {"id": "resp_1", "object": "response", "status": "completed", "output": [REASONING, CALL]}

MESSAGE: Json = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [
        {"type": "thinking", "thinking": "hmm", "signature": "c2VhbA=="},
        {"type": "text", "text": "I look."},
    ],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 1},
}
COMPLETION: Json = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "reasoning_content": "hmm", "content": "I look."},
        }
    ],
}
TEXTS: Json = [{"text": "I "}, {"text": "look."}, {"text": ""}]


@pytest.mark.parametrize("caller", ["anthropic-messages", "gemini"])
def test_reasoning_comes_back_to_a_responses_vendor_under_its_own_id_and_as_a_summary(caller: Dialect) -> None:
    told = reply(caller, "openai-responses", RESPONSE)

    written = next_turn(caller, "openai-responses", told)

    assert written.wire.body["input"][1] == REASONING


@pytest.mark.parametrize("cuts", [(), (1,), (1, 2)])
def test_thinking_that_comes_back_in_pieces_is_whole_again_at_an_anthropic_vendor(cuts: tuple[int, ...]) -> None:
    [thought, *_] = reply("gemini", "anthropic-messages", MESSAGE)["candidates"][0]["content"]["parts"]
    pieces = [{"text": piece, "thought": True} for piece in _cut("hmm", cuts)]
    sealed = {"text": "", "thought": True, "thoughtSignature": thought["thoughtSignature"]}

    written = _write("gemini", _streamed(*pieces, sealed, *TEXTS), "anthropic-messages")

    assert written.wire.body["messages"][1]["content"] == MESSAGE["content"]
    assert not [*written.losses]


@pytest.mark.parametrize("cuts", [(1,), (1, 2)])
def test_reasoning_that_comes_back_in_pieces_is_whole_again_at_a_chat_vendor(cuts: tuple[int, ...]) -> None:
    [thought, *_] = reply("gemini", "openai-chat", COMPLETION)["candidates"][0]["content"]["parts"]
    first, *others = _cut("hmm", cuts)
    pieces = [{"text": first, "thought": True}, *({**thought, "text": piece} for piece in others[:1])]
    pieces += [{"text": piece, "thought": True} for piece in others[1:]]

    written = _write("gemini", _streamed(*pieces, *TEXTS), "openai-chat")

    assert written.wire.body["messages"][1] == COMPLETION["choices"][0]["message"]
    assert not [*written.losses]


def test_pieces_of_thinking_that_the_vendor_cannot_read_are_each_reported() -> None:
    [thought, *_] = reply("gemini", "anthropic-messages", MESSAGE)["candidates"][0]["content"]["parts"]
    sealed = {"text": "", "thought": True, "thoughtSignature": thought["thoughtSignature"]}

    written = _write("gemini", _streamed({"text": "hmm", "thought": True}, sealed, *TEXTS), "openai-responses")

    assert {"contents[1].parts[0].text", "contents[2].parts[0].thoughtSignature"} <= {
        loss.path for loss in written.losses
    }
    assert [item.get("content") for item in written.wire.body["input"]] == ["look", "I look.", "look"]


def reply(caller: Dialect, vendor: Dialect, said: Json) -> Json:
    """Return what a caller is told of a vendor's whole reply."""
    translator = ReplyTranslator(DIALECTS[vendor], DIALECTS[caller], _read(caller, ASKED[caller]), now_s=1)
    translator.begin(ReplyHead(200, provider="vendor"))
    return json.loads(translator.feed(json.dumps(said).encode()) + translator.close())


def next_turn(caller: Dialect, vendor: Dialect, told: Json) -> Written:
    """Return what the vendor gets when a caller sends back what it was told, with a result for the call in it."""
    asked = ASKED[caller]
    if caller == "gemini":
        answer = {"functionResponse": {"name": "look", "response": {"output": "found"}}}
        contents = [told["candidates"][0]["content"], {"role": "user", "parts": [answer]}]
        body = {**asked, "contents": [*asked["contents"], *contents]}
    else:
        called = told["content"][-1]["id"]
        answer = {"type": "tool_result", "tool_use_id": called, "content": "found"}
        turns = [{"role": "assistant", "content": told["content"]}, {"role": "user", "content": [answer]}]
        body = {**asked, "messages": [*asked["messages"], *turns]}
    return _write(caller, body, vendor)


def _streamed(*parts: Json) -> Json:
    """Return the second turn of a caller of Gemini that keeps each event of a stream as a content."""
    asked = ASKED["gemini"]["contents"]
    contents = [{"role": "model", "parts": [part]} for part in parts]
    return {"contents": [*asked, *contents, *asked]}


def _cut(text: str, cuts: tuple[int, ...]) -> list[str]:
    return [text[start:end] for start, end in itertools.pairwise((0, *cuts, len(text)))]


def _write(caller: Dialect, body: Json, vendor: Dialect) -> Written:
    return DIALECTS[vendor].write_request(_read(caller, body), Target("vendor", "m", UNKNOWN))


def _read(dialect: Dialect, body: Json) -> Request:
    path = "/models/m:generateContent" if dialect == "gemini" else "/"
    return DIALECTS[dialect].read_request(WireRequest("POST", path, body=body))
