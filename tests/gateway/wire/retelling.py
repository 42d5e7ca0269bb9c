"""Requests and replies re-said in another dialect as the gateway does it, judged by a strict vendor and an oracle."""

import copy
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.wire.canonical import Request
from drawbridge.gateway.wire.dialect import ReplyHead, Target, WireRequest
from drawbridge.gateway.wire.known import DIALECTS
from drawbridge.gateway.wire.profiles import UNKNOWN, Profile
from drawbridge.gateway.wire.translator import ReplyTranslator
from tests.parts import wire
from tests.parts.oracle.facts import Facts
from tests.parts.oracle.judge import FACTS
from tests.parts.oracle.replies import ReplyFacts, reply_facts
from tests.parts.same_wire import payloads
from tests.parts.strict.judge import refuse

# Any: JSON of any shape.
Json = Any

CHAT, RESPONSES, MESSAGES, GEMINI = "openai-chat", "openai-responses", "anthropic-messages", "gemini"
_PATHS: dict[str, str] = {
    CHAT: "/chat/completions",
    RESPONSES: "/responses",
    MESSAGES: "/messages",
    GEMINI: "/models/public:generateContent",
}
PROVIDER = "vendor"
_MODEL = "gemini-3-x"
"""The strictest of names, to the judges."""


@dataclass(frozen=True, slots=True)
class Retold:
    """A request in another dialect. A strict vendor takes it."""

    body: Json
    facts: Facts
    lost: dict[str, str]
    """The effect of each loss by its path."""


def read(dialect: Dialect, body: Json) -> Request:
    """Read a request of a caller."""
    wanted = {**body, "model": "public"} if dialect != GEMINI else body
    return DIALECTS[dialect].read_request(WireRequest("POST", _PATHS[dialect], body=copy.deepcopy(wanted)))


def retold(
    dialect: Dialect, body: Json, spoken: Dialect, *, profile: Profile = UNKNOWN, provider: str = PROVIDER
) -> Retold:
    """Say a request in another dialect. A strict vendor must take it."""
    written = DIALECTS[spoken].write_request(read(dialect, body), Target(provider, _MODEL, profile))
    sent = json.loads(json.dumps(written.wire.body))
    asked = wire.Request(
        0,
        "POST",
        f"/v1{written.wire.path}",
        written.wire.headers,
        json.dumps(sent).encode(),
        received_at=0,
        connection=1,
    )
    refusal = refuse(asked)
    assert refusal is None, (refusal.pieces, sent)
    return Retold(sent, FACTS[spoken](sent), {loss.path: loss.effect for loss in written.losses})


@dataclass(frozen=True, slots=True)
class Told:
    """A reply as a caller of another dialect gets it."""

    body: Json
    """Of a stream the list of what its events carry."""
    facts: ReplyFacts
    lost: dict[str, str]
    status: int


def told(dialect: Dialect, asked: Json, spoken: Dialect, reply: bytes | Json, *, provider: str = PROVIDER) -> Told:
    """Tell a caller of a dialect what a vendor of another replied: bytes are a stream, JSON is a whole reply."""
    translator = ReplyTranslator(DIALECTS[spoken], DIALECTS[dialect], _asked(dialect, asked, reply), now_s=1)
    is_stream = isinstance(reply, bytes)
    kind = "text/event-stream" if is_stream else "application/json"
    translator.begin(ReplyHead(200, (("content-type", kind),), streamed=is_stream, provider=provider))
    said = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
    body = payloads(translator.feed(said) + translator.close())
    lost = {loss.path: loss.effect for loss in translator.losses}
    return Told(body, reply_facts(dialect, body), lost, translator.status)


def _asked(dialect: Dialect, body: Json, reply: bytes | Json) -> Request:
    request = read(dialect, body)
    request.streamed = isinstance(reply, bytes)
    return request


def events(*bodies: Json, ends: str = "") -> bytes:
    """Return a stream of events, each named by its type where it has one, with a last line after them."""
    return "".join([*map(_event, bodies), ends]).encode()


def _event(body: Json) -> str:
    name = f"event: {body['type']}\n" if "type" in body else ""
    return f"{name}data: {json.dumps(body)}\n\n"


def chunks(*deltas: Json, finish: str = "stop", usage: Json = None) -> bytes:
    """Return a stream of chat completions: a chunk for each delta, the end, and the usage."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    listed: Iterable[Json] = [
        *({"index": 0, "delta": delta, "finish_reason": None} for delta in deltas),
        {"index": 0, "delta": {}, "finish_reason": finish},
    ]
    said = [head | {"choices": [choice]} for choice in listed]
    counts = usage or {"prompt_tokens": 40, "completion_tokens": 8, "total_tokens": 48}
    return events(*said, head | {"choices": [], "usage": counts}, ends="data: [DONE]\n\n")


def message(*content: Json, stop: str = "end_turn", usage: Json = None) -> Json:
    """Return a whole Anthropic message."""
    counts = usage or {"input_tokens": 40, "output_tokens": 8}
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_sequence": None}
    return head | {"content": list(content), "stop_reason": stop, "usage": counts}


def response(*output: Json, usage: Json = None) -> Json:
    """Return a whole response."""
    counts = usage or {
        "input_tokens": 40,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 8,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 48,
    }
    head = {"id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": "m"}
    return head | {"output": list(output), "usage": counts, "error": None, "incomplete_details": None}


def candidate(*parts: Json, usage: Json = None, finish: str | None = "STOP") -> Json:
    """Return a whole reply of Gemini, or one chunk of it: all but the last have no reason to finish."""
    counts = usage or {"promptTokenCount": 40, "candidatesTokenCount": 8, "totalTokenCount": 48}
    answer: Json = {"content": {"role": "model", "parts": list(parts)}, "index": 0}
    if finish is not None:
        answer["finishReason"] = finish
    return {"candidates": [answer], "usageMetadata": counts, "modelVersion": "m", "responseId": "r1"}
