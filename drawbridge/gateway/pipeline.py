"""The one path of every call: identify, find the model, ask policy, keep the intent, speak, settle."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from msgspec import structs

from drawbridge.core.clock import Clock
from drawbridge.core.ids import AttemptId, CallId
from drawbridge.egress import Deadlines, Door, OutgoingRequest
from drawbridge.gateway.admission import Admission, find_credential
from drawbridge.gateway.attempt import Attempt, UsageRecord
from drawbridge.gateway.bodies import decode_content, scan
from drawbridge.gateway.bounds import stops_when_cut
from drawbridge.gateway.clients import find_session, recognise_client
from drawbridge.gateway.cost_bounds import most_cost
from drawbridge.gateway.counting import Estimated, count_of
from drawbridge.gateway.dialogue import Dialogue
from drawbridge.gateway.endpoints import COUNTED, TAKE_COMMENTS, Endpoint, Target
from drawbridge.gateway.further_models import further_models
from drawbridge.gateway.headers import Headers, headers_up
from drawbridge.gateway.interpretation import interpret
from drawbridge.gateway.limits import Taken, Takes
from drawbridge.gateway.models import write_model, write_models
from drawbridge.gateway.objects.admission import find_holders, owner_of
from drawbridge.gateway.objects.created import reader_for
from drawbridge.gateway.objects.ownership import Ownership
from drawbridge.gateway.objects.references import TOP_MEMBERS, find_references
from drawbridge.gateway.objects.watching import CreationWatch
from drawbridge.gateway.permission import (
    DATA_CLASS_HEADER,
    Asking,
    allow_model,
    allow_references,
    cost_unknown,
    data_class_of,
    require_project,
    require_shown,
    shown_to,
)
from drawbridge.gateway.prices import keep_priced
from drawbridge.gateway.providers.presets import REHEARSAL_URL
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.relay import Relay
from drawbridge.gateway.request import CallRequest, read_request, with_model, write_body
from drawbridge.gateway.routing import (
    choose_deployment,
    find_model,
    keep_deployment,
    keep_providers,
    listed_models,
    model_at,
    model_of,
)
from drawbridge.gateway.snapshot import Caller, Deployment, Leg, Model, OrganisationSnapshot, Snapshots
from drawbridge.gateway.spending import Downgrade, Spends
from drawbridge.gateway.translation import Translated, Translators, lost_header, needs_translation, wishes_of
from drawbridge.ingress import Exchange
from drawbridge.usage.budgets.holds import Hold
from drawbridge.usage.estimates import estimate_unheard
from drawbridge.usage.events import Intent

PRODUCT: Final = "api"
"""What calls that come in by the gateway's own door are made for."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may take, in bytes and seconds."""

    max_body_bytes: int
    max_reply_bytes: int
    deadlines: Deadlines


Say = Callable[[str | None], Awaitable[CallRequest | None]]
"""Says a call: to the model that its caller asks for, given None, or to another; None where it cannot be. May raise
Refusal."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call as it is to be made, and what is held and taken for it."""

    request: CallRequest
    deployment: Deployment
    hold: Hold | None
    taken: Taken

    def release(self) -> None:
        """Free all of it: the call is not made."""
        if self.hold is not None:
            self.hold.release()
        self.taken.release()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The parts that every call passes through, in order."""

    admission: Admission
    snapshots: Snapshots
    record: UsageRecord
    door: Door
    clock: Clock
    draw: Callable[[], float]
    limits: Limits
    ownership: Ownership
    translators: Translators
    spending: Spends
    limiting: Takes

    async def serve(self, exchange: Exchange, target: Target, call_id: CallId) -> None:
        """Answer one request. Raises Refusal or DrawbridgeError while nothing has been sent to the caller."""
        asking = self.asking(exchange, await self.identify(exchange))
        match target.kind:
            case "call":
                assert target.endpoint is not None
                await self._call(exchange, target.endpoint, target.model, asking, call_id)
            case "list_models":
                models = listed_models(asking.snapshot, shown_to(asking))
                await exchange.reply(200, _JSON, write_models(models, target.dialect))
            case "get_model":
                model = find_model(asking.snapshot, target.model or "", target.dialect, is_shown=shown_to(asking))
                require_shown(asking, model)
                await exchange.reply(200, _JSON, write_model(model, target.dialect))
            case "websocket_only":
                raise _refuse_get(exchange)

    async def identify(self, exchange: Exchange) -> Caller:
        """Return who sends a request. Raises Refusal."""
        query_keys = [value for name, value, _ in exchange.query_items() if name == "key"]
        key = find_credential(exchange.header_list, query_keys)
        return await self.admission.identify(key, self.clock.now())

    def snapshot_of(self, caller: Caller) -> OrganisationSnapshot:
        """Return what a caller's calls are decided from. Raises Refusal."""
        snapshot = self.snapshots.get(caller.organisation_id)
        if snapshot is None:
            raise Refusal("not_ready", "This organisation's configuration is being loaded.", retry_after_s=1)
        require_project(snapshot, caller)
        return snapshot

    def asking(self, exchange: Exchange, caller: Caller) -> Asking:
        """Return who asks, for policy. Raises Refusal."""
        return self.asking_for(PRODUCT, caller, exchange.headers.get(DATA_CLASS_HEADER))

    def asking_for(self, product: str, caller: Caller, data_class: str | None) -> Asking:
        """Return who asks through a product, with the data class as stated. Raises Refusal."""
        snapshot = self.snapshot_of(caller)
        return Asking(snapshot, caller, product, data_class_of(snapshot, caller, data_class), self.clock.now())

    async def _call(
        self, exchange: Exchange, endpoint: Endpoint, model_in_path: str | None, asking: Asking, call_id: CallId
    ) -> None:
        packed = await exchange.read_body(self.limits.max_body_bytes)
        body = decode_content(packed, exchange.headers.get("content-encoding"), self.limits.max_body_bytes)
        request = read_request(endpoint, model_in_path, body, exchange.headers.get("content-type"))
        admitted = await self.afford(asking, _as_sent(request))
        attempt = self.attempt(exchange, asking, admitted, call_id)
        await self.answer(exchange, asking.caller, admitted, attempt)

    async def afford(self, asking: Asking, say: Say) -> Admitted:
        """Find who answers a call, and hold what it may cost: of another model where its budgets say so.

        What is held is freed by `answer`. Raises Refusal.
        """
        request = await say(None)
        assert request is not None, "the caller's own model can be told the caller's own call"
        first = await self._try_to_afford(asking, request)
        if not isinstance(first, Downgrade):
            return first
        try:
            again = await say(first.model)
            cheaper = again and await self._try_to_afford(asking, structs.replace(again, called_instead=first.model))
        except Refusal as refusal:
            raise first.refusal from refusal
        if cheaper is None or isinstance(cheaper, Downgrade):
            raise first.refusal
        return cheaper

    def attempt(self, exchange: Dialogue, asking: Asking, admitted: Admitted, call_id: CallId) -> Attempt:
        """Return the one try that a call has, not begun yet; from now on it frees what is held."""
        request, hold, taken = admitted.request, admitted.hold, admitted.taken
        try:
            intent = self._intent(exchange, request, asking, admitted.deployment, call_id)
        except BaseException:
            admitted.release()
            raise
        if hold is not None:
            intent = structs.replace(intent, held_nanousd=hold.booked, windows=tuple(w.id for w in hold.windows))
        return Attempt(
            intent,
            self.record,
            self.clock,
            asking.snapshot.prices,
            request.endpoint.answers_with == "count",
            stops_when_cut=hold is not None and stops_when_cut(request),
            is_background=request.is_background,
            hold=hold,
            taking=taken.taking,
            limit_headers=taken.headers,
        )

    async def answer(self, exchange: Dialogue, caller: Caller, admitted: Admitted, attempt: Attempt) -> None:
        """Make a call and pass its reply on. Raises Refusal while nothing has been sent to the caller."""
        request, deployment = admitted.request, admitted.deployment
        try:
            _check_size(deployment, request.size)
            if needs_translation(request, deployment):
                await self._call_translated(exchange, request, caller, deployment, attempt)
            else:
                await self._call_as_it_is(exchange, request, caller, deployment, attempt)
        finally:
            attempt.abandon()

    async def _try_to_afford(self, asking: Asking, request: CallRequest) -> Admitted | Downgrade:
        model, deployment = await self._route(asking, request)
        taken = await self.limiting.take(asking, request, model, deployment)
        is_kept = False
        try:
            held = await self.spending.hold(asking, taken, model, deployment)
            if isinstance(held, Downgrade):
                return held
            is_kept = True
            return Admitted(held.call, deployment, held.hold, taken)
        finally:
            if not is_kept:
                taken.release()

    async def _route(self, asking: Asking, request: CallRequest) -> tuple[Model, Deployment]:
        """Find the model that a call asks for, and who of those that the caller may use is to answer."""
        endpoint, snapshot = request.endpoint, asking.snapshot
        model = _asked_model(asking, request)
        prices = snapshot.prices
        model = allow_model(asking, model, lambda deployment: most_cost(request, deployment, prices, asking.now))
        references = find_references(endpoint.dialect, request.top, snapshot.providers.values())
        if references:
            model = keep_providers(model, await find_holders(self.ownership, owner_of(asking.caller), references))
            model = allow_references(asking, model, references)
        is_free = endpoint.answers_with == "count"
        if not is_free:
            model = keep_priced(snapshot, model, asking.now)
        deployment = choose_deployment(model, endpoint, self.draw)
        for name in further_models(request, deployment):
            further = allow_model(asking, model_at(deployment.provider, name), cost_unknown)
            keep_priced(snapshot, further, asking.now)
        if deployment.provider.credential_problem:
            raise Refusal("not_configured", deployment.provider.credential_problem)
        return model, deployment

    async def _call_as_it_is(
        self, exchange: Dialogue, request: CallRequest, caller: Caller, deployment: Deployment, attempt: Attempt
    ) -> None:
        endpoint = request.endpoint
        outgoing = write_body(request, deployment.upstream_model, deployment.provider.usage_in_stream)
        relay = Relay(
            exchange,
            attempt,
            endpoint,
            self.limits.max_reply_bytes,
            request.streamed,
            deployment.provider.credential,
            self._watch(request, caller, deployment, attempt),
            count_of(request, deployment, wishes_of(exchange, caller)) if endpoint in COUNTED else None,
            clamped_output_tokens=request.clamped_output_tokens,
            tells_cost=request.endpoint.dialect in TAKE_COMMENTS,
            called_instead=request.called_instead,
        )
        headers = headers_up(
            exchange.header_list,
            endpoint.dialect,
            deployment.provider,
            caller.principal_id,
            is_json=request.form is None,
        )
        address = self._address(deployment, _path_up(exchange, endpoint, deployment), headers, outgoing.body)
        await self.speak(relay, address, asked_usage=outgoing.asked_usage)

    async def _call_translated(
        self, exchange: Dialogue, request: CallRequest, caller: Caller, deployment: Deployment, attempt: Attempt
    ) -> None:
        translated = await interpret(self.translators, request, deployment, wishes_of(exchange, caller))
        if isinstance(translated, Estimated):
            attempt.begin()
            attempt.settle_fetched()
            await exchange.reply(200, translated.headers(attempt.intent.call_id), translated.body)
            return
        await self._check_told(translated, caller, deployment)
        attempt.translates(translated.losses, translated.reply.losses)
        # Then only what others have sealed is said anew: all that stands around the body stays the caller's own.
        is_same = translated.endpoint.dialect == request.endpoint.dialect
        relay = Relay(
            exchange,
            attempt,
            translated.endpoint,
            self.limits.max_reply_bytes,
            translated.streamed,
            deployment.provider.credential,
            self._watch(request, caller, deployment, attempt) if is_same else None,
            translation=translated.reply,
            lost=lost_header(translated.losses),
            is_across=not is_same,
            clamped_output_tokens=request.clamped_output_tokens,
            tells_cost=request.endpoint.dialect in TAKE_COMMENTS,
            called_instead=request.called_instead,
        )
        said = exchange.header_list if is_same else translated.headers
        headers = headers_up(said, translated.endpoint.dialect, deployment.provider, caller.principal_id)
        path = _path_up(exchange, request.endpoint, deployment) if is_same else translated.path
        await self.speak(relay, self._address(deployment, path, headers, translated.body))

    async def _check_told(self, translated: Translated, caller: Caller, deployment: Deployment) -> None:
        """Refuse what must not go up as it is said now, whatever it was in the caller's dialect. Raises Refusal.

        What names no vendor object there, such as a web address or a sealed value, may name one where it goes.
        """
        _check_size(deployment, len(translated.body))
        spoken = translated.endpoint.dialect
        references = find_references(spoken, scan(translated.body, TOP_MEMBERS), (deployment.provider,))
        if references:
            holders = await find_holders(self.ownership, owner_of(caller), references)
            keep_providers(Model(deployment.name, (Leg(deployment),), self.clock.now()), holders)

    def _watch(
        self, request: CallRequest, caller: Caller, deployment: Deployment, attempt: Attempt
    ) -> CreationWatch | None:
        read = reader_for(request.endpoint.dialect, request.top)
        if read is None or deployment.provider.base_url == REHEARSAL_URL:
            return None
        provider, is_background = deployment.provider.name, request.is_background
        made_by = attempt.intent.attempt_id if is_background else None
        return CreationWatch(
            self.ownership, owner_of(caller), provider, deployment.name, read, is_background, attempt_id=made_by
        )

    def _intent(
        self,
        exchange: Dialogue,
        request: CallRequest,
        asking: Asking,
        deployment: Deployment,
        call_id: CallId,
    ) -> Intent:
        top, caller = request.top, asking.caller
        return Intent(
            # A call is sent once, so it has one attempt.
            attempt_id=AttemptId(call_id),
            call_id=call_id,
            organisation_id=caller.organisation_id,
            principal_id=caller.principal_id,
            key_id=caller.key_id,
            product=asking.product,
            operation=request.endpoint.operation,
            dialect=request.endpoint.dialect,
            model=request.model,
            deployment=deployment.name,
            provider=deployment.provider.name,
            upstream_model=deployment.upstream_model,
            pricing_id=deployment.provider.pricing_id,
            session_id=find_session(exchange.headers, top.raw("prompt_cache_key"), top.raw("metadata")),
            client=recognise_client(exchange.headers),
            streamed=request.streamed,
            started_at=self.clock.now(),
            estimate=estimate_unheard(request.text_bytes, request.max_output_tokens, request.endpoint.answers_with),
            project_id=caller.project_id,
            team_id=asking.snapshot.cost_team_of(caller),
        )

    def _address(self, deployment: Deployment, path: str, headers: Headers, body: bytes) -> OutgoingRequest:
        return OutgoingRequest(
            method="POST",
            url=deployment.provider.base_url + path,
            headers=headers,
            body=body,
            deadlines=self.limits.deadlines,
            allow_private=deployment.provider.allow_private,
        )

    async def speak(self, relay: Relay, request: OutgoingRequest, *, asked_usage: bool = False) -> None:
        """Send the request and relay the reply until it ends or the caller leaves. Raises Refusal."""
        relay.attempt.begin()
        try:
            failure = await relay.run(self.door, request, asked_usage=asked_usage)
        finally:
            # For when the caller leaves or this process is told to stop, which cancels, or a fault of ours passes here.
            relay.give_up("cut_by_caller" if relay.exchange.left else "cut_by_us")
        if failure is not None:
            raise failure


def _asked_model(asking: Asking, request: CallRequest) -> Model:
    """Find the model that a call asks for. Raises Refusal."""
    snapshot, endpoint, only = asking.snapshot, request.endpoint, request.only
    if request.asks_deployment:
        assert only is not None, "a call that asks a deployment names it"
        return model_of(snapshot, only)
    model = find_model(snapshot, request.model, endpoint.dialect, endpoint, shown_to(asking))
    return model if only is None else keep_deployment(model, only)


def query_up(exchange: Dialogue) -> str:
    """Return what goes to the vendor of a request's query, as it was written."""
    if not exchange.raw_query:
        return ""
    return b"&".join(raw for name, _, raw in exchange.query_items() if name not in _STAYS_HERE).decode("latin-1")


def _path_up(exchange: Dialogue, endpoint: Endpoint, deployment: Deployment) -> str:
    query = query_up(exchange)
    path = endpoint.upstream(deployment.upstream_model)
    return f"{path}?{query}" if query else path


def _as_sent(request: CallRequest) -> Say:
    async def say(instead: str | None) -> CallRequest | None:
        if instead is None:
            return request
        return None if request.form is not None else with_model(request, instead)

    return say


def _check_size(deployment: Deployment, size: int) -> None:
    limit = deployment.provider.max_body_bytes
    if limit is not None and size > limit:
        raise Refusal(
            "too_large",
            f"The request has {size} bytes, and {deployment.provider.name} takes at most {limit}: send less.",
        )


_STAYS_HERE: Final = frozenset({"key", "access_token", "oauth_token", "model"})
"""Parts of a query that never go up: what Google takes for a credential, and a second word for the model, which another
gateway behind this one would follow (https://github.com/BerriAI/litellm/issues/41810, 2026-09-18)."""
_JSON: Final = [(b"content-type", b"application/json")]


def _refuse_get(exchange: Exchange) -> Refusal:
    if exchange.headers.get("upgrade", "").lower() == "websocket":
        return Refusal("upgrade_refused", "Responses are not served over WebSocket here: send POST /v1/responses.")
    return Refusal("method_not_allowed", "This path takes POST.")
