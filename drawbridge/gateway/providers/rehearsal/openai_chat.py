"""Replies of OpenAI Chat Completions.

Sources: https://platform.openai.com/docs/api-reference/chat and recorded traffic, both as of 2026-11-22.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from drawbridge.gateway.providers.rehearsal.failures import Failure, missing
from drawbridge.gateway.providers.rehearsal.reading import compact, fit, read_json
from drawbridge.gateway.providers.rehearsal.reply import EPOCH_S, RehearsedReply, Seed, streamed, whole
from drawbridge.gateway.providers.rehearsal.script import (
    TOKENS_PER_MEDIUM,
    Ending,
    MediaKind,
    Spoken,
    Tool,
    Transcript,
    Wishes,
    perform,
    read_effects,
    split,
)

_FINISH: Final[dict[Ending, str]] = {
    "complete": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "calls": "tool_calls",
}
_MEDIA: Final[dict[str, MediaKind]] = {"image_url": "image", "input_audio": "audio", "file": "document"}


class _Part(Struct):
    type: str
    text: str | None = None


class _Function(Struct):
    name: str
    arguments: str


class _ToolCall(Struct):
    id: str
    function: _Function | None = None


class _Message(Struct):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[_Part] | None = None
    tool_calls: list[_ToolCall] | None = None
    tool_call_id: str | None = None
    name: str | None = None


class _Declared(Struct, omit_defaults=True):
    name: str
    description: str | None = None
    parameters: dict[str, object] | None = None


class _ToolDeclaration(Struct, omit_defaults=True):
    type: str = "function"
    function: _Declared | None = None
    custom: _Declared | None = None


class _JsonSchema(Struct):
    schema: dict[str, object] | None = None


class _Format(Struct):
    type: str
    json_schema: _JsonSchema | None = None


class _StreamOptions(Struct):
    include_usage: bool | None = None


class _Request(Struct):
    model: str
    messages: list[_Message]
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    tools: list[_ToolDeclaration] | None = None
    tool_choice: str | dict[str, object] | None = None
    parallel_tool_calls: bool | None = None
    response_format: _Format | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Meta(ge=1)] | None = None
    stop: str | list[str] | None = None
    n: Annotated[int, Meta(ge=1, le=128)] | None = None


class _Named(Struct):
    name: str


class _AllowedTool(Struct):
    function: _Named | None = None


class _Allowed(Struct):
    mode: Literal["auto", "required"]
    tools: list[_AllowedTool]


class _Choice(Struct):
    type: str
    function: _Named | None = None
    custom: _Named | None = None
    allowed_tools: _Allowed | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    model: str
    seed: Seed
    spoken: Spoken
    usage: dict[str, object]
    choices: int


def answer(body: bytes, model: str, seed: Seed) -> RehearsedReply:
    """Return the reply to a chat completion. Raises Failure."""
    request = read_json(body, _Request)
    heard = _hear(request)
    wishes = _wishes(request)
    effects = read_effects(heard.user_text)
    spoken = perform(heard, wishes)
    choices = request.n or 1
    given = _Answer(model, seed, spoken, _usage(heard, spoken.output_tokens * choices), choices)
    if not request.stream:
        return whole(_completion(given), effects)
    with_usage = request.stream_options is not None and bool(request.stream_options.include_usage)
    return streamed(_events(given, with_usage=with_usage), effects)


def _hear(request: _Request) -> Transcript:
    if not request.messages:
        raise Failure("empty", "at least one message is required", ("messages",))
    if request.stream_options is not None and not request.stream:
        told = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise Failure("refused", told, ("stream_options",))
    heard = Transcript(messages=len(request.messages))
    for at, message in enumerate(request.messages):
        _hear_message(heard, message, at)
    for tool in request.tools or ():
        heard.count(compact(tool))
    if request.response_format is not None and request.response_format.json_schema is not None:
        heard.count(compact(request.response_format.json_schema))
    return heard


def _hear_message(heard: Transcript, message: _Message, at: int) -> None:
    texts = _texts(heard, message, at)
    match message.role:
        case "system" | "developer":
            heard.hear_system("".join(texts))
        case "user":
            heard.hear_user(texts)
        case "assistant":
            heard.count("".join(texts))
            for call in message.tool_calls or ():
                if call.function is not None:
                    heard.hear_call(call.id, call.function.name, call.function.arguments)
        case "tool":
            if message.tool_call_id is None:
                raise missing("messages", at, "tool_call_id")
            heard.hear_result(message.tool_call_id, "".join(texts))
        case "function":
            heard.hear_result(message.name or "function", "".join(texts))


def _texts(heard: Transcript, message: _Message, at: int) -> list[str]:
    if message.content is None:
        if message.role in ("system", "developer", "user", "tool"):
            raise Failure("invalid", "expected a string or an array, got null", ("messages", at, "content"))
        return []
    if isinstance(message.content, str):
        return [message.content]
    texts: list[str] = []
    for position, part in enumerate(message.content):
        if part.type in _MEDIA:
            heard.see(_MEDIA[part.type])
        elif part.type == "text":
            if part.text is None:
                raise missing("messages", at, "content", position, "text")
            texts.append(part.text)
    return texts


def _wishes(request: _Request) -> Wishes:
    declared = request.tools or []
    choice, allowed = _choice(request.tool_choice)
    return Wishes(
        tools=tuple(Tool(it.function.name, it.function.parameters or {}) for it in declared if it.function is not None),
        hosted_tools=tuple(it.custom.name if it.custom else it.type for it in declared if it.function is None),
        choice=choice,
        allowed=allowed,
        parallel=request.parallel_tool_calls is not False,
        output_schema=_output_schema(request.response_format),
        max_tokens=request.max_completion_tokens or request.max_tokens,
        stop=(request.stop,) if isinstance(request.stop, str) else tuple(request.stop or ()),
    )


def _choice(
    wished: str | dict[str, object] | None,
) -> tuple[Literal["auto", "none", "forced"], frozenset[str] | None]:
    match wished:
        case None | "auto":
            return "auto", None
        case "none":
            return "none", None
        case "required":
            return "forced", None
        case str():
            raise Failure("invalid", "supported values are 'none', 'auto' and 'required'", ("tool_choice",))
        case _:
            chosen = fit(wished, _Choice, "tool_choice")
    if chosen.allowed_tools is not None:
        mode = "forced" if chosen.allowed_tools.mode == "required" else "auto"
        return mode, frozenset(it.function.name for it in chosen.allowed_tools.tools if it.function is not None)
    named = chosen.function or chosen.custom
    if named is None:
        raise missing("tool_choice", "function")
    return "forced", frozenset({named.name})


def _output_schema(wished: _Format | None) -> dict[str, object] | None:
    if wished is None or wished.type == "text":
        return None
    if wished.json_schema is not None and wished.json_schema.schema is not None:
        return wished.json_schema.schema
    return {"type": "object", "required": ["rehearsal"]}


def _usage(heard: Transcript, output_tokens: int) -> dict[str, object]:
    audio_tokens = heard.media["audio"] * TOKENS_PER_MEDIUM
    return {
        "prompt_tokens": heard.input_tokens,
        "completion_tokens": output_tokens,
        "total_tokens": heard.input_tokens + output_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": audio_tokens},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _completion(given: _Answer) -> dict[str, object]:
    finish = _FINISH[given.spoken.ending]
    choices = [
        {"index": index, "message": _message(given, index), "logprobs": None, "finish_reason": finish}
        for index in range(given.choices)
    ]
    return _envelope(given, "chat.completion", choices) | {"usage": given.usage}


def _message(given: _Answer, index: int) -> dict[str, object]:
    message: dict[str, object] = {"role": "assistant", "content": given.spoken.text, "refusal": None}
    if given.spoken.calls:
        message["tool_calls"] = [_call(given, index, at, written=True) for at in range(len(given.spoken.calls))]
    message["annotations"] = list[object]()
    return message


def _call(given: _Answer, index: int, at: int, *, written: bool) -> dict[str, object]:
    call = given.spoken.calls[at]
    return {
        "id": given.seed.name("call_", index=index * len(given.spoken.calls) + at),
        "type": "function",
        "function": {"name": call.tool.name, "arguments": call.written if written else ""},
    }


def _envelope(given: _Answer, kind: str, choices: object) -> dict[str, object]:
    return {
        "id": given.seed.name("chatcmpl-"),
        "object": kind,
        "created": EPOCH_S,
        "model": given.model,
        "choices": choices,
        "service_tier": "default",
        "system_fingerprint": "fp_rehearsal",
    }


def _events(given: _Answer, *, with_usage: bool) -> Iterator[bytes]:
    for index in range(given.choices):
        for delta, finish in _deltas(given, index):
            choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
            chunk = _envelope(given, "chat.completion.chunk", [choice])
            yield _event(chunk | {"usage": None} if with_usage else chunk)
    if with_usage:
        yield _event(_envelope(given, "chat.completion.chunk", []) | {"usage": given.usage})
    yield b"data: [DONE]\n\n"


def _deltas(given: _Answer, index: int) -> Iterator[tuple[dict[str, object], str | None]]:
    yield {"role": "assistant", "content": "", "refusal": None}, None
    for piece in split(given.spoken.text):
        yield {"content": piece}, None
    for at, call in enumerate(given.spoken.calls):
        yield {"tool_calls": [{"index": at, **_call(given, index, at, written=False)}]}, None
        for piece in split(call.written):
            yield {"tool_calls": [{"index": at, "function": {"arguments": piece}}]}, None
    yield {}, _FINISH[given.spoken.ending]


def _event(chunk: object) -> bytes:
    return b"data: " + msgspec.json.encode(chunk) + b"\n\n"
