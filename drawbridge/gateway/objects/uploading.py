"""Calls that upload a file to Gemini: the bytes at once, or after a start that tells where they go."""

from dataclasses import dataclass, replace
from typing import Final

from drawbridge.core.ids import CallId
from drawbridge.egress import EgressError, OutgoingRequest, RawHeaders
from drawbridge.gateway.admission import find_credential
from drawbridge.gateway.attempt import Attempt
from drawbridge.gateway.headers import headers_down
from drawbridge.gateway.objects.created import reader_of_kind
from drawbridge.gateway.objects.creating import choose_provider
from drawbridge.gateway.objects.ownership import Owners
from drawbridge.gateway.objects.paths import ObjectCall
from drawbridge.gateway.objects.sending import Asked, Prepared, attempt_at, request_to
from drawbridge.gateway.objects.upload_names import chosen_name
from drawbridge.gateway.objects.uploads import (
    LIFETIME,
    UPLOAD_PATH,
    UPLOAD_URL_HEADER,
    Upload,
    UploadSeal,
    query_of_upload,
    upload_address,
)
from drawbridge.gateway.objects.watching import CreationWatch
from drawbridge.gateway.permission import allow_provider
from drawbridge.gateway.pipeline import Pipeline, query_up
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.relay import refusal_of
from drawbridge.gateway.snapshot import Provider
from drawbridge.identity.keys import KeyHash, parse_key
from drawbridge.ingress import Exchange

_FAMILY: Final = "x-goog-upload-"
_UPLOAD_ID: Final = "upload_id"
_LARGEST_REPLY_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Uploads:
    """Answers calls below `/upload`."""

    pipeline: Pipeline
    owners: Owners
    seal: UploadSeal

    async def serve(self, exchange: Exchange, call: ObjectCall, call_id: CallId) -> None:
        """Begin an upload, go on with one, or upload at once. Raises Refusal or DrawbridgeError."""
        word = next((value for name, value, _ in exchange.query_items() if name == _UPLOAD_ID), None)
        if word is None:
            await self._begin(exchange, call, call_id)
        else:
            await self._go_on(exchange, call, call_id, self.seal.open(word, self.pipeline.clock.now()))

    async def _begin(self, exchange: Exchange, call: ObjectCall, call_id: CallId) -> None:
        caller = await self.pipeline.identify(exchange)
        asked = Asked(exchange, call, self.pipeline.asking(exchange, caller), call_id)
        await self.owners.require_store(asked.owner)
        provider = choose_provider(asked.asking, call.family, exchange.headers)
        keys = (value for name, value, _ in exchange.query_items() if name == "key")
        key_hash = parse_key(find_credential(exchange.header_list, keys))
        assert key_hash is not None, "it has just been identified"
        body = await exchange.read_body(self.pipeline.limits.max_body_bytes)
        query = {name.lower(): value for name, value, _ in exchange.query_items()}
        name = chosen_name(exchange.headers, query, body)
        if name is not None:
            await self.owners.claim(asked.owner, provider.name, name)
        await self._send(asked, provider, query_up(exchange), key_hash, body)

    async def _go_on(self, exchange: Exchange, call: ObjectCall, call_id: CallId, upload: Upload) -> None:
        now = self.pipeline.clock.now()
        caller = await self.pipeline.admission.holder(KeyHash(upload.key_hash), now)
        asked = Asked(exchange, call, self.pipeline.asking(exchange, caller), call_id)
        provider = asked.snapshot.providers.get(upload.provider)
        if provider is None or caller.organisation_id != upload.organisation_id:
            raise Refusal("unknown_object", "There is no such upload here: begin it again.")
        allow_provider(asked.asking, provider)
        await self.owners.require_store(asked.owner)
        body = await exchange.read_body(self.pipeline.limits.max_body_bytes)
        await self._send(asked, provider, upload.query, upload.key_hash, body)

    async def _send(self, asked: Asked, provider: Provider, query: str, key_hash: bytes, body: bytes) -> None:
        """Send one part of the protocol, and pass on what the vendor says to it: it is small, and never a stream."""
        exchange = asked.exchange
        attempt = attempt_at(self.pipeline, asked, provider)
        attempt.begin()
        try:
            request = _request(self.pipeline, asked, provider, upload_address(provider, query), body)
            status, headers, reply = await self._answer(attempt, request)
        except EgressError as error:
            raise refusal_of(error) from error
        finally:
            if not attempt.settled:
                attempt.settle_unheard("provider_failed")
        passed = headers_down(headers)
        for name, value in headers:
            if name == UPLOAD_URL_HEADER:
                upload = Upload(
                    asked.caller.organisation_id,
                    key_hash,
                    provider.name,
                    query_of_upload(provider, value.decode("latin-1")),
                    self.pipeline.clock.now() + LIFETIME,
                )
                passed.append((name, self._own_address(exchange, upload).encode("latin-1")))
            elif name.startswith(_FAMILY.encode()) and name != b"x-goog-upload-control-url":
                passed.append((name, value))
        if status < 300:
            watch = CreationWatch(self.owners, asked.owner, provider.name, None, reader_of_kind("gemini_file"))
            await watch.whole(reply)
        passed.append((b"x-drawbridge-call", str(asked.call_id).encode()))
        await exchange.reply(status, passed, reply)

    async def _answer(self, attempt: Attempt, request: OutgoingRequest) -> tuple[int, RawHeaders, bytes]:
        async with self.pipeline.door.stream(request) as reply:
            attempt.answered(reply.status, reply.raw_headers)
            pieces: list[bytes] = []
            size = 0
            async for piece in reply.pieces():
                pieces.append(piece)
                size += len(piece)
                if size > _LARGEST_REPLY_BYTES:
                    raise Refusal("provider_broke_off", "The provider's reply to an upload is too large.")
            attempt.settle_fetched()
            return reply.status, reply.raw_headers, b"".join(pieces)

    def _own_address(self, exchange: Exchange, upload: Upload) -> str:
        """Return the address here at which an upload goes on, as its caller reaches us."""
        told = exchange.headers.get("x-forwarded-proto", "http")
        scheme = told if told in ("http", "https") else "http"
        host = exchange.headers.get("host", "localhost")
        return f"{scheme}://{host}{UPLOAD_PATH}?{_UPLOAD_ID}={self.seal.close(upload)}&upload_protocol=resumable"


def _request(pipeline: Pipeline, asked: Asked, provider: Provider, url: str, body: bytes) -> OutgoingRequest:
    plain = request_to(pipeline, asked, provider, "", Prepared(body))
    protocol = tuple((name, value) for name, value in asked.exchange.header_list if name.startswith(_FAMILY))
    return replace(plain, url=url, headers=(*plain.headers, *protocol))
