"""Requests and replies of Gemini for the tests of its dialect."""

import itertools
from typing import Any

from drawbridge.gateway.wire.canonical import Message, Request, Text
from drawbridge.gateway.wire.dialect import ReplyHead, Target, WireRequest
from drawbridge.gateway.wire.events import Event
from drawbridge.gateway.wire.gemini import GEMINI
from drawbridge.gateway.wire.profiles import UNKNOWN, Profile
from tests.parts.same_wire import Record

# Any: JSON.
Json = Any

ASKED: Json = {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}


def wire(body: Json, *, verb: str = "generateContent", sse: bool = True) -> WireRequest:
    """Return a Gemini client's request."""
    query = (("alt", "sse"),) if sse and verb == "streamGenerateContent" else ()
    return WireRequest("POST", f"/models/public:{verb}", query, body=body)


def asked(*, streamed: bool = False, sse: bool = True) -> Request:
    """Return a Gemini client's request, read."""
    return GEMINI.read_request(wire(ASKED, verb="streamGenerateContent" if streamed else "generateContent", sse=sse))


def told(messages: list[Message] | None = None, **about: Json) -> Request:
    """Return a request of a client of another dialect."""
    return Request(
        dialect="openai-chat",
        model="public",
        messages=messages or [Message(role="user", parts=[Text(text="hello")])],
        raw={},
        **about,
    )


def target(model: str = "gemini-2.5-flash", profile: Profile = UNKNOWN) -> Target:
    """Return a model of Google's."""
    return Target("google", model, profile)


def body_of(request: Request, model: str = "gemini-2.5-flash") -> Json:
    """Return what is written of a request for a model of Google's."""
    return GEMINI.write_request(request, target(model)).wire.body


def losses_of(request: Request, model: str = "gemini-2.5-flash") -> dict[str, str]:
    """Return the paths of what could not be said of a request, with the effects."""
    return {loss.path: loss.effect for loss in GEMINI.write_request(request, target(model)).losses}


def request_of(record: Record) -> Request:
    """Return the request of a recorded reply; one like it where none was recorded, or none that can be read."""
    body = record.request.body if record.request is not None and record.head.status < 400 else ASKED
    verb = record.endpoint
    return GEMINI.read_request(wire(body, verb=verb, sse=not record.reply.lstrip().startswith(b"[")))


def events_of(pieces: list[bytes], *, streamed: bool, status: int = 200, request: Request | None = None) -> list[Event]:
    """Return what a reply in these pieces tells."""
    head = ReplyHead(status, streamed=streamed, provider="google")
    reader = GEMINI.read_reply(head, request or asked(streamed=streamed))
    return [*itertools.chain.from_iterable(reader.feed(piece) for piece in pieces), *reader.close()]
