"""A caller that leaves ends its handler; one that only sends no more gets its answer."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

import pytest

from drawbridge.ingress import CallerLeftError, Exchange, IngressLimits
from tests.ingress.site import GET, PLAIN, Site, Wire, running_site, tell

POST = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"

Leave = Callable[[Wire], Awaitable[None]]


class Held:
    """A handler that goes on until it is told, and notes how it ended."""

    def __init__(self, *, streams: bool = False) -> None:
        self.began = asyncio.Event()
        self.ended = asyncio.Event()
        self.release = asyncio.Event()
        self.left: bool | None = None
        self.cancelled = 0
        self._streams = streams

    async def __call__(self, exchange: Exchange) -> None:
        self.began.set()
        try:
            if self._streams:
                await exchange.start(200, PLAIN)
                await exchange.send(b"one,")
            await self.release.wait()
            if self._streams:
                await exchange.send(b"two", last=True)
            else:
                await exchange.reply(200, PLAIN, b"answer")
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.left = exchange.left
            self.ended.set()


async def close(wire: Wire) -> None:
    wire.writer.close()
    await wire.writer.wait_closed()


async def reset(wire: Wire) -> None:
    # To close without lingering is to reset the connection.
    wire.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.writer.transport.abort()


@pytest.mark.parametrize("leave", [close, reset])
@pytest.mark.parametrize("streams", [False, True], ids=["whole", "stream"])
async def test_a_caller_that_leaves_ends_its_handler_within_a_second(
    leave: Leave, streams: bool, caplog: pytest.LogCaptureFixture
) -> None:
    held = Held(streams=streams)
    async with running_site(held) as site, site.dial() as wire:
        await wire.write(GET)
        await held.began.wait()
        await asyncio.sleep(0.05)
        await leave(wire)
        async with asyncio.timeout(1):
            await held.ended.wait()

    assert (held.left, held.cancelled) == (True, 1)
    assert not caplog.records


async def test_a_caller_that_leaves_while_others_of_its_requests_wait_ends_its_handler() -> None:
    held = Held()
    async with running_site(held) as site, site.dial() as wire:
        await wire.write(GET * 5)
        await held.began.wait()
        await close(wire)
        async with asyncio.timeout(1):
            await held.ended.wait()

    assert (held.left, held.cancelled) == (True, 1)


@pytest.mark.parametrize("streams", [False, True], ids=["whole", "stream"])
async def test_a_caller_that_only_sends_no_more_gets_its_answer(streams: bool) -> None:
    held = Held(streams=streams)
    async with running_site(held) as site, site.dial() as wire:
        await wire.write(GET)
        await held.began.wait()
        wire.writer.write_eof()
        await asyncio.sleep(0.2)
        held.release.set()
        got = await wire.reply()
        if got.status == 100:
            got = await wire.reply()
        rest = await wire.rest()

    assert (got.status, got.body) == (200, b"one,two" if streams else b"answer")
    assert rest == b""


@pytest.mark.parametrize("half", [b"", GET[:10], POST[:-2]], ids=["nothing", "head", "body"])
async def test_all_whole_requests_of_a_caller_that_sends_no_more_are_answered(half: bytes) -> None:
    held = Held()
    async with running_site(held) as site, site.dial() as wire:
        wire.writer.write(GET + GET + half)
        wire.writer.write_eof()
        await asyncio.sleep(0.1)
        held.release.set()
        replies = await wire.rest()

    assert replies.count(b"HTTP/1.1 200 OK") == 2
    assert held.cancelled == 0


@pytest.mark.parametrize("sent", [GET[:10], POST[:-2]], ids=["head", "body"])
async def test_a_caller_that_sends_no_more_in_mid_request_is_done(sent: bytes) -> None:
    async with running_site(tell) as site, site.dial() as wire:
        wire.writer.write(sent)
        wire.writer.write_eof()
        rest = await wire.rest()

    assert rest == b""


async def test_a_request_and_its_callers_end_in_one_go_end_the_handler_too() -> None:
    held = Held()
    async with running_site(held, IngressLimits(linger_s=0.4)) as site, site.dial() as wire:
        wire.writer.write(GET)
        await close(wire)
        async with asyncio.timeout(1):
            await held.ended.wait()

    assert (held.left, held.cancelled) == (True, 1)


async def test_a_caller_that_leaves_without_taking_a_large_reply_leaves_no_task_behind() -> None:
    async def large(exchange: Exchange) -> None:
        await exchange.reply(200, PLAIN, b"x" * 200_000)

    async with running_site(large) as site, site.dial() as wire:
        await wire.write(GET * 30)
        await asyncio.sleep(0.2)
        await reset(wire)
        await asyncio.sleep(0.1)
        # The site itself looks for tasks that are left over.
        assert not site.server.connections


async def test_a_caller_that_stops_reading_is_given_up() -> None:
    ended = asyncio.Event()

    async def endless(exchange: Exchange) -> None:
        await exchange.start(200, PLAIN)
        try:
            while True:
                await exchange.send(b"x" * 65_536)
        finally:
            assert exchange.left
            ended.set()

    async with running_site(endless, IngressLimits(caller_timeout_s=0.3)) as site, site.dial() as wire:
        await wire.write(GET)
        async with asyncio.timeout(5):
            await ended.wait()


async def test_to_write_to_a_caller_that_has_just_been_given_up_is_to_learn_that_it_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    noticed = asyncio.Event()

    async def write_too_late(exchange: Exchange) -> None:
        (connection,) = site.server.connections
        connection.pause_writing()
        connection.look(site.server.now + 1_000)
        try:
            await exchange.reply(200, PLAIN, b"")
        except CallerLeftError:
            noticed.set()
            raise

    async with running_site(write_too_late) as site, site.dial() as wire:
        await wire.write(GET)
        async with asyncio.timeout(2):
            await noticed.wait()

    assert not caplog.records


async def test_leaving_after_the_last_byte_does_not_disturb_what_the_handler_still_does() -> None:
    went_on = asyncio.Event()

    async def reply_and_go_on(exchange: Exchange) -> None:
        await exchange.reply(200, PLAIN, b"")
        await asyncio.sleep(0.2)
        went_on.set()

    async with running_site(reply_and_go_on) as site, site.dial() as wire:
        await wire.write(GET)
        await wire.reply()
        await reset(wire)
        async with asyncio.timeout(2):
            await went_on.wait()


@pytest.mark.parametrize("behind", [GET * 5, b"\x00garbage\r\n\r\n"], ids=["requests", "garbage"])
async def test_what_a_caller_sent_behind_a_reply_that_it_never_took_is_forgotten_when_it_leaves(
    behind: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    begun = 0

    async def reply_at_length(exchange: Exchange) -> None:
        nonlocal begun
        begun += 1
        await exchange.reply(200, PLAIN, b"x" * 60_000)

    async with running_site(reply_at_length) as site:
        caller = await _stuck_caller(site)
        before = begun
        await asyncio.get_running_loop().sock_sendall(caller, behind)
        await asyncio.sleep(0.05)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        caller.close()
        await asyncio.sleep(0.2)

        assert begun == before
        assert (await site.ask(GET)).status == 200
    assert not caplog.records


async def _stuck_caller(site: Site) -> socket.socket:
    """Return a connection whose replies fill every buffer, because nobody reads them."""
    caller = socket.socket()
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    caller.setblocking(False)
    await asyncio.get_running_loop().sock_connect(caller, ("127.0.0.1", site.port))
    while not any(connection.is_stuck for connection in site.server.connections):
        await asyncio.get_running_loop().sock_sendall(caller, GET)
        await asyncio.sleep(0.005)
    return caller
