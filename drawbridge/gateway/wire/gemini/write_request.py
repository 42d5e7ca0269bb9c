"""A request written as generateContent, so that a strict vendor takes it."""

from urllib.parse import quote

from drawbridge.gateway.wire.canonical import Json, Request
from drawbridge.gateway.wire.dialect import Target, WireRequest, Written
from drawbridge.gateway.wire.gemini.spelling import as_it_was
from drawbridge.gateway.wire.gemini.write_contents import write_contents
from drawbridge.gateway.wire.gemini.write_parts import lose_cache
from drawbridge.gateway.wire.gemini.write_settings import write_settings
from drawbridge.gateway.wire.gemini.write_tools import write_tools
from drawbridge.gateway.wire.gemini.writing import NO_MEMBER, Writing


def write_request(request: Request, target: Target) -> Written:
    """Write a request for a model. Raises ImpossibleRequest."""
    writing = Writing(request, target)
    body: dict[str, Json] = {}
    system, contents = write_contents(writing)
    if system is not None:
        body["systemInstruction"] = system
    body["contents"] = contents[0] if writing.is_odd(request, "alone:contents") else contents
    write_tools(body, writing)
    write_settings(body, writing)
    if writing.is_own:
        body = as_it_was(body, request)
        body = {"generateContentRequest": body} if request.at else body
    else:
        _lose_about(request, writing)
    return Written(_wire(request, target, body), writing.losses)


def _lose_about(request: Request, writing: Writing) -> None:
    writing.losses.lose_extras(request, NO_MEMBER)
    lose_cache(request.cache, writing)
    if request.wants_stream_usage is not None:
        writing.lose(request, "Gemini always counts", field="wants_stream_usage", effect="none")


def _wire(request: Request, target: Target, body: dict[str, Json]) -> WireRequest:
    verb = "streamGenerateContent" if request.streamed else "generateContent"
    if request.dialect == "gemini" and "verb:countTokens" in request.shape:
        verb = "countTokens"
    path = f"/models/{quote(target.model, safe='-._~@')}:{verb}"
    return WireRequest("POST", path, (("alt", "sse"),) if request.streamed else (), body=body)
