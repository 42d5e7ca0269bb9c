"""Usage that only the gateway asked for: asked of the vendor, and taken out of the stream again.

A chat completion's stream counts its tokens only where `stream_options.include_usage` is set. Then every chunk has
a member `usage` that is null, and one more chunk before `[DONE]`, without choices, has the count (OpenAI API
reference, Chat, 2026-11). Some vendors put the count beside the last choices instead.
"""

import re
from typing import Final

import msgspec

from drawbridge.core.sse import Event
from drawbridge.gateway.bodies import Edit, TopLevel, scan, splice
from drawbridge.gateway.errors import MalformedBody
from drawbridge.gateway.wire.whole_events import WholeEvents

_OPTIONS: Final = "stream_options"
_ASKED: Final = "include_usage"
_OPTIONS_READ: Final = frozenset({_ASKED})
_USAGE: Final = "usage"

# As OpenAI and most others write it in every chunk; any other spelling takes the longer way.
_NULL_USAGE: Final = re.compile(rb', ?"usage": ?null(?=[,}])')


class _Chunk(msgspec.Struct, gc=False):
    usage: msgspec.UnsetType | None = msgspec.UNSET


_read_chunk: Final = msgspec.json.Decoder(_Chunk).decode


def ask(top: TopLevel) -> Edit | None:
    """Return what asks the vendor for usage; None where the caller asked itself, or asked for no stream.

    Raises MalformedBody where `stream` or `stream_options` is not what it must be.
    """
    if not top.flag("stream"):
        return None
    options = top.inner(_OPTIONS, _OPTIONS_READ)
    if options is None:
        return top.put(_OPTIONS, b'{"include_usage":true}')
    if options.flag(_ASKED):
        return None
    return top.replace(_OPTIONS, splice(options.body, [options.put(_ASKED, b"true")]))


class TakeOut(WholeEvents):
    """Relay a stream without the usage in it. What cannot be read is passed on as it is."""

    def __init__(self) -> None:
        super().__init__(without_usage)


def without_usage(event: Event) -> bytes:
    """Return an event's bytes without its usage: nothing, where usage is all that it tells."""
    raw = event.raw
    if b'"usage"' not in raw:
        return raw
    span = event.data_span
    data = (event.data or b"") if span is None else raw[span[0] : span[1]]
    null = _NULL_USAGE.search(data)
    if span is not None and null is not None and _is_the_only_usage(data):
        return raw[: span[0] + null.start()] + raw[span[0] + null.end() :]
    try:
        top = scan(data)
    except MalformedBody:
        return raw
    usage = top.raw(_USAGE)
    if usage is None:
        return raw
    if usage != b"null" and _is_empty_list(top.raw("choices")):
        return b""
    if span is None:
        return raw
    return raw[: span[0]] + splice(top.body, [top.remove(_USAGE)]) + raw[span[1] :]


def _is_the_only_usage(data: bytes) -> bool:
    """Tell whether the object has a null `usage`, and the word is nowhere else in it: then it needs no scan."""
    if data.count(b'"usage"') != 1 or b"\\u" in data:
        return False
    try:
        return _read_chunk(data).usage is None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False


def _is_empty_list(value: bytes | None) -> bool:
    return value is not None and value.startswith(b"[") and not value[1:-1].strip()
