"""Calls about objects that live at vendors: only their owner gets through, and only to where they live."""

from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, assert_never

from drawbridge.core.ids import CallId
from drawbridge.egress import OutgoingRequest
from drawbridge.gateway.bodies import decode_content
from drawbridge.gateway.endpoints import Endpoint
from drawbridge.gateway.objects.created import Reader, read_batch, read_response, reader_of_kind
from drawbridge.gateway.objects.creating import prepare
from drawbridge.gateway.objects.kinds import KEPT_FOR_CALLERS, Reference
from drawbridge.gateway.objects.lists import write_list
from drawbridge.gateway.objects.ownership import Owners, unknown_object
from drawbridge.gateway.objects.paths import OPENAI_BATCHES, RESPONSES, ObjectCall
from drawbridge.gateway.objects.sending import Asked, Prepared, attempt_at, request_to
from drawbridge.gateway.objects.uploading import Uploads
from drawbridge.gateway.objects.watching import CreationWatch, DeletionWatch, EndWatch, Watch
from drawbridge.gateway.permission import allow_provider
from drawbridge.gateway.pipeline import Pipeline, query_up
from drawbridge.gateway.relay import Relay
from drawbridge.gateway.snapshot import Provider
from drawbridge.gateway.spending import refuse_unheld
from drawbridge.gateway.wire.meter import Metered
from drawbridge.ingress import Exchange

_GONE: Final = (404, 410)


class Ends(Protocol):
    """Whoever is told how responses ended."""

    async def ended(self, asked: Asked, provider: Provider, metered: Metered) -> None:
        """Take the vendor's count of the response that a call asks for."""
        ...


@dataclass(frozen=True, slots=True)
class ObjectCalls:
    """Answers what `paths` recognises, by the parts of the pipeline."""

    pipeline: Pipeline
    owners: Owners
    uploads: Uploads
    ends: Ends

    async def serve(self, exchange: Exchange, call: ObjectCall, call_id: CallId) -> None:
        """Answer one request. Raises Refusal or DrawbridgeError while nothing has been sent to the caller."""
        if call.route.action == "upload":
            # An upload that goes on is sent without a key.
            await self.uploads.serve(exchange, call, call_id)
        else:
            await self._serve_known(exchange, call, call_id)

    async def _serve_known(self, exchange: Exchange, call: ObjectCall, call_id: CallId) -> None:
        caller = await self.pipeline.identify(exchange)
        asked = Asked(exchange, call, self.pipeline.asking(exchange, caller), call_id)
        match asked.call.route.action:
            case "pass":
                await self._pass(asked)
            case "delete":
                await self._delete(asked)
            case "list":
                await write_list(self.pipeline, self.owners, asked)
            case "create" | "create_within":
                await self._create(asked)
            case "upload":
                raise AssertionError("uploads have a path of their own")
            case _:
                assert_never(asked.call.route.action)

    async def _pass(self, asked: Asked) -> None:
        provider = await self._holder(asked)
        if asked.call.family.kind in KEPT_FOR_CALLERS and asked.call.route.name != "cancel":
            allow_provider(asked.asking, provider)
        read = _reader(asked.call)
        watch: Watch | None = None
        if read is not None:
            watch = CreationWatch(self.owners, asked.owner, provider.name, None, read)
            if asked.call.family is RESPONSES:
                watch = EndWatch(watch, partial(self.ends.ended, asked, provider))
        await self._send(asked, provider, Prepared(await self._body(asked.exchange)), watch)

    async def _delete(self, asked: Asked) -> None:
        provider = await self._holder(asked)
        kind, object_id = asked.call.family.kind, asked.call.ids[0]
        gone = (Reference(kind, object_id), *((Reference("batch_input", object_id),) if kind == "file" else ()))
        watch = DeletionWatch(self.owners, asked.owner, provider.name, gone)
        status = await self._send(asked, provider, Prepared(await self._body(asked.exchange)), watch)
        if status in _GONE:
            await self.owners.forget(asked.owner, provider.name, gone)

    async def _create(self, asked: Asked) -> None:
        # Before anything is read or sent: what could not be recorded must not be made.
        await self.owners.require_store(asked.owner)
        within = await self._holder(asked) if asked.call.route.action == "create_within" else None
        if within is not None:
            allow_provider(asked.asking, within)
        provider, prepared = await prepare(self.owners, asked, await self._body(asked.exchange), within)
        refuse_unheld(asked.asking, prepared.runs)
        kind = asked.call.route.creates or asked.call.family.kind
        read = reader_of_kind(kind, is_batch_input=prepared.batch_models is not None)
        watch = CreationWatch(self.owners, asked.owner, provider.name, None, read, batch_models=prepared.batch_models)
        await self._send(asked, provider, prepared, watch)

    async def _body(self, exchange: Exchange) -> bytes:
        limit = self.pipeline.limits.max_body_bytes
        return decode_content(await exchange.read_body(limit), exchange.headers.get("content-encoding"), limit)

    async def _holder(self, asked: Asked) -> Provider:
        """Return the provider where the object of a path lives. Raises Refusal."""
        reference = Reference(asked.call.family.kind, asked.call.ids[0])
        held = await self.owners.providers_of(asked.owner, [reference])
        for name in sorted(held[reference]):
            provider = asked.snapshot.providers.get(name)
            if provider is not None:
                return provider
        raise unknown_object(reference)

    async def _send(self, asked: Asked, provider: Provider, prepared: Prepared, watch: Watch | None) -> int | None:
        """Speak to a provider for a caller. Return the provider's status; None where none came."""
        exchange, family = asked.exchange, asked.call.family
        attempt = attempt_at(self.pipeline, asked, provider, is_unpriced=prepared.is_unpriced)
        outgoing = self._request(asked, provider, prepared)
        attempt.taking = await self.pipeline.limiting.take_requests(asked.asking, prepared.runs, family.dialect)
        relay = Relay(
            exchange,
            attempt,
            Endpoint("objects", family.dialect, family.upstream, "count"),
            self.pipeline.limits.max_reply_bytes,
            # Contents may be larger than a whole reply may be.
            streamed=asked.call.route.method == "GET",
            credential=provider.credential,
            watch=watch,
        )
        try:
            await self.pipeline.speak(relay, outgoing)
        finally:
            attempt.abandon()
        return attempt.status

    def _request(self, asked: Asked, provider: Provider, prepared: Prepared) -> OutgoingRequest:
        query = query_up(asked.exchange)
        target = asked.call.upstream_path + (f"?{query}" if query else "")
        return request_to(self.pipeline, asked, provider, target, prepared)


def _reader(call: ObjectCall) -> Reader | None:
    """Return what reads new objects from replies about one that is there: what a vendor made meanwhile."""
    if call.family is OPENAI_BATCHES:
        return read_batch
    return read_response if call.family is RESPONSES and call.route.rest in ("/{}", "/{}/cancel") else None
