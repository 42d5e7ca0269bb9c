"""After many calls of all kinds through one running gateway, nothing is left of them: no task, no socket, no memory.

200,000 of them in `make prove`, in rounds, as no one test may take longer than 240 s.
"""

import asyncio
import gc
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import psutil
import pytest

from tests.gateway.examples import CHAT, MESSAGE, RESPONSE
from tests.parts.answers import answer_by_path
from tests.parts.caller import Caller, dial, head
from tests.parts.scripts import FOR_LONG_S
from tests.parts.size import pick
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer, Request

CALLS = pick(600, full=10_000)
ROUNDS = pick(1, full=20)
AT_ONCE = 8
GROWTH_BYTES = 16 * 1024 * 1024
STREAM = {**CHAT, "stream": True}

_REMEMBERED = 100
"""Of the vendor's own log, which would grow with every call."""


def script(request: Request) -> Answer:
    """Do what a request's body asks for by a word in it."""
    usual = answer_by_path(request)
    if b"[fail]" in request.body:
        return Answer(status=500, pieces=((b"no", 0),))
    if b"[reset]" in request.body:
        return Answer(reset=True)
    if b"[cut]" in request.body:
        return replace(usual, cut_after_piece=2)
    if b"[hang]" in request.body:
        return replace(usual, pieces=((usual.pieces[0][0], FOR_LONG_S), *usual.pieces[1:]))
    return usual


async def answered(caller: Caller) -> int:
    return (await caller.post("/v1/chat/completions", CHAT)).status


async def streamed(caller: Caller) -> int:
    return (await caller.post("/v1/messages", {**MESSAGE, "stream": True})).status


async def refused(caller: Caller) -> int:
    return (await caller.post("/v1/responses", b'{"model": ')).status


async def without_a_key(caller: Caller) -> int:
    return (await caller.ask("POST", "/v1/responses", body=RESPONSE, headers={"x-api-key": "nobody's"})).status


async def failing(caller: Caller) -> int:
    return (await caller.post("/v1/chat/completions", {**CHAT, "user": "[fail]"})).status


async def reset(caller: Caller) -> int:
    return (await caller.post("/v1/chat/completions", {**CHAT, "user": "[reset]"})).status


async def cut(caller: Caller) -> int:
    return (await caller.post("/v1/chat/completions", {**STREAM, "user": "[cut]"})).status


async def left(caller: Caller) -> int:
    """Go away in the middle of a stream that would go on for long."""
    async with caller.stream("POST", "/v1/chat/completions", body={**STREAM, "user": "[hang]"}) as reply:
        await reply.content.readany()
        return reply.status


async def half_sent(caller: Caller) -> int:
    """Go away in the middle of a request."""
    _, writer = await dial(caller.url)
    writer.write(head("POST /v1/chat/completions", caller.key, "content-length: 99") + b'{"model"')
    await writer.drain()
    writer.close()
    return 0


Kind = Callable[[Caller], Awaitable[int]]
EXPECTED: dict[Kind, int] = {
    answered: 200,
    streamed: 200,
    refused: 400,
    without_a_key: 401,
    failing: 500,
    reset: 502,
    cut: 200,
    left: 200,
    half_sent: 0,
}


@dataclass(frozen=True, slots=True)
class Held:
    """What this process holds, and with it the gateway, the vendor and the callers."""

    tasks: int
    files: int
    memory_bytes: int

    @classmethod
    def now(cls) -> "Held":
        gc.collect()
        process = psutil.Process()
        return cls(len(asyncio.all_tasks()), process.num_fds(), process.memory_info().rss)


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_calls_of_all_kinds_leave_nothing_behind(caller: Caller, vendor: ScriptedVendor, turn: int) -> None:
    del turn
    vendor.script = script
    await make_calls(caller, vendor, 20 * len(EXPECTED))
    before = await settled(vendor)

    await make_calls(caller, vendor, CALLS)

    after = await settled(vendor)
    assert after.tasks <= before.tasks + AT_ONCE
    assert after.files <= before.files + 2 * AT_ONCE
    assert after.memory_bytes <= before.memory_bytes + GROWTH_BYTES
    assert (await caller.post("/v1/chat/completions", CHAT)).status == 200


async def make_calls(caller: Caller, vendor: ScriptedVendor, count: int) -> None:
    """Make calls of each kind in turn, some at the same time."""
    kinds = itertools.islice(itertools.cycle(EXPECTED.items()), count)

    async def work() -> None:
        for kind, status in kinds:
            assert await kind(caller) == status, kind
            del vendor.log[:-_REMEMBERED]

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(work())


async def settled(vendor: ScriptedVendor) -> Held:
    """Wait until the vendor has seen everybody leave, and return what is held then."""
    await vendor.until(
        lambda: all(received.did_peer_leave for received in vendor.log if b"[hang]" in received.request.body)
    )
    vendor.log.clear()
    held = Held.now()
    async with asyncio.timeout(60):
        while (again := await _a_little_later()) != held and again.tasks < held.tasks:
            held = again
    return held


async def _a_little_later() -> Held:
    await asyncio.sleep(0.5)
    return Held.now()
