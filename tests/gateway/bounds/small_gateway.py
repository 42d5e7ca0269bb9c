"""The pipeline over real HTTP without a database: one caller who may do everything, and what is left for each call."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from drawbridge.core.ids import CallId, KeyId, OrganisationId, PrincipalId, uuid7
from drawbridge.egress import Deadlines
from drawbridge.egress.pool import PoolDoor
from drawbridge.gateway.admission import Admission
from drawbridge.gateway.bounds import fit_call, reckon_call
from drawbridge.gateway.cost_bounds import price_at
from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.endpoints import Target, find_target
from drawbridge.gateway.limits import Taken
from drawbridge.gateway.media import MediaFetcher
from drawbridge.gateway.objects.kinds import Reference, VendorObject
from drawbridge.gateway.objects.ownership import Owner
from drawbridge.gateway.permission import Asking
from drawbridge.gateway.pipeline import Limits, Pipeline
from drawbridge.gateway.providers.door import ProviderDoor
from drawbridge.gateway.refusals import Refusal, write_refusal
from drawbridge.gateway.request import CallRequest
from drawbridge.gateway.snapshot import (
    Caller,
    Deployment,
    Holder,
    KeyCache,
    Leg,
    Model,
    OrganisationSnapshot,
    Rights,
    Snapshots,
)
from drawbridge.gateway.spending import Afforded
from drawbridge.gateway.translation import Translators
from drawbridge.identity.keys import KeyHash, make_key
from drawbridge.ingress import Exchange, IngressLimits, Server
from drawbridge.policy.conditions import NO_CONDITIONS
from drawbridge.policy.rules import EVERYONE, Rule, make_rule_set
from drawbridge.usage.events import Intent, Settlement
from drawbridge.usage.pricing.book import PriceBook
from tests.parts.caller import Caller as HttpCaller
from tests.parts.caller import calling
from tests.parts.clock import HeldClock

ORGANISATION = OrganisationId(UUID(int=1))
PRICED_AT = datetime(2026, 11, 23, tzinfo=UTC)


class Nowhere:
    """A usage record that keeps nothing, and an ownership of no objects."""

    def append_intent(self, intent: Intent) -> None:
        del intent

    def append_settlement(self, settlement: Settlement) -> bool:
        del settlement
        return True

    async def providers_of(self, owner: Owner, references: Collection[Reference]) -> Mapping[Reference, frozenset[str]]:
        del owner
        return dict.fromkeys(references, frozenset[str]())

    def add(self, objects: Iterable[VendorObject]) -> int:
        del objects
        return 0

    async def recorded(self, number: int) -> None:
        del number

    async def forget(self, owner: Owner, provider: str, references: Collection[Reference]) -> None:
        del owner, provider, references


@dataclass(slots=True)
class Purse:
    """What each call may cost."""

    room_nanousd: int = 10**15
    fitted: list[CallRequest] = field(default_factory=list[CallRequest])

    async def hold(self, asking: Asking, taken: Taken, model: Model, deployment: Deployment) -> Afforded:
        """Clamp a call to what is left. Raises Refusal."""
        del asking, model
        price = price_at(deployment, PriceBook(), PRICED_AT)
        call, reckoned = await reckon_call(taken.call, deployment, price, taken.bound)
        fitted = fit_call(call, reckoned, deployment, price, self.room_nanousd)
        if fitted is None:
            raise Refusal("forbidden", "Nothing is left.")
        self.fitted.append(fitted.call)
        return Afforded(fitted.call)


class NoLimits:
    """Every caller may call as fast as they like."""

    async def take(self, asking: Asking, call: CallRequest, model: Model, deployment: Deployment) -> Taken:
        del asking, model, deployment
        return Taken(call)

    async def take_requests(self, asking: Asking, models: Iterable[Model], dialect: Dialect) -> None:
        del asking, models, dialect


@asynccontextmanager
async def small_gateway(deployments: Iterable[Deployment], purse: Purse) -> AsyncGenerator[HttpCaller]:
    """Run a gateway with a model for each deployment, by its name, and give somebody who calls it."""
    key = make_key(bytes(32))
    holder = Caller(ORGANISATION, PrincipalId(UUID(int=2)), "ana", KeyId(UUID(int=3)))
    keys = KeyCache()
    keys.put(key.hash, holder)
    door = PoolDoor(connections_per_host=4)
    pipeline = _pipeline(_snapshots(deployments), keys, door, purse)

    async def answer(exchange: Exchange) -> None:
        target = find_target(exchange.method, exchange.path)
        assert isinstance(target, Target)
        try:
            await pipeline.serve(exchange, target, CallId(uuid7()))
        except Refusal as refusal:
            status = refusal.status(None)
            await exchange.reply(status, [], write_refusal(refusal, target.dialect, status))

    listening = socket.create_server(("127.0.0.1", 0))
    server = Server(answer, [listening], IngressLimits(drain_timeout_s=1))
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(server.serve())
        await server.started.wait()
        try:
            async with calling(f"http://127.0.0.1:{listening.getsockname()[1]}", key.text) as caller:
                yield caller
        finally:
            server.stop()
            await serving
            await door.close()


def _snapshots(deployments: Iterable[Deployment]) -> Snapshots:
    models = {each.name: Model(each.name, (Leg(each),), PRICED_AT) for each in deployments}
    providers = {leg.deployment.provider.name: leg.deployment.provider for m in models.values() for leg in m.route}
    anything = Rule("all", "allow", EVERYONE, "use", "model", "*", NO_CONDITIONS)
    snapshots = Snapshots()
    snapshot = OrganisationSnapshot(ORGANISATION, 1, models, providers, Rights(make_rule_set([anything], {})))
    snapshots.swap(1, {ORGANISATION: snapshot})
    return snapshots


def _pipeline(snapshots: Snapshots, keys: KeyCache, door: PoolDoor, purse: Purse) -> Pipeline:
    async def nobody(key_hash: KeyHash) -> Holder:
        del key_hash

    clock = HeldClock(PRICED_AT)
    nowhere = Nowhere()
    return Pipeline(
        admission=Admission(keys, snapshots, nobody),
        snapshots=snapshots,
        record=nowhere,
        door=ProviderDoor(door),
        clock=clock,
        draw=lambda: 0.0,
        limits=Limits(1 << 20, 1 << 20, Deadlines(connect_s=5, first_byte_s=5, between_bytes_s=5, total_s=20)),
        ownership=nowhere,
        translators=Translators(MediaFetcher(door), clock),
        spending=purse,
        limiting=NoLimits(),
    )
