"""The scripted vendor's own answers: each dialect plain, streamed and with a tool call.

The text and the usage of an answer follow from the bytes of the request, so a test that has the vendor's log can
work out what must have been counted.
"""

import base64
import json
import re
import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import cast

from tests.parts.wire import Answer, Request

Json = dict[str, object]

_JSON_HEADERS = (("content-type", "application/json"),)
_SSE_HEADERS = (("content-type", "text/event-stream; charset=utf-8"),)
_GEMINI_PATH = re.compile(r"/(?:v1beta/|v1/)?models/(?P<model>[^:/]+):(?P<operation>[A-Za-z]+)")
_VECTOR = (0.25, -0.5, 0.125, 1.0)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that an answer reports. `input` includes `cached`."""

    input: int
    cached: int
    output: int


def usage_of(body: bytes) -> Usage:
    """Work out the usage that the vendor reports for a request with this body."""
    mark = zlib.crc32(body)
    tokens = 1 + mark % 1000
    return Usage(input=tokens, cached=tokens // 3 if mark & 1 else 0, output=1 + (mark >> 10) % 200)


def answer_by_path(request: Request) -> Answer:
    """Answer as the vendor whose path was called; 404 for an unknown path."""
    gemini = _GEMINI_PATH.fullmatch(request.path)
    if gemini is not None:
        return _gemini_answer(request, gemini["operation"])
    for ending, answer in _BY_ENDING.items():
        if request.path.endswith(ending):
            return _with_request_id(answer(_parsed(request), usage_of(request.body)), request)
    return _json_answer({"error": {"message": f"no {request.path} here", "type": "not_found"}}, status=404)


def paced(pause_s: float) -> Callable[[Request], Answer]:
    """Make the script that answers by path with a pause after each piece."""

    def script(request: Request) -> Answer:
        answer = answer_by_path(request)
        return replace(answer, pieces=tuple((piece, pause_s) for piece, _ in answer.pieces))

    return script


def json_bytes(value: object) -> bytes:
    """Write JSON as vendors do: compact, UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _json_answer(value: object, *, status: int = 200) -> Answer:
    return Answer(status=status, headers=_JSON_HEADERS, pieces=((json_bytes(value), 0.0),))


def _stream_answer(pieces: Iterable[bytes]) -> Answer:
    return Answer(headers=_SSE_HEADERS, pieces=tuple((piece, 0.0) for piece in pieces), framing="chunked")


def _with_request_id(answer: Answer, request: Request) -> Answer:
    return replace(answer, headers=(*answer.headers, ("x-request-id", f"vendor-{request.number}")))


def _parsed(request: Request) -> Json:
    # A request that is not a JSON object answers itself with an error at the first look-up.
    return cast("Json", json.loads(request.body))


def _event(value: object) -> bytes:
    return b"data: " + json_bytes(value) + b"\n\n"


def _named_events(events: Iterable[Json]) -> Iterable[bytes]:
    for event in events:
        yield b"event: " + str(event["type"]).encode() + b"\n" + _event(event)


def _words(usage: Usage) -> tuple[str, ...]:
    return ("Grüße", " from", " the", " script", f" {usage.output}.")


def _tool_name(body: Json) -> str | None:
    """Return the tool to call: the first declared one, unless its result is already there."""
    if "tool_result" in str(body) or "'role': 'tool'" in str(body) or "function_call_output" in str(body):
        return None
    if "functionResponse" in str(body):
        return None
    names = re.findall(r"'name': '([^']+)'", str(body.get("tools", "")))
    return names[0] if names else None


_ARGUMENTS = '{"place":"Zürich"}'


def _chat(body: Json, usage: Usage) -> Answer:
    tool = _tool_name(body)
    if body.get("stream") is True:
        return _stream_answer(_chat_chunks(body, usage, tool))
    message: Json = {"role": "assistant", "content": None if tool else "".join(_words(usage))}
    if tool is not None:
        message["tool_calls"] = [
            {"id": "call_1", "type": "function", "function": {"name": tool, "arguments": _ARGUMENTS}}
        ]
    choice: Json = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": "tool_calls" if tool else "stop",
    }
    return _json_answer(_chat_object(body, "chat.completion", [choice]) | {"usage": _chat_usage(usage)})


def _chat_object(body: Json, kind: str, choices: list[Json]) -> Json:
    return {
        "id": "chatcmpl-1",
        "object": kind,
        "created": 1_790_000_000,
        "model": body.get("model"),
        "choices": choices,
    }


def _chat_usage(usage: Usage) -> Json:
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
    }


def _chat_chunks(body: Json, usage: Usage, tool: str | None) -> Iterable[bytes]:
    options = body.get("stream_options")
    # Vendors add `"usage":null` to each chunk, and the last chunk, only when asked.
    is_asked = isinstance(options, dict) and cast("Json", options).get("include_usage") is True
    extra: Json = {"usage": None} if is_asked else {}

    def chunk(delta: Json, finish: str | None = None) -> bytes:
        choice: Json = {"index": 0, "delta": delta, "finish_reason": finish}
        return _event(_chat_object(body, "chat.completion.chunk", [choice]) | extra)

    yield chunk({"role": "assistant", "content": ""})
    if tool is None:
        yield from (chunk({"content": word}) for word in _words(usage))
    else:
        function: Json = {"name": tool, "arguments": ""}
        yield chunk({"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": function}]})
        yield chunk({"tool_calls": [{"index": 0, "function": {"arguments": _ARGUMENTS}}]})
    yield chunk({}, "tool_calls" if tool else "stop")
    if is_asked:
        yield _event(_chat_object(body, "chat.completion.chunk", []) | {"usage": _chat_usage(usage)})
    yield b"data: [DONE]\n\n"


def _embeddings(body: Json, usage: Usage) -> Answer:
    inputs = body.get("input")
    count = len(cast("list[object]", inputs)) if isinstance(inputs, list) else 1
    is_base64 = body.get("encoding_format") == "base64"
    vector = base64.b64encode(struct.pack("<4f", *_VECTOR)).decode() if is_base64 else list(_VECTOR)
    data = [{"object": "embedding", "index": index, "embedding": vector} for index in range(count)]
    tokens = {"prompt_tokens": usage.input, "total_tokens": usage.input}
    return _json_answer({"object": "list", "data": data, "model": body.get("model"), "usage": tokens})


def _responses(body: Json, usage: Usage) -> Answer:
    tool = _tool_name(body)
    item = _responses_item(usage, tool)
    done = _response_object(body, "completed", [item]) | {"usage": _responses_usage(usage)}
    if body.get("stream") is not True:
        return _json_answer(done)
    return _stream_answer(_named_events(_response_events(body, usage, item, done)))


def _responses_item(usage: Usage, tool: str | None) -> Json:
    if tool is not None:
        call: Json = {"id": "fc_1", "type": "function_call", "status": "completed", "call_id": "call_1"}
        return call | {"name": tool, "arguments": _ARGUMENTS}
    part: Json = {"type": "output_text", "text": "".join(_words(usage)), "annotations": [], "logprobs": []}
    return {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": [part]}


def _response_object(body: Json, status: str, output: list[Json]) -> Json:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_790_000_000,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": body.get("model"),
        "output": output,
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
    }


def _responses_usage(usage: Usage) -> Json:
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": 0},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.input + usage.output,
    }


def _response_events(body: Json, usage: Usage, item: Json, done: Json) -> Iterable[Json]:
    started = _response_object(body, "in_progress", [])
    place: Json = {"item_id": item["id"], "output_index": 0}
    events: list[Json] = [{"type": "response.created", "response": started}]
    if item["type"] == "function_call":
        events.append({"type": "response.output_item.added", "output_index": 0, "item": item | {"arguments": ""}})
        events.append({"type": "response.function_call_arguments.delta", "delta": _ARGUMENTS} | place)
        events.append({"type": "response.function_call_arguments.done", "arguments": _ARGUMENTS} | place)
    else:
        events.append(
            {
                "type": "response.output_item.added",
                "output_index": 0,
                "item": item | {"content": list[Json]()},
            }
        )
        place["content_index"] = 0
        empty: Json = {"type": "output_text", "text": "", "annotations": list[Json]()}
        events.append({"type": "response.content_part.added", "part": empty} | place)
        delta: Json = {"type": "response.output_text.delta", "logprobs": []}
        events.extend(delta | place | {"delta": word} for word in _words(usage))
        text = "".join(_words(usage))
        events.append(delta | place | {"type": "response.output_text.done", "text": text})
        events.append({"type": "response.content_part.done", "part": empty | {"text": text}} | place)
    events.append({"type": "response.output_item.done", "output_index": 0, "item": item})
    events.append({"type": "response.completed", "response": done})
    return [event | {"sequence_number": number} for number, event in enumerate(events)]


def _messages(body: Json, usage: Usage) -> Answer:
    tool = _tool_name(body)
    if body.get("stream") is True:
        return _stream_answer(_named_events(_message_events(body, usage, tool)))
    block: Json = {"type": "text", "text": "".join(_words(usage))}
    if tool is not None:
        block = {"type": "tool_use", "id": "toolu_1", "name": tool, "input": json.loads(_ARGUMENTS)}
    done: Json = {"content": [block], "stop_reason": "tool_use" if tool else "end_turn"}
    return _json_answer(_message_object(body, usage, usage.output) | done)


def _message_object(body: Json, usage: Usage, output_tokens: int) -> Json:
    tokens = {
        "input_tokens": usage.input - usage.cached,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": usage.cached,
        "output_tokens": output_tokens,
    }
    head: Json = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body.get("model"),
        "content": [],
    }
    return head | {"stop_reason": None, "stop_sequence": None, "usage": tokens}


def _message_events(body: Json, usage: Usage, tool: str | None) -> Iterable[Json]:
    yield {"type": "message_start", "message": _message_object(body, usage, 1)}
    if tool is None:
        yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
        yield {"type": "ping"}
        for word in _words(usage):
            yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
    else:
        block: Json = {"type": "tool_use", "id": "toolu_1", "name": tool, "input": {}}
        yield {"type": "content_block_start", "index": 0, "content_block": block}
        delta = {"type": "input_json_delta", "partial_json": _ARGUMENTS}
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    stop = {"stop_reason": "tool_use" if tool else "end_turn", "stop_sequence": None}
    yield {"type": "message_delta", "delta": stop, "usage": {"output_tokens": usage.output}}
    yield {"type": "message_stop"}


def _count_tokens(_body: Json, usage: Usage) -> Answer:
    return _json_answer({"input_tokens": usage.input})


def _gemini_answer(request: Request, operation: str) -> Answer:
    body, usage = _parsed(request), usage_of(request.body)
    match operation:
        case "generateContent":
            return _json_answer(_gemini_reply(body, usage))
        case "streamGenerateContent":
            chunks = _gemini_chunks(body, usage)
            if "alt=sse" in request.query:
                return _stream_answer(_event(chunk) for chunk in chunks)
            texts = [json_bytes(chunk) for chunk in chunks]
            pieces = tuple(((b",\r\n" if index else b"[") + text, 0.0) for index, text in enumerate(texts))
            return Answer(headers=_JSON_HEADERS, pieces=(*pieces, (b"]", 0.0)), framing="chunked")
        case "countTokens":
            return _json_answer({"totalTokens": usage.input})
        case "embedContent":
            return _json_answer({"embedding": {"values": _VECTOR}})
        case "batchEmbedContents":
            count = len(cast("list[object]", body.get("requests", [])))
            return _json_answer({"embeddings": [{"values": _VECTOR}] * count})
        case _:
            error = {"code": 404, "message": f"no {operation} here", "status": "NOT_FOUND"}
            return _json_answer({"error": error}, status=404)


def _gemini_usage(usage: Usage) -> Json:
    counts: Json = {"promptTokenCount": usage.input, "candidatesTokenCount": usage.output}
    if usage.cached:
        counts["cachedContentTokenCount"] = usage.cached
    return counts | {"totalTokenCount": usage.input + usage.output}


def _gemini_chunk(parts: list[Json], usage: Usage, finish: str | None) -> Json:
    candidate: Json = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if finish is not None:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "usageMetadata": _gemini_usage(usage), "modelVersion": "script-1"}


def _gemini_parts(body: Json, usage: Usage) -> list[Json]:
    tool = _tool_name(body)
    if tool is not None:
        return [{"functionCall": {"name": tool, "args": json.loads(_ARGUMENTS)}}]
    return [{"text": word} for word in _words(usage)]


def _gemini_reply(body: Json, usage: Usage) -> Json:
    parts = _gemini_parts(body, usage)
    whole: list[Json] = [{"text": "".join(_words(usage))}] if "text" in parts[0] else parts
    return _gemini_chunk(whole, usage, "STOP")


def _gemini_chunks(body: Json, usage: Usage) -> list[Json]:
    parts = _gemini_parts(body, usage)
    last = len(parts) - 1
    return [
        # Each chunk counts the output so far; only the last is the whole.
        _gemini_chunk(
            [part],
            usage if index == last else replace(usage, output=index + 1),
            "STOP" if index == last else None,
        )
        for index, part in enumerate(parts)
    ]


_BY_ENDING: dict[str, Callable[[Json, Usage], Answer]] = {
    "/chat/completions": _chat,
    "/responses": _responses,
    "/embeddings": _embeddings,
    "/messages/count_tokens": _count_tokens,
    "/messages": _messages,
}
