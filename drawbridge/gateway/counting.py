"""Counting the tokens of a request, for callers of any dialect and models of any vendor.

The vendor's own counter is asked where its dialect has one. Where there is none, or the vendor does not serve it (most
that copy a dialect do not), the count is an estimate made here, which errs upwards and is marked as one.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from msgspec import Struct

from drawbridge.core.ids import CallId
from drawbridge.gateway.aside import work_on
from drawbridge.gateway.dialects import Dialect as DialectName
from drawbridge.gateway.endpoints import COUNT_GEMINI, COUNT_TOKENS, INPUT_TOKENS, Endpoint
from drawbridge.gateway.errors import TranslationError
from drawbridge.gateway.media import take_in_data_urls
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.request import CallRequest
from drawbridge.gateway.routing import spoken_to
from drawbridge.gateway.snapshot import Deployment
from drawbridge.gateway.translation import Translated, Translators, Wishes, insist, target_of, wire_of
from drawbridge.gateway.wire.canonical import Request
from drawbridge.gateway.wire.dialect import Dialect, ReplyHead
from drawbridge.gateway.wire.json_text import decode, encode
from drawbridge.gateway.wire.known import DIALECTS
from drawbridge.gateway.wire.losses import Losses
from drawbridge.gateway.wire.token_bounds import most_tokens
from drawbridge.gateway.wire.token_counts import as_read, ask_counter, read_count, without_uncounted, write_count
from drawbridge.gateway.wire.translator import ReplyTranslation, ReplyTranslator

_Header = tuple[bytes, bytes]

ESTIMATED: Final[_Header] = (b"x-drawbridge-estimated", b"true")
"""Marks a count that no vendor made."""

_JSON: Final[_Header] = (b"content-type", b"application/json")
_COUNTERS: Final[dict[DialectName, Endpoint]] = {
    endpoint.dialect: endpoint for endpoint in (COUNT_TOKENS, COUNT_GEMINI, INPUT_TOKENS)
}
_NOT_SERVED: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})


class Estimated(Struct, frozen=True):
    """A count made here: the whole answer to a call."""

    body: bytes

    def headers(self, call_id: CallId) -> list[_Header]:
        """Return what to tell of it."""
        return [_JSON, ESTIMATED, (b"x-drawbridge-call", str(call_id).encode())]


async def translate_count(
    translators: Translators, call: CallRequest, deployment: Deployment, wishes: Wishes
) -> Translated | Estimated:
    """Put a question for a count to the deployment's own counter; answer it where there is none. Raises Refusal."""
    spoken = spoken_to(deployment, call.endpoint)
    assert spoken is not None, "the deployment was chosen for the endpoint"
    told, vendor = DIALECTS[call.endpoint.dialect], DIALECTS[spoken]
    target = target_of(deployment)
    body = call.top.body
    try:
        request = await work_on(body, lambda: _read_across(call, wishes, vendor))
        await translators.media.fetch_media(request, vendor, target)
        if spoken not in _COUNTERS:
            most = await work_on(body, lambda: most_tokens(request, target.model))
            return Estimated(encode(write_count(most, told.name)))
        losses = without_uncounted(request)
        written = await work_on(body, lambda: vendor.write_request(request, target))
        written = ask_counter(written, spoken, target.model)
    except TranslationError as error:
        raise Refusal("bad_request", error.message, param=error.param) from None
    losses.add(written.losses)
    if wishes.strict:
        insist(losses, deployment, spoken)
    failures = ReplyTranslator(vendor, told, request, now_s=int(translators.clock.now().timestamp()))
    return Translated(
        endpoint=_COUNTERS[spoken],
        path=written.wire.path,
        headers=written.wire.headers,
        body=encode(written.wire.body),
        losses=losses,
        reply=_CountReply(_Question(spoken, told.name, target.model, lambda: request), failures),
        streamed=False,
    )


def count_of(call: CallRequest, deployment: Deployment, wishes: Wishes) -> ReplyTranslation:
    """Return what passes a vendor's own count on to callers of its dialect, and counts where the vendor does not."""
    dialect = call.endpoint.dialect
    return _CountReply(_Question(dialect, dialect, deployment.upstream_model, lambda: _read(call, wishes)))


def _read_across(call: CallRequest, wishes: Wishes, vendor: Dialect) -> Request:
    request, told = _read(call, wishes), DIALECTS[call.endpoint.dialect]
    if told is not vendor:
        told.refuse_state(request)
        take_in_data_urls(request)
    return request


def _read(call: CallRequest, wishes: Wishes) -> Request:
    name = call.endpoint.dialect
    return DIALECTS[name].read_request(as_read(wire_of(call, wishes), name))


class _Question(Struct, frozen=True):
    """What was asked, of whom, and for whom."""

    spoken: DialectName
    told: DialectName
    upstream_model: str
    request: Callable[[], Request]
    """Reads what is counted. Raises TranslationError."""


class _CountReply:
    """A reply of a vendor's counter on its way to the caller."""

    def __init__(self, question: _Question, failures: ReplyTranslator | None = None) -> None:
        """`failures` tells the vendor's errors in the caller's dialect; None where they are in it."""
        self._question = question
        self._failures = failures
        self._head = ReplyHead(HTTPStatus.OK)
        self._body = bytearray()
        self.losses = Losses()
        self.status: int = HTTPStatus.OK
        self.headers: list[_Header] = [_JSON]

    def begin(self, head: ReplyHead) -> None:
        """Take the head of the reply."""
        self._head = head

    def feed(self, piece: bytes) -> bytes:
        """Keep a piece until the reply is whole."""
        self._body += piece
        return b""

    def close(self) -> bytes:
        """Return what the caller is told."""
        body = bytes(self._body)
        counted = read_count(decode(body), self._question.spoken) if self._head.status < 300 else None
        if counted is not None and self._failures is not None:
            return encode(write_count(counted, self._question.told))
        if counted is None and self._is_not_served(body):
            estimated = self._estimate()
            if estimated is not None:
                self.headers = [_JSON, ESTIMATED]
                return estimated
        return self._as_it_is(body) if self._failures is None else self._translated(body, self._failures)

    def _is_not_served(self, body: bytes) -> bool:
        """Tell whether it is the counter that the vendor does not have: of a model it would say the name."""
        return self._head.status in _NOT_SERVED and self._question.upstream_model.encode() not in body

    def _estimate(self) -> bytes | None:
        question = self._question
        try:
            request = question.request()
            DIALECTS[question.told].refuse_state(request)
            tokens = most_tokens(request, question.upstream_model)
        except TranslationError:
            return None
        return encode(write_count(tokens, question.told))

    def _as_it_is(self, body: bytes) -> bytes:
        self.status = self._head.status
        content_type = dict(self._head.headers).get("content-type")
        self.headers = [] if content_type is None else [(b"content-type", content_type.encode("latin-1"))]
        return body

    def _translated(self, body: bytes, failures: ReplyTranslator) -> bytes:
        failures.begin(self._head)
        told = failures.feed(body) + failures.close()
        self.status, self.headers, self.losses = failures.status, failures.headers, failures.losses
        return told
