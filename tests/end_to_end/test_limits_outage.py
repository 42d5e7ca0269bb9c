"""A limit while PostgreSQL is killed under it: all that it allows is allowed, and not one call more."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.parts.installation import Installation, free_port
from tests.parts.vendor_process import VendorProcess

pytestmark = [pytest.mark.crash, pytest.mark.limits, pytest.mark.xdist_group("crash")]

_MOST = 240
_CALLERS = 6
_ENOUGH_REFUSALS = 5
_AGAIN_S = 0.01
_LIMIT = f"""
limits:
  all: {{each: principal, requests: {{most: {_MOST}, per: day}}}}
"""
_CALL = {"model": "vendor/any", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
async def vendor() -> AsyncIterator[VendorProcess]:
    async with VendorProcess() as vendor:
        yield vendor


async def test_a_limit_allows_what_it_says_whatever_becomes_of_the_database(
    tmp_path: Path, vendor: VendorProcess
) -> None:
    answers: Counter[int] = Counter()
    installation = Installation(tmp_path / "data", free_port(), vendor.url, workers=2, more_configuration=_LIMIT)

    async with installation, asyncio.TaskGroup() as group:
        callers = [group.create_task(_call_until_refused(installation, answers)) for _ in range(_CALLERS)]
        for share in (0.2, 0.5, 0.8):
            await _until(answers, share)
            if (database := installation.postmaster()) is not None:
                database.kill()
        await asyncio.gather(*callers)

    # What a call asked for that the database's death cut off may have been taken and never used.
    assert answers[200] <= _MOST, answers
    assert answers[200] >= _MOST - 3 * _CALLERS, answers


async def _call_until_refused(installation: Installation, answers: Counter[int]) -> None:
    refusals = 0
    async with aiohttp.ClientSession(headers={"authorization": f"Bearer {installation.key}"}) as session:
        while refusals < _ENOUGH_REFUSALS:
            async with session.post(f"{installation.url}/v1/chat/completions", json=_CALL) as reply:
                await reply.read()
            answers[reply.status] += 1
            refusals += reply.status == 429
            # 503: the database is away.
            await asyncio.sleep(0.2 if reply.status in {429, 503} else 0)


async def _until(answers: Counter[int], share: float) -> None:
    async with asyncio.timeout(120):
        while True:
            if answers[200] >= share * _MOST or answers[429]:
                return
            await asyncio.sleep(_AGAIN_S)
