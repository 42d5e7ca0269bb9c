"""Frames of a vendor's events: what of each is in no other event, and the way back to the whole."""

from collections.abc import Mapping
from typing import Final, cast

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.events import Event, Frame
from drawbridge.gateway.wire.losses import steps
from drawbridge.gateway.wire.openai_responses.fields import difference, put_back
from drawbridge.gateway.wire.openai_responses.parts import NAME

WHOLE = "response"
"""The kind of a frame around a reply that is no stream."""
ERROR = "error body"
"""The kind of a frame around an error instead of a reply."""

_ALL = f"{NAME} all"

_STRUCTURE: Final = frozenset(
    {
        "annotation_index",
        "call_id",
        "command_index",
        "content_index",
        "id",
        "index",
        "item_id",
        "model",
        "obfuscation",
        "object",
        "output_index",
        "role",
        "sequence_number",
        "status",
        "summary_index",
        "type",
    }
)
"""Members that hold a reply together, wherever they stand."""
_REPEATED: Final = frozenset(
    {
        "background",
        "completed_at",
        "frequency_penalty",
        "incomplete_details",
        "instructions",
        "max_output_tokens",
        "max_tool_calls",
        "metadata",
        "parallel_tool_calls",
        "presence_penalty",
        "previous_response_id",
        "prompt_cache_key",
        "prompt_cache_retention",
        "reasoning",
        "safety_identifier",
        "service_tier",
        "store",
        "temperature",
        "text",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "truncation",
        "user",
    }
)
"""Members of a response that repeat the request, or how it has ended."""

Body = dict[str, Json]


def framed(kind: str, whole: Body, said: Body) -> Frame:
    """Return the frame of an event of which the canonical events say this much.

    Its extras are what is news to a caller of any dialect; `raw` is the rest, by path.
    """
    # The vendor may leave out what it should repeat.
    is_all = not said.keys() <= whole.keys()
    rest = difference(whole, {} if is_all else said)
    news = {path: value for path, value in rest.items() if _is_news(path, value)}
    held = {path: value for path, value in rest.items() if path not in news}
    return Frame(kind=kind, shape=_ALL if is_all else NAME, extras=news, raw=held)


def unframed(frame: Frame, said: Body) -> Body:
    """Return what was framed."""
    return put_back(rest_of(frame), {} if frame.shape == _ALL else said)


def rest_of(frame: Frame) -> Mapping[str, Json]:
    """Return what a frame keeps of its event, by path."""
    # cast: so it was made above.
    return {**cast("Body", frame.raw), **frame.extras}


def is_own(event: Event) -> bool:
    """Tell whether an event is a frame of this dialect."""
    return isinstance(event, Frame) and event.shape in (NAME, _ALL)


def _is_news(path: str, value: Json) -> bool:
    if value is None or value in ([], {}, ""):
        return False
    way = [step for step in steps(path) if isinstance(step, str)]
    if way[0] == "response":
        way = way[1:]
    return bool(way) and way[-1] not in _STRUCTURE and way[0] not in _REPEATED
