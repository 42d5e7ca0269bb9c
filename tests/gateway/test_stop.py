"""What becomes of calls that have not ended when the gateway has to."""

import asyncio
from pathlib import Path

import pytest

from tests.gateway.examples import EVENT_STREAMS
from tests.parts.booked import Booked
from tests.parts.caller import Json, calling
from tests.parts.gateway import running_gateway
from tests.parts.scripts import pausing_after
from tests.parts.vendor import ScriptedVendor

BRIEFLY = {"DRAWBRIDGE_DRAIN_TIMEOUT_S": "1"}


@pytest.mark.parametrize(("path", "body"), EVENT_STREAMS)
async def test_a_stream_that_outlasts_the_stop_ends_with_a_failure_and_is_booked_by_what_was_seen(
    tmp_path: Path, database_url: str, path: str, body: Json
) -> None:
    async with (
        ScriptedVendor(pausing_after(4)) as vendor,
        running_gateway(tmp_path / "data", database_url, vendor.url, settings=BRIEFLY) as gateway,
        calling(gateway.url, gateway.key) as caller,
        asyncio.timeout(20),
    ):
        async with caller.stream("POST", path, body=body) as reply:
            first = await reply.content.readuntil(b"\n\n")
            gateway.stop()
            rest = await reply.content.read()
        event = await Booked.all_of(gateway).event()

    last = rest.rstrip(b"\n").rpartition(b"\n\n")[2]
    assert first.strip()
    assert b"Drawbridge stops" in last
    assert b"error" in last
    assert (event.outcome, event.estimated) == ("cut_by_us", True)
    assert event.output_tokens > 0
