"""What one worker process has had made is its owner's on every other at once, and as soon nobody's when it is gone."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.parts.caller import Caller, Json, Reply, calling
from tests.parts.installation import Installation, free_port
from tests.parts.object_vendor import KeepingVendor
from tests.parts.vendor import ScriptedVendor

pytestmark = [pytest.mark.ownership, pytest.mark.xdist_group("installation")]

_RESPONSE: Json = {"model": "gpt-5", "input": "hi"}


async def test_a_response_is_continued_at_once_on_the_other_worker_and_gone_there_when_deleted(tmp_path: Path) -> None:
    async with (
        ScriptedVendor() as vendor,
        Installation(tmp_path / "data", free_port(), vendor.url, workers=2) as installation,
        AsyncExitStack() as stack,
    ):
        vendor.script = KeepingVendor()
        one, other = await _a_caller_at_each_worker(stack, installation)

        for maker, user in ((one, other), (other, one)) * 5:
            made = (await _respond(maker)).json()["id"]
            assert (await _respond(user, previous_response_id=made)).status == 200
            deleted = await maker.ask("DELETE", f"/v1/responses/{made}", headers=maker.bearer)
            assert deleted.status == 200
            asked = len(vendor.requests)
            assert (await maker.get(f"/v1/responses/{made}")).status == 404
            assert len(vendor.requests) == asked
            assert (await user.get(f"/v1/responses/{made}")).status == 404


async def _respond(caller: Caller, **more: object) -> Reply:
    reply = await caller.post("/v1/responses", {**_RESPONSE, **more})
    assert reply.status == 200, reply.body
    return reply


async def _a_caller_at_each_worker(stack: AsyncExitStack, installation: Installation) -> list[Caller]:
    """Return callers whose connections stay with one worker each: they make one call after the other."""
    found: dict[int, Caller] = {}
    while len(found) < 2:
        before = _connections(installation)
        caller = await stack.enter_async_context(calling(installation.url, installation.key))
        await _respond(caller)
        [(worker, _)] = _connections(installation) - before
        found.setdefault(worker, caller)
    return list(found.values())


def _connections(installation: Installation) -> set[tuple[int, int]]:
    """Return who is connected: the pid of a worker and the caller's port."""
    return {
        (worker.pid, one.raddr.port)
        for worker in installation.workers_alive()
        for one in worker.net_connections("tcp")
        if one.status == "ESTABLISHED" and one.raddr and one.laddr.port == installation.port
    }
