"""The figures of the gateway, one after the other."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Measured
from bench.gateway import requests
from bench.gateway.cores import Cores, choose_cores
from bench.gateway.drawbridge import prepare
from bench.gateway.native_programs import Load, upstream
from bench.gateway.rounds import Job, Series, interleave
from bench.gateway.sides import Side, nginx


@dataclass(frozen=True, slots=True)
class _Size:
    """How much is measured."""

    rounds: int
    fast_calls: int
    our_calls: int
    single_calls: int


_FULL = _Size(rounds=5, fast_calls=50_000, our_calls=10_000, single_calls=3_000)
_QUICK = _Size(rounds=3, fast_calls=30_000, our_calls=4_000, single_calls=1_000)
_CONNECTIONS = 32


def measure() -> Iterator[Measured]:
    """Yield the figures of this part."""
    yield from _measure(_FULL)


def measure_quickly() -> Iterator[Measured]:
    """Yield what can be told within a minute, against nginx alone."""
    yield from _measure(_QUICK)


def _measure(size: _Size) -> Iterator[Measured]:
    cores = choose_cores()
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="drawbridge-bench-")))
        vendor = running.enter_context(upstream(cores))
        plain = running.enter_context(nginx(folder, vendor, cores))
        ours = running.enter_context(prepare(folder / "ours", vendor).up("Drawbridge", cores.pin_gateway()))
        yield from _measure_calls(plain, ours, size, cores)
        yield from _measure_latency(plain, ours, size, cores)


def _measure_calls(plain: Side, ours: Side, size: _Size, cores: Cores) -> Iterator[Measured]:
    """CPU for each small call that is not streamed."""
    jobs = [
        Job(side, Load(_CONNECTIONS, calls, [requests.small(side.headers)]))
        for side, calls in ((plain, size.fast_calls), (ours, size.our_calls))
    ]
    theirs, mine = interleave(jobs, size.rounds, cores)
    yield _told("CPU per call, nginx", theirs.cpu_us)
    yield _told("CPU per call, Drawbridge", mine.cpu_us)
    yield _told("rate per core, as a share of nginx's", theirs.cpu_us.over(mine.cpu_us))


def _measure_latency(plain: Side, ours: Side, size: _Size, cores: Cores) -> Iterator[Measured]:
    """What a call takes longer than through nginx, while there is only one at a time."""
    jobs = [Job(side, Load(1, size.single_calls, [requests.small(side.headers)])) for side in (plain, ours)]
    theirs, mine = interleave(jobs, size.rounds, cores)
    yield _told("latency added, p50", mine.p50_us.minus(theirs.p50_us), 1 / 1000)
    yield _told("latency added, p99", mine.p99_us.minus(theirs.p99_us), 1 / 1000)


def _told(figure: str, series: Series, scale: float = 1.0) -> Measured:
    scaled = Series([value * scale for value in series.values])
    return Measured(figure, scaled.median, str(scaled))
