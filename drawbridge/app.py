"""The composition root: the only module that knows every part of a worker."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from drawbridge.agents import Runs
from drawbridge.agents.carrier import LEASE_S
from drawbridge.agents.runner import Runner
from drawbridge.agents.store import CHANNEL, RunStore
from drawbridge.agents.store import start as start_run
from drawbridge.chat.answers import Answers
from drawbridge.chat.conversations import Conversations
from drawbridge.chat.engine import PRODUCT
from drawbridge.chat.files.files import Files
from drawbridge.chat.files.reading.reader import FileReader
from drawbridge.chat.files.records import FileLimits
from drawbridge.chat.runs import ChatRuns
from drawbridge.chat.titling import Titling
from drawbridge.config.held_keys import HeldKeys, KeyWatch
from drawbridge.config.rewrapping import Rewrapper
from drawbridge.config.store import KeyHolders
from drawbridge.core.clock import Clock, SystemClock
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.alone import work_alone
from drawbridge.db.engine import Database, DatabaseAway
from drawbridge.db.migrate import driver_url
from drawbridge.db.wake import REVISIONS, listen
from drawbridge.egress import (
    Deadlines,
    Door,
    LineDoor,
    ListedHosts,
    MailDoor,
    PoolDoor,
    Proxy,
    ProxyingDoor,
    mail_server,
)
from drawbridge.gateway.admission import Admission
from drawbridge.gateway.attempt import price_lost
from drawbridge.gateway.guard import Guard
from drawbridge.gateway.http import Gateway
from drawbridge.gateway.inner.door import InnerDoor
from drawbridge.gateway.inner.own_servers import OwnServers, usual_places
from drawbridge.gateway.inner.vendor_models import VendorModels
from drawbridge.gateway.limits import RateLimits
from drawbridge.gateway.loading import DatabaseSource, KeyDirectory, PrincipalDirectory, PrivateNetworks
from drawbridge.gateway.media import MediaFetcher
from drawbridge.gateway.objects.backgrounds import Backgrounds
from drawbridge.gateway.objects.ownership import Owners
from drawbridge.gateway.objects.serving import ObjectCalls
from drawbridge.gateway.objects.store import VendorObjectStore
from drawbridge.gateway.objects.uploading import Uploads
from drawbridge.gateway.objects.uploads import UploadSeal
from drawbridge.gateway.pipeline import Limits, Pipeline
from drawbridge.gateway.providers.door import ProviderDoor
from drawbridge.gateway.refresh import Refresher
from drawbridge.gateway.snapshot import KeyCache, Snapshots
from drawbridge.gateway.spending import Spending
from drawbridge.gateway.translation import Translators
from drawbridge.health.looking import HealthPlugs
from drawbridge.health.records import ProviderState
from drawbridge.identity.organisations import FIRST
from drawbridge.identity.signin.serving import Pages
from drawbridge.identity.signin.site import Site, parse_networks
from drawbridge.ingress import Exchange, IngressLimits
from drawbridge.preparation import ORGANISATION, furnish, furnish_inviting, key_source, sealed_rows
from drawbridge.settings import Settings
from drawbridge.trail.finding import Receivers
from drawbridge.trail.sending import SENDING_LOCK, Sender
from drawbridge.trail.signing import Signer
from drawbridge.usage.api_denials import ApiDenials
from drawbridge.usage.budgets.alerts.receivers import Messenger
from drawbridge.usage.budgets.alerts.store import AlertStore
from drawbridge.usage.budgets.alerts.telling import TENDING_LOCK, Teller
from drawbridge.usage.budgets.leases import Leases
from drawbridge.usage.budgets.lessees.store import forget_closed
from drawbridge.usage.budgets.store import LeaseStore
from drawbridge.usage.daily import do_daily
from drawbridge.usage.delivery import Stores
from drawbridge.usage.denials import DenialCounts
from drawbridge.usage.drain import Drain
from drawbridge.usage.ledger.corrections import Corrections
from drawbridge.usage.limits.allowances import Allowances
from drawbridge.usage.limits.store import BucketStore
from drawbridge.usage.store import AuditedDenials, UsageStore
from drawbridge.usage.write_ahead import WriteAhead
from drawbridge.work.store import forget_failed
from drawbridge.workspace import Workspace

_log = logging.getLogger(__name__)
_LAST_DRAIN_S: Final = 5.0
_LAST_RUNS_S: Final = 3.0
_SWEEP_EVERY_S: Final = 3600.0
_FIRST_REPORT_S: Final = 5.0
_LAST_REPORT_S: Final = 1.0
_ADMIN_PREFIX: Final = "/api/"
_TEXT: Final = [(b"content-type", b"text/plain; charset=utf-8")]

OPEN_PATHS: Final = ("/", "/healthz", "/readyz")
"""Signs of life, which need no credential."""


class Application:
    """What a worker serves: model calls, the admin API, pages, and signs of life."""

    def __init__(
        self,
        gateway: Gateway,
        site: Site,
        make_admin_api: Callable[[], Guard],
        inner: InnerDoor,
        runner: Runner,
    ) -> None:
        self.loaded = asyncio.Event()
        """Set when calls can be decided."""
        self.inner = inner
        """By which the products in this process make their calls."""
        self.runner = runner
        """To be told when this process is to stop, while its last calls come to their end."""
        self._gateway = gateway
        self._pages = Pages(site)
        self._workspace = Workspace(site)
        self._make_admin_api = make_admin_api
        self._admin: Guard | None = None

    async def __call__(self, exchange: Exchange) -> None:
        """Answer one request."""
        path = exchange.path
        if path.startswith(_ADMIN_PREFIX):
            await self._admin_api()(exchange)
        elif self._pages.has(path):
            await self._pages(exchange)
        elif self._workspace.has(exchange):
            await self._workspace(exchange)
        elif path == "/readyz":
            # Not about the database: without it, what is in memory still answers calls.
            ready = self.loaded.is_set()
            await exchange.reply(200 if ready else 503, _TEXT, b"ready\n" if ready else b"loading\n")
        elif path in OPEN_PATHS:
            await exchange.reply(200, _TEXT, b"ok\n")
        else:
            await self._gateway(exchange)

    def _admin_api(self) -> Guard:
        if self._admin is None:
            self._admin = self._make_admin_api()
        return self._admin


@dataclass(frozen=True, slots=True)
class _Within:
    """What the admin API asks of this process."""

    runs: Runs
    inner: InnerDoor
    record: WriteAhead
    snapshots: Snapshots
    door: Door


@dataclass(frozen=True, slots=True)
class _KnownProviders:
    """The providers that are in memory, as health wants to know them."""

    snapshots: Snapshots

    def of(self, organisation_id: OrganisationId) -> Sequence[ProviderState]:
        snapshot = self.snapshots.get(organisation_id)
        known = [] if snapshot is None else sorted(snapshot.providers.values(), key=lambda each: each.name)
        return [ProviderState(each.name, each.vendor, each.credential_problem) for each in known]


def _make_admin_api(
    settings: Settings,
    database: Database,
    clock: Clock,
    held: HeldKeys,
    denials: DenialCounts,
    within: _Within,
) -> Guard:
    # Imported at the first request for it: most workers never need its 30 MB.
    from drawbridge.admin import DESCRIPTION, AdminParts, build_admin_api
    from drawbridge.chat.http import ChatPlugs
    from drawbridge.gateway.probing.http import ProbingPlugs
    from drawbridge.gateway.probing.prober import Prober
    from drawbridge.identity.signin.door import SignInPlugs, build_sign_in
    from drawbridge.policy.administrators import Administrators
    from drawbridge.policy.first_grants import appoint_administrator
    from drawbridge.sections import all_sections

    site = _site(settings)
    plugs = SignInPlugs(ORGANISATION, Administrators(), appoint_administrator)
    sign_in = build_sign_in(database, clock, site, held, plugs)
    parts = AdminParts(
        database,
        clock,
        all_sections(clock),
        held,
        ApiDenials(denials),
        sign_in,
        furnish,
        furnish_inviting(clock),
        ChatPlugs(within.runs, within.inner, file_limits=_file_limits(settings)),
        probing=ProbingPlugs(Prober(within.inner, database), settings.environment.keys(), ORGANISATION),
        servers=OwnServers(within.door, clock, usual_places(settings.environment)),
        health=HealthPlugs(within.record, settings.usage_folder, _KnownProviders(within.snapshots)),
    )
    return Guard(build_admin_api(parts), open_path=DESCRIPTION, site=site)


def _site(settings: Settings) -> Site:
    return Site(settings.public_url, parse_networks(settings.trusted_proxies))


def _object_calls(pipeline: Pipeline, owners: Owners, held: HeldKeys, database: Database) -> ObjectCalls:
    ends = Backgrounds(VendorObjectStore(database), Corrections(database))
    return ObjectCalls(pipeline, owners, Uploads(pipeline, owners, _upload_seal(held)), ends)


@asynccontextmanager
async def build_application(settings: Settings, url: str, direct_url: str) -> AsyncGenerator[Application]:
    """Put a worker's parts together and keep its background work going while the context lasts."""
    clock, told = SystemClock(), asyncio.Event()
    database, for_leases = Database(url), Database(url, pool_size=1, spare=0)
    snapshots, keys = Snapshots(), KeyCache()
    held, watch = await _hold_keys(settings, clock, database)
    record = WriteAhead(settings.usage_folder, clock=clock)
    denials = DenialCounts(record, clock)
    stores = Stores(UsageStore(database).book, AuditedDenials(database).book, partial(_close, database))
    leases, allowances = _headroom(record.owner, database, clock)
    drain = Drain(record, settings.usage_folder, stores, partial(price_lost, snapshots))
    source = DatabaseSource(database, settings.environment, held, _private_networks(settings))
    door = _door(settings)
    owners = Owners(VendorObjectStore(database))
    pipeline = Pipeline(
        admission=Admission(keys, snapshots, KeyDirectory(database).look_up),
        snapshots=snapshots,
        record=record,
        door=ProviderDoor(door),
        clock=clock,
        draw=random.random,
        limits=_limits(settings),
        ownership=owners,
        translators=Translators(MediaFetcher(door), clock),
        spending=Spending(leases),
        limiting=RateLimits(allowances),
    )
    inner = InnerDoor(pipeline, PrincipalDirectory(database).look_up, denials.note, VendorModels(pipeline.door, clock))
    runner = _runner(settings, direct_url, inner, clock, (database, for_leases))
    within = _Within(runner.runs, inner, record, snapshots, door)
    make_admin_api = partial(_make_admin_api, settings, database, clock, held, denials, within)
    gateway = Gateway(pipeline, _object_calls(pipeline, owners, held, database), denials.note)
    application = Application(gateway, _site(settings), make_admin_api, inner, runner)
    await watch.begin(_FIRST_REPORT_S)
    refresher = Refresher(source, snapshots, keys, poll_s=settings.revision_poll_s, told=told)
    try:
        async with asyncio.TaskGroup() as group:
            background = (
                group.create_task(refresher.run(application.loaded.set)),
                group.create_task(_listen(direct_url, told, runner)),
                group.create_task(_carry_runs_out(runner, application.loaded, database, clock)),
                group.create_task(_drain(drain, application.loaded)),
                group.create_task(leases.run()),
                group.create_task(allowances.run()),
                group.create_task(owners.run()),
                group.create_task(denials.run()),
                group.create_task(_tend(settings, database, direct_url, (door, clock), held)),
                group.create_task(watch.run()),
            )
            yield application
            await runner.finish(_LAST_RUNS_S)
            for task in background:
                task.cancel()
    finally:
        await watch.finish(_LAST_REPORT_S)
        await owners.finish(_LAST_DRAIN_S)
        denials.finish()
        is_closed = await drain.finish(_LAST_DRAIN_S) and await _close_leases(stores, record, allowances)
        await asyncio.to_thread(record.close, is_closed=is_closed)
        await door.close()
        await asyncio.gather(for_leases.close(), database.close())


def _file_limits(settings: Settings) -> FileLimits:
    return FileLimits(settings.max_file_bytes, settings.max_files_bytes)


def _runner(
    settings: Settings, direct_url: str, inner: InnerDoor, clock: Clock, databases: tuple[Database, Database]
) -> Runner:
    """Return what carries runs out. The second database is for their leases alone."""
    database, for_leases = databases
    titling = Titling(database, clock, inner, partial(start_run, takes_s=LEASE_S))
    turns = {PRODUCT: ChatRuns(Answers(database, clock, settings.max_body_bytes), titling)}
    store = RunStore(database, for_leases)
    return Runner(store, driver_url(direct_url), clock, name=str(uuid7()), speaks=inner, turns=turns)


async def _drain(drain: Drain, loaded: asyncio.Event) -> None:
    """Drain until cancelled, from when prices are known: recovery reckons what dead processes used."""
    await loaded.wait()
    await drain.run()


async def _listen(direct_url: str, changed: asyncio.Event, runner: Runner) -> None:
    """Have the database tell of changes and of runs, until cancelled."""
    await listen(driver_url(direct_url), {REVISIONS: lambda _: changed.set(), CHANNEL: runner.hear})


async def _carry_runs_out(runner: Runner, loaded: asyncio.Event, database: Database, clock: Clock) -> None:
    """Carry runs out until cancelled, from when calls can be decided, and forget those of what was temporary."""
    await loaded.wait()
    async with asyncio.TaskGroup() as group:
        group.create_task(runner.run())
        sweeps = [Conversations(database, clock, runner.runs).sweep, Files(database, clock, FileReader()).sweep]
        group.create_task(do_daily(sweeps, every_s=_SWEEP_EVERY_S))


async def _close(database: Database, owner: str) -> None:
    """End all that an owner has leased of budgets and of limits."""
    await LeaseStore(database).close(owner)
    await BucketStore(database).close(owner)


async def _close_leases(stores: Stores, record: WriteAhead, allowances: Allowances) -> bool:
    """Give back what is leased of budgets and limits, when all is booked; False where a sibling must do it."""
    if record.in_flight:
        return False
    try:
        async with asyncio.timeout(_LAST_DRAIN_S):
            await allowances.finish()
            await stores.close(record.owner)
    except (DatabaseAway, TimeoutError) as error:
        _log.warning(
            "what is leased of budgets and limits could not be given back, and is left to a sibling: %s", error
        )
        return False
    return True


async def _tend(
    settings: Settings, database: Database, direct_url: str, outside: tuple[Door, Clock], held: HeldKeys
) -> None:
    """Sign the audit record and send it to its streams, and tell of budgets' alerts, until cancelled."""
    door, clock = outside
    receivers = Receivers(
        database,
        (door, LineDoor()),
        clock,
        held,
        environment=settings.environment,
        private_hosts=ListedHosts.of(settings.private_stream_hosts),
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(Signer(database, held).run())
        sender = Sender(database, receivers.find)
        group.create_task(work_alone(driver_url(direct_url), SENDING_LOCK, sender.run))
        messenger = Messenger(door, _mail_door(settings), clock, receivers.secret, receivers.may_be_private)
        tend_budgets = partial(_tend_budgets, database, Teller(AlertStore(database), messenger))
        group.create_task(work_alone(driver_url(direct_url), TENDING_LOCK, tend_budgets))


async def _tend_budgets(database: Database, teller: Teller) -> None:
    """Tell of alerts, and do every day what usage and budgets need, until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(teller.run())
        group.create_task(
            do_daily(
                [
                    UsageStore(database).make_months,
                    partial(forget_closed, database),
                    partial(forget_failed, database),
                ]
            )
        )


def _mail_door(settings: Settings) -> MailDoor | None:
    if settings.smtp_url is None or settings.mail_from is None:
        return None
    return MailDoor(mail_server(settings.smtp_url), settings.mail_from)


def _headroom(owner: str, database: Database, clock: Clock) -> tuple[Leases, Allowances]:
    return Leases(owner, LeaseStore(database), clock), Allowances(owner, BucketStore(database), clock)


async def _hold_keys(settings: Settings, clock: Clock, database: Database) -> tuple[HeldKeys, KeyWatch]:
    source = key_source(settings)
    held = HeldKeys(source, await asyncio.to_thread(source.read), clock)
    holders = KeyHolders(database)
    return held, KeyWatch(held, uuid7(), holders, Rewrapper(sealed_rows(database), holders))


def _upload_seal(held: HeldKeys) -> UploadSeal:
    return UploadSeal(lambda: held.sealing.material, lambda: [key.material for key in held.now.newest_first])


def _door(settings: Settings) -> Door:
    direct = PoolDoor(connections_per_host=settings.connections_per_host)
    if settings.proxy_url is None:
        return direct
    return ProxyingDoor(direct, Proxy(settings.proxy_url, settings.direct_hosts))


def _private_networks(settings: Settings) -> PrivateNetworks:
    return PrivateNetworks(FIRST, ListedHosts.of(settings.private_provider_hosts))


def ingress_limits(settings: Settings) -> IngressLimits:
    """Return what one caller may take of a worker."""
    return IngressLimits(
        caller_timeout_s=settings.caller_timeout_s,
        drain_timeout_s=settings.drain_timeout_s,
        connections=settings.max_connections,
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        max_body_bytes=settings.max_body_bytes,
        max_reply_bytes=settings.max_reply_bytes,
        deadlines=Deadlines(
            connect_s=settings.connect_timeout_s,
            first_byte_s=settings.first_byte_timeout_s,
            between_bytes_s=settings.between_bytes_timeout_s,
            total_s=settings.call_timeout_s,
        ),
    )
