"""What the gateway reads of a call's body, and the few bytes of it that it changes."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from drawbridge.gateway.bodies import Edit, TopLevel, scan, splice
from drawbridge.gateway.dialects import UsageInStream
from drawbridge.gateway.endpoints import CHAT, Endpoint
from drawbridge.gateway.errors import MalformedBody
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.wire.asked_usage import ask

READ_MEMBERS: Final = frozenset(
    {
        "model",
        "stream",
        "stream_options",
        "max_tokens",
        "max_completion_tokens",
        "max_output_tokens",
        "generationConfig",
        "generation_config",
        "tools",
        "n",
        "store",
        "metadata",
        "prompt_cache_key",
        "previous_response_id",
        "service_tier",
        "user",
    }
)
"""Members that policy and metering read: written twice or with escapes, vendor and gateway could differ on them."""

_LIMITS: Final = ("max_tokens", "max_completion_tokens", "max_output_tokens")

# Google takes both spellings of every field.
_GEMINI_CONFIGS: Final = ("generationConfig", "generation_config")
_GEMINI_LIMITS: Final = ("maxOutputTokens", "max_output_tokens")


@dataclass(frozen=True, slots=True)
class CallRequest:
    """A call as it was asked for, before it is known which deployment answers."""

    endpoint: Endpoint
    model: str
    streamed: bool
    top: TopLevel
    max_output_tokens: int | None


def read_request(endpoint: Endpoint, model_in_path: str | None, body: bytes) -> CallRequest:
    """Read a body. Raises Refusal, or a gateway error that names what is wrong with it."""
    top = scan(body, READ_MEMBERS)
    model = model_in_path if model_in_path is not None else top.text("model")
    if not model:
        raise Refusal("bad_request", "The request names no model: set 'model' to one of GET /v1/models.", param="model")
    streamed = endpoint.operation == "streamGenerateContent" or (model_in_path is None and bool(top.flag("stream")))
    return CallRequest(endpoint, model, streamed, top, _max_output_tokens(top))


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The body for the vendor. `took_usage` is whether the reply holds usage that only we asked for."""

    body: bytes
    asked_usage: bool


def write_body(request: CallRequest, upstream_model: str, usage_in_stream: UsageInStream) -> Outgoing:
    """Return the body with the upstream's model name, and with usage asked for where a stream would not tell it."""
    edits: list[Edit] = []
    if request.model != upstream_model and "{model}" not in request.endpoint.upstream_path:
        edits.append(request.top.replace_text("model", upstream_model))
    asked = None
    if request.streamed and request.endpoint is CHAT and usage_in_stream == "asked":
        asked = ask(request.top)
        if asked is not None:
            edits.append(asked)
    return Outgoing(splice(request.top.body, edits), asked is not None)


def _max_output_tokens(top: TopLevel) -> int | None:
    stated = [limit for name in _LIMITS if name in top and (limit := top.count(name)) is not None]
    for name in _GEMINI_CONFIGS:
        if name not in top:
            continue
        # Google reads more spellings of a number than we do: what we cannot read is for Google to judge.
        with suppress(MalformedBody):
            config = top.inner(name)
            stated += [limit for field in _GEMINI_LIMITS if config and (limit := config.count(field)) is not None]
    return max(stated, default=None)
