from collections.abc import AsyncIterator, Callable

import pytest

from drawbridge.egress import Door, PoolDoor
from drawbridge.egress.client import EgressDoor

MakeDoor = Callable[..., Door]


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": request.param}


@pytest.fixture(params=[EgressDoor, PoolDoor], ids=["aiohttp", "pool"])
def make_door(request: pytest.FixtureRequest) -> MakeDoor:
    return request.param


@pytest.fixture
async def door(make_door: MakeDoor) -> AsyncIterator[Door]:
    door = make_door()
    yield door
    await door.close()
