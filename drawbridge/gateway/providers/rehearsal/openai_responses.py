"""Replies of OpenAI Responses.

Sources: https://platform.openai.com/docs/api-reference/responses and .../responses-streaming, and recorded traffic,
all as of 2026-11-22.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final, Literal, cast

import msgspec
from msgspec import Meta, Struct

from drawbridge.gateway.providers.rehearsal.failures import Failure, missing
from drawbridge.gateway.providers.rehearsal.reading import compact, fit, read_json
from drawbridge.gateway.providers.rehearsal.reply import EPOCH_S, RehearsedReply, Seed, streamed, whole
from drawbridge.gateway.providers.rehearsal.script import (
    MediaKind,
    Spoken,
    Tool,
    Transcript,
    Wishes,
    perform,
    read_effects,
    split,
)

_MEDIA: Final[dict[str, MediaKind]] = {"input_image": "image", "input_file": "document", "input_audio": "audio"}
_TEXTS: Final = frozenset({"input_text", "output_text", "text"})
_ECHOED: Final = ("instructions", "max_output_tokens", "metadata", "prompt_cache_key", "safety_identifier", "user")


class _Part(Struct):
    type: str
    text: str | None = None


class _Message(Struct):
    role: Literal["user", "assistant", "system", "developer"]
    content: str | list[_Part]


class _FunctionCall(Struct):
    call_id: str
    name: str
    arguments: str


class _CallOutput(Struct):
    call_id: str
    output: str | list[_Part]


class _ToolDeclaration(Struct, omit_defaults=True):
    type: str
    name: str | None = None
    description: str | None = None
    parameters: dict[str, object] | None = None
    tools: list[dict[str, object]] | None = None
    """Of a group: what is in it."""


class _Choice(Struct):
    type: str
    name: str | None = None
    mode: Literal["auto", "required"] | None = None
    tools: list[dict[str, object]] | None = None


class _Format(Struct, omit_defaults=True):
    type: str
    schema: dict[str, object] | None = None


class _Text(Struct):
    format: _Format | None = None


class _Request(Struct):
    model: str
    input: str | list[dict[str, object]]
    instructions: str | None = None
    stream: bool | None = None
    tools: list[_ToolDeclaration] | None = None
    tool_choice: str | _Choice | None = None
    parallel_tool_calls: bool | None = None
    text: _Text | None = None
    max_output_tokens: Annotated[int, Meta(ge=16)] | None = None
    previous_response_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    model: str
    seed: Seed
    spoken: Spoken
    input_tokens: int
    asked: dict[str, object]
    """The request, for the fields that a response repeats."""


def answer(body: bytes, model: str, seed: Seed) -> RehearsedReply:
    """Return the reply to a request for a response. Raises Failure."""
    request = read_json(body, _Request)
    if request.previous_response_id is not None:
        raise _not_found(request.previous_response_id)
    heard = _hear(request)
    effects = read_effects(heard.user_text)
    spoken = perform(heard, _wishes(request))
    given = _Answer(model, seed, spoken, heard.input_tokens, read_json(body, dict[str, object]))
    return streamed(_events(given), effects) if request.stream else whole(_finished(given), effects)


def count(body: bytes) -> RehearsedReply:
    """Return the reply to a count of input tokens. Raises Failure."""
    heard = _hear(read_json(body, _Request))
    effects = read_effects(heard.user_text)
    return whole({"object": "response.input_tokens", "input_tokens": heard.input_tokens}, effects)


def compacted(body: bytes, seed: Seed) -> RehearsedReply:
    """Return the reply to a compaction: one item that stands for all that was said. Raises Failure."""
    request = read_json(body, _Request)
    if request.previous_response_id is not None:
        raise _not_found(request.previous_response_id)
    heard = _hear(request)
    given, effects = heard.input_tokens, read_effects(heard.user_text)
    item = {"id": seed.name("cmp_"), "type": "compaction", "encrypted_content": seed.name("rehearsed-")}
    usage = {
        "input_tokens": given,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 1,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": given + 1,
    }
    head = {"id": seed.name("resp_"), "object": "response.compaction", "created_at": EPOCH_S}
    return whole({**head, "output": [item], "usage": usage}, effects)


def _not_found(response_id: str) -> Failure:
    told = f"Previous response with id '{response_id}' not found."
    return Failure("not_found", told, ("previous_response_id",), status=404)


def _hear(request: _Request) -> Transcript:
    heard = Transcript(messages=1 if isinstance(request.input, str) else len(request.input))
    if request.instructions:
        heard.hear_system(request.instructions)
    if isinstance(request.input, str):
        heard.hear_user([request.input])
    else:
        for at, raw in enumerate(request.input):
            _hear_item(heard, raw, ("input", at))
    for tool in request.tools or ():
        heard.count(compact(tool))
    if request.text is not None and request.text.format is not None and request.text.format.schema is not None:
        heard.count(compact(request.text.format))
    return heard


def _hear_item(heard: Transcript, raw: dict[str, object], path: tuple[str | int, ...]) -> None:
    match raw.get("type", "message"):
        case "message":
            _hear_message(heard, fit(raw, _Message, *path))
        case "function_call":
            call = fit(raw, _FunctionCall, *path)
            heard.hear_call(call.call_id, call.name, call.arguments)
        case "function_call_output" | "custom_tool_call_output":
            result = fit(raw, _CallOutput, *path)
            heard.hear_result(result.call_id, "".join(_texts(heard, result.output)))
        case _:
            heard.count(compact(raw))


def _hear_message(heard: Transcript, message: _Message) -> None:
    texts = _texts(heard, message.content)
    match message.role:
        case "user":
            heard.hear_user(texts)
        case "assistant":
            heard.count("".join(texts))
        case "system" | "developer":
            heard.hear_system("".join(texts))


def _texts(heard: Transcript, content: str | list[_Part]) -> list[str]:
    if isinstance(content, str):
        return [content]
    for part in content:
        if part.type in _MEDIA:
            heard.see(_MEDIA[part.type])
    return [part.text for part in content if part.type in _TEXTS and part.text is not None]


def _wishes(request: _Request) -> Wishes:
    functions: list[Tool] = []
    hosted: list[str] = []
    for at, declared in enumerate(request.tools or ()):
        inner = [fit(tool, _ToolDeclaration, "tools", at, "tools") for tool in declared.tools or ()]
        for tool in inner if declared.type == "namespace" else [declared]:
            if tool.type != "function":
                hosted.append(tool.name or tool.type)
            elif tool.name is None:
                raise missing("tools", at, "name")
            else:
                namespace = declared.name if declared.type == "namespace" else None
                functions.append(Tool(tool.name, tool.parameters or {}, namespace))
    choice, allowed = _choice(request.tool_choice)
    return Wishes(
        tools=tuple(functions),
        hosted_tools=tuple(hosted),
        choice=choice,
        allowed=allowed,
        parallel=request.parallel_tool_calls is not False,
        output_schema=_output_schema(request.text),
        max_tokens=request.max_output_tokens,
    )


def _choice(wished: str | _Choice | None) -> tuple[Literal["auto", "none", "forced"], frozenset[str] | None]:
    match wished:
        case None | "auto":
            return "auto", None
        case "none":
            return "none", None
        case "required":
            return "forced", None
        case str():
            raise Failure("invalid", "supported values are 'none', 'auto' and 'required'", ("tool_choice",))
        case _Choice(type="allowed_tools"):
            names = frozenset(str(tool.get("name", tool.get("type"))) for tool in wished.tools or ())
            return ("forced" if wished.mode == "required" else "auto"), names
        case _:
            return "forced", frozenset({wished.name or wished.type})


def _output_schema(wished: _Text | None) -> dict[str, object] | None:
    if wished is None or wished.format is None or wished.format.type == "text":
        return None
    return wished.format.schema or {"type": "object", "required": ["rehearsal"]}


def _response(given: _Answer, status: str, output: list[dict[str, object]]) -> dict[str, object]:
    """Return a response object. `store` is false whatever was asked: the rehearsal keeps nothing."""
    asked = given.asked
    over = status != "in_progress"
    return {
        "id": given.seed.name("resp_", 48),
        "object": "response",
        "created_at": EPOCH_S,
        "status": status,
        "background": False,
        "completed_at": EPOCH_S if status == "completed" else None,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
        "max_tool_calls": None,
        "model": given.model,
        "output": output,
        "parallel_tool_calls": asked.get("parallel_tool_calls") is not False,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "service_tier": "default",
        "store": False,
        "temperature": asked.get("temperature", 1.0),
        "text": {"format": {"type": "text"}} | cast("dict[str, object]", asked.get("text") or {}),  # read before
        "tool_choice": asked.get("tool_choice") or "auto",
        "tools": [_declared(tool) for tool in cast("list[dict[str, object]]", asked.get("tools") or [])],  # read before
        "top_logprobs": 0,
        "top_p": asked.get("top_p", 1.0),
        "truncation": "disabled",
        "usage": _usage(given) if over else None,
        **{name: asked.get(name) for name in _ECHOED},
    }


def _declared(tool: dict[str, object]) -> dict[str, object]:
    return {"strict": True, "parameters": None, **tool} if tool.get("type") == "function" else tool


def _usage(given: _Answer) -> dict[str, object]:
    return {
        "input_tokens": given.input_tokens,
        "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": 0},
        "output_tokens": given.spoken.output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": given.input_tokens + given.spoken.output_tokens,
    }


def _finished(given: _Answer) -> dict[str, object]:
    output = [_message(given, _status(given), [_text_part(given.spoken.text)])]
    output.extend(_function_call(given, at, call.written, "completed") for at, call in enumerate(given.spoken.calls))
    return _response(given, _status(given), output)


def _status(given: _Answer) -> str:
    return "incomplete" if given.spoken.ending == "max_tokens" else "completed"


def _message(given: _Answer, status: str, content: list[dict[str, object]]) -> dict[str, object]:
    return {
        "id": given.seed.name("msg_", 48),
        "type": "message",
        "status": status,
        "content": content,
        "role": "assistant",
    }


def _text_part(text: str) -> dict[str, object]:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def _function_call(given: _Answer, at: int, arguments: str, status: str) -> dict[str, object]:
    tool = given.spoken.calls[at].tool
    item: dict[str, object] = {
        "id": given.seed.name("fc_", 48, at),
        "type": "function_call",
        "status": status,
        "arguments": arguments,
        "call_id": given.seed.name("call_", index=at),
        "name": tool.name,
    }
    return item if tool.namespace is None else item | {"namespace": tool.namespace}


def _events(given: _Answer) -> Iterator[bytes]:
    for number, (kind, fields) in enumerate(_happenings(given)):
        event = {"type": kind, **fields, "sequence_number": number}
        yield f"event: {kind}\ndata: ".encode() + msgspec.json.encode(event) + b"\n\n"


def _happenings(given: _Answer) -> Iterator[tuple[str, dict[str, object]]]:
    begun: dict[str, object] = {"response": _response(given, "in_progress", [])}
    yield "response.created", begun
    yield "response.in_progress", begun
    yield from _message_happenings(given)
    for at in range(len(given.spoken.calls)):
        yield from _call_happenings(given, at)
    yield f"response.{_status(given)}", {"response": _finished(given)}


def _message_happenings(given: _Answer) -> Iterator[tuple[str, dict[str, object]]]:
    text = given.spoken.text
    item = _message(given, _status(given), [_text_part(text)])
    place: dict[str, object] = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    yield "response.output_item.added", {"item": _message(given, "in_progress", []), "output_index": 0}
    yield "response.content_part.added", {**place, "part": _text_part("")}
    for piece in split(text):
        yield "response.output_text.delta", {**place, "delta": piece, "logprobs": []}
    yield "response.output_text.done", {**place, "text": text, "logprobs": []}
    yield "response.content_part.done", {**place, "part": _text_part(text)}
    yield "response.output_item.done", {"item": item, "output_index": 0}


def _call_happenings(given: _Answer, at: int) -> Iterator[tuple[str, dict[str, object]]]:
    index = at + 1
    written = given.spoken.calls[at].written
    item = _function_call(given, at, written, "completed")
    place: dict[str, object] = {"item_id": item["id"], "output_index": index}
    started = _function_call(given, at, "", "in_progress")
    yield "response.output_item.added", {"item": started, "output_index": index}
    for piece in split(written):
        yield "response.function_call_arguments.delta", {**place, "delta": piece}
    yield "response.function_call_arguments.done", {**place, "arguments": written}
    yield "response.output_item.done", {"item": item, "output_index": index}
