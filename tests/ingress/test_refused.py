"""What is no single, well-formed request is refused with a message, and ends its connection."""

import asyncio

import pytest

from drawbridge.ingress import IngressLimits
from tests.ingress.site import GET, Wire, running_site, tell

H = b"POST /a HTTP/1.1\r\nHost: h\r\n"
CHUNKED = H + b"Transfer-Encoding: chunked\r\n"
SMUGGLED = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"

UNCLEAR = {
    "length and chunks": H + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + SMUGGLED,
    "chunks and length": CHUNKED + b"Content-Length: 4\r\n\r\n" + SMUGGLED,
    "two lengths": H + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\n" + SMUGGLED,
    "a list of lengths": H + b"Content-Length: 4, 4\r\n\r\n" + SMUGGLED,
    "a signed length": H + b"Content-Length: +4\r\n\r\n" + SMUGGLED,
    "an empty length": H + b"Content-Length:\r\n\r\n" + SMUGGLED,
    "xchunked": H + b"Transfer-Encoding: xchunked\r\n\r\n" + SMUGGLED,
    "gzip, chunked": H + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + SMUGGLED,
    "chunked twice": CHUNKED + b"Transfer-Encoding: chunked\r\n\r\n" + SMUGGLED,
    "chunked, then identity": CHUNKED + b"Transfer-Encoding: identity\r\n\r\n" + SMUGGLED,
    "chunked in HTTP/1.0": b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + SMUGGLED,
    "a blank before the colon": H + b"Content-Length : 4\r\n\r\n" + SMUGGLED,
    "a folded header": H + b"X: a\r\n b\r\n\r\n",
    "a bare LF": H + b"X: a\nY: b\r\n\r\n",
    "a bare CR": H + b"X: a\rY: b\r\n\r\n",
    "only LF": b"GET / HTTP/1.1\nHost: h\n\n",
    "a NUL": H + b"X: a\0b\r\n\r\n",
    "a nameless header": H + b": a\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "CONNECT": b"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n",
    "a blank in the target": b"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "an unknown method": b"FROB / HTTP/1.1\r\nHost: h\r\n\r\n",
    "garbage": b"\0\1\2\3\4\r\n\r\n",
}


@pytest.mark.parametrize("sent", UNCLEAR.values(), ids=UNCLEAR)
async def test_a_request_that_could_be_read_in_two_ways_is_refused_and_nothing_after_it_is_read(sent: bytes) -> None:
    async with running_site(tell) as site, site.dial() as wire:
        await wire.write(sent)
        got = await wire.reply()
        rest = await wire.rest()

    assert (got.status, got.headers["connection"], rest) == (400, "close", b"")
    assert got.json()["error"]["type"] == "bad_request"
    assert got.json()["error"]["message"].endswith(".")


UNCLEAR_BODIES = {
    "a size that is no number": b"0x3\r\nabc\r\n0\r\n\r\n",
    "a size beyond all bounds": b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "more data than its size": b"3\r\nabcd\r\n0\r\n\r\n",
    "a bare LF behind the size": b"3\nabc\r\n0\r\n\r\n",
    "a bare LF behind an extension": b"3;a=b\nabc\r\n0\r\n\r\n",
    "an extension without end": b"3;" + b"a" * 100_000,
    "trailers without end": b"3\r\nabc\r\n0\r\n" + b"X: y\r\n" * 20_000,
}


@pytest.mark.parametrize("sent", UNCLEAR_BODIES.values(), ids=UNCLEAR_BODIES)
async def test_a_body_in_broken_chunks_is_refused_by_the_handler_in_its_own_words(sent: bytes) -> None:
    async with running_site(tell) as site, site.dial() as wire:
        await wire.write(CHUNKED + b"\r\n" + sent)
        got = await wire.reply()
        rest = await wire.rest()

    assert (got.status, got.headers["content-type"], rest) == (400, "text/plain", b"")


async def test_requests_before_the_broken_one_are_answered_first() -> None:
    async with running_site(tell) as site, site.dial() as wire:
        await wire.write(GET + GET + b"\0\0\0")
        statuses = [(await wire.reply()).status for _ in range(3)]

    assert statuses == [200, 200, 400]


async def test_a_caller_that_speaks_tls_is_told_that_this_port_does_not() -> None:
    async with running_site(tell) as site, site.dial() as wire:
        await wire.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500)
        got = await wire.reply()

    assert "http://" in got.json()["error"]["message"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"a" * 200_000, 414),
        (b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 200_000, 431),
        (b"GET / HTTP/1.1\r\nHost: h\r\n" + b"X: a\r\n" * 40_000, 431),
        (b"GET / HTTP/1.1\r\nHost: h\r\n" + b"X: a\r\n" * 200 + b"\r\n", 431),
    ],
    ids=["target", "header", "headers without end", "too many headers"],
)
async def test_a_head_beyond_the_limits_is_refused(sent: bytes, status: int) -> None:
    async with running_site(tell) as site, site.dial() as wire:
        await wire.write(sent)
        got = await wire.reply()

    assert (got.status, got.headers["connection"]) == (status, "close")
    assert got.json()["error"]["type"] == "head_too_large"


async def test_a_head_just_within_the_limits_passes() -> None:
    headers = b"".join(b"X-%d: %b\r\n" % (n, b"a" * 300) for n in range(199))

    async with running_site(tell) as site:
        got = await site.ask(b"GET /" + b"b" * 1000 + b" HTTP/1.1\r\nHost: h\r\n" + headers + b"\r\n")

    assert got.status == 200


async def test_a_head_that_comes_byte_by_byte_for_too_long_is_given_up() -> None:
    async with running_site(tell, IngressLimits(head_timeout_s=0.3, drain_timeout_s=1)) as site, site.dial() as wire:
        await wire.write(GET + GET[:-2])
        first, late = await wire.reply(), await wire.reply()

    assert (first.status, late.status, late.headers["connection"]) == (200, 408, "close")
    assert late.json()["error"]["type"] == "timed_out_waiting_for_caller"


async def test_a_body_that_does_not_come_is_given_up_by_the_handler_in_its_own_words() -> None:
    async with running_site(tell, IngressLimits(caller_timeout_s=0.3)) as site, site.dial() as wire:
        await wire.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab")
        got = await wire.reply()

    assert (got.status, got.headers["connection"]) == (408, "close")
    assert b"within 0.3 s" in got.body


async def test_a_body_that_comes_byte_by_byte_is_late_too() -> None:
    async with running_site(tell, IngressLimits(caller_timeout_s=0.4)) as site, site.dial() as wire:
        await wire.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 500\r\n\r\n")
        async with asyncio.TaskGroup() as group:
            dripping = group.create_task(_drip(wire))
            got = await wire.reply()
            dripping.cancel()

    assert got.status == 408


async def _drip(wire: Wire) -> None:
    while True:
        await wire.write(b"x")
        await asyncio.sleep(0.05)


async def test_an_idle_connection_is_closed_without_a_word() -> None:
    async with running_site(tell, IngressLimits(keep_alive_s=0.3)) as site, site.dial() as used, site.dial() as unused:
        await used.write(GET)
        await used.reply()
        rest = (await used.rest(), await unused.rest())

    assert rest == (b"", b"")


@pytest.mark.parametrize("name", ["Content-Type", "Content-Encoding", "Host"])
async def test_a_header_that_two_programs_could_read_differently_is_taken_once_only(name: str) -> None:
    request = f"POST / HTTP/1.1\r\nHost: h\r\n{name}: a\r\n{name}: b\r\nContent-Length: 0\r\n\r\n".encode()
    async with running_site(tell) as site:
        reply = await site.ask(request)

    assert reply.status == 400
