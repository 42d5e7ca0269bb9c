"""What a handler replies reaches the caller, framed as the caller can read it."""

import asyncio

import pytest

from drawbridge.ingress import Exchange, IngressLimits
from tests.ingress.site import GET, PLAIN, running_site, tell

OLD = b"GET /a HTTP/1.0\r\n\r\n"
HEAD = b"HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n"


async def stream(exchange: Exchange) -> None:
    await exchange.start(200, PLAIN)
    await exchange.send(b"one,")
    await exchange.send(b"")
    await exchange.send(b"two", last=True)


async def test_a_stream_without_a_length_goes_out_in_chunks() -> None:
    async with running_site(stream) as site, site.dial() as wire:
        await wire.write(GET + GET)
        first, second = await wire.reply(), await wire.reply()

    assert first.body == second.body == b"one,two"
    assert first.headers["transfer-encoding"] == "chunked"
    assert "date" in first.headers


async def test_http_1_0_gets_a_stream_without_chunks_which_ends_with_the_connection() -> None:
    async with running_site(stream) as site, site.dial() as wire:
        await wire.write(OLD)
        got = await wire.reply()

    assert got.body == b"one,two"
    assert "transfer-encoding" not in got.headers
    assert got.headers["connection"] == "close"


@pytest.mark.parametrize("handler", [stream, tell])
async def test_head_gets_the_headers_alone(handler: object) -> None:
    async with running_site(stream if handler is stream else tell) as site, site.dial() as wire:
        await wire.write(HEAD + HEAD)
        first, second = await wire.reply(has_body=False), await wire.reply(has_body=False)

    assert (first.status, second.status) == (200, 200)
    assert ("content-length" in first.headers) is (handler is tell)


async def test_a_status_without_a_body_has_neither_body_nor_length() -> None:
    async def nothing(exchange: Exchange) -> None:
        await exchange.reply(204, [], b"ignored")

    async with running_site(nothing) as site, site.dial() as wire:
        await wire.write(GET + GET)
        first, second = await wire.reply(has_body=False), await wire.reply(has_body=False)

    assert (first.status, second.status) == (204, 204)
    assert "content-length" not in first.headers


async def test_a_stream_of_a_told_length_goes_out_as_it_is() -> None:
    async def sized(exchange: Exchange) -> None:
        await exchange.start(200, [(b"content-length", b"6")])
        await exchange.send(b"one")
        await exchange.send(b"two", last=True)

    async with running_site(sized) as site, site.dial() as wire:
        await wire.write(GET + GET)
        bodies = [(await wire.reply()).body for _ in range(2)]

    assert bodies == [b"onetwo", b"onetwo"]


@pytest.mark.parametrize(
    "request_bytes",
    [b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + GET, OLD, b"GET / HTTP/1.0\r\nConnection: x\r\n\r\n"],
)
async def test_a_caller_that_wants_to_close_is_closed_after_its_reply(request_bytes: bytes) -> None:
    async with running_site(tell) as site, site.dial() as wire:
        await wire.write(request_bytes)
        got = await wire.reply()
        rest = await wire.rest()

    assert (got.status, got.headers["connection"], rest) == (200, "close", b"")


async def test_a_large_reply_to_a_slow_caller_arrives_whole() -> None:
    async def large(exchange: Exchange) -> None:
        await exchange.reply(200, PLAIN, b"x" * 20_000_000)

    async with running_site(large, IngressLimits(caller_timeout_s=2)) as site, site.dial() as wire:
        await wire.write(GET + GET)
        await asyncio.sleep(0.3)
        bodies = [(await wire.reply()).body for _ in range(2)]

    assert [len(body) for body in bodies] == [20_000_000, 20_000_000]


async def test_a_handler_that_fails_is_logged_and_answered_with_500(caplog: pytest.LogCaptureFixture) -> None:
    async def fail(exchange: Exchange) -> None:
        raise LookupError(exchange.path)

    async with running_site(fail) as site, site.dial() as wire:
        await wire.write(GET)
        got = await wire.reply()
        rest = await wire.rest()

    assert (got.status, got.headers["connection"], rest) == (500, "close", b"")
    assert got.json()["error"]["type"] == "internal_error"
    assert "LookupError" in caplog.text


async def test_a_handler_that_fails_in_the_middle_breaks_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    async def fail(exchange: Exchange) -> None:
        await exchange.start(200, PLAIN)
        await exchange.send(b"half")
        raise LookupError(exchange.path)

    async with running_site(fail) as site, site.dial() as wire:
        await wire.write(GET)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
            await wire.reply()

    assert "LookupError" in caplog.text


async def test_a_handler_that_says_nothing_is_answered_with_500() -> None:
    async def silent(_: Exchange) -> None:
        return

    async with running_site(silent) as site:
        got = await site.ask(GET)

    assert got.status == 500


@pytest.mark.parametrize("value", [b"a\r\nx-evil: b", b"a\nb", b"a\rb"])
async def test_a_header_that_would_be_two_is_never_sent(value: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async def split(exchange: Exchange) -> None:
        await exchange.reply(200, [(b"x-a", value)], b"")

    async with running_site(split) as site:
        got = await site.ask(GET)

    assert got.status == 500
    assert "line break" in caplog.text


@pytest.mark.parametrize("sent", [b"abc", b"abcdefgh"], ids=["short", "long"])
async def test_a_body_of_another_length_than_told_breaks_the_connection(
    sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async def wrong(exchange: Exchange) -> None:
        await exchange.start(200, [(b"content-length", b"5")])
        await exchange.send(sent, last=True)

    async with running_site(wrong) as site, site.dial() as wire:
        await wire.write(GET)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
            await wire.reply()

    assert "content-length" in caplog.text
