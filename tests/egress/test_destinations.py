"""Which address of a name is connected to: the pool's rules, on a network that is made up."""

import socket
import threading

import pytest

from drawbridge.egress import AddressRefused, ConnectFailed, Deadlines, PoolDoor, Timeout
from drawbridge.egress.lane import Load
from tests.egress.calls import PATIENT, post, read
from tests.egress.servers import MadeUpNetwork
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer

PUBLIC, OTHER_PUBLIC = "93.184.216.34", "2606:4700::6812:7c0"
URL = "http://vendor.example/v1/x"

INSIDE = [
    "127.0.0.1",
    "10.0.0.1",
    "169.254.169.254",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:a9fe:a9fe",
    "64:ff9b::10.0.0.1",
    "fd00:ec2::254",
    "fe80::1%eth0",
]


def ok(_: object) -> Answer:
    return Answer(pieces=((b"ok", 0),))


async def call(door: PoolDoor, url: str = URL, *, allow_private: bool = False, deadlines: Deadlines = PATIENT) -> bytes:
    async with door.stream(post(url, allow_private=allow_private, deadlines=deadlines)) as reply:
        return await read(reply)


async def test_the_address_that_was_checked_is_the_one_connected_to() -> None:
    async with ScriptedVendor(ok) as vendor:
        network = MadeUpNetwork((PUBLIC,), ("127.0.0.1",), ports={PUBLIC: vendor.port, "127.0.0.1": vendor.port})
        door = PoolDoor(network=network)

        assert await call(door) == b"ok"
        assert (network.looked_up, network.connected) == (["vendor.example"], [PUBLIC])
        await door.close()


async def test_a_name_that_turns_private_is_refused_when_it_is_looked_up_again() -> None:
    async with ScriptedVendor(ok) as vendor:
        network = MadeUpNetwork((PUBLIC,), ("127.0.0.1",), ports={PUBLIC: vendor.port, "127.0.0.1": vendor.port})
        door = PoolDoor(network=network, names_remembered_s=0)
        await call(door)
        await door.close()

        with pytest.raises(AddressRefused, match="has no public address") as refusal:
            await call(door)

        assert not refusal.value.did_send
        assert network.connected == [PUBLIC]
        assert door.load == Load()


@pytest.mark.parametrize("address", INSIDE)
async def test_a_name_of_an_address_that_is_not_public_is_refused(address: str) -> None:
    network = MadeUpNetwork((address,), ports={address: 9})
    door = PoolDoor(network=network)

    with pytest.raises(AddressRefused):
        await call(door)

    assert network.connected == []


async def test_whoever_may_not_reach_private_networks_is_not_told_which_names_there_are() -> None:
    private, missing = (
        PoolDoor(network=MadeUpNetwork(("10.1.2.3",), ports={})),
        PoolDoor(network=MadeUpNetwork((), ports={})),
    )
    told: list[str] = []

    for door in (private, missing):
        with pytest.raises(AddressRefused) as refusal:
            await call(door)
        told.append(refusal.value.message)
    with pytest.raises(ConnectFailed, match="name was not found"):
        await call(missing, allow_private=True)

    assert told[0] == told[1]
    assert "10.1.2.3" not in told[0]


@pytest.mark.parametrize(
    "host", ["[::ffff:127.0.0.1]", "[::FFFF:7F00:1]", "[0:0:0:0:0:ffff:a9fe:a9fe]", "169.254.169.254"]
)
async def test_an_address_in_the_url_that_is_not_public_is_refused(host: str) -> None:
    network = MadeUpNetwork(("127.0.0.1",), ports={})
    door = PoolDoor(network=network)

    with pytest.raises(AddressRefused):
        await call(door, f"http://{host}/x")

    assert (network.looked_up, network.connected) == ([], [])


async def test_of_a_name_with_both_kinds_only_the_public_address_is_tried() -> None:
    network = MadeUpNetwork(("10.0.0.1", PUBLIC, "::1"), ports={"10.0.0.1": 9, "::1": 9})
    door = PoolDoor(network=network)

    with pytest.raises(ConnectFailed):
        await call(door)

    assert network.connected == [PUBLIC]


async def test_the_second_address_is_tried_when_the_first_refuses() -> None:
    async with ScriptedVendor(ok) as vendor:
        network = MadeUpNetwork((PUBLIC, OTHER_PUBLIC), ports={OTHER_PUBLIC: vendor.port})
        door = PoolDoor(network=network)

        assert await call(door) == b"ok"
        assert network.connected == [PUBLIC, OTHER_PUBLIC]
        assert len(vendor.log) == 1
        await door.close()


async def test_the_second_address_is_tried_when_the_first_says_nothing() -> None:
    with socket.socket() as deaf, socket.socket() as filler:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        filler.connect(deaf.getsockname())
        async with ScriptedVendor(ok) as vendor:
            ports = {PUBLIC: deaf.getsockname()[1], OTHER_PUBLIC: vendor.port}
            door = PoolDoor(network=MadeUpNetwork((PUBLIC, OTHER_PUBLIC), ports=ports))

            assert await call(door, deadlines=Deadlines(1, 5, 5, 10)) == b"ok"
            assert door.load == Load(idle=1)
            await door.close()


async def test_a_name_whose_addresses_all_refuse_is_told_as_a_failed_connection() -> None:
    door = PoolDoor(network=MadeUpNetwork((PUBLIC, OTHER_PUBLIC), ports={}))

    with pytest.raises(ConnectFailed, match="refuses") as failure:
        await call(door)

    assert not failure.value.did_send
    assert door.load == Load()


async def test_a_look_up_that_hangs_is_a_connect_timeout() -> None:
    answered = threading.Event()

    class Hanging(MadeUpNetwork):
        def addresses(self, host: str) -> tuple[str, ...]:
            answered.wait(5)
            return super().addresses(host)

    door = PoolDoor(network=Hanging((PUBLIC,), ports={}))

    with pytest.raises(Timeout) as timeout:
        await call(door, deadlines=Deadlines(0.1, 5, 5, 10))
    answered.set()

    assert (timeout.value.which, timeout.value.did_send) == ("connect", False)
    assert door.load == Load()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["http://169.254.169.254/", "/elsewhere", "http://vendor.example/other"])
async def test_a_redirect_is_never_followed(status: int, location: str) -> None:
    moved = Answer(status=status, headers=(("location", location),))
    async with ScriptedVendor(lambda _: moved) as vendor:
        network = MadeUpNetwork((PUBLIC,), ports={PUBLIC: vendor.port})
        door = PoolDoor(network=network)

        async with door.stream(post(URL, allow_private=False)) as reply:
            assert (reply.status, dict(reply.headers)["location"]) == (status, location)

        assert (len(vendor.log), network.connected) == (1, [PUBLIC])
        await door.close()
