"""Replies of a Responses vendor as a test writes them, and what is read of them."""

import json
from typing import Any

from drawbridge.gateway.wire.canonical import Request
from drawbridge.gateway.wire.dialect import ReplyHead
from drawbridge.gateway.wire.events import Event, Frame
from drawbridge.gateway.wire.openai_responses import OPENAI_RESPONSES

# Any: a JSON value, as a test wrote it.
Body = dict[str, Any]

ASKED = Request(dialect="openai-chat", model="public", messages=[])


def stream(*events: Body) -> bytes:
    """Return a stream of these events."""
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)


def read(reply: bytes, request: Request = ASKED, status: int = 200) -> list[Event]:
    """Return what a reply tells, without its frames. A reply that begins with a brace is a whole one."""
    head = ReplyHead(status, streamed=not reply.startswith(b"{"), provider="vendor")
    reader = OPENAI_RESPONSES.read_reply(head, request)
    return [event for event in [*reader.feed(reply), *reader.close()] if not isinstance(event, Frame)]


def completed(*output: Body) -> Body:
    """Return the end of a stream."""
    return {"type": "response.completed", "response": {"id": "resp_1", "status": "completed", "output": list(output)}}


def added(index: int, item: Body) -> Body:
    """Return the beginning of an item."""
    return {"type": "response.output_item.added", "output_index": index, "item": item}


def done(index: int, item: Body) -> Body:
    """Return the end of an item."""
    return {"type": "response.output_item.done", "output_index": index, "item": item}


def call(number: int, arguments: str = "") -> Body:
    """Return a call."""
    return {
        "type": "function_call",
        "id": f"fc_{number}",
        "call_id": f"call_{number}",
        "name": "look",
        "arguments": arguments,
    }
