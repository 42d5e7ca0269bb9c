"""Figures that hold Drawbridge against other gateways, which run beside it and take their turns."""

import statistics
import timeit
from collections.abc import Iterator, Mapping, Sequence

from bench.figures import Measured
from bench.gateway import requests
from bench.gateway.amounts import CONNECTIONS, Amounts
from bench.gateway.cores import Cores
from bench.gateway.native_programs import Load
from bench.gateway.rounds import Costs, Job, Series, interleave
from bench.gateway.sides import Side

_OURS = "Drawbridge"
_PLAIN = "nginx"
_FEW_CHUNKS = 20
_MANY_CHUNKS = 200
_US_IN_MS = 1000


def measure_calls(sides: Sequence[Side], amounts: Amounts, cores: Cores) -> Iterator[Measured]:
    """CPU for each small call that is not streamed."""
    loads = {side.name: Load(CONNECTIONS, amounts.small[side.name], [requests.small(side.headers)]) for side in sides}
    costs = _interleave(sides, loads, amounts.rounds, cores)
    yield from (told(f"CPU per call, {name}", each.cpu_us) for name, each in costs.items())
    ours = costs.pop(_OURS).cpu_us
    yield told("rate per core, as a share of nginx's", costs.pop(_PLAIN).cpu_us.over(ours))
    for name, theirs in costs.items():
        yield told(f"CPU per call, as a share of {name}'s", ours.over(theirs.cpu_us))


def measure_latency(sides: Sequence[Side], amounts: Amounts, cores: Cores) -> Iterator[Measured]:
    """What a call takes longer than through nginx, while there is only one at a time."""
    loads = {side.name: Load(1, amounts.single[side.name], [requests.small(side.headers)]) for side in sides}
    costs = _interleave(sides, loads, amounts.rounds, cores)
    plain = costs.pop(_PLAIN)
    for name, each in costs.items():
        yield told(f"latency added, p50, {name}", each.p50_us.minus(plain.p50_us).over(_US_IN_MS))
        yield told(f"latency added, p99, {name}", each.p99_us.minus(plain.p99_us).over(_US_IN_MS))


def measure_streams(sides: Sequence[Side], amounts: Amounts, cores: Cores) -> Iterator[Measured]:
    """CPU for each streamed call whose chunks come all at once, and for each chunk of a long one."""
    few, many = (_streams(sides, chunks, amounts, cores) for chunks in (_FEW_CHUNKS, _MANY_CHUNKS))
    for name, each in few.items():
        yield told(f"CPU per stream of {_FEW_CHUNKS} chunks, {name}", each)
    for name, each in many.items():
        more = each.minus(few[name]).over(_MANY_CHUNKS - _FEW_CHUNKS)
        yield told(f"CPU per further chunk, {name}", more)


def measure_big_bodies(plain: Side, ours: Side, amounts: Amounts, cores: Cores) -> Iterator[Measured]:
    """CPU for each call with a body of 160 KB; of ours, one copy of the body is taken off."""
    sides = (plain, ours)
    loads = {side.name: Load(CONNECTIONS, amounts.big[side.name], [requests.big(side.headers)]) for side in sides}
    costs = _interleave(sides, loads, amounts.rounds, cores)
    yield from (told(f"CPU per call of 160 KB, {name}", each.cpu_us) for name, each in costs.items())
    copy = _cost_of_a_copy_us()
    ratio = costs[_OURS].cpu_us.minus(copy).over(costs[_PLAIN].cpu_us)
    yield Measured("160 KB: CPU beyond one copy, against nginx", ratio.median, f"{ratio}; one copy: {copy:.1f} us")


def measure_translation(ours: Side, amounts: Amounts, cores: Cores) -> Iterator[Measured]:
    """CPU for each small call that is said in another dialect than the vendor's, against one that is passed on."""
    calls, of = amounts.small[ours.name], (requests.small(ours.headers), requests.small_message(ours.headers))
    jobs = [Job(ours, Load(CONNECTIONS, calls, [request])) for request in of]
    passed_on, translated = (costs.cpu_us for costs in interleave(jobs, amounts.rounds, cores))
    yield told("CPU per call, translated", translated)
    yield told("CPU per call, translated, against one that is passed on", translated.over(passed_on))


def told(figure: str, series: Series) -> Measured:
    """Return the median of the rounds as a figure."""
    return Measured(figure, series.median, str(series))


def _streams(sides: Sequence[Side], chunks: int, amounts: Amounts, cores: Cores) -> Mapping[str, Series]:
    loads = {
        side.name: Load(CONNECTIONS, amounts.streamed[side.name], [requests.streamed(side.headers, chunks)])
        for side in sides
    }
    costs = _interleave(sides, loads, amounts.rounds, cores)
    return {name: each.cpu_us for name, each in costs.items()}


def _interleave(sides: Sequence[Side], loads: Mapping[str, Load], rounds: int, cores: Cores) -> dict[str, Costs]:
    costs = interleave([Job(side, loads[side.name]) for side in sides], rounds, cores)
    return {side.name: each for side, each in zip(sides, costs, strict=True)}


def _cost_of_a_copy_us() -> float:
    body = bytearray(b"x" * requests.BIG_BODY_BYTES)
    return statistics.median(timeit.repeat(lambda: bytes(body), number=1, repeat=1000)) * 1e6
