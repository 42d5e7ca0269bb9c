"""A worker process: serves calls on sockets that its parent bound, and keeps their usage safe."""

import asyncio
import gc
import json
import logging
import mmap
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from functools import partial
from typing import Final

import uvloop

from drawbridge.app import Application, build_application, ingress_limits
from drawbridge.core.errors import DrawbridgeError
from drawbridge.db.engine import DatabaseAway
from drawbridge.ingress import Server, Shares
from drawbridge.preparation import prepare
from drawbridge.settings import Settings, load_settings

_log = logging.getLogger(__name__)

_SWITCH_INTERVAL_S: Final = 0.0005


@dataclass(frozen=True, slots=True)
class Orders:
    """What the parent tells a worker when it may begin."""

    database_url: str
    database_direct_url: str
    listen_fds: list[int]
    shares_fd: int
    """Of the file in which the workers tell each other how many connections they have."""
    index: int
    """Which worker this is."""
    prepare: bool
    """Whether this worker brings the database up to date before it serves; the others wait for it."""


def main() -> None:
    """Run a worker. The only argument is the file descriptor of the socket to the parent."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # It tells each outage of the database several times over, as errors; `work/queue.py` says what there is to say.
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
    control = socket.socket(fileno=int(sys.argv[1]))
    # The parent decides when to stop; Ctrl-C reaches the whole process group.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    uvloop.run(_work(control, load_settings()))


async def _work(control: socket.socket, settings: Settings) -> None:
    reader, writer = await asyncio.open_connection(sock=control)
    line = await reader.readline()
    if not line:
        return
    orders = Orders(**json.loads(line))
    async with AsyncExitStack() as stack:
        try:
            if orders.prepare:
                report = await prepare(settings, orders.database_url, orders.database_direct_url)
                await _tell(writer, {"report": asdict(report)})
            built = build_application(settings, orders.database_url, orders.database_direct_url)
            application = await stack.enter_async_context(built)
        except DatabaseAway as error:
            # It may be back in a moment: the parent starts another worker.
            _log.warning("%s", error.message)
            sys.exit(1)
        except DrawbridgeError as error:
            await _tell(writer, {"error": error.message})
            return
        sockets = [socket.socket(fileno=fd) for fd in orders.listen_fds]
        shares = Shares(mmap.mmap(orders.shares_fd, 0), orders.index)
        os.close(orders.shares_fd)
        server = Server(application, sockets, ingress_limits(settings), shares)
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(_serve(application, server, writer, settings))
            stop = partial(_stop, application, server, serving)
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
            parent = group.create_task(_follow_parent(reader, stop))
            await asyncio.wait([serving])
            parent.cancel()


async def _serve(application: Application, server: Server, writer: asyncio.StreamWriter, settings: Settings) -> None:
    """Take calls from the moment on when they can be decided; until then the siblings take them."""
    await application.loaded.wait()
    _spare_the_calls()
    await _tell(writer, {"ready": True})
    await server.serve()
    # Whoever follows an answer may be at another worker: then no call has waited for its end.
    await application.runner.rest(settings.drain_timeout_s)


def _spare_the_calls() -> None:
    """Keep what runs beside the calls from holding them up."""
    # What is loaded stays: to look through it for garbage again and again would take 5 % of each call.
    gc.collect()
    gc.freeze()
    # A thread that prepares usage for the database gives way within this time, not within the usual 5 ms.
    sys.setswitchinterval(_SWITCH_INTERVAL_S)


async def _tell(writer: asyncio.StreamWriter, message: dict[str, object]) -> None:
    writer.write(json.dumps(message).encode() + b"\n")
    await writer.drain()


async def _follow_parent(reader: asyncio.StreamReader, stop: Callable[[], None]) -> None:
    """Stop when the parent is gone, however it went: its end of the socket is closed then."""
    await reader.read()
    stop()


def _stop(application: Application, server: Server, serving: asyncio.Task[None]) -> None:
    application.runner.leave()
    if server.started.is_set():
        server.stop()
    else:
        serving.cancel()


if __name__ == "__main__":
    main()
