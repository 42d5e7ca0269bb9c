"""A request about vendor objects on its way out: addressed, and booked like every attempt."""

from dataclasses import dataclass

from drawbridge.core.ids import AttemptId, CallId, uuid7
from drawbridge.egress import OutgoingRequest
from drawbridge.gateway.attempt import Attempt
from drawbridge.gateway.clients import recognise_client
from drawbridge.gateway.headers import headers_up
from drawbridge.gateway.objects.admission import owner_of
from drawbridge.gateway.objects.ownership import Owner
from drawbridge.gateway.objects.paths import ObjectCall
from drawbridge.gateway.permission import Asking
from drawbridge.gateway.pipeline import PRODUCT, Pipeline
from drawbridge.gateway.prices import require_no_price
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.snapshot import Caller, Model, OrganisationSnapshot, Provider
from drawbridge.ingress import Exchange
from drawbridge.usage.events import Intent, Tokens

_NO_MODEL = "-"
"""What is booked as the model of a call that runs none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call, and who makes it."""

    exchange: Exchange
    call: ObjectCall
    asking: Asking
    call_id: CallId

    @property
    def caller(self) -> Caller:
        """Who makes it."""
        return self.asking.caller

    @property
    def snapshot(self) -> OrganisationSnapshot:
        """What it is decided from."""
        return self.asking.snapshot

    @property
    def owner(self) -> Owner:
        """The caller as an owner of objects."""
        return owner_of(self.caller)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What goes to the vendor."""

    body: bytes = b""
    content_type: str | None = None
    """None: as the caller says."""
    is_unpriced: bool = False
    """Whether the vendor will run models for it, at a cost that its reply does not tell."""
    runs: tuple[Model, ...] = ()
    """The models that the vendor will run for it, or keep something for, at a cost."""
    batch_models: tuple[str, ...] | None = None
    """What the lines of a file name that were checked, so that a batch may be made of it; None for anything else."""


def attempt_at(pipeline: Pipeline, asked: Asked, provider: Provider, *, is_unpriced: bool = False) -> Attempt:
    """Make an attempt at a provider, without a model. Raises Refusal where its credential or a price is missing."""
    if provider.credential_problem:
        raise Refusal("not_configured", provider.credential_problem)
    if is_unpriced:
        require_no_price(asked.snapshot, provider.name)
    intent = Intent(
        attempt_id=AttemptId(uuid7()),
        call_id=asked.call_id,
        organisation_id=asked.caller.organisation_id,
        principal_id=asked.caller.principal_id,
        key_id=asked.caller.key_id,
        product=PRODUCT,
        operation=asked.call.operation,
        dialect=asked.call.family.needs,
        model=_NO_MODEL,
        deployment=_NO_MODEL,
        provider=provider.name,
        upstream_model=_NO_MODEL,
        pricing_id=provider.pricing_id,
        session_id=None,
        client=recognise_client(asked.exchange.headers),
        streamed=False,
        started_at=pipeline.clock.now(),
        estimate=Tokens(),
    )
    prices = asked.snapshot.prices
    return Attempt(intent, pipeline.record, pipeline.clock, prices, is_free=True, is_unpriced=is_unpriced)


def request_to(
    pipeline: Pipeline, asked: Asked, provider: Provider, target: str, prepared: Prepared
) -> OutgoingRequest:
    """Address a request: `target` is the path below the base URL, with its query."""
    headers = headers_up(
        asked.exchange.header_list,
        asked.call.family.dialect,
        provider,
        asked.caller.principal_id,
        is_json=asked.call.route.action != "upload",
    )
    if prepared.content_type is not None:
        kept = tuple((name, value) for name, value in headers if name != "content-type")
        headers = (*kept, ("content-type", prepared.content_type))
    return OutgoingRequest(
        # A list is made of single objects, each asked for by itself.
        method=asked.call.route.method,
        url=provider.base_url + target,
        headers=headers,
        body=prepared.body,
        deadlines=pipeline.limits.deadlines,
        allow_private=provider.allow_private,
    )
