import asyncio
import gzip
import re
import socket
import ssl
import time
from pathlib import Path

import pytest

from drawbridge.egress import (
    BrokenReply,
    ConnectFailed,
    Deadlines,
    Door,
    Timeout,
    TooLarge,
    Unsendable,
)
from tests.egress.calls import post, read
from tests.egress.conftest import MakeDoor
from tests.parts.certificates import self_signed
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer, Framing, Request

FRAMINGS: list[Framing] = ["length", "chunked", "close"]


def said(*pieces: bytes, framing: Framing = "length", pause_s: float = 0.0) -> Answer:
    return Answer(pieces=tuple((piece, pause_s) for piece in pieces), framing=framing)


async def test_the_request_leaves_with_the_given_headers_and_two_more(door: Door) -> None:
    async with ScriptedVendor(lambda _: said(b"{}")) as vendor:
        headers = (("X-Case", "Kept"), ("content-type", "application/json"), ("x-twice", "1"), ("x-twice", "2"))
        async with door.stream(post(f"{vendor.url}/v1/x", b'{"a":1}', headers=headers)) as reply:
            await read(reply)

    request = vendor.requests[0]
    assert request.body == b'{"a":1}'
    assert sorted(request.headers) == sorted((*headers, ("Host", f"127.0.0.1:{vendor.port}"), ("Content-Length", "7")))


@pytest.mark.parametrize(
    "target", ["/a//b/../c/./d?x=1&y=%2f%20+&z", "/v1/models/a%3Ab:run?alt=sse", "/%E4%BD%A0?q=a'b()*"]
)
async def test_path_and_query_leave_as_they_were_written(door: Door, target: str) -> None:
    async with ScriptedVendor(lambda _: said(b"{}")) as vendor, door.stream(post(vendor.url + target)) as reply:
        await read(reply)

    assert vendor.requests[0].target == target


async def test_proxies_of_the_environment_are_not_used(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    async with ScriptedVendor(lambda _: said(b"direct")) as vendor, door.stream(post(f"{vendor.url}/x")) as reply:
        assert await read(reply) == b"direct"


async def test_a_redirect_is_handed_over_and_not_followed(door: Door) -> None:
    moved = Answer(status=307, headers=(("location", "/elsewhere"),))
    async with ScriptedVendor(lambda _: moved) as vendor, door.stream(post(f"{vendor.url}/x")) as reply:
        assert reply.status == 307
        assert ("location", "/elsewhere") in reply.headers

    assert len(vendor.log) == 1


async def test_the_headers_of_a_reply_come_as_text_and_as_bytes(door: Door) -> None:
    answer = Answer(headers=(("X-Case", " padded\t"), ("x-name", "Gr\xfc\xdfe"), ("x-case", "")))
    async with ScriptedVendor(lambda _: answer) as vendor, door.stream(post(f"{vendor.url}/x")) as reply:
        assert reply.raw_headers[:3] == ((b"x-case", b"padded"), (b"x-name", b"Gr\xfc\xdfe"), (b"x-case", b""))
        assert reply.headers == tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in reply.raw_headers
        )


async def test_no_cookie_is_kept(door: Door) -> None:
    baking = Answer(headers=(("set-cookie", "a=b"), ("Set-Cookie", "c=d")))
    async with ScriptedVendor(lambda _: baking) as vendor:
        for _ in range(2):
            async with door.stream(post(f"{vendor.url}/x")) as reply:
                assert [value for name, value in reply.headers if name == "set-cookie"] == ["a=b", "c=d"]

    assert vendor.requests[1].header("cookie") is None


async def test_a_compressed_body_is_left_as_it_is(door: Door) -> None:
    packed = gzip.compress(b"a" * 1000)
    answer = Answer(headers=(("Content-Encoding", "gzip"),), pieces=((packed, 0),))
    async with ScriptedVendor(lambda _: answer) as vendor, door.stream(post(f"{vendor.url}/x")) as reply:
        assert await read(reply) == packed
        assert ("content-encoding", "gzip") in reply.headers


@pytest.mark.parametrize("framing", FRAMINGS)
async def test_pieces_are_handed_over_as_they_arrive(door: Door, framing: Framing) -> None:
    words = [b"one", b"two", b"three"]
    script = said(*words, framing=framing, pause_s=0.05)
    async with ScriptedVendor(lambda _: script) as vendor, door.stream(post(f"{vendor.url}/x")) as reply:
        assert [piece async for piece in reply.pieces()] == words


async def test_interim_answers_are_passed_over(door: Door) -> None:
    answer = Answer(before_head=b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", pieces=((b"done", 0),))
    async with ScriptedVendor(lambda _: answer) as vendor, door.stream(post(f"{vendor.url}/x")) as reply:
        assert (reply.status, await read(reply)) == (200, b"done")


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("POST", 204)])
async def test_a_reply_without_a_body_ends_at_once_and_keeps_its_connection(
    door: Door, method: str, status: int
) -> None:
    async with ScriptedVendor(lambda _: Answer(status=status)) as vendor:
        for _ in range(2):
            async with door.stream(post(f"{vendor.url}/x", b"", method=method)) as reply:
                assert (reply.status, await read(reply)) == (status, b"")

        assert vendor.connections_opened == 1


@pytest.mark.parametrize("framing", FRAMINGS[:2])
async def test_a_complete_reply_gives_its_connection_back(door: Door, framing: Framing) -> None:
    async with ScriptedVendor(lambda _: said(b"a", b"b", framing=framing)) as vendor:
        for _ in range(5):
            async with door.stream(post(f"{vendor.url}/x")) as reply:
                await read(reply)

        assert vendor.connections_opened == 1


async def test_leaving_in_the_middle_of_a_reply_closes_the_connection_at_once(door: Door) -> None:
    async with ScriptedVendor(lambda _: said(*[b"x"] * 1000, framing="chunked", pause_s=0.02)) as vendor:
        async with door.stream(post(f"{vendor.url}/x")) as reply:
            async for _ in reply.pieces():
                break
        left_at = time.monotonic()
        await vendor.until(lambda: vendor.log[0].did_peer_leave)

        assert time.monotonic() - left_at < 1
        assert not vendor.log[0].did_answer


async def test_leaving_before_the_reply_begins_closes_the_connection_at_once(door: Door) -> None:
    async def call(url: str) -> None:
        async with door.stream(post(url)):
            raise AssertionError

    async with ScriptedVendor(lambda _: Answer(never=True)) as vendor:
        task = asyncio.ensure_future(call(f"{vendor.url}/x"))
        await vendor.until(lambda: len(vendor.log) == 1)
        task.cancel()

        await vendor.until(lambda: vendor.log[0].did_peer_leave, timeout_s=1)
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_slow_reader_holds_the_vendor_back(door: Door) -> None:
    whole = 64 * 1024 * 1024
    answer = said(*[b"x" * 65536] * (whole // 65536), framing="chunked")
    async with ScriptedVendor(lambda _: answer) as vendor, door.stream(post(f"{vendor.url}/x")) as reply:
        pieces = reply.pieces()
        received = len(await anext(pieces))
        await asyncio.sleep(0.3)

        assert vendor.log[0].sent_bytes < whole // 2

        async for piece in pieces:
            received += len(piece)
        assert received == whole


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_connection_that_the_vendor_closed_meanwhile_is_not_used_again(door: Door, method: str) -> None:
    async with ScriptedVendor(lambda _: said(b"ok")) as vendor:
        async with door.stream(post(f"{vendor.url}/x", method=method)) as reply:
            await read(reply)
        # The close is in the kernel, and the event loop has had no chance to see it.
        vendor.close_connections()
        await asyncio.sleep(0)
        time.sleep(0.05)  # noqa: ASYNC251 - a loop that is too busy to look is what this is about

        async with door.stream(post(f"{vendor.url}/x", method=method)) as reply:
            assert await read(reply) == b"ok"

        assert len(vendor.log) == 2


@pytest.mark.parametrize("method", ["POST", "GET", "PUT", "DELETE"])
@pytest.mark.parametrize("is_reused", [False, True])
async def test_a_request_that_may_have_arrived_is_never_sent_again(door: Door, method: str, is_reused: bool) -> None:
    def script(request: Request) -> Answer:
        return said(b"ok") if request.path == "/first" else Answer(reset=True)

    async with ScriptedVendor(script) as vendor:
        if is_reused:
            async with door.stream(post(f"{vendor.url}/first")) as reply:
                await read(reply)

        with pytest.raises(ConnectFailed, match="before it answered") as failure:
            async with door.stream(post(f"{vendor.url}/x", method=method)):
                pass

        assert failure.value.did_send
        assert [request.path for request in vendor.requests].count("/x") == 1


@pytest.mark.parametrize(
    ("answer", "arrived"),
    [
        (Answer(pieces=((b"abc", 0),), declared_length=10, close_after=True), b"abc"),
        (Answer(pieces=((b"abc", 0), (b"def", 0)), framing="chunked", cut_after_piece=1), b"abc"),
        (Answer(pieces=((b"abc", 0.05), (b"def", 0)), framing="chunked", cut_after_piece=1), b"abc"),
        (Answer(pieces=((b"x" * 300_000, 0),), declared_length=300_001, close_after=True), b"x" * 300_000),
        (Answer(declared_length=10, close_after=True), b""),
    ],
)
@pytest.mark.parametrize("is_slow", [False, True])
async def test_a_reply_that_is_cut_is_told_after_what_arrived(
    door: Door, answer: Answer, arrived: bytes, is_slow: bool
) -> None:
    received = b""
    async with ScriptedVendor(lambda _: answer) as vendor, door.stream(post(f"{vendor.url}/x")) as reply:
        if is_slow:
            await asyncio.sleep(0.1)
        pieces = reply.pieces()
        while len(received) < len(arrived):
            received += await anext(pieces)

        assert received == arrived
        with pytest.raises(BrokenReply, match="broke off"):
            await anext(pieces)


async def test_a_reply_that_is_reset_is_broken(door: Door) -> None:
    answer = Answer(pieces=((b"abc", 0.05),), framing="chunked", cut_after_piece=1, cut_by_reset=True)
    async with ScriptedVendor(lambda _: answer) as vendor, door.stream(post(f"{vendor.url}/x")) as reply:
        with pytest.raises(BrokenReply):
            await read(reply)


async def test_something_else_than_http_is_a_broken_reply(door: Door) -> None:
    async with ScriptedVendor(lambda _: Answer(before_head=b"SSH-2.0-OpenSSH\r\n")) as vendor:
        with pytest.raises(BrokenReply, match="did not answer in HTTP"):
            async with door.stream(post(f"{vendor.url}/x")):
                pass


@pytest.mark.parametrize(
    ("answer", "deadlines", "which"),
    [
        (Answer(never=True), Deadlines(5, 0.1, 5, 10), "first_byte"),
        (Answer(never=True), Deadlines(5, 5, 5, 0.1), "total"),
        (said(b"a", b"b", framing="chunked", pause_s=3), Deadlines(5, 5, 0.1, 10), "between_bytes"),
        (said(*[b"a"] * 100, framing="chunked", pause_s=0.05), Deadlines(5, 5, 5, 0.3), "total"),
    ],
)
async def test_each_deadline_is_kept_and_named(door: Door, answer: Answer, deadlines: Deadlines, which: str) -> None:
    async with ScriptedVendor(lambda _: answer) as vendor:
        began_at = time.monotonic()
        with pytest.raises(Timeout) as timeout:
            async with door.stream(post(f"{vendor.url}/x", deadlines=deadlines)) as reply:
                await read(reply)

        assert (timeout.value.which, timeout.value.did_send) == (which, True)
        assert time.monotonic() - began_at < 2
        await vendor.until(lambda: vendor.log[0].did_peer_leave)


async def test_the_deadline_between_bytes_does_not_run_while_the_reader_is_busy(door: Door) -> None:
    deadlines = Deadlines(connect_s=5, first_byte_s=5, between_bytes_s=0.2, total_s=10)
    answer = said(b"a", b"b", b"c", framing="chunked", pause_s=0.05)
    async with ScriptedVendor(lambda _: answer) as vendor:
        request = post(f"{vendor.url}/x", deadlines=deadlines)
        async with door.stream(request) as reply:
            await asyncio.sleep(0.5)

            assert await read(reply) == b"abc"


async def test_a_host_that_does_not_accept_is_a_connect_timeout(door: Door) -> None:
    with socket.socket() as deaf, socket.socket() as filler:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        filler.connect(deaf.getsockname())
        deadlines = Deadlines(connect_s=0.2, first_byte_s=5, between_bytes_s=5, total_s=10)

        with pytest.raises(Timeout) as timeout:
            async with door.stream(post(f"http://127.0.0.1:{deaf.getsockname()[1]}/x", deadlines=deadlines)):
                pass

    assert (timeout.value.which, timeout.value.did_send) == ("connect", False)


async def test_a_closed_port_is_a_failed_connection_that_sent_nothing(door: Door) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectFailed, match="Check the base URL") as failure:
            async with door.stream(post(f"http://127.0.0.1:{closed.getsockname()[1]}/x")):
                pass

    assert not failure.value.did_send


async def test_an_unknown_name_is_told_as_one(door: Door) -> None:
    with pytest.raises(ConnectFailed, match=re.compile("name was not found")) as failure:
        async with door.stream(post("http://nowhere.invalid/x")):
            pass

    assert not failure.value.did_send


async def test_an_untrusted_certificate_is_refused_before_anything_is_sent(door: Door, tmp_path: Path) -> None:
    context, _ = self_signed(tmp_path)
    async with await _tls_server(context, asyncio.Event()) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ConnectFailed, match="certificate is not trusted") as failure:
            async with door.stream(post(f"https://localhost:{port}/x")):
                pass

    assert not failure.value.did_send


async def test_a_reply_over_trusted_tls_arrives_and_leaving_closes_it_at_once(
    make_door: MakeDoor, tmp_path: Path
) -> None:
    left = asyncio.Event()
    context, trust = self_signed(tmp_path)
    door = make_door(trust=trust)
    async with await _tls_server(context, left) as server:
        port = server.sockets[0].getsockname()[1]
        async with door.stream(post(f"https://localhost:{port}/x")) as reply:
            assert await anext(reply.pieces()) == b"hello"
        async with asyncio.timeout(2):
            await left.wait()
    await door.close()


async def test_a_reply_longer_than_the_limit_is_too_large(make_door: MakeDoor) -> None:
    door = make_door(reply_limit_bytes=10)
    async with ScriptedVendor(lambda _: said(b"12345", b"678901", framing="chunked", pause_s=0.02)) as vendor:
        with pytest.raises(TooLarge):
            async with door.stream(post(f"{vendor.url}/x")) as reply:
                await read(reply)
    await door.close()


@pytest.mark.parametrize("value", ["a\r\nx: y", "a\nb", "a\rb", "a\0b", "a\x7f", "\u20ac"])
async def test_a_header_value_that_could_smuggle_is_not_sent(door: Door, value: str) -> None:
    async with ScriptedVendor() as vendor:
        with pytest.raises(Unsendable):
            async with door.stream(post(f"{vendor.url}/x", headers=(("x-a", value),))):
                pass

        assert vendor.connections_opened == 0


@pytest.mark.parametrize(
    "name", ["a b", "a:b", "", "a\r\n", "Host", "Content-Length", "transfer-encoding", "Connection"]
)
async def test_a_header_name_that_is_malformed_or_the_doors_own_is_not_sent(door: Door, name: str) -> None:
    with pytest.raises(Unsendable):
        async with door.stream(post("http://127.0.0.1:9/x", headers=((name, "v"),))):
            pass


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "http:///x",
        "/x",
        "http://user:secret@example.com/",
        "http://example.com/a b",
        "http://example.com/\r\nx: y",
        "http://example.com:99999/",
        "http://exämple.com/",
    ],
)
async def test_a_url_that_is_not_plain_http_is_not_sent(door: Door, url: str) -> None:
    with pytest.raises(Unsendable):
        async with door.stream(post(url)):
            pass


async def test_a_header_value_of_utf8_bytes_leaves_as_those_bytes(door: Door) -> None:
    value = "Grüße".encode().decode("latin-1")
    async with ScriptedVendor(lambda _: said(b"")) as vendor:
        request = post(f"{vendor.url}/x", headers=(("x-a", value),))
        async with door.stream(request) as reply:
            await read(reply)

    assert vendor.requests[0].header("x-a") == value


async def _tls_server(context: ssl.SSLContext, left: asyncio.Event) -> asyncio.Server:
    """Start a server that greets over TLS and then only notices when the caller leaves."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n")
        while await reader.read(1000):
            pass
        left.set()
        writer.close()

    return await asyncio.start_server(greet, "127.0.0.1", 0, ssl=context)
