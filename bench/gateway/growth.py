"""Figures that hold Drawbridge against itself: with budgets, more keys, more workers, many slow streams."""

import time
from collections.abc import Iterator, Mapping, Sequence

from bench.figures import Measured
from bench.gateway import requests
from bench.gateway.amounts import (
    CONNECTIONS,
    KEY_CALLS,
    KEY_ROUNDS,
    SLOW_CHUNK_EVERY_MS,
    SLOW_CHUNKS,
    SLOW_STREAMS,
    WORKER_CALLS,
    Amounts,
)
from bench.gateway.beside import told
from bench.gateway.cores import Cores
from bench.gateway.native_programs import Load
from bench.gateway.processes import cpu_s_by_worker, cpu_s_when_quiet, pss_bytes_by_name
from bench.gateway.rounds import Job, interleave
from bench.gateway.sides import Side

_SideWithKeys = tuple[Side, Sequence[str]]

_MB = 1_000_000
_LOOK_EVERY_S = 1.0


def measure_keys(few: _SideWithKeys, many: _SideWithKeys, cores: Cores) -> Iterator[Measured]:
    """What calls cost with a million keys in the table, against a few; the calls take turns with many of them."""
    jobs = [Job(side, Load(CONNECTIONS, KEY_CALLS, [_with_key(key) for key in keys])) for side, keys in (few, many)]
    with_few, with_many = interleave(jobs, KEY_ROUNDS, cores)
    yield told("1,000,000 keys: CPU per call, against a few", with_many.cpu_us.over(with_few.cpu_us))
    yield told("1,000,000 keys: p50 latency, against a few", with_many.p50_us.over(with_few.p50_us))


def measure_money(plain: Side, ours: Side, held: Side, amounts: Amounts, cores: Cores) -> Iterator[Measured]:
    """What calls cost that are held against budgets and limits, against nginx and against the same without."""
    jobs = [
        Job(side, Load(CONNECTIONS, amounts.small[name], [requests.small(side.headers)]))
        for side, name in ((plain, "nginx"), (ours, "Drawbridge"), (held, "Drawbridge"))
    ]
    passed_on, without, within = (costs.cpu_us for costs in interleave(jobs, amounts.rounds, cores))
    yield told("CPU per call, with budgets and limits", within)
    yield told("with budgets and limits: CPU per call, against without", within.over(without))
    yield told("with budgets and limits: rate per core, as a share of nginx's", passed_on.over(within))


def measure_workers(one: Side, two: Side, rounds: int, cores: Cores) -> Iterator[Measured]:
    """How many more calls two workers take on two cores than one worker on one, both with nothing to wait for.

    The load needs some of the two cores there are, so it is derived from what a call costs: a core that has nothing
    else to do takes as many calls as fit into its time. Where one worker got more calls than the other, the two are
    only as fast as that one allows.
    """
    before = cpu_s_by_worker(two.root)
    jobs = [Job(side, Load(2 * CONNECTIONS, WORKER_CALLS, [requests.small(side.headers)])) for side in (one, two)]
    alone, together = interleave(jobs, rounds, cores)
    used = [after - before[pid] for pid, after in cpu_s_by_worker(two.root).items()]
    busiest = max(used) / sum(used)
    faster = alone.cpu_us.over(together.cpu_us).median / busiest
    shown = f"CPU per call {alone.cpu_us.median:.0f} and {together.cpu_us.median:.0f} us; the busier worker did"
    yield Measured("2 workers on two cores, against 1 on one", faster, f"{shown} {busiest:.0%}")


def measure_slow_streams(plain: Side, ours: Side, cores: Cores) -> Iterator[Measured]:
    """Memory while many streams are open, and CPU for each chunk that comes by itself."""
    load = Load(CONNECTIONS, KEY_CALLS, [requests.small(ours.headers)])
    load.run(ours.port, cores)
    before = pss_bytes_by_name(ours.root)
    yield Measured("memory of a worker before", before["worker"] / _MB, "after some calls")
    _, chunk_us = _stream_slowly(plain, cores)
    yield Measured("CPU per slow chunk, nginx", chunk_us)
    sizes, chunk_us = _stream_slowly(ours, cores)
    yield Measured("CPU per slow chunk, Drawbridge", chunk_us)
    shown = ", ".join(f"{name} {size / _MB:.0f}" for name, size in sizes.items())
    yield Measured("memory of a worker with 1,000 slow streams", sizes["worker"] / _MB, f"at its most; of all: {shown}")


def _stream_slowly(side: Side, cores: Cores) -> tuple[Mapping[str, int], float]:
    """Open the streams and let them end; return the most memory by process, and the CPU time for each chunk in us."""
    request = requests.streamed(side.headers, SLOW_CHUNKS, SLOW_CHUNK_EVERY_MS)
    most: dict[str, int] = {}
    before_s = cpu_s_when_quiet(side.root)
    with Load(SLOW_STREAMS, SLOW_STREAMS, [request]).start(side.port, cores) as process:
        while process.poll() is None:
            for name, size in pss_bytes_by_name(side.root).items():
                most[name] = max(most.get(name, 0), size)
            time.sleep(_LOOK_EVERY_S)
        if process.returncode != 0:
            raise RuntimeError(f"the load ended with status {process.returncode}")
    used_s = cpu_s_when_quiet(side.root) - before_s
    return most, used_s / (SLOW_STREAMS * SLOW_CHUNKS) * 1e6


def _with_key(key: str) -> bytes:
    return requests.small({"authorization": f"Bearer {key}"})
