"""Requests and replies that the tests of this dialect share."""

import json
from typing import Any

from drawbridge.gateway.wire.canonical import Message, Part, Request, Role, Setting, SettingName, Text, Tool
from drawbridge.gateway.wire.dialect import ReplyHead, Target, WireRequest
from drawbridge.gateway.wire.events import Event
from drawbridge.gateway.wire.openai_chat import OPENAI_CHAT
from drawbridge.gateway.wire.profiles import UNKNOWN, Profile

# Any: what JSON can hold.
Json = Any

READ_FROM = "anthropic-messages"


def says(*parts: Part, role: Role = "user") -> Message:
    """Return a message."""
    return Message(role=role, parts=list(parts))


def foreign(*messages: Message, tools: list[Tool] | None = None, streamed: bool = False, **settings: Json) -> Request:
    """Return a request as another dialect's reader gives it: every setting with its path."""
    named: dict[SettingName, Setting] = {
        name: Setting(at=name, raw=value, value=value)  # pyright: ignore[reportAssignmentType]
        for name, value in settings.items()
    }
    listed = list(messages) or [says(Text(text="Hello"))]
    return Request(
        dialect=READ_FROM, model="public", messages=listed, tools=tools or [], settings=named, streamed=streamed
    )


def written(request: Request, profile: Profile = UNKNOWN, provider: str = "vendor") -> tuple[Json, dict[str, str]]:
    """Write a request; return its body as JSON, and the effects of its losses by path."""
    result = OPENAI_CHAT.write_request(request, Target(provider, "upstream", profile))
    return json.loads(json.dumps(result.wire.body)), {loss.path: loss.effect for loss in result.losses}


def read(**body: Json) -> Request:
    """Read a request with these members."""
    whole = {"model": "public", "messages": [{"role": "user", "content": "Hello"}], **body}
    return OPENAI_CHAT.read_request(WireRequest("POST", "/chat/completions", body=whole))


def chunk(*, index: int = 0, finish: str | None = None, **delta: Json) -> Json:
    """Return a chunk of a stream."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "upstream",
        "choices": [{"index": index, "delta": delta, "finish_reason": finish}],
    }


def call(number: int | None = None, **members: Json) -> Json:
    """Return a piece of a tool call."""
    return members if number is None else {"index": number, **members}


def stream(*chunks: Json, done: bool = True) -> bytes:
    """Return chunks as the bytes of a stream."""
    events = [f"data: {json.dumps(one)}\n\n" for one in chunks]
    return "".join([*events, "data: [DONE]\n\n"] if done else events).encode()


def events_of(
    reply: bytes, request: Request | None = None, *, status: int = 200, streamed: bool = True, provider: str = "vendor"
) -> list[Event]:
    """Read a reply, to a request of another dialect unless one is given."""
    head = ReplyHead(status, streamed=streamed, provider=provider)
    reader = OPENAI_CHAT.read_reply(head, request or foreign(streamed=streamed))
    return [*reader.feed(reply), *reader.close()]
