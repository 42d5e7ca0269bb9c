"""A call in one dialect to a deployment that speaks another: the request re-said, and the reply's way back."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from msgspec import Struct, structs

from drawbridge.core.clock import Clock
from drawbridge.gateway.aside import work_on
from drawbridge.gateway.dialects import Dialect as DialectName
from drawbridge.gateway.dialogue import Dialogue
from drawbridge.gateway.endpoints import (
    CHAT,
    COUNTED,
    GENERATE,
    MESSAGES,
    RESPONSES,
    STREAM_GENERATE,
    TRANSLATED,
    Endpoint,
)
from drawbridge.gateway.errors import TranslationError
from drawbridge.gateway.media import MediaFetcher, refuse_unreadable, take_in_data_urls
from drawbridge.gateway.providers.profiles import find_profile
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.request import CallRequest
from drawbridge.gateway.routing import spoken_to
from drawbridge.gateway.snapshot import Caller, Deployment
from drawbridge.gateway.wire.canonical import Request
from drawbridge.gateway.wire.dialect import Dialect, Target, WireRequest, Written
from drawbridge.gateway.wire.json_text import UNREADABLE_JSON, decode, encode
from drawbridge.gateway.wire.known import DIALECTS
from drawbridge.gateway.wire.losses import Loss, Losses
from drawbridge.gateway.wire.opaque import WRAPPED
from drawbridge.gateway.wire.translator import ReplyTranslation, ReplyTranslator

_WRAPPED: Final = WRAPPED.encode()
_SEALED: Final = re.compile(rb'"(?:[a-z]+\.)?' + re.escape(_WRAPPED))
"""A sealed value at its beginning: a text that only tells of one has other words before."""
_MAX_HEADER_BYTES: Final = 2048
_NOT_IN_HEADER: Final = re.compile(r"[^\x20-\x7e]|[,%]")


class Translated(Struct, frozen=True):
    """A call as it is said to the deployment."""

    endpoint: Endpoint
    path: str
    """Below the provider's base URL, with its query."""
    headers: tuple[tuple[str, str], ...]
    """What the vendor's dialect needs besides credential and content type."""
    body: bytes
    losses: Losses
    reply: ReplyTranslation
    streamed: bool
    """Whether the vendor is asked for a stream."""


class Translators(Struct, frozen=True):
    """Translates calls; fetches what they only give the address of."""

    media: MediaFetcher
    clock: Clock

    async def translate(self, call: CallRequest, deployment: Deployment, wishes: "Wishes") -> Translated:
        """Say a call in a dialect of its deployment. Raises Refusal."""
        spoken = spoken_to(deployment, call.endpoint)
        assert spoken is not None, "the deployment was chosen for the endpoint"
        told, vendor = DIALECTS[call.endpoint.dialect], DIALECTS[spoken]
        target = target_of(deployment)
        body = call.top.body
        try:
            request = await work_on(body, lambda: _read(call, wishes, vendor, target))
            await self.media.fetch_media(request, vendor, target)
            written, said = await work_on(body, lambda: _write(request, vendor, target))
        except TranslationError as error:
            raise Refusal("bad_request", error.message, param=error.param) from None
        if wishes.strict:
            insist([*written.losses, *told.unsayable(request)], deployment, spoken)
        query = "&".join(f"{name}={value}" for name, value in written.wire.query)
        return Translated(
            endpoint=conversing(spoken, streamed=request.streamed),
            path=f"{written.wire.path}?{query}" if query else written.wire.path,
            headers=written.wire.headers,
            body=said,
            losses=written.losses,
            reply=ReplyTranslator(vendor, told, request, now_s=int(self.clock.now().timestamp())),
            streamed=request.streamed,
        )


def _read(call: CallRequest, wishes: "Wishes", vendor: Dialect, target: Target) -> Request:
    told = DIALECTS[call.endpoint.dialect]
    request = told.read_request(wire_of(call, wishes))
    if told is not vendor:
        told.refuse_state(request)
        take_in_data_urls(request)
    refuse_unreadable(request, target)
    return request


def _write(request: Request, vendor: Dialect, target: Target) -> tuple[Written, bytes]:
    written = vendor.write_request(request, target)
    return written, encode(written.wire.body)


class Wishes(Struct, frozen=True):
    """What of a caller's request stands beside its body."""

    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    strict: bool
    """Nothing may be lost: refuse instead."""


def wishes_of(exchange: Dialogue, caller: Caller) -> Wishes:
    """Return what a caller wants of a translation. Raises Refusal."""
    said = exchange.headers.get("x-drawbridge-strict", "false").strip().lower()
    if said not in {"true", "false"}:
        raise Refusal("bad_request", "The header x-drawbridge-strict is either true or false.")
    query = tuple((name, value) for name, value, _ in exchange.query_items())
    return Wishes(query, tuple(exchange.header_list), caller.strict or said == "true")


_SEALED_IN: Final = (TRANSLATED | COUNTED) - {CHAT}
"""A chat completion has no place for a sealed value: there it is a text about one."""


def needs_translation(call: CallRequest, deployment: Deployment) -> bool:
    """Tell whether a call cannot go up as it is: in another dialect, or with another vendor's sealed values in it."""
    if call.endpoint.dialect not in deployment.provider.dialects:
        return True
    if call.endpoint not in _SEALED_IN or _WRAPPED not in call.top.body:
        return False
    return _SEALED.search(call.top.body) is not None


def lost_header(losses: Iterable[Loss]) -> bytes | None:
    """Return the paths of what was lost for a header: those that can change something first; None for none."""
    paths = [loss.path for loss in sorted(losses, key=lambda loss: loss.effect == "none")]
    if not paths:
        return None
    told: list[bytes] = []
    room = _MAX_HEADER_BYTES
    for path in paths:
        # What a caller names a member must not end the header, or begin another entry of it.
        written = _NOT_IN_HEADER.sub(_escaped, path).encode("ascii")
        room -= len(written) + 2
        if room < 0:
            told.append(b"and %d more" % (len(paths) - len(told)))
            break
        told.append(written)
    return b", ".join(told)


def target_of(deployment: Deployment) -> Target:
    """Return what a request is written for."""
    profile = find_profile(deployment)
    if deployment.provider.usage_in_stream != "asked":
        # It tells its usage unasked, or takes the question for an error.
        profile = structs.replace(profile, refuses=profile.refuses | {"stream_options"})
    return Target(deployment.provider.name, deployment.upstream_model, profile)


def _escaped(found: re.Match[str]) -> str:
    return quote(found[0], errors="backslashreplace")


def wire_of(call: CallRequest, wishes: Wishes) -> WireRequest:
    """Return a call as it came, decoded."""
    body = decode(call.top.body)
    assert body is not UNREADABLE_JSON, "the body was scanned before"
    return WireRequest("POST", call.endpoint.upstream(call.model), wishes.query, wishes.headers, body)


def conversing(spoken: DialectName, *, streamed: bool) -> Endpoint:
    """Return the endpoint for conversations of a dialect."""
    match spoken:
        case "openai-responses":
            return RESPONSES
        case "anthropic-messages":
            return MESSAGES
        case "gemini":
            return STREAM_GENERATE if streamed else GENERATE
        case _:
            return CHAT


def insist(losses: Iterable[Loss], deployment: Deployment, spoken: DialectName) -> None:
    """Refuse a call from which a translation would lose something. Raises Refusal."""
    changing = [loss for loss in losses if loss.effect != "none"]
    if not changing:
        return
    told = "; ".join(f"{loss.path} ({loss.reason})" for loss in changing[:8])
    more = f" and {len(changing) - 8} more" if len(changing) > 8 else ""
    raise Refusal(
        "bad_request",
        f"Not everything in this request can be said to {deployment.name}, which speaks {spoken}: {told}{more}. "
        "Leave that out, ask for another model, or send it without x-drawbridge-strict.",
        param=changing[0].path,
    )
