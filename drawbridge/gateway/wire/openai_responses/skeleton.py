"""A response without its output: what it repeats of the request, with all that the official SDK's type requires.

Source: https://platform.openai.com/docs/api-reference/responses/object, as of 2026-11-23.
"""

from typing import Final

from drawbridge.gateway.wire.call_ids import derived_id
from drawbridge.gateway.wire.canonical import Json, Request
from drawbridge.gateway.wire.events import Began
from drawbridge.gateway.wire.json_text import elements, members, text_or_none

Body = dict[str, Json]

_ECHOED: Final = (
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
    "user",
)
_PREFIX: Final = "resp_"


def skeleton(request: Request, began: Began) -> Body:
    """Return a response that has no output yet. `store` is false: there is nothing to be asked for later."""
    asked = members(request.raw)
    return {
        "id": response_id(began),
        "object": "response",
        "created_at": began.created_at or 0,
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "metadata": members(asked.get("metadata")),
        "model": request.model,
        "output": [],
        "parallel_tool_calls": asked.get("parallel_tool_calls") is not False,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None, **members(asked.get("reasoning"))},
        "service_tier": "default",
        "store": False,
        "temperature": _or(asked.get("temperature"), 1.0),
        "text": {"format": {"type": "text"}, **members(asked.get("text"))},
        "tool_choice": _or(asked.get("tool_choice"), "auto"),
        "tools": [_declared(members(tool)) for tool in elements(asked.get("tools"))],
        "top_logprobs": _or(asked.get("top_logprobs"), 0),
        "top_p": _or(asked.get("top_p"), 1.0),
        "truncation": _or(asked.get("truncation"), "disabled"),
        "usage": None,
        **{name: asked.get(name) for name in _ECHOED},
    }


def response_id(began: Began) -> str:
    """Return the vendor's id where it looks like one of this dialect, else one that follows from it."""
    given = text_or_none(began.id) or ""
    return given if given.startswith(_PREFIX) else derived_id(given, _PREFIX)


def _or(value: Json, default: Json) -> Json:
    return default if value is None else value


def _declared(tool: Body) -> Body:
    return {"strict": True, "parameters": None, **tool} if tool.get("type") == "function" else tool
