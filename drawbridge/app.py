"""The composition root: the only module that knows every part of a worker."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from drawbridge.config.secrets import load_master_key
from drawbridge.core.clock import Clock, SystemClock
from drawbridge.db.engine import Database
from drawbridge.db.migrate import driver_url
from drawbridge.db.wake import wake_on_change
from drawbridge.egress import Deadlines, Door, PoolDoor, Proxy, ProxyingDoor
from drawbridge.gateway.admission import Admission
from drawbridge.gateway.attempt import price_lost
from drawbridge.gateway.guard import Guard
from drawbridge.gateway.http import Gateway
from drawbridge.gateway.loading import DatabaseSource, KeyDirectory
from drawbridge.gateway.media import MediaFetcher
from drawbridge.gateway.objects.ownership import Owners
from drawbridge.gateway.objects.serving import ObjectCalls
from drawbridge.gateway.objects.store import VendorObjectStore
from drawbridge.gateway.objects.uploading import Uploads
from drawbridge.gateway.objects.uploads import UploadSeal
from drawbridge.gateway.pipeline import Limits, Pipeline
from drawbridge.gateway.providers.door import ProviderDoor
from drawbridge.gateway.refresh import Refresher
from drawbridge.gateway.snapshot import KeyCache, Snapshots
from drawbridge.gateway.translation import Translators
from drawbridge.ingress import Exchange, IngressLimits
from drawbridge.settings import Settings
from drawbridge.usage.drain import Drain
from drawbridge.usage.store import UsageStore
from drawbridge.usage.write_ahead import WriteAhead

_LAST_DRAIN_S: Final = 5.0
_ADMIN_PREFIX: Final = "/api/"
_TEXT: Final = [(b"content-type", b"text/plain; charset=utf-8")]


class Application:
    """What a worker serves: model calls, the admin API, and signs of life."""

    def __init__(self, gateway: Gateway, database: Database, clock: Clock) -> None:
        self.loaded = asyncio.Event()
        """Set when calls can be decided."""
        self._gateway = gateway
        self._database = database
        self._clock = clock
        self._admin: Guard | None = None

    async def __call__(self, exchange: Exchange) -> None:
        """Answer one request."""
        path = exchange.path
        if path.startswith(_ADMIN_PREFIX):
            await self._admin_api()(exchange)
        elif path in ("/", "/healthz"):
            await exchange.reply(200, _TEXT, b"ok\n")
        elif path == "/readyz":
            # Not about the database: without it, what is in memory still answers calls.
            ready = self.loaded.is_set()
            await exchange.reply(200 if ready else 503, _TEXT, b"ready\n" if ready else b"loading\n")
        else:
            await self._gateway(exchange)

    def _admin_api(self) -> Guard:
        if self._admin is None:
            # Imported at the first request for it: most workers never need its 30 MB.
            from drawbridge.admin import DESCRIPTION, build_admin_api

            api = build_admin_api(self._database, self._clock)
            self._admin = Guard(api, open_path=DESCRIPTION)
        return self._admin


@asynccontextmanager
async def build_application(settings: Settings, url: str, direct_url: str) -> AsyncGenerator[Application]:
    """Put a worker's parts together and keep its background work going while the context lasts."""
    clock = SystemClock()
    database = Database(url)
    snapshots, keys = Snapshots(), KeyCache()
    master_key = load_master_key(settings.master_key_file)
    record = WriteAhead(settings.usage_folder, clock=clock)
    drain = Drain(record, settings.usage_folder, UsageStore(database).book, price_lost)
    source = DatabaseSource(database, settings.environment, master_key)
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
    )
    uploads = Uploads(pipeline, owners, UploadSeal.of(master_key.material))
    application = Application(Gateway(pipeline, ObjectCalls(pipeline, owners, uploads)), database, clock)
    told = asyncio.Event()
    refresher = Refresher(source, snapshots, keys, poll_s=settings.revision_poll_s, told=told)
    try:
        async with asyncio.TaskGroup() as group:
            background = (
                group.create_task(refresher.run(application.loaded.set)),
                group.create_task(wake_on_change(driver_url(direct_url), told)),
                group.create_task(drain.run()),
                group.create_task(owners.run()),
            )
            yield application
            for task in background:
                task.cancel()
    finally:
        await owners.finish(_LAST_DRAIN_S)
        await drain.finish(_LAST_DRAIN_S)
        await asyncio.to_thread(record.close)
        await door.close()
        await database.close()


def _door(settings: Settings) -> Door:
    direct = PoolDoor(connections_per_host=settings.connections_per_host)
    if settings.proxy_url is None:
        return direct
    return ProxyingDoor(direct, Proxy(settings.proxy_url, settings.direct_hosts))


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
