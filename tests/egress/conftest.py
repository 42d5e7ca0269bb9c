from collections.abc import AsyncIterator

import pytest

from drawbridge.egress import EgressDoor


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": request.param}


@pytest.fixture
async def door() -> AsyncIterator[EgressDoor]:
    door = EgressDoor()
    yield door
    await door.close()
