"""What a scripted model says, written in each dialect, plain or as a stream."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.parts.answers import Json, json_bytes
from tests.parts.strict.checks import ISSUED, members
from tests.parts.wire import Answer

_JSON_HEADERS = (("content-type", "application/json"),)
_SSE_HEADERS = (("content-type", "text/event-stream; charset=utf-8"),)
_CREATED = 1_790_000_000
_EMPTY_MESSAGE: Json = {"content": [], "status": "in_progress"}
_NO_INPUT: Json = {"input": {}}
_NO_CONTENT: Json = {"content": [], "stop_reason": None, "stop_sequence": None}


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call. `id` has no prefix of a dialect."""

    id: str
    name: str
    arguments: Json


@dataclass(frozen=True, slots=True)
class Reply:
    """A text, tools to call, or the one and then the others."""

    text: str = ""
    calls: tuple[Call, ...] = ()


def json_answer(value: object, status: int = 200) -> Answer:
    """Answer with one JSON document."""
    return Answer(status=status, headers=_JSON_HEADERS, pieces=((json_bytes(value), 0.0),))


def _stream(events: Iterable[bytes]) -> Answer:
    return Answer(headers=_SSE_HEADERS, pieces=tuple((event, 0.0) for event in events), framing="chunked")


def _data(value: object) -> bytes:
    return b"data: " + json_bytes(value) + b"\n\n"


def _named(events: Iterable[Json]) -> Iterator[bytes]:
    for event in events:
        yield b"event: " + str(event["type"]).encode() + b"\n" + _data(event)


def _arguments(call: Call) -> str:
    return json.dumps(call.arguments)


def _halves(text: str) -> tuple[str, str]:
    middle = len(text) // 2
    return text[:middle], text[middle:]


def say_in_chat(body: Json, reply: Reply) -> Answer:
    """Answer a chat completion."""
    usage: Json = {"prompt_tokens": 40, "completion_tokens": 8, "total_tokens": 48}
    head: Json = {"id": "chatcmpl-1", "created": _CREATED, "model": body["model"]}
    if body.get("stream") is True:
        return _stream(_chat_chunks(head | {"object": "chat.completion.chunk"}, reply, usage))
    message: Json = {"role": "assistant", "content": reply.text or None, "refusal": None}
    if reply.calls:
        message["tool_calls"] = [_chat_call(call, _arguments(call)) for call in reply.calls]
    choice: Json = {"index": 0, "message": message, "logprobs": None, "finish_reason": _chat_finish(reply)}
    return json_answer(head | {"object": "chat.completion", "choices": [choice], "usage": usage})


def _chat_call(call: Call, arguments: str) -> Json:
    return {"id": f"call_{call.id}", "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _chat_finish(reply: Reply) -> str:
    return "tool_calls" if reply.calls else "stop"


def _chat_chunks(head: Json, reply: Reply, usage: Json) -> Iterator[bytes]:
    def chunk(delta: Json, finish: str | None = None) -> bytes:
        return _data(head | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    yield chunk({"role": "assistant", "content": ""})
    for half in _halves(reply.text) if reply.text else ():
        yield chunk({"content": half})
    for index, call in enumerate(reply.calls):
        yield chunk({"tool_calls": [{"index": index, **_chat_call(call, "")}]})
        for half in _halves(_arguments(call)):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": half}}]})
    yield chunk({}, _chat_finish(reply))
    none: list[Json] = []
    yield _data(head | {"choices": none, "usage": usage})
    yield b"data: [DONE]\n\n"


def say_in_responses(body: Json, reply: Reply) -> Answer:
    """Answer a response. Tool calls come after a reasoning item."""
    items = [_reasoning_item(call) for call in reply.calls[:1]]
    items += [_message_item(reply.text)] if reply.text else []
    items += [_call_item(call) for call in reply.calls]
    done = _response(body, "completed", items)
    if body.get("stream") is not True:
        return json_answer(done)
    events: list[Json] = [{"type": "response.created", "response": _response(body, "in_progress", [])}]
    for index, item in enumerate(items):
        events += _item_events(index, item)
    events.append({"type": "response.completed", "response": done})
    return _stream(_named(_numbered(events)))


def _numbered(events: Iterable[Json]) -> Iterator[Json]:
    for number, event in enumerate(events):
        yield {**event, "sequence_number": number}


def _response(body: Json, status: str, output: list[Json]) -> Json:
    counts: Json = {"input_tokens": 40, "output_tokens": 8, "total_tokens": 48}
    details: Json = {
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 4},
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": _CREATED,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": body["model"],
        "output": output,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": counts | details if status == "completed" else None,
    }


def _message_item(text: str) -> Json:
    part: Json = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": [part]}


def _reasoning_item(call: Call) -> Json:
    return {"id": f"rs_{call.id}", "type": "reasoning", "summary": [], "encrypted_content": f"{ISSUED}{call.id}"}


def _call_item(call: Call) -> Json:
    ids: Json = {"id": f"fc_{call.id}", "type": "function_call", "call_id": f"call_{call.id}", "status": "completed"}
    return ids | {"name": call.name, "arguments": _arguments(call)}


def _item_events(index: int, item: Json) -> Iterator[Json]:
    place: Json = {"item_id": item["id"], "output_index": index}
    match item["type"]:
        case "message":
            yield _item_event("added", index, item | _EMPTY_MESSAGE)
            yield from _text_events(place | {"content_index": 0}, item)
        case "function_call":
            yield _item_event("added", index, item | {"arguments": "", "status": "in_progress"})
            arguments = str(item["arguments"])
            for half in _halves(arguments):
                yield {"type": "response.function_call_arguments.delta", "delta": half} | place
            done: Json = {"type": "response.function_call_arguments.done", "name": item["name"]}
            yield done | {"arguments": arguments} | place
        case _:
            yield _item_event("added", index, item)
    yield _item_event("done", index, item)


def _item_event(what: str, index: int, item: Json) -> Json:
    return {"type": f"response.output_item.{what}", "output_index": index, "item": item}


def _text_events(place: Json, item: Json) -> Iterator[Json]:
    [part] = members(item["content"])
    text = str(part["text"])
    yield {"type": "response.content_part.added", "part": part | {"text": ""}} | place
    for half in _halves(text):
        yield {"type": "response.output_text.delta", "delta": half, "logprobs": []} | place
    yield {"type": "response.output_text.done", "text": text, "logprobs": []} | place
    yield {"type": "response.content_part.done", "part": part} | place


def say_in_messages(body: Json, reply: Reply) -> Answer:
    """Answer an Anthropic message. Tool calls come after a thinking block where thinking is on."""
    blocks = list(_blocks(body, reply))
    stop = "tool_use" if reply.calls else "end_turn"
    counts: Json = {"input_tokens": 40, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    head: Json = {"id": "msg_1", "type": "message", "role": "assistant", "model": body["model"]}
    if body.get("stream") is True:
        start = head | _NO_CONTENT
        return _stream(_named(_message_events(start | {"usage": counts | {"output_tokens": 1}}, blocks, stop)))
    end: Json = {"content": blocks, "stop_reason": stop, "stop_sequence": None}
    return json_answer(head | end | {"usage": counts | {"output_tokens": 8}})


def _blocks(body: Json, reply: Reply) -> Iterator[Json]:
    thinking = body.get("thinking")
    if reply.calls and isinstance(thinking, dict) and thinking != {"type": "disabled"}:
        yield {"type": "thinking", "thinking": "I shall call it.", "signature": f"{ISSUED}{reply.calls[0].id}"}
    if reply.text:
        yield {"type": "text", "text": reply.text}
    for call in reply.calls:
        yield {"type": "tool_use", "id": f"toolu_{call.id}", "name": call.name, "input": call.arguments}


def _message_events(start: Json, blocks: list[Json], stop: str) -> Iterator[Json]:
    yield {"type": "message_start", "message": start}
    for index, block in enumerate(blocks):
        empty, deltas = _pieces_of(block)
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    delta: Json = {"stop_reason": stop, "stop_sequence": None}
    yield {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 8}}
    yield {"type": "message_stop"}


def _pieces_of(block: Json) -> tuple[Json, list[Json]]:
    """Return a block as a stream begins it, and what the stream adds."""
    match block["type"]:
        case "thinking":
            texts: list[Json] = [
                {"type": "thinking_delta", "thinking": half} for half in _halves(str(block["thinking"]))
            ]
            signature: Json = {"type": "signature_delta", "signature": block["signature"]}
            return block | {"thinking": "", "signature": ""}, [*texts, signature]
        case "tool_use":
            halves = _halves(json.dumps(block["input"]))
            return block | _NO_INPUT, [{"type": "input_json_delta", "partial_json": half} for half in halves]
        case _:
            return block | {"text": ""}, [{"type": "text_delta", "text": half} for half in _halves(str(block["text"]))]


def say_in_gemini(reply: Reply, *, is_streamed: bool) -> Answer:
    """Answer as Gemini. The first of parallel tool calls has a thought signature, and none has an id."""
    parts: list[Json] = [{"text": half} for half in (_halves(reply.text) if reply.text else ())]
    for index, call in enumerate(reply.calls):
        part: Json = {"functionCall": {"name": call.name, "args": call.arguments}}
        parts.append(part if index else part | {"thoughtSignature": f"{ISSUED}{call.id}"})
    if not is_streamed:
        return json_answer(_gemini_chunk(parts, "STOP"))
    last = len(parts) - 1
    return _stream(_data(_gemini_chunk([part], "STOP" if n == last else None)) for n, part in enumerate(parts))


def _gemini_chunk(parts: list[Json], finish: str | None) -> Json:
    candidate: Json = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if finish is not None:
        candidate["finishReason"] = finish
    counts: Json = {"promptTokenCount": 40, "candidatesTokenCount": 8, "totalTokenCount": 48}
    return {"candidates": [candidate], "usageMetadata": counts, "modelVersion": "script-1"}
