"""The server as a whole: how many it lets in, and how it stops."""

import asyncio
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drawbridge.ingress import Exchange, IngressLimits
from tests.ingress.site import GET, PLAIN, Wire, running_site, tell

POST = b"POST /b?c HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"POST /d HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: t\r\n\r\n"
)
UPGRADE = b"POST /u HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n\r\nhello"
STREAM = GET + POST + CHUNKED + UPGRADE + GET


async def test_beyond_the_limit_of_connections_callers_wait_until_there_is_room() -> None:
    limits = IngressLimits(connections=2, keep_alive_s=4)
    async with running_site(tell, limits) as site, site.dial() as first, site.dial() as second, site.dial() as third:
        for wire in (first, second, third):
            await wire.write(GET)
        before = (await first.reply(), await second.reply())
        is_answered = await _is_answered_within(third, 0.5)
        first.writer.close()
        after = await third.reply()

    assert not is_answered
    assert [reply.status for reply in (*before, after)] == [200, 200, 200]


async def _is_answered_within(wire: Wire, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await wire.head()
    except TimeoutError:
        return False
    return True


async def test_a_stop_lets_what_is_under_way_end_and_nobody_in() -> None:
    began, release = asyncio.Event(), asyncio.Event()

    async def hold(exchange: Exchange) -> None:
        began.set()
        await release.wait()
        await exchange.reply(200, PLAIN, b"answer")

    async with running_site(hold) as site, site.dial() as busy, site.dial() as idle:
        await busy.write(GET)
        await began.wait()
        site.server.stop()
        idle_rest = await idle.rest()
        release.set()
        got = await busy.reply()
        rest = await busy.rest()

    assert (got.status, got.headers["connection"], got.body) == (200, "close", b"answer")
    assert idle_rest == rest == b""


async def test_a_stop_closes_the_connection_of_a_stream_that_began_before_it() -> None:
    began, release = asyncio.Event(), asyncio.Event()

    async def stream(exchange: Exchange) -> None:
        await exchange.start(200, PLAIN)
        began.set()
        await release.wait()
        await exchange.send(b"answer", last=True)

    async with running_site(stream, IngressLimits(drain_timeout_s=60)) as site, site.dial() as wire:
        await wire.write(GET)
        await began.wait()
        site.server.stop()
        release.set()
        got = await wire.reply()
        rest = await wire.rest()

    assert (got.body, rest) == (b"answer", b"")


async def test_what_does_not_end_in_time_is_cancelled_and_not_taken_for_left() -> None:
    ended: list[bool] = []
    began = asyncio.Event()

    async def forever(exchange: Exchange) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            # As long as it takes for the end of the connection to be told.
            await asyncio.sleep(0.05)
            ended.append(exchange.left)

    async with running_site(forever, IngressLimits(drain_timeout_s=0.2)) as site, site.dial() as wire:
        await wire.write(GET)
        await began.wait()
        site.server.stop()
        await wire.rest()

    assert ended == [False]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_any_cut_of_a_pipelined_stream_gives_the_same_exchanges(cuts: list[int]) -> None:
    async def told() -> list[tuple[str, str, str]]:
        async with running_site(tell) as site, site.dial() as wire:
            for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(STREAM)], strict=True):
                await wire.write(STREAM[start:end])
                await asyncio.sleep(0.001)
            replies = [json.loads((await wire.reply()).body) for _ in range(5)]
        return [(reply["method"], reply["path"], reply["body"]) for reply in replies]

    assert asyncio.run(told()) == [
        ("GET", "/a", ""),
        ("POST", "/b", "hello"),
        ("POST", "/d", "hello"),
        ("POST", "/u", "hello"),
        ("GET", "/a", ""),
    ]


@settings(max_examples=60, deadline=None)
@given(
    garbage=st.lists(
        st.one_of(
            st.binary(max_size=200), st.sampled_from([GET, POST, CHUNKED, UPGRADE, b"\r\n", b"POST / HTTP/1.1\r\n"])
        ),
        max_size=6,
    )
)
def test_whatever_bytes_come_the_server_goes_on_and_keeps_nothing(garbage: list[bytes]) -> None:
    async def survive() -> int:
        # The site itself looks for tasks and connections that are left over.
        async with running_site(tell, IngressLimits(linger_s=0.1, drain_timeout_s=2)) as site:
            async with site.dial() as wire:
                await wire.write(b"".join(garbage))
                wire.writer.write_eof()
                await wire.rest()
            return (await site.ask(GET)).status

    assert asyncio.run(survive()) == 200
