"""Models that a request names beside the one that is to answer it: policy has its word about each of them."""

from collections.abc import Iterator
from typing import Final

import msgspec

from drawbridge.gateway.bodies import TopLevel
from drawbridge.gateway.errors import MalformedBody
from drawbridge.gateway.inner_models import inner_models
from drawbridge.gateway.request import CallRequest
from drawbridge.gateway.snapshot import Deployment


class _Tool(msgspec.Struct, gc=False):
    model: object = None


_tools_of: Final = msgspec.json.Decoder(list[_Tool]).decode
_names_of: Final = msgspec.json.Decoder(list[str] | None).decode


def further_models(call: CallRequest, deployment: Deployment) -> list[str]:
    """Return the names by which a deployment's provider would run other models for a call.

    Raises MalformedBody where they cannot be told for sure.
    """
    if "{model}" in call.endpoint.upstream_path:
        # Where a body repeats the caller's name, the upstream's goes up in its place.
        own = {call.model, deployment.upstream_model}
        return [name for name in inner_models(call.top) if name not in own]
    return [name for name in named_beside(call.top) if name != deployment.upstream_model]


def named_beside(top: TopLevel) -> list[str]:
    """Return the models that a body names beside its own. Raises MalformedBody where they cannot be told for sure."""
    return [*_fallbacks(top), *_of_tools(top)]


def _fallbacks(top: TopLevel) -> list[str]:
    """Return those that OpenRouter tries where the first fails (https://openrouter.ai/docs/guides/routing).

    Read 2026-11-23.
    """
    raw = top.raw("models")
    if raw is None:
        return []
    try:
        return _names_of(raw) or []
    except msgspec.MsgspecError as error:
        raise MalformedBody("'models' must be a list of names.", member="models") from error


def _of_tools(top: TopLevel) -> Iterator[str]:
    """Return the models that tools of the vendor's run, such as OpenAI's `image_generation` and Anthropic's `advisor`.

    https://developers.openai.com/api/docs/guides/tools-image-generation and
    https://platform.claude.com/docs/en/agents-and-tools/tool-use/advisor-tool, read 2026-11-23.
    """
    raw = top.raw("tools")
    if raw is None or not (b"model" in raw or b"\\u" in raw):
        return
    try:
        tools = _tools_of(raw)
    except msgspec.MsgspecError:
        # No list of objects: no vendor takes it, and it is the vendor's to say so.
        return
    for tool in tools:
        if isinstance(tool.model, str):
            yield tool.model
