"""How steadily words come while many conversations are answered at once by one process."""

import asyncio
import itertools
import json
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from bench.figures import Measured
from bench.gateway.processes import cpu_s, pss_bytes_by_name
from bench.workspace.site import MODEL, Site

MANY: Final = 100
_EVERY_MS: Final = 50
_WORDS: Final = 300
_QUICK_WORDS: Final = 200
_ROUNDS: Final = 3
_AT_ONCE: Final = 8
"""So many begin at the same time: how fast conversations begin is another question."""
_TIMEOUT: Final = aiohttp.ClientTimeout(total=120)
_DELTA: Final = b'"text-delta"'
_VENDOR_DELTA: Final = b'"delta":{"content"'
_MB: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What the readers of some streams saw."""

    gap_p95_ms: float
    gap_p50_ms: float
    worst_ms: float


def measure_streams(site: Site, vendor: int) -> Iterator[Measured]:
    """Yield the figures; `vendor` is its port."""
    return _measure(site, vendor, _WORDS, _ROUNDS)


def measure_streams_quickly(site: Site, vendor: int) -> Iterator[Measured]:
    """Yield the same figures, of one round of shorter answers."""
    return _measure(site, vendor, _QUICK_WORDS, 1)


def _measure(site: Site, vendor: int, words: int, rounds: int) -> Iterator[Measured]:
    alone: list[Seen] = []
    one: list[Seen] = []
    many: list[Seen] = []
    cpu_us: list[float] = []
    memory: list[float] = []
    for _ in range(rounds):
        alone.append(asyncio.run(_read_vendor(vendor, words)))
        one.append(asyncio.run(_read_answers(site, 1, words)))
        before = cpu_s(site.pid)
        many.append(asyncio.run(_read_answers(site, MANY, words)))
        cpu_us.append((cpu_s(site.pid) - before) / (MANY * words) * 1e6)
        memory.append(pss_bytes_by_name(site.pid)["worker"] / _MB)
    added = statistics.median(ours.gap_p95_ms - theirs.gap_p95_ms for ours, theirs in zip(many, alone, strict=True))
    yield Measured("between words, p95, the vendor's own", _median(alone), f"{MANY} streams, a word in {_EVERY_MS} ms")
    yield Measured("between words, p95, 1 conversation", _median(one), _spread(one))
    yield Measured(f"between words, p95, {MANY} conversations at once", _median(many), _spread(many))
    yield Measured(f"{MANY} conversations at once: added to the p95 between words", added)
    yield Measured(f"{MANY} conversations at once: CPU per word", statistics.median(cpu_us), "PostgreSQL included")
    yield Measured(f"{MANY} conversations at once: memory of the worker", max(memory), "after them")


def _median(seen: Sequence[Seen]) -> float:
    return statistics.median(each.gap_p95_ms for each in seen)


def _spread(seen: Sequence[Seen]) -> str:
    p50 = statistics.median(each.gap_p50_ms for each in seen)
    p95 = ", ".join(f"{each.gap_p95_ms:.0f}" for each in seen)
    return f"p50 {p50:.0f}; p95 of each round {p95}; longest {max(each.worst_ms for each in seen):.0f}"


async def _read_vendor(port: int, words: int) -> Seen:
    body = {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": _asked(words)}]}

    async def read(session: aiohttp.ClientSession, _: int) -> list[float]:
        async with session.post(f"http://127.0.0.1:{port}/v1/chat/completions", json=body) as reply:
            return await _arrivals(reply, _VENDOR_DELTA)

    return await _read_all(MANY, read, {})


async def _read_answers(site: Site, conversations: int, words: int) -> Seen:
    headers = {"authorization": f"Bearer {site.key}"}
    chat = f"{site.url}/api/chat"

    few = asyncio.Semaphore(_AT_ONCE)

    async def read(session: aiohttp.ClientSession, _: int) -> list[float]:
        async with few:
            conversation = (await _post(session, f"{chat}/conversations", {}))["id"]
            asked = {"parent_id": None, "parts": [{"type": "text", "text": _asked(words)}], "model": MODEL}
            run = (await _post(session, f"{chat}/conversations/{conversation}/turns", asked))["run_id"]
        async with session.get(f"{chat}/runs/{run}/stream") as reply:
            return await _arrivals(reply, _DELTA)

    return await _read_all(conversations, read, headers)


# Any: JSON of the API.
async def _post(session: aiohttp.ClientSession, url: str, body: Mapping[str, object]) -> dict[str, Any]:
    async with session.post(url, json=body) as reply:
        if reply.status != 201:
            raise RuntimeError(f"{url} was answered {reply.status}: {await reply.text()}")
        return json.loads(await reply.read())


def _asked(words: int) -> str:
    """Return the question that tells the vendor how to answer."""
    return f"Say chunks={words} every_ms={_EVERY_MS}"


async def _arrivals(reply: aiohttp.ClientResponse, mark: bytes) -> list[float]:
    """Return when pieces with something to read came, in seconds of a clock of their own."""
    if reply.status != 200:
        raise RuntimeError(f"a stream was answered {reply.status}: {await reply.text()}")
    return [time.perf_counter() async for piece in reply.content.iter_any() if mark in piece]


async def _read_all(
    streams: int,
    read: Callable[[aiohttp.ClientSession, int], Awaitable[list[float]]],
    headers: dict[str, str],
) -> Seen:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, headers=headers, timeout=_TIMEOUT) as session:
        arrivals = await asyncio.gather(*(read(session, number) for number in range(streams)))
    return seen_while_all_came(arrivals)


def seen_while_all_came(arrivals: Sequence[Sequence[float]]) -> Seen:
    """Return the gaps between the pieces of each stream, from when the last of all began until the first one ended."""
    begin, end = max(each[0] for each in arrivals), min(each[-1] for each in arrivals)
    gaps_ms = sorted(
        (after - before) * 1e3
        for each in arrivals
        for before, after in itertools.pairwise(each)
        if begin <= before and after <= end
    )
    if not gaps_ms:
        raise RuntimeError("the streams did not come at the same time")
    return Seen(gaps_ms[int(len(gaps_ms) * 0.95)], statistics.median(gaps_ms), gaps_ms[-1])
