"""What vendors say that they serve: asked once, and each by itself."""

import asyncio

from drawbridge.core.clock import SystemClock
from drawbridge.egress import PoolDoor
from drawbridge.gateway.inner.vendor_models import VendorModels
from drawbridge.gateway.snapshot import Provider
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer, Request

_LISTED = Answer(pieces=((b'{"data": [{"id": "small"}]}', 0.0),))


def _provider(url: str) -> Provider:
    return Provider("box", frozenset({"openai-chat"}), url, claims=("",), allow_private=True)


def _script(request: Request) -> Answer:
    return Answer(never=True) if request.target.startswith("/silent") else _LISTED


async def test_nobody_waits_for_a_vendor_of_somebody_else_that_does_not_answer() -> None:
    door = PoolDoor(connections_per_host=4)
    async with ScriptedVendor(_script) as vendor, asyncio.TaskGroup() as group:
        models = VendorModels(door, SystemClock())
        waiting = group.create_task(models.of([_provider(f"{vendor.url}/silent")]))
        await vendor.until(lambda: len(vendor.requests) == 1)

        found = await models.of([_provider(vendor.url)])

        assert not waiting.done()
        waiting.cancel()
    await door.close()
    assert found == {"box": ("small",)}


async def test_a_vendor_is_asked_once_though_many_want_to_know() -> None:
    door = PoolDoor(connections_per_host=4)
    async with ScriptedVendor(_script) as vendor:
        models = VendorModels(door, SystemClock())

        found = await asyncio.gather(*(models.of([_provider(vendor.url)]) for _ in range(5)))
        await door.close()

    assert found == [{"box": ("small",)}] * 5
    assert len(vendor.requests) == 1
