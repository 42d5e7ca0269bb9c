"""Writes a request as a chat completion that a strict vendor takes."""

from drawbridge.gateway.errors import ImpossibleRequest
from drawbridge.gateway.wire.call_ids import CallIds
from drawbridge.gateway.wire.canonical import Json, Request
from drawbridge.gateway.wire.dialect import Target, WireRequest, Written
from drawbridge.gateway.wire.fragments import without_fragments
from drawbridge.gateway.wire.losses import Losses
from drawbridge.gateway.wire.opaque import readable_by
from drawbridge.gateway.wire.openai_chat.conversation import write_conversation
from drawbridge.gateway.wire.openai_chat.restore_request import restore_request
from drawbridge.gateway.wire.openai_chat.write_settings import write_settings
from drawbridge.gateway.wire.openai_chat.write_tools import write_tools
from drawbridge.gateway.wire.openai_chat.writing import (
    CUSTOM_NAME_RULE,
    CUSTOM_TOOLS,
    NAME_RULE,
    NO_MEMBER,
    Writing,
    allows_id,
)
from drawbridge.gateway.wire.tool_names import ToolNames


def write_request(request: Request, target: Target) -> Written:
    """Write a request. One that was read from a chat completion comes out as it was, but for the model.

    Raises ImpossibleRequest where the model could never carry it out.
    """
    losses = Losses()
    if request.dialect == "openai-chat":
        body = restore_request(request, target.model)
    else:
        body = _translate(request, target, losses)
    return Written(WireRequest("POST", "/chat/completions", body=body), losses)


def _translate(request: Request, target: Target, losses: Losses) -> dict[str, Json]:
    request = without_fragments(request, lambda seal: readable_by(seal, "openai-chat", target.provider))
    rule = CUSTOM_NAME_RULE if CUSTOM_TOOLS in target.profile.extensions else NAME_RULE
    writing = Writing(target, losses, ToolNames(request.tools, rule), CallIds(request.messages, allows_id))
    messages = write_conversation(request.messages, writing)
    if not messages:
        raise ImpossibleRequest("Nothing in this conversation can be said in a chat completion.", param="messages")
    body: dict[str, Json] = {"model": target.model, "messages": messages}
    write_tools(body, request, writing)
    write_settings(body, request, writing)
    if request.streamed:
        body["stream"] = True
        _ask_for_usage(body, request, writing)
    losses.lose_extras(request, NO_MEMBER)
    if request.cache is not None:
        writing.lose(request.cache, "the vendor chooses itself what it caches", effect="none")
        writing.leave_extras(request.cache, "none")
    return body


def _ask_for_usage(body: dict[str, Json], request: Request, writing: Writing) -> None:
    """Have a stream tell its usage, whatever the caller wants to see of it."""
    if "stream_options" in writing.target.profile.refuses:
        writing.lose(request, "the vendor takes no such option", field="wants_stream_usage", effect="none")
    else:
        body["stream_options"] = {"include_usage": True}
