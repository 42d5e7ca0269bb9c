"""Laws that hold for every reply, however it is framed, cut into packets, cut off or garbled."""

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawbridge.egress import Deadlines, EgressError, PoolDoor
from drawbridge.egress.lane import Load
from tests.egress.calls import PATIENT, post
from tests.egress.scripted_network import End, ScriptedNetwork, Told
from tests.parts.size import pick

URL = "http://10.0.0.1/x"
SECOND = Told((b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecond",))
SHORT = Deadlines(connect_s=5, first_byte_s=0.03, between_bytes_s=0.03, total_s=5)

many = settings(max_examples=pick(150, full=5000), deadline=None)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@dataclass(frozen=True)
class Written:
    """A whole reply to GET, as bytes, and what it says."""

    text: bytes
    body: bytes
    ends_by_closing: bool = False


@dataclass(frozen=True)
class Outcome:
    """What the caller of one call saw."""

    status: int
    body: bytes
    error: str | None


def as_chunks(body: bytes, cuts: list[int], extension: bytes, trailers: bytes) -> bytes:
    chunks = b"".join(b"%x%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in split(body, cuts))
    return chunks + b"0\r\n" + trailers + b"\r\n"


def split(text: bytes, cuts: list[int]) -> tuple[bytes, ...]:
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    return tuple(text[start:end] for start, end in pairwise(edges) if start < end)


cuts = st.lists(st.integers(0, 2000), max_size=6)
interim = st.lists(
    st.sampled_from([b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"]), max_size=3
)
more_headers = st.lists(st.sampled_from([b"a:\r\n", b"X-Y: z\r\n", b"b: \t \xff\r\n"]), max_size=3)


@st.composite
def written_replies(draw: st.DrawFn) -> Written:
    body = draw(st.binary(max_size=120))
    framing = draw(st.sampled_from(["length", "chunked", "close", "bare"]))
    headers = b"".join(draw(more_headers))
    head = b"".join(draw(interim))
    match framing:
        case "length":
            head += b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n" % (headers, len(body))
            return Written(head + body, body)
        case "chunked":
            extension = draw(st.sampled_from([b"", b";a=b", b";c"]))
            trailers = draw(st.sampled_from([b"", b"t: u\r\n", b"t: u\r\nv: w\r\n"]))
            head += b"HTTP/1.1 200 OK\r\n%bTransfer-Encoding: chunked\r\n\r\n" % headers
            return Written(head + as_chunks(body, draw(cuts), extension, trailers), body)
        case "close":
            return Written(head + b"HTTP/1.1 200 OK\r\n%b\r\n" % headers + body, body, ends_by_closing=True)
        case _:
            return Written(head + b"HTTP/1.1 204 No Content\r\n%b\r\n" % headers, b"")


async def outcome_of(door: PoolDoor, deadlines: Deadlines = PATIENT) -> Outcome:
    status, body, error = 0, b"", None
    try:
        async with door.stream(post(URL, b"", method="GET", deadlines=deadlines)) as reply:
            status = reply.status
            async for piece in reply.pieces():
                assert piece
                body += piece
    except EgressError as failure:
        error = type(failure).__name__
    return Outcome(status, body, error)


async def told(*answers: Told) -> Outcome:
    door = PoolDoor(network=ScriptedNetwork(*answers))
    outcome = await outcome_of(door)
    await door.close()
    assert door.load == Load()
    return outcome


@many
@given(reply=written_replies(), cuts=cuts)
async def test_a_whole_reply_arrives_whole_and_its_connection_serves_again(reply: Written, cuts: list[int]) -> None:
    end: End = "close" if reply.ends_by_closing else "stay"
    network = ScriptedNetwork(Told(split(reply.text, cuts), end), SECOND)
    door = PoolDoor(network=network)

    outcome = await outcome_of(door)
    second = await outcome_of(door)

    assert (outcome.body, outcome.error) == (reply.body, None)
    assert (second.body, second.error) == (b"second", None)
    assert network.connections == (2 if reply.ends_by_closing else 1)
    await door.close()


@many
@given(reply=written_replies(), cuts=cuts, kept=st.integers(0, 2000), end=st.sampled_from(["close", "reset"]))
async def test_a_reply_cut_off_anywhere_ends_the_same_however_it_was_cut_into_packets(
    reply: Written, cuts: list[int], kept: int, end: End
) -> None:
    text = reply.text[: kept % (len(reply.text) + 1)]

    in_pieces = await told(Told(split(text, cuts), end))
    at_once = await told(Told(split(text, []), end))

    assert in_pieces == at_once
    assert reply.body.startswith(in_pieces.body)
    may_be_whole = text == reply.text or (reply.ends_by_closing and end == "close")
    assert in_pieces.error is not None or may_be_whole


@many
@given(
    reply=written_replies(),
    changes=st.lists(st.tuples(st.integers(0, 2000), st.sampled_from(b"\r\n\x00 0:;afHT9\xff")), max_size=4),
    stray=st.sampled_from([b"", b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged", b"HTTP/1.1 200", b"x", b"\r\n"]),
    cuts=cuts,
    end=st.sampled_from(["close", "reset", "stay"]),
)
async def test_a_garbled_reply_ends_and_never_answers_another_request(
    reply: Written, changes: list[tuple[int, int]], stray: bytes, cuts: list[int], end: End
) -> None:
    text = bytearray(reply.text)
    for place, byte in changes:
        text[place % len(text)] = byte
    network = ScriptedNetwork(Told(split(bytes(text) + stray, cuts), end), SECOND)
    door = PoolDoor(network=network)

    await outcome_of(door, SHORT)
    await network.has_told.wait()
    second = await outcome_of(door)

    assert (second.status, second.body, second.error) == (200, b"second", None)
    assert door.load == Load(idle=1)
    await door.close()


@many
@given(noise=st.binary(max_size=300), cuts=cuts, end=st.sampled_from(["close", "reset"]))
async def test_noise_is_an_error_of_the_door(noise: bytes, cuts: list[int], end: End) -> None:
    outcome = await told(Told(split(noise, cuts), end))

    assert outcome.error in ("BrokenReply", "ConnectFailed")
