"""What a caller sends reaches the handler, in whatever form HTTP/1.1 allows."""

import asyncio
import tracemalloc

import pytest

from drawbridge.ingress import Exchange, IngressLimits
from drawbridge.ingress.request_head import RequestHead
from tests.ingress.site import GET, PLAIN, Site, Wire, running_site, tell
from tests.parts.line import KeptLine

LARGE = b"x" * 300_000


async def test_the_handler_sees_method_path_query_headers_and_body() -> None:
    async with running_site(tell) as site:
        got = await site.ask(
            b"POST /a%20b/c?d=e%20f&g HTTP/1.1\r\nHost: h\r\nX-Two: 1\r\nX-Two:  2 \t\r\nContent-Length: 3\r\n\r\nabc"
        )

    assert got.status == 200
    assert got.json() == {
        "method": "POST",
        "path": "/a b/c",
        "query": "d=e%20f&g",
        "headers": [["host", "h"], ["x-two", "1"], ["x-two", "2"], ["content-length", "3"]],
        "body": "abc",
    }


async def test_a_target_in_the_form_for_proxies_gives_path_and_query() -> None:
    async with running_site(tell) as site:
        told = (await site.ask(b"GET http://h:80/a/b?c=d HTTP/1.1\r\nHost: h\r\n\r\n")).json()

    assert (told["path"], told["query"]) == ("/a/b", "c=d")


async def test_a_query_is_split_into_names_values_and_the_text_as_sent() -> None:
    seen: list[tuple[str, str, bytes]] = []

    async def note(exchange: Exchange) -> None:
        seen.extend(exchange.query_items())
        await exchange.reply(200, PLAIN, b"")

    async with running_site(note) as site:
        await site.ask(b"GET /?a=%C3%A9+b&&c HTTP/1.1\r\nHost: h\r\n\r\n")

    assert seen == [("a", "é b", b"a=%C3%A9+b"), ("c", "", b"c")]


@pytest.mark.parametrize("size", [0, 1, 5_000, len(LARGE)])
async def test_a_body_arrives_whole_by_length_and_by_chunks(size: int) -> None:
    body = LARGE[:size]
    chunk = b"%x\r\n%b\r\n" % (size, body) if size else b""
    async with running_site(tell) as site, site.dial() as wire:
        await wire.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%b" % (size, body))
        by_length = await wire.reply()
        await wire.write(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk)
        await wire.write(b"0\r\nX-Trailer: t\r\n\r\n")
        by_chunks = await wire.reply()

    assert by_length.json()["body"] == by_chunks.json()["body"] == body.decode()
    # A trailer is no header: nothing that a proxy has checked may come behind its back.
    assert "x-trailer" not in dict(by_chunks.json()["headers"])


async def test_pipelined_requests_are_answered_in_order_however_many_there_are() -> None:
    asked = [b"POST /%d HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n%02d" % (n, n % 100) for n in range(500)]

    async with running_site(tell) as site, site.dial() as wire:
        await wire.write(b"".join(asked))
        paths = [(await wire.reply()).json()["path"] for _ in asked]

    assert paths == [f"/{n}" for n in range(500)]


async def test_no_more_pipelined_requests_wait_than_allowed() -> None:
    release = asyncio.Event()

    async def hold(exchange: Exchange) -> None:
        await release.wait()
        await exchange.reply(200, PLAIN, b"")

    async with running_site(hold, IngressLimits(pipelined=3)) as site, site.dial() as wire:
        await wire.write(GET * 20_000)
        await asyncio.sleep(0.2)
        (connection,) = site.server.connections
        waiting = connection.waiting_requests
        release.set()
        answered = [(await wire.reply()).status for _ in range(20_000)]

    # As many as stand in the bytes that are parsed at once may go beyond the limit.
    assert 3 < waiting <= 3 + 4096 // len(GET) + 1
    assert answered == [200] * 20_000


async def test_no_more_than_allowed_is_held_of_the_bodies_of_pipelined_requests() -> None:
    release = asyncio.Event()

    async def measure(exchange: Exchange) -> None:
        await release.wait()
        await exchange.reply(200, PLAIN, b"%d" % len(await exchange.read_body(1 << 20)))

    post = b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 262144\r\n\r\n" + bytes(262_144)
    async with running_site(measure) as site, site.dial() as wire, asyncio.TaskGroup() as group:
        group.create_task(wire.write(post * 17))
        held = await _held_when_still(site, wire)
        release.set()
        answered = [(await wire.reply()).body for _ in range(17)]

    assert held < 1_000_000
    assert answered == [b"262144"] * 17


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 5\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"]
)
@pytest.mark.parametrize("upgrade", [b"h2c", b"whatever/2"])
async def test_an_offered_upgrade_is_passed_over(upgrade: bytes, framing: bytes) -> None:
    # So does the HTTP client of Java's library with its first request, unless told otherwise.
    head = (
        b"POST /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: %b\r\nHTTP2-Settings: AA\r\n"
    )

    async with running_site(tell) as site, site.dial() as wire:
        await wire.write(head % upgrade + framing + GET)
        first, second = await wire.reply(), await wire.reply()

    assert (first.status, first.json()["body"]) == (200, "hello")
    assert (second.status, second.json()["method"]) == (200, "GET")


async def test_a_websocket_upgrade_reaches_the_handler_as_a_plain_request() -> None:
    request = b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

    async with running_site(tell) as site, site.dial() as wire:
        await wire.write(request + GET)
        first, second = await wire.reply(), await wire.reply()

    assert dict(first.json()["headers"])["upgrade"] == "websocket"
    assert second.status == 200


async def test_a_caller_that_waits_for_100_is_told_to_go_on_only_when_its_body_is_read() -> None:
    async def read_or_refuse(exchange: Exchange) -> None:
        if exchange.path == "/refused":
            await exchange.reply(401, PLAIN, b"no")
        else:
            await tell(exchange)

    head = b"POST %b HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    async with running_site(read_or_refuse) as site, site.dial() as wire:
        await wire.write(head % b"/read")
        interim = await wire.reply(has_body=False)
        await wire.write(b"hello")
        final = await wire.reply()
        await wire.write(head % b"/refused")
        refused = await wire.reply()
        rest = await wire.rest()

    assert (interim.status, final.status, final.json()["body"]) == (100, 200, "hello")
    # Whether the body still comes is open: only a new connection makes it certain what the next bytes are.
    assert (refused.status, refused.headers["connection"], rest) == (401, "close", b"")


async def test_a_small_body_that_nobody_wants_is_passed_over() -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.reply(404, PLAIN, b"no")

    async with running_site(refuse) as site, site.dial() as wire:
        await wire.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 50000\r\n\r\n")
        first = await wire.reply()
        await wire.write(b"x" * 50_000 + GET)
        second = await wire.reply()

    assert (first.status, second.status) == (404, 404)


async def test_a_caller_that_sends_a_huge_body_still_gets_to_see_its_refusal() -> None:
    async with running_site(tell) as site, site.dial() as wire:
        await wire.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\n\r\n")
        await wire.write(b"x" * 20_000_000)
        got = await wire.reply()

    assert got.status == 413
    assert got.headers["connection"] == "close"
    assert b"1048576 bytes" in got.body


async def test_a_chunked_body_is_refused_where_it_passes_the_limit() -> None:
    async with running_site(tell) as site, site.dial() as wire:
        await wire.write(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        await wire.write((b"10000\r\n" + b"x" * 65_536 + b"\r\n") * 17)
        got = await wire.reply()

    assert got.status == 413


async def test_a_body_that_nobody_reads_yet_is_not_taken_into_memory() -> None:
    may_read = asyncio.Event()

    async def wait_and_read(exchange: Exchange) -> None:
        await may_read.wait()
        await exchange.reply(200, PLAIN, str(len(await exchange.read_body(1 << 30))).encode())

    async with running_site(wait_and_read) as site, site.dial() as wire:
        async with asyncio.TaskGroup() as group:
            group.create_task(
                wire.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 30000000\r\n\r\n" + b"x" * 30_000_000)
            )
            held = await _held_when_still(site, wire)
            may_read.set()
        got = await wire.reply()

    assert held < 1_000_000
    assert got.body == b"30000000"


async def _held_when_still(site: Site, wire: Wire) -> int:
    await asyncio.sleep(0.3)
    (connection,) = site.server.connections
    return connection.held_bytes


async def test_a_body_in_tiny_pieces_takes_little_more_than_its_size() -> None:
    head = RequestHead("POST", "/", b"", [], {}, is_http_1_0=False, body_bytes=None)
    exchange = Exchange(KeptLine(), head, keeps_alive=True)

    tracemalloc.start()
    for _ in range(200_000):
        exchange.arrives(b"ab")
    exchange.ends()
    body = await exchange.read_body(1 << 20)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert body == b"ab" * 200_000
    assert peak < 2_000_000
