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
from drawbridge.gateway.exchange import Receive, Scope, Send
from drawbridge.gateway.guard import Guard
from drawbridge.gateway.http import Gateway
from drawbridge.gateway.loading import DatabaseSource, KeyDirectory
from drawbridge.gateway.pipeline import Limits, Pipeline
from drawbridge.gateway.providers.door import ProviderDoor
from drawbridge.gateway.refresh import Refresher
from drawbridge.gateway.snapshot import KeyCache, Snapshots
from drawbridge.settings import Settings
from drawbridge.usage.drain import Drain
from drawbridge.usage.store import UsageStore
from drawbridge.usage.write_ahead import WriteAhead

_LAST_DRAIN_S: Final = 5.0
_ADMIN_PREFIX: Final = "/api/"


class Application:
    """The ASGI application of a worker: model calls, the admin API, and signs of life."""

    def __init__(self, gateway: Gateway, database: Database, clock: Clock, *, caller_timeout_s: float) -> None:
        self.loaded = asyncio.Event()
        """Set when calls can be decided."""
        self._gateway = gateway
        self._database = database
        self._clock = clock
        self._caller_timeout_s = caller_timeout_s
        self._admin: Guard | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path.startswith(_ADMIN_PREFIX):
            await self._admin_api()(scope, receive, send)
        elif path in ("/", "/healthz"):
            await _say(send, 200, b"ok\n")
        elif path == "/readyz":
            # Not about the database: without it, what is in memory still answers calls.
            ready = self.loaded.is_set()
            await _say(send, 200 if ready else 503, b"ready\n" if ready else b"loading\n")
        else:
            await self._gateway(scope, receive, send)

    def _admin_api(self) -> Guard:
        if self._admin is None:
            # Imported at the first request for it: most workers never need its 30 MB.
            from drawbridge.admin import DESCRIPTION, build_admin_api

            api = build_admin_api(self._database, self._clock)
            self._admin = Guard(api, open_path=DESCRIPTION, timeout_s=self._caller_timeout_s)
        return self._admin


@asynccontextmanager
async def build_application(settings: Settings, url: str, direct_url: str) -> AsyncGenerator[Application]:
    """Put a worker's parts together and keep its background work going while the context lasts."""
    clock = SystemClock()
    database = Database(url)
    snapshots, keys = Snapshots(), KeyCache()
    record = WriteAhead(settings.data / "usage", clock=clock)
    drain = Drain(record, settings.data / "usage", UsageStore(database).book, price_lost)
    source = DatabaseSource(database, settings.environment, load_master_key(settings.master_key_file))
    door = _door(settings)
    pipeline = Pipeline(
        admission=Admission(keys, snapshots, KeyDirectory(database).look_up),
        snapshots=snapshots,
        record=record,
        door=ProviderDoor(door),
        clock=clock,
        draw=random.random,
        limits=_limits(settings),
    )
    gateway = Gateway(pipeline, caller_timeout_s=settings.caller_timeout_s)
    application = Application(gateway, database, clock, caller_timeout_s=settings.caller_timeout_s)
    told = asyncio.Event()
    refresher = Refresher(source, snapshots, keys, poll_s=settings.revision_poll_s, told=told)
    try:
        async with asyncio.TaskGroup() as group:
            background = (
                group.create_task(refresher.run(application.loaded.set)),
                group.create_task(wake_on_change(driver_url(direct_url), told)),
                group.create_task(drain.run()),
            )
            yield application
            for task in background:
                task.cancel()
    finally:
        await drain.finish(_LAST_DRAIN_S)
        await asyncio.to_thread(record.close)
        await door.close()
        await database.close()


def _door(settings: Settings) -> Door:
    direct = PoolDoor(connections_per_host=settings.connections_per_host)
    if settings.proxy_url is None:
        return direct
    return ProxyingDoor(direct, Proxy(settings.proxy_url, settings.direct_hosts))


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


async def _say(send: Send, status: int, body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    headers = [(b"content-type", b"text/plain; charset=utf-8"), length]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
