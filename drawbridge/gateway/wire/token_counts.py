"""What the vendors' own token counters are asked, and what they answer.

https://platform.claude.com/docs/en/api/messages-count-tokens, https://ai.google.dev/api/tokens and
https://developers.openai.com/api/reference/resources/responses/subresources/input_tokens, read 2026-11-23.
"""

from typing import Final

from msgspec import structs

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.wire.canonical import Json, Request, SettingName
from drawbridge.gateway.wire.dialect import WireRequest, Written
from drawbridge.gateway.wire.json_text import members, whole_number
from drawbridge.gateway.wire.losses import Losses

_COUNTED: Final[frozenset[SettingName]] = frozenset(
    {"tool_choice", "parallel_tool_calls", "output_format", "verbosity", "reasoning"}
)
"""Settings that can put something before the model; no other can change the count."""

_ANTHROPIC: Final = frozenset(
    {"model", "messages", "system", "tools", "tool_choice", "thinking", "output_config", "cache_control", "mcp_servers"}
)
_RESPONSES: Final = frozenset(
    {"model", "input", "instructions", "tools", "tool_choice", "parallel_tool_calls", "reasoning", "text", "truncation"}
)
_GEMINI_REQUEST: Final = "generateContentRequest"
_GEMINI_REQUEST_ODDLY: Final = "generate_content_request"


def as_read(wire: WireRequest, name: Dialect) -> WireRequest:
    """Return a question to a dialect's counter as that dialect's reader of requests knows it."""
    if name != "gemini":
        return wire
    body = members(wire.body)
    asked = members(body.get(_GEMINI_REQUEST) or body.get(_GEMINI_REQUEST_ODDLY))
    if not asked:
        return wire
    # The model is the one in the path, which is said again here.
    return structs.replace(wire, body={_GEMINI_REQUEST: {k: v for k, v in asked.items() if k != "model"}})


def without_uncounted(request: Request) -> Losses:
    """Take out of a request what no counter asks for. Return each of its leaves, as nothing that changes the count."""
    losses = Losses()
    for name, setting in request.settings.items():
        if name not in _COUNTED:
            losses.lose(setting, "it does not change the count", effect="none")
    request.settings = {name: setting for name, setting in request.settings.items() if name in _COUNTED}
    request.streamed = False
    return losses


def ask_counter(written: Written, name: Dialect, upstream_model: str) -> Written:
    """Turn a request written in a dialect into a question to its vendor's counter."""
    wire, body = written.wire, members(written.wire.body)
    match name:
        case "gemini":
            inner = members(body.get(_GEMINI_REQUEST)) or body
            asked: Json = {_GEMINI_REQUEST: {"model": f"models/{upstream_model}", **inner}}
            path = wire.path.rpartition(":")[0] + ":countTokens"
        case "openai-responses":
            asked, path = _only(body, _RESPONSES), "/responses/input_tokens"
        case _:
            asked, path = _only(body, _ANTHROPIC), "/messages/count_tokens"
    return Written(structs.replace(wire, path=path, query=(), body=asked), written.losses)


def _only(body: dict[str, Json], names: frozenset[str]) -> dict[str, Json]:
    return {name: value for name, value in body.items() if name in names}


def read_count(reply: Json, name: Dialect) -> int | None:
    """Return what a dialect's counter answered; None where that is no count."""
    count = whole_number(members(reply).get("totalTokens" if name == "gemini" else "input_tokens"))
    return count if count is not None and count >= 0 else None


def write_count(tokens: int, name: Dialect) -> Json:
    """Return a count as a dialect's counter answers it."""
    match name:
        case "gemini":
            return {"totalTokens": tokens, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": tokens}]}
        case "openai-responses":
            return {"object": "response.input_tokens", "input_tokens": tokens}
        case _:
            return {"input_tokens": tokens}
