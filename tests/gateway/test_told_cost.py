"""What a call cost is told with its reply: in a header where it is whole, behind the last event of a stream."""

import re

import pytest

from drawbridge.core.money import Nanousd, written_usd
from tests.gateway.examples import ARRAY_STREAM, CHAT, EVENT_STREAMS, GENERATE, WHOLE
from tests.parts.answers import answer_by_path
from tests.parts.booked import Booked
from tests.parts.caller import Caller, Json
from tests.parts.gateway import RunningGateway
from tests.parts.prices import charge
from tests.parts.scripts import cut_after
from tests.parts.vendor import ScriptedVendor

_COMMENT = re.compile(rb": drawbridge-cost ([0-9.]+)\n\n\Z")
_USD = "0.0125"


@pytest.fixture(scope="module", autouse=True)
async def priced(shared_gateway: RunningGateway) -> None:
    await charge(shared_gateway, _USD)


@pytest.mark.parametrize(("path", "body"), WHOLE)
async def test_a_whole_reply_tells_what_is_booked_in_a_header(
    caller: Caller, booked: Booked, path: str, body: Json
) -> None:
    reply = await caller.post(path, body)

    event = await booked.event()
    assert event.cost_nanousd is not None
    assert reply.headers["x-drawbridge-cost"] == written_usd(Nanousd(event.cost_nanousd)) == _USD


@pytest.mark.parametrize(("path", "body"), EVENT_STREAMS[:3])
async def test_a_stream_tells_it_in_a_comment_behind_its_last_event_and_is_the_vendors_before(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, path: str, body: Json
) -> None:
    asked = {**body, "stream_options": {"include_usage": True}} if "/chat/" in path else body

    reply = await caller.post(path, asked)

    event = await booked.event()
    sent = b"".join(piece for piece, _ in answer_by_path(vendor.requests[0]).pieces)
    assert event.cost_nanousd is not None
    assert reply.body == sent + f": drawbridge-cost {_USD}\n\n".encode()
    assert "x-drawbridge-cost" not in reply.headers


@pytest.mark.parametrize("path", [ARRAY_STREAM, f"{ARRAY_STREAM}?alt=sse"])
async def test_clients_that_take_a_comment_for_broken_json_are_told_nothing(
    caller: Caller, vendor: ScriptedVendor, path: str
) -> None:
    reply = await caller.post(path, GENERATE)

    assert reply.body == b"".join(piece for piece, _ in answer_by_path(vendor.requests[0]).pieces)


async def test_a_stream_that_breaks_off_ends_as_it_broke_off(caller: Caller, vendor: ScriptedVendor) -> None:
    vendor.script = cut_after(2)

    async with caller.stream("POST", "/v1/chat/completions", body={**CHAT, "stream": True}) as reply:
        body = await reply.content.read()

    assert _COMMENT.search(body) is None
