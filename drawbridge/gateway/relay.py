"""The vendor's reply on its way to the caller: relayed as it comes, metered as it passes."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from msgspec import structs

from drawbridge.core.errors import DrawbridgeError
from drawbridge.core.money import written_usd
from drawbridge.egress import AddressRefused, BrokenReply, Door, EgressError, IncomingReply, OutgoingRequest, Timeout
from drawbridge.gateway.attempt import Attempt
from drawbridge.gateway.bodies import decode_content
from drawbridge.gateway.dialogue import Dialogue
from drawbridge.gateway.endpoints import Endpoint
from drawbridge.gateway.headers import LIMIT_FAMILIES, headers_across, headers_down
from drawbridge.gateway.objects.watching import Watch
from drawbridge.gateway.refusals import Refusal, write_stream_failure
from drawbridge.gateway.wire.asked_usage import TakeOut
from drawbridge.gateway.wire.dialect import ReplyHead
from drawbridge.gateway.wire.meter import Meter, Metered, meter_for
from drawbridge.gateway.wire.translator import ReplyTranslation, ReplyTranslator
from drawbridge.gateway.wire.whole_events import WholeEvents
from drawbridge.ingress import CallerLeftError
from drawbridge.usage.estimates import with_media
from drawbridge.usage.events import Outcome

_RETRY_AFTER_S: Final = 2
_OF_THE_BODY: Final = frozenset({b"content-type", b"content-encoding"})
_UNAUTHORIZED: Final = 401
CLAMPED: Final = b"x-drawbridge-max-output-tokens"
"""Tells the limit of each answer where the caller allowed more, or said nothing."""
COST: Final = b"x-drawbridge-cost"
"""Tells what a call cost, in US dollars: with the head where the whole reply is known by then."""
_EVENT_ENDS: Final = (b"\n\n", b"\r\r", b"\r\n\r\n")
CALLED_INSTEAD: Final = b"x-drawbridge-model"
"""Tells which model was called where a budget had not room for the one that the caller asked for."""
_STOPPING: Final = Refusal(
    "not_ready", "Drawbridge stops, and the answer was not complete in the time that was left. Send the request again."
)


class ReplyTooLargeError(Exception):
    """A whole reply does not fit into the memory set aside for one."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.refusal = Refusal(
            "provider_broke_off",
            f"The provider's reply is larger than the {limit} bytes allowed here. Ask for less, or ask the "
            "operator to raise DRAWBRIDGE_MAX_REPLY_BYTES.",
        )


@dataclass(slots=True)
class Relay:
    """One attempt's reply. It settles the attempt before the caller can have seen the reply's end."""

    exchange: Dialogue
    attempt: Attempt
    endpoint: Endpoint
    max_reply_bytes: int
    streamed: bool
    credential: str | None = field(default=None, repr=False)
    """What the provider was sent to know us by."""
    watch: Watch | None = None
    """What looks for vendor objects in the reply; None where there can be none."""
    translation: ReplyTranslation | None = None
    """What tells the reply in the caller's dialect; None where it is the vendor's."""
    lost: bytes | None = None
    """What of the request the vendor was not told, for a header."""
    is_across: bool = False
    """Whether the vendor speaks another dialect than the caller."""
    tells_cost: bool = False
    """Whether the caller's clients pass over a comment behind the last event of a stream."""
    clamped_output_tokens: int | None = None
    """The limit of each answer, for a header, where it is not the caller's own."""
    called_instead: str | None = None
    """The model, for a header, where it is not the one that the caller asked for."""
    _meter: Meter | None = field(default=None, init=False)
    _events: WholeEvents | ReplyTranslation | None = field(default=None, init=False)
    """None for a reply that is no stream of events."""

    async def run(self, door: Door, request: OutgoingRequest, *, asked_usage: bool) -> Refusal | None:
        """Send the request and pass the reply on. Return what to tell a caller that has been sent nothing."""
        try:
            async with door.stream(request) as reply:
                self.attempt.answered(reply.status, reply.raw_headers)
                if not 200 <= reply.status <= 599:
                    raise BrokenReply(f"The provider answered with status {reply.status}, which no reply may have.")
                if self.translation is not None:
                    self.translation.begin(_head_of(reply, self.attempt.intent.provider, streamed=self.streamed))
                if reply.status < 300 and _comes_in_pieces(reply, self.endpoint, streamed=self.streamed):
                    self._events = self.translation or _events_of(reply, self.endpoint, asked_usage=asked_usage)
                    await self._pass_stream(reply)
                else:
                    return await self._pass_whole(reply)
        except EgressError as error:
            if self.attempt.settled and self.exchange.started:
                # The answer was whole: that its connection then broke is nothing to tell a caller.
                await self.exchange.send(b"" if self._events is None else self._events.close(), last=True)
                return None
            self._settle_failed(error)
            return await self._tell_failure(refusal_of(error))
        except ReplyTooLargeError as error:
            self.give_up("cut_by_us")
            return error.refusal
        except CallerLeftError:
            self.give_up("cut_by_caller")
        except asyncio.CancelledError:
            if not self.exchange.left:
                await self._tell_stop()
            raise
        return None

    def give_up(self, outcome: Outcome) -> None:
        """Settle what has not been settled: the rest of the reply will never be seen."""
        if self.attempt.settled:
            return
        if self._meter is None:
            self.attempt.settle_unheard(outcome)
        else:
            self.attempt.settle_cut(outcome, self._meter.result())

    async def _pass_stream(self, reply: IncomingReply) -> None:
        events = self._events
        end = b""
        meter = self._meter = meter_for(self.endpoint.operation)
        if self.translation is None:
            await self.exchange.start(reply.status, self._headers(reply))
        async for piece in reply.pieces():
            is_open = not self.attempt.settled
            if is_open:
                meter.piece(piece)
            # Before it is settled, which tells what the translation of this piece has lost too.
            passed = piece if events is None else events.feed(piece)
            if is_open and meter.ended():
                # A client may take the end mark for the end, and be gone before the connection says so.
                self.attempt.settle_answered(meter.result())
            if self.watch is not None:
                await self.watch.piece(piece, is_last=self.attempt.settled)
            if passed:
                end = passed
                await self._send(passed, reply)
        rest = b"" if events is None else events.close()
        self._settle_end(meter)
        if self.watch is not None:
            await self.watch.recorded()
        await self._send(rest + self._told_cost(rest or end), reply, last=True)

    def _told_cost(self, end: bytes) -> bytes:
        """Return the comment that tells the cost, where a stream of events has come to its end; `end` is its last."""
        cost = self.attempt.cost_nanousd
        # Behind half an event it would make a whole one of it, which it is not.
        if not self.tells_cost or self._events is None or cost is None or not end.endswith(_EVENT_ENDS):
            return b""
        return b": drawbridge-cost %b\n\n" % written_usd(cost).encode()

    async def _send(self, passed: bytes, reply: IncomingReply, *, last: bool = False) -> None:
        """Send a piece of a stream. One that has failed before it said anything is told as the error that it is."""
        if self.translation is None or self.exchange.started:
            await self.exchange.send(passed, last=last)
        elif last:
            await self.exchange.reply(self.translation.status, self._headers(reply), passed)
        else:
            await self.exchange.start(self.translation.status, self._headers(reply))
            await self.exchange.send(passed)

    async def _pass_whole(self, reply: IncomingReply) -> Refusal | None:
        body = await self._collect(reply)
        if reply.status >= 300:
            self.attempt.settle_refused()
            plain = _unpacked(body, reply, self.max_reply_bytes)
            if self.credential is not None:
                if reply.status == _UNAUTHORIZED:
                    return self._credential_refused()
                # Vendors repeat what they were sent, and some of it is not the caller's to see.
                secret = self.credential.encode()
                body, plain = body.replace(secret, b"***"), plain.replace(secret, b"***")
            status, told = self._tell_whole(reply, body, plain)
        else:
            meter = self._meter = meter_for(self.endpoint.operation)
            plain = _unpacked(body, reply, self.max_reply_bytes)
            meter.reply(plain)
            status, told = self._tell_whole(reply, body, plain)
            metered = self._metered_whole(meter, len(body))
            # What cannot be read is told as a failure, so it is booked as one.
            self.attempt.settle_answered(structs.replace(metered, failed=metered.failed or status >= 500))
            if self.watch is not None:
                await self.watch.whole(plain)
        await self.exchange.reply(status, self._headers(reply), told)
        return None

    def _tell_whole(self, reply: IncomingReply, body: bytes, plain: bytes) -> tuple[int, bytes]:
        """Return what the caller is told of a whole reply, given as it came and unpacked."""
        if self.translation is None:
            return reply.status, body
        told = self.translation.feed(plain) + self.translation.close()
        return self.translation.status, told

    def _credential_refused(self) -> Refusal:
        """Say whose credential it was: the caller's own is in order, and another try would not help it."""
        provider = self.attempt.intent.provider
        return Refusal(
            "not_configured",
            f"Provider '{provider}' refuses the credential that Drawbridge has for it. Ask the operator to renew it.",
        )

    async def _collect(self, reply: IncomingReply) -> bytes:
        pieces: list[bytes] = []
        size = 0
        async for piece in reply.pieces():
            pieces.append(piece)
            size += len(piece)
            if size > self.max_reply_bytes:
                raise ReplyTooLargeError(self.max_reply_bytes)
        return b"".join(pieces)

    def _headers(self, reply: IncomingReply) -> list[tuple[bytes, bytes]]:
        headers = headers_across(reply.raw_headers) if self.is_across else headers_down(reply.raw_headers)
        headers.append((b"x-drawbridge-call", str(self.attempt.intent.call_id).encode()))
        # Of a reply that is passed on as it comes it is not known yet.
        if self.attempt.settled and self.attempt.cost_nanousd is not None:
            headers.append((COST, written_usd(self.attempt.cost_nanousd).encode()))
        if self.attempt.limit_headers:
            headers = [header for header in headers if not header[0].startswith(LIMIT_FAMILIES)]
            headers.extend(self.attempt.limit_headers)
        if self.clamped_output_tokens is not None:
            headers.append((CLAMPED, b"%d" % self.clamped_output_tokens))
        if self.called_instead is not None:
            headers.append((CALLED_INSTEAD, self.called_instead.encode("ascii", "replace")))
        if self.translation is not None:
            headers = [header for header in headers if header[0] not in _OF_THE_BODY]
            headers.extend(self.translation.headers)
            if self.lost is not None:
                headers.append((b"x-drawbridge-lost", self.lost))
        return headers

    def _metered_whole(self, meter: Meter, body_bytes: int) -> Metered:
        metered = meter.result()
        if metered.exact:
            return metered
        match self.endpoint.answers_with:
            case "text":
                return structs.replace(metered, seen_output_bytes=body_bytes)
            case "media":
                # Their bytes say nothing of their price: each is taken for one medium of the usual size.
                return structs.replace(metered, seen_output_bytes=with_media(0, 1))
            case _:
                return metered

    def _settle_end(self, meter: Meter) -> None:
        if self.attempt.settled:
            return
        metered = meter.result()
        if metered.complete:
            self.attempt.settle_answered(metered)
        else:
            self.attempt.settle_cut("cut_by_provider", metered)

    def _settle_failed(self, error: EgressError) -> None:
        if not error.did_send:
            self.attempt.settle_unsent()
        elif self.attempt.status is None:
            self.attempt.settle_unheard("provider_failed")
        else:
            self.give_up("cut_by_provider")

    async def _tell_stop(self) -> None:
        """End a stream that is cut because this process stops. Nothing here waits."""
        is_over = self.attempt.settled or not self.exchange.started or self.exchange.finished
        self.give_up("cut_by_us")
        if not is_over:
            with suppress(CallerLeftError):
                await self._tell_failure(_STOPPING)

    async def _tell_failure(self, refusal: Refusal) -> Refusal | None:
        if not self.exchange.started:
            return refusal
        if isinstance(self._events, ReplyTranslator):
            await self.exchange.send(self._events.close(), last=True)
        # Anything else, such as Gemini's JSON array, cannot be ended well: the broken connection tells of it.
        elif self._events is not None:
            failure = write_stream_failure(refusal, self.endpoint.dialect)
            # The blank line ends an event that was too large to be held back until it was whole.
            await self.exchange.send(b"\n\n" + failure, last=True)
        return None


def _events_of(reply: IncomingReply, endpoint: Endpoint, *, asked_usage: bool) -> WholeEvents | None:
    """Return how to relay a stream of events; None where it is not one, or is packed although we asked for identity."""
    is_stream = _header(reply, b"content-type").startswith(b"text/event-stream")
    is_array = endpoint.operation == "streamGenerateContent" and not is_stream
    is_sound = endpoint.operation == "audio.speech" and not is_stream
    if is_array or is_sound or _header(reply, b"content-encoding") not in (b"", b"identity"):
        return None
    return TakeOut() if asked_usage else WholeEvents()


def _head_of(reply: IncomingReply, provider: str, *, streamed: bool) -> ReplyHead:
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in reply.raw_headers)
    return ReplyHead(reply.status, headers, streamed=streamed, provider=provider)


def _comes_in_pieces(reply: IncomingReply, endpoint: Endpoint, *, streamed: bool) -> bool:
    """Tell whether to pass a reply on as it comes. A vendor may answer a request for a stream with a whole reply."""
    match endpoint.dialect:
        case "openai-images" | "openai-audio":
            content_type = _header(reply, b"content-type")
            # Speech plays while it comes; transcripts may be plain text, which has no end to wait for.
            is_speech = endpoint.operation == "audio.speech" and not content_type.startswith(b"application/json")
            return is_speech or content_type.startswith(b"text/event-stream")
        case "gemini":
            return streamed
        case _:
            return streamed and not _header(reply, b"content-type").startswith(b"application/json")


def _header(reply: IncomingReply, name: bytes) -> bytes:
    return dict(reply.raw_headers).get(name, b"")


def _unpacked(body: bytes, reply: IncomingReply, limit: int) -> bytes:
    """Return what to meter. The caller gets the bytes as they came, packed although we asked for identity."""
    encoding = _header(reply, b"content-encoding")
    if not encoding:
        return body
    try:
        return decode_content(body, encoding.decode("latin-1"), limit)
    except DrawbridgeError:
        return b""


def refusal_of(error: EgressError) -> Refusal:
    """Return what a caller is told whose call did not get through to a vendor, or back."""
    if error.fault == "caller":
        return Refusal("bad_request", error.message)
    if isinstance(error, AddressRefused):
        return Refusal("not_configured", error.message)
    if isinstance(error, Timeout):
        return Refusal("provider_timed_out", error.message, retry_after_s=_RETRY_AFTER_S)
    if error.did_send:
        return Refusal("provider_broke_off", error.message, retry_after_s=_RETRY_AFTER_S)
    return Refusal("provider_unreachable", error.message, retry_after_s=_RETRY_AFTER_S)
