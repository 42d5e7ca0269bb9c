"""A chat stream as its vendor sends it when asked for usage, and when not asked.

Written down once for tests, apart from how the gateway does it.
"""

import json
import re
from typing import Any, cast

from tests.parts.spelling import members

_EVENT_END = re.compile(r"(?<=\n\n)|(?<=\r\n\r\n)")
_DATA = re.compile(r"^data: ?(\{.*\})\r?$", re.MULTILINE)
_ADDED = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


def is_asked(body: dict[str, Any]) -> bool:
    """Tell whether a request asks for usage in its stream."""
    options = body.get("stream_options")
    return isinstance(options, dict) and cast("dict[str, Any]", options).get("include_usage") is True


def without_usage(stream: str) -> str:
    """Return the stream that the vendor sends when it is not asked."""
    return "".join(_event_without_usage(event) for event in _EVENT_END.split(stream))


def with_usage(stream: str) -> str:
    """Return the stream that the vendor sends when it is asked: as it is, where it has usage already."""
    events = _EVENT_END.split(stream)
    chunks = [chunk for event in events if (chunk := _chunk(event)) is not None]
    if any(chunk.get("usage") is not None for chunk in chunks):
        return stream
    counted = [_event_with_null(event) for event in events]
    first = next((chunk for chunk in chunks if chunk.get("choices")), None)
    if first is None:
        return stream
    last = {name: first[name] for name in ("id", "object", "created", "model") if name in first}
    usage_event = "data: " + json.dumps({**last, "choices": [], "usage": _ADDED}, separators=(",", ":")) + "\n\n"
    done = next((at for at, event in enumerate(events) if event.startswith("data: [DONE]")), len(counted))
    return "".join([*counted[:done], usage_event, *counted[done:]])


def _chunk(event: str) -> dict[str, Any] | None:
    found = _DATA.search(event)
    return None if found is None else json.loads(found[1])


def _event_without_usage(event: str) -> str:
    found, chunk = _DATA.search(event), _chunk(event)
    if found is None or chunk is None or "usage" not in chunk:
        return event
    if chunk["usage"] is not None and not chunk.get("choices"):
        return ""
    member = members(found[1])["usage"]
    return event[: found.start(1)] + member.without(found[1])[0] + event[found.end(1) :]


def _event_with_null(event: str) -> str:
    found, chunk = _DATA.search(event), _chunk(event)
    if found is None or chunk is None or "choices" not in chunk or "usage" in chunk:
        return event
    end = found.end(1) - 1
    return event[:end] + ',"usage":null' + event[end:]
