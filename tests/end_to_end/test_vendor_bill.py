"""A vendor keeps its own bill while processes are killed: the ledger comes to the same, to the nano-dollar."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from tests.parts.billing import BILL_PATH, PRICES, charge_of
from tests.parts.installation import Event, Installation, free_port
from tests.parts.size import pick
from tests.parts.vendor_process import VendorProcess

pytestmark = [pytest.mark.vendor_bill, pytest.mark.xdist_group("crash")]

_CALLS = pick(2_000, full=20_000)
_CALLERS = 24
_VICTIMS = ["worker", "database", "parent", "worker"] * pick(1, full=8)
_BUDGET = """
budgets:
  all: {limit_usd: "1000", period: {every: total}}
"""
_PROMPT = "Tell me how you are, in as many words as you like, and then what the weather is like where you are."
_LINES_AT_ONCE = 2_000
_BROKEN = (aiohttp.ClientError, TimeoutError, OSError)


@pytest.fixture
async def vendor() -> AsyncIterator[VendorProcess]:
    async with VendorProcess(pause_s=0.002, module="tests.parts.billing") as vendor:
        yield vendor


@dataclass(slots=True)
class _Callers:
    """Clients that call, and call again under another session where a call failed, as SDKs do."""

    url: str
    key: str
    answered: set[str] = field(default_factory=set[str])
    """The sessions whose answers came whole."""
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    async def call_until(self, count: int) -> None:
        """Call until so many were answered whole."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30, sock_connect=5)) as session:
            while len(self.answered) < count:
                marker = f"s-{next(self.numbers)}"
                try:
                    is_whole = await self._call(session, marker)
                except _BROKEN:
                    is_whole = False
                if is_whole:
                    self.answered.add(marker)
                else:
                    await asyncio.sleep(0.05)

    async def _call(self, session: aiohttp.ClientSession, marker: str) -> bool:
        chance = random.Random(marker)
        body: dict[str, Any] = {"model": "sold", "max_tokens": 128, "messages": [{"role": "user", "content": _PROMPT}]}
        if chance.random() < 0.3:
            body["service_tier"] = "priority"
        is_streamed = chance.random() < 0.5
        if is_streamed:
            body["stream"] = True
        headers = {"authorization": f"Bearer {self.key}", "x-session-id": marker}
        async with session.post(f"{self.url}/v1/chat/completions", json=body, headers=headers) as reply:
            answer = await reply.read()
        return reply.status == 200 and (b"[DONE]" in answer if is_streamed else answer.endswith(b"}"))


async def test_whatever_is_killed_the_ledger_comes_to_the_vendors_bill(tmp_path: Path, vendor: VendorProcess) -> None:
    chance = random.Random(20261123)
    more = PRICES + _BUDGET
    async with Installation(
        tmp_path / "data", free_port(), vendor.url, workers=4, more_configuration=more
    ) as installation:
        callers = _Callers(installation.url, installation.key)
        async with asyncio.TaskGroup() as group:
            for _ in range(_CALLERS):
                group.create_task(callers.call_until(_CALLS))
            for number, victim in enumerate(_VICTIMS, start=1):
                await _until_answered(callers, _CALLS * number // (len(_VICTIMS) + 1))
                await _kill(installation, victim, chance)
        bill = await _bill_of(vendor)
        events = await _booked(installation, bill)

        _check_events(events, bill, callers.answered)
        before = await _balances(installation)
        await _enter(installation, events, bill)
        after = await _balances(installation)

    fates = Counter(charge_of({}, session).fate for session in bill)
    print(f"\n{len(bill)} billed, {len(callers.answered)} answered whole; {dict(fates)}; before the bill: {before}")
    assert sum(before.values()) == sum(after.values()) == 0
    assert after["vendor_payable"] == -sum(bill.values())
    assert after["suspense"] == 0
    assert set(fates) == {"whole", "cut", "failed", "reset", "late"}


def _check_events(events: dict[str, list[Event]], bill: dict[str, int], answered: set[str]) -> None:
    assert not {session: found for session, found in events.items() if len(found) > 1}
    assert not bill.keys() - events.keys()
    for session in answered:
        [event] = events[session]
        assert (event["estimated"], event["outcome"], event["cost_nanousd"]) == (False, "ok", bill[session]), event
    for session in bill.keys() - answered:
        [event] = events[session]
        if event["outcome"] == "ok":
            assert event["cost_nanousd"] == bill[session], event
        else:
            assert event["estimated"], event


async def _until_answered(callers: _Callers, count: int) -> None:
    async with asyncio.timeout(120):
        while len(callers.answered) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def _kill(installation: Installation, victim: str, chance: random.Random) -> None:
    match victim:
        case "worker":
            chance.choice(installation.workers_alive()).kill()
        case "database":
            postmaster = installation.postmaster()
            if postmaster is not None:
                _kill_if_alive(postmaster)
        case _:
            installation.process.kill()
            await installation.process.wait()
            await installation.start()


def _kill_if_alive(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


async def _bill_of(vendor: VendorProcess) -> dict[str, int]:
    async with aiohttp.ClientSession() as session, session.get(vendor.url.removesuffix("/v1") + BILL_PATH) as reply:
        return await reply.json()


async def _booked(installation: Installation, bill: dict[str, int]) -> dict[str, list[Event]]:
    """Return all events, once every call that was billed has one and no more come."""
    await installation.settle()
    async with asyncio.timeout(60):
        while bill.keys() - (events := await installation.usage_by_session()).keys():  # noqa: ASYNC110
            await asyncio.sleep(0.5)
    return events


async def _enter(installation: Installation, events: dict[str, list[Event]], bill: dict[str, int]) -> None:
    """Enter the vendor's bill, in which what it does not know costs nothing."""
    lines = [
        {"attempt_id": event["attempt_id"], "cost_nanousd": bill.get(session, 0)}
        for session, found in events.items()
        for event in found
    ]
    async with _asking(installation) as session:
        for start in range(0, len(lines), _LINES_AT_ONCE):
            some = lines[start : start + _LINES_AT_ONCE]
            body = {"provider": "vendor", "source": "vendor 2026-11", "lines": some}
            async with session.post(f"{installation.url}/api/ledger/bills", json=body) as reply:
                entered = await reply.json()
            assert reply.status == 200, entered
            assert entered["corrected"] + entered["confirmed"] == len(some), entered


async def _balances(installation: Installation) -> Counter[str]:
    found: Counter[str] = Counter()
    async with _asking(installation) as session, session.get(f"{installation.url}/api/ledger") as reply:
        for balance in (await reply.json())["balances"]:
            found[balance["account"]] += balance["amount_nanousd"]
    return found


def _asking(installation: Installation) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(headers={"authorization": f"Bearer {installation.key}"})
