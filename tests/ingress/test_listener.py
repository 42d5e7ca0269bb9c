"""Several servers on the same sockets: who takes which caller."""

import asyncio
import errno
import mmap
import os
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.ingress import IngressLimits, Server, Shares, mark_away, shares_file
from tests.ingress.site import GET, Site, Wire, tell


def table(servers: int) -> mmap.mmap:
    with shares_file(servers) as file:
        return mmap.mmap(file.fileno(), 0)


@asynccontextmanager
async def serving(listening: socket.socket, shares: Shares | None, limits: IngressLimits) -> AsyncGenerator[Site]:
    """Run one of several servers on a socket."""
    server = Server(tell, [listening.dup()], limits, shares)
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve())
        await server.started.wait()
        try:
            yield Site(server, listening.getsockname()[1])
        finally:
            server.stop()


async def callers(stack: AsyncExitStack, site: Site, number: int) -> list[Wire]:
    """Return so many connections, opened together, over each of which a request was answered."""
    wires = [await stack.enter_async_context(site.dial()) for _ in range(number)]
    for wire in wires:
        await wire.write(GET)
    for wire in wires:
        assert (await wire.reply()).status == 200
    return wires


LIMITS = IngressLimits(drain_timeout_s=5)


async def test_servers_have_even_shares_of_callers_that_come_together() -> None:
    memory = table(3)
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        async with AsyncExitStack() as stack:
            sites = [await stack.enter_async_context(serving(listening, Shares(memory, i), LIMITS)) for i in range(3)]
            await callers(stack, sites[0], 150)
            numbers = [len(site.server.connections) for site in sites]

    assert sum(numbers) == 150
    assert max(numbers) - min(numbers) <= 8


async def test_callers_that_a_held_up_server_does_not_take_are_taken_by_another() -> None:
    memory = table(2)
    Shares(memory, 1).tell(0)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        async with AsyncExitStack() as stack:
            site = await stack.enter_async_context(serving(listening, Shares(memory, 0), LIMITS))
            await callers(stack, site, 50)


async def test_a_server_that_is_full_or_stops_leaves_callers_to_the_others() -> None:
    memory = table(2)
    other = Shares(memory, 1)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        async with AsyncExitStack() as stack:
            before = other.is_due(1000)
            site = await stack.enter_async_context(serving(listening, Shares(memory, 0), IngressLimits(connections=2)))
            idle = other.is_due(1000)
            [wire, _] = await callers(stack, site, 2)
            full = other.is_due(1000)
            wire.writer.close()
            await _until(lambda: len(site.server.connections) == 1)
            again = other.is_due(1000)
        after = other.is_due(1000)

    assert (before, idle, full, again, after) == (True, False, True, False, True)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


class Exhausted(socket.socket):
    """A listening socket of a process that has as many files open as it may."""

    refusals = 1

    def accept(self) -> tuple[socket.socket, object]:
        if self.refusals:
            self.refusals -= 1
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return super().accept()


async def test_too_many_open_files_are_told_and_waited_out(caplog: pytest.LogCaptureFixture) -> None:
    listening = Exhausted()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = Server(tell, [listening], LIMITS)
    site = Site(server, listening.getsockname()[1])
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve())
        await server.started.wait()
        reply = await site.ask(GET)
        server.stop()

    assert reply.status == 200
    assert [os.strerror(errno.EMFILE) in message for message in caplog.messages] == [True]


def test_a_server_that_ended_untold_is_waited_for_no_longer() -> None:
    with shares_file(2) as file:
        memory = mmap.mmap(file.fileno(), 0)
        Shares(memory, 1).tell(0)
        left = Shares(memory, 0)
        before = left.is_due(100)
        mark_away(file, 1)

    assert (before, left.is_due(100)) == (False, True)


@given(st.lists(st.integers(0, 8192), min_size=1, max_size=16))
def test_of_servers_that_take_callers_one_always_is_to_take_the_next(connections: list[int]) -> None:
    memory = table(len(connections))
    servers = [Shares(memory, index) for index in range(len(connections))]
    for server, number in zip(servers, connections, strict=True):
        server.tell(number)

    due = [server.is_due(number) for server, number in zip(servers, connections, strict=True)]

    assert due[connections.index(min(connections))]
