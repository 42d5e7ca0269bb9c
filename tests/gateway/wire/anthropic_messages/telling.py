"""Replies as another dialect has read them, told to a caller of Anthropic messages and to the official SDK."""

import anthropic
import httpx2
from anthropic.types import Message as SdkMessage

from drawbridge.gateway.wire.anthropic_messages import ANTHROPIC_MESSAGES
from drawbridge.gateway.wire.canonical import Part, Request
from drawbridge.gateway.wire.dialect import ReplyWriter
from drawbridge.gateway.wire.events import Began, Closed, Counted, Ended, Event, PartBegan, PartEnded, StopReason, Usage


def asked(*, streamed: bool) -> Request:
    """Return a request of a caller of messages."""
    return Request(dialect="anthropic-messages", model="public", messages=[], streamed=streamed)


def reply(*events: Event, reason: StopReason = "end") -> list[Event]:
    """Return a whole reply around the events of its parts."""
    usage = Usage(input=12, cached=5, cache_written=3, output=9, reasoning=4)
    return [Began(id="chatcmpl-1", model="upstream"), *events, Ended(reason=reason), Counted(usage=usage), Closed()]


def whole(index: int, part: Part) -> list[Event]:
    """Return the events of a part that comes at once."""
    return [PartBegan(index=index, part=part), PartEnded(index=index)]


def told(events: list[Event], *, streamed: bool) -> tuple[ReplyWriter, bytes]:
    """Return the writer of a reply and all that it has written, one event at a time."""
    writer = ANTHROPIC_MESSAGES.write_reply(asked(streamed=streamed))
    body = b"".join([writer.feed([event]) for event in events])
    return writer, body + writer.close()


def understood(events: list[Event], *, streamed: bool) -> SdkMessage:
    """Return what the official SDK understands of a reply. Raises its errors."""
    writer, body = told(events, streamed=streamed)

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(writer.status, headers={"content-type": writer.content_type}, content=body)

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    with anthropic.Anthropic(api_key="none", base_url="http://vendor", max_retries=0, http_client=http) as client:
        if not streamed:
            return client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": "u"}])
        asking = client.messages.stream(model="m", max_tokens=9, messages=[{"role": "user", "content": "u"}])
        with asking as stream:
            return stream.get_final_message()
