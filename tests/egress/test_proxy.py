"""The way through a proxy: which calls take it, and what becomes of them."""

import asyncio
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from drawbridge.egress import AddressRefused, BrokenReply, ConnectFailed, Deadlines, PoolDoor, Proxy, ProxyingDoor
from tests.egress.calls import PATIENT, post, read
from tests.egress.connect_proxy import ConnectProxy
from tests.egress.servers import MadeUpNetwork, RawServer
from tests.parts.certificates import self_signed
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def proxying(proxy_url: str, *direct_hosts: str, trust: ssl.SSLContext | None = None) -> ProxyingDoor:
    return ProxyingDoor(PoolDoor(trust=trust), Proxy(proxy_url, direct_hosts), trust=trust)


def ok(_: object) -> Answer:
    return Answer(pieces=((b"ok", 0),))


async def call(door: ProxyingDoor, url: str, *, deadlines: Deadlines = PATIENT, allow_private: bool = True) -> bytes:
    async with door.stream(post(url, deadlines=deadlines, allow_private=allow_private)) as reply:
        return await read(reply)


@pytest.mark.parametrize(
    ("host", "is_proxied"),
    [
        ("api.vendor.com", True),
        ("api.vendor.com.", True),
        ("8.8.8.8", True),
        ("2606:4700::1", True),
        ("localhost", False),
        ("a.localhost", False),
        ("127.0.0.1", False),
        ("127.0.0.1.", False),
        ("127.1", False),
        ("0xa9.0xfe.0xa9.0xfe", False),
        ("::1", False),
        ("10.1.2.3", False),
        ("fe80::1%eth0", False),
        ("gpu-box", False),
        ("inside.example", False),
        ("deep.inside.example", False),
        ("notinside.example", True),
        ("dotted.example", False),
    ],
)
def test_a_proxy_is_for_public_hosts_that_are_not_named_as_direct(host: str, is_proxied: bool) -> None:
    proxy = Proxy("http://proxy:3128", ("inside.example", ".dotted.example"))

    assert proxy.is_for(host) is is_proxied


def test_a_star_names_every_host_as_direct() -> None:
    assert not Proxy("http://proxy:3128", ("*",)).is_for("api.vendor.com")


@pytest.mark.parametrize("credential", [None, "ann:s3cret"])
async def test_an_https_call_goes_through_a_tunnel_and_its_certificate_is_checked(
    tmp_path: Path, credential: str | None
) -> None:
    server, trust = self_signed(tmp_path, "vendor.example")

    async with (
        RawServer(lambda writer: writer.write(OK), server) as url,
        ConnectProxy(int(url.split(":")[2].split("/")[0]), credential=credential) as proxy,
    ):
        userinfo = "" if credential is None else f"{credential}@"
        door = proxying(f"http://{userinfo}{proxy.address}", trust=trust)
        for _ in range(2):
            assert await call(door, "https://vendor.example/x", allow_private=False) == b"ok"
        with pytest.raises(ConnectFailed, match="certificate is not trusted") as failure:
            await call(door, "https://other.example/x")
        await door.close()

    assert not failure.value.did_send
    assert [head.split("\r\n")[0] for head in proxy.heads] == [
        "CONNECT vendor.example:443 HTTP/1.1",
        "CONNECT other.example:443 HTTP/1.1",
    ]


async def test_an_http_call_is_passed_on_by_the_proxy() -> None:
    async with ScriptedVendor(ok) as vendor, ConnectProxy(vendor.port) as proxy:
        door = proxying(f"http://{proxy.address}")

        assert await call(door, "http://vendor.example/v1/x") == b"ok"
        assert proxy.heads[0].startswith("POST http://vendor.example/v1/x HTTP/1.1")
        assert vendor.requests[0].header("host") == "vendor.example"
        await door.close()


async def test_a_call_to_this_machine_does_not_go_through_the_proxy() -> None:
    async with ScriptedVendor(ok) as vendor, ConnectProxy(vendor.port) as proxy:
        door = proxying(f"http://{proxy.address}")

        assert await call(door, f"{vendor.url}/x") == b"ok"
        assert proxy.heads == []
        await door.close()


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "169.254.169.254.", "127.1", "0x7f.1", "0xa9.0xfe.0xa9.0xfe", "a.localhost"]
)
async def test_a_private_address_is_refused_with_a_proxy_too(host: str) -> None:
    async with ConnectProxy(9) as proxy:
        door = proxying(proxy.address)

        with pytest.raises((AddressRefused, ConnectFailed)):
            await call(door, f"http://{host}/x", allow_private=False)

        assert proxy.heads == []
        await door.close()


@pytest.mark.parametrize(
    ("addresses", "is_sent"),
    [
        (("10.0.0.1", "fd00::1"), False),
        (("10.0.0.1", "93.184.216.34"), True),
        # Only the proxy knows the name: what it leads to is for the proxy to judge.
        ((), True),
    ],
)
async def test_a_name_goes_to_the_proxy_unless_it_is_known_here_as_one_of_a_private_network(
    addresses: tuple[str, ...], is_sent: bool
) -> None:
    async with ScriptedVendor(ok) as vendor, ConnectProxy(vendor.port) as proxy:
        network = MadeUpNetwork(addresses, ports={})
        door = ProxyingDoor(PoolDoor(network=network), Proxy(f"http://{proxy.address}"), network=network)

        assert await call(door, "http://vault.corp.example/x") == b"ok"  # What an operator configured may be anywhere.
        if is_sent:
            assert await call(door, "http://vault.corp.example/x", allow_private=False) == b"ok"
        else:
            with pytest.raises(AddressRefused, match="has no public address"):
                await call(door, "http://vault.corp.example/x", allow_private=False)

        assert len(vendor.log) == 1 + is_sent
        await door.close()


async def test_a_proxy_that_refuses_a_tunnel_is_told_as_such_and_nothing_was_sent() -> None:
    async with ScriptedVendor(ok) as vendor, ConnectProxy(vendor.port, credential="ann:s3cret") as proxy:
        door = proxying(f"http://ann:wrong@{proxy.address}")

        with pytest.raises(ConnectFailed, match="by way of the proxy: 407") as failure:
            await call(door, "https://vendor.example/x")

        assert not failure.value.did_send
        assert "wrong" not in failure.value.message
        assert vendor.connections_opened == 0
        await door.close()


async def test_a_proxy_that_is_away_is_told_as_such() -> None:
    door = proxying("http://127.0.0.1:9")

    with pytest.raises(ConnectFailed, match="by way of the proxy") as failure:
        await call(door, "https://vendor.example/x")

    assert not failure.value.did_send
    await door.close()


async def test_a_reply_that_is_cut_behind_the_proxy_is_broken(tmp_path: Path) -> None:
    server, trust = self_signed(tmp_path, "vendor.example")

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
        await asyncio.sleep(0.05)
        writer.transport.abort()

    async with (
        RawServer(answer, server) as url,
        ConnectProxy(int(url.split(":")[2].split("/")[0])) as proxy,
    ):
        door = proxying(f"http://{proxy.address}", trust=trust)
        with pytest.raises(BrokenReply, match="broke off"):
            await call(door, "https://vendor.example/x")
        await door.close()


def test_aiohttp_is_not_imported_where_there_is_no_proxy() -> None:
    script = "import sys, drawbridge.app; sys.exit('aiohttp' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
