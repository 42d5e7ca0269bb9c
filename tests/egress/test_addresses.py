import pytest

from drawbridge.egress import Door
from drawbridge.egress.addresses import refusal_reason
from drawbridge.egress.errors import AddressRefused, ConnectFailed
from tests.egress.calls import post
from tests.parts.vendor import ScriptedVendor

PUBLIC = ["1.1.1.1", "8.8.8.8", "104.18.7.192", "172.32.0.1", "2606:4700::6812:7c0", "2a00:1450:4001:830::200a"]

NOT_PUBLIC = [
    "0.0.0.0",
    "10.1.2.3",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.0.9",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.168.1.1",
    "198.19.0.1",
    "203.0.113.7",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:10.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "4000::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "not-an-address",
    "",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_reached(address: str) -> None:
    assert refusal_reason(address) is None


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert refusal_reason(address) is not None


@pytest.mark.parametrize("prefix", ["::ffff:", "64:ff9b::"])
def test_a_public_address_inside_a_translating_prefix_may_be_reached(prefix: str) -> None:
    assert refusal_reason(f"{prefix}8.8.8.8") is None


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0x7f.1", "0"],
)
async def test_no_spelling_of_this_machine_is_connected_to(door: Door, host: str) -> None:
    async with ScriptedVendor() as vendor:
        # Some spellings are no name at all for the system's resolver; that is as good.
        with pytest.raises((AddressRefused, ConnectFailed)) as refusal:
            async with door.stream(post(f"http://{host}:{vendor.port}/v1/x", allow_private=False)):
                pass

        assert not refusal.value.did_send
        assert vendor.connections_opened == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_refused_address_is_told_with_its_reason(door: Door, host: str) -> None:
    with pytest.raises(AddressRefused, match=r"is a loopback address|has no public address") as refusal:
        async with door.stream(post(f"http://{host}:9/v1/x", allow_private=False)):
            pass

    assert refusal.value.fault == "policy"


async def test_a_connection_to_a_private_host_never_serves_a_request_for_public_ones(door: Door) -> None:
    async with ScriptedVendor() as vendor:
        async with door.stream(post(f"{vendor.url}/v1/embeddings")) as reply:
            assert [piece async for piece in reply.pieces()]

        with pytest.raises(AddressRefused):
            async with door.stream(post(f"{vendor.url}/v1/embeddings", allow_private=False)):
                pass

        assert len(vendor.log) == 1
