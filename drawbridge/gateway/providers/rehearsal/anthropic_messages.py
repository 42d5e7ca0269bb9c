"""Replies of Anthropic Messages and of its token count.

Sources: https://docs.claude.com/en/api/messages, https://docs.claude.com/en/docs/build-with-claude/streaming and
recorded traffic, all as of 2026-11-22.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from drawbridge.gateway.providers.rehearsal.failures import Failure, missing
from drawbridge.gateway.providers.rehearsal.reading import compact, fit, read_json
from drawbridge.gateway.providers.rehearsal.reply import RehearsedReply, Seed, streamed, whole
from drawbridge.gateway.providers.rehearsal.script import (
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

_STOP: Final[dict[Ending, str]] = {
    "complete": "end_turn",
    "stop_sequence": "stop_sequence",
    "max_tokens": "max_tokens",
    "calls": "tool_use",
}
_MEDIA: Final[dict[str, MediaKind]] = {"image": "image", "document": "document"}


class _Block(Struct):
    type: str
    text: str | None = None
    id: str | None = None
    name: str | None = None
    input: dict[str, object] | None = None
    tool_use_id: str | None = None
    content: object = None


class _Message(Struct):
    role: Literal["user", "assistant", "system"]
    content: str | list[_Block]


class _Declared(Struct, omit_defaults=True):
    name: str
    type: str | None = None
    description: str | None = None
    input_schema: dict[str, object] | None = None


class _Choice(Struct):
    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class _Format(Struct, omit_defaults=True):
    schema: dict[str, object] | None = None


class _OutputConfig(Struct, omit_defaults=True):
    format: _Format | None = None


class _Prompt(Struct, kw_only=True):
    model: str
    messages: list[_Message]
    system: str | list[_Block] | None = None
    tools: list[_Declared] | None = None
    tool_choice: _Choice | None = None
    output_config: _OutputConfig | None = None


class _Request(_Prompt, kw_only=True):
    max_tokens: Annotated[int, Meta(ge=1)]
    stream: bool | None = None
    stop_sequences: list[str] | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    model: str
    seed: Seed
    spoken: Spoken
    input_tokens: int


def answer(body: bytes, model: str, seed: Seed) -> RehearsedReply:
    """Return the reply to a message. Raises Failure."""
    request = read_json(body, _Request)
    heard = _hear(request)
    effects = read_effects(heard.user_text)
    spoken = perform(heard, _wishes(request))
    given = _Answer(model, seed, spoken, heard.input_tokens)
    return streamed(_events(given), effects) if request.stream else whole(_message(given), effects)


def count(body: bytes) -> RehearsedReply:
    """Return how many input tokens a message would have, by the rule that its reply uses too. Raises Failure."""
    heard = _hear(read_json(body, _Prompt))
    effects = read_effects(heard.user_text)
    return whole({"input_tokens": heard.input_tokens}, effects)


def _hear(request: _Prompt) -> Transcript:
    if not request.messages:
        raise Failure("empty", "at least one message is required", ("messages",))
    heard = Transcript(messages=len(request.messages))
    if request.system:
        blocks = [request.system] if isinstance(request.system, str) else _texts(request.system, ("system",))
        heard.hear_system("".join(blocks))
    for at, message in enumerate(request.messages):
        _hear_message(heard, message, at)
    for tool in request.tools or ():
        heard.count(compact(tool))
    if request.output_config is not None:
        heard.count(compact(request.output_config))
    return heard


def _hear_message(heard: Transcript, message: _Message, at: int) -> None:
    blocks = [_Block("text", message.content)] if isinstance(message.content, str) else message.content
    texts = _texts(blocks, ("messages", at, "content"))
    results = [(place, block) for place, block in enumerate(blocks) if block.type == "tool_result"]
    _see(heard, blocks)
    match message.role:
        case "system":
            heard.hear_system("".join(texts))
        case "assistant":
            heard.count("".join(texts))
            for block in blocks:
                if block.type == "tool_use":
                    heard.hear_call(block.id or "", block.name or "", compact(block.input or {}))
        case "user" if not results:
            heard.hear_user(texts)
        case "user":
            # Coding agents send reminders beside results: the results are what to answer.
            heard.count("".join(texts))
    for place, block in results:
        _hear_result(heard, block, ("messages", at, "content", place))


def _hear_result(heard: Transcript, block: _Block, path: tuple[str | int, ...]) -> None:
    if block.tool_use_id is None:
        raise missing(*path, "tool_result", "tool_use_id")
    if block.content is None or isinstance(block.content, str):
        heard.hear_result(block.tool_use_id, block.content or "")
        return
    inner = fit(block.content, list[_Block], *path, "content")
    _see(heard, inner)
    heard.hear_result(block.tool_use_id, "".join(_texts(inner, (*path, "content"))))


def _texts(blocks: list[_Block], path: tuple[str | int, ...]) -> list[str]:
    texts: list[str] = []
    for at, block in enumerate(blocks):
        if block.type == "text":
            if block.text is None:
                raise missing(*path, at, "text", "text")
            texts.append(block.text)
    return texts


def _see(heard: Transcript, blocks: list[_Block]) -> None:
    for block in blocks:
        if block.type in _MEDIA:
            heard.see(_MEDIA[block.type])


def _wishes(request: _Request) -> Wishes:
    declared = request.tools or []
    choice = request.tool_choice or _Choice("auto")
    if choice.type == "tool" and choice.name is None:
        raise missing("tool_choice", "tool", "name")
    config = request.output_config
    return Wishes(
        tools=tuple(Tool(it.name, it.input_schema) for it in declared if it.input_schema is not None),
        hosted_tools=tuple(it.name for it in declared if it.input_schema is None),
        choice="forced" if choice.type in ("any", "tool") else "none" if choice.type == "none" else "auto",
        allowed=frozenset({choice.name}) if choice.type == "tool" and choice.name else None,
        parallel=not choice.disable_parallel_tool_use,
        output_schema=config.format.schema if config is not None and config.format is not None else None,
        max_tokens=request.max_tokens,
        stop=tuple(request.stop_sequences or ()),
    )


def _usage(given: _Answer, output_tokens: int) -> dict[str, object]:
    return {
        "input_tokens": given.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": output_tokens,
        "service_tier": "standard",
    }


def _message(given: _Answer) -> dict[str, object]:
    content: list[object] = []
    if given.spoken.text:
        content.append({"type": "text", "text": given.spoken.text})
    content.extend(_tool_use(given, at) | {"input": dict(call.arguments)} for at, call in enumerate(given.spoken.calls))
    return _envelope(given) | {
        "content": content,
        "stop_reason": _STOP[given.spoken.ending],
        "stop_sequence": given.spoken.stop_sequence,
        "usage": _usage(given, given.spoken.output_tokens),
    }


def _envelope(given: _Answer) -> dict[str, object]:
    return {
        "model": given.model,
        "id": given.seed.name("msg_"),
        "type": "message",
        "role": "assistant",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
    }


def _tool_use(given: _Answer, at: int) -> dict[str, object]:
    return {
        "type": "tool_use",
        "id": given.seed.name("toolu_", index=at),
        "name": given.spoken.calls[at].tool.name,
        "input": {},
        "caller": {"type": "direct"},
    }


def _events(given: _Answer) -> Iterator[bytes]:
    started = _envelope(given) | {"usage": _usage(given, min(1, given.spoken.output_tokens))}
    yield _event("message_start", message=started)
    for index, (block, kind, deltas) in enumerate(_blocks(given)):
        yield _event("content_block_start", index=index, content_block=block)
        if index == 0:
            yield _event("ping")
        for delta in deltas:
            written = {"type": f"{kind}_delta", "text" if kind == "text" else "partial_json": delta}
            yield _event("content_block_delta", index=index, delta=written)
        yield _event("content_block_stop", index=index)
    ended = {
        "stop_reason": _STOP[given.spoken.ending],
        "stop_sequence": given.spoken.stop_sequence,
        "stop_details": None,
    }
    usage = {
        "input_tokens": given.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": given.spoken.output_tokens,
    }
    yield _event("message_delta", delta=ended, usage=usage)
    yield _event("message_stop")


def _blocks(given: _Answer) -> Iterator[tuple[dict[str, object], Literal["text", "input_json"], list[str]]]:
    if given.spoken.text:
        yield {"type": "text", "text": ""}, "text", split(given.spoken.text)
    for at, call in enumerate(given.spoken.calls):
        yield _tool_use(given, at), "input_json", ["", *split(call.written)]


def _event(kind: str, **fields: object) -> bytes:
    return f"event: {kind}\ndata: ".encode() + msgspec.json.encode({"type": kind, **fields}) + b"\n\n"
