"""Rounds: each side in its turn, again and again, so that what disturbs the machine disturbs all alike."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.gateway.cores import Cores
from bench.gateway.native_programs import Load
from bench.gateway.processes import cpu_s_when_quiet
from bench.gateway.sides import Side

_WARM_UP_SHARE = 5


@dataclass(frozen=True, slots=True)
class Cost:
    """What one round of calls cost, and how long each took."""

    cpu_us: float
    """CPU time for each call of all processes of the gateway, until all is booked."""
    p50_us: float
    p99_us: float


@dataclass(frozen=True, slots=True)
class Job:
    """A load on a side."""

    side: Side
    load: Load

    def run(self, cores: Cores) -> Cost:
        """Make the calls once. Each has to be booked before the CPU time is read."""
        booked = self._booked()
        before_s = cpu_s_when_quiet(self.side.root)
        loaded = self.load.run(self.side.port, cores)
        used_s = cpu_s_when_quiet(self.side.root) - before_s
        if self.side.booked is not None and self._booked() - booked != loaded.calls:
            raise RuntimeError(f"{self.side.name} booked {self._booked() - booked} of {loaded.calls} calls")
        return Cost(used_s / loaded.calls * 1e6, loaded.p50_us, loaded.p99_us)

    def warm_up(self, cores: Cores) -> None:
        """Make a part of the calls."""
        calls = max(self.load.calls // _WARM_UP_SHARE, self.load.connections)
        Load(self.load.connections, calls, self.load.requests).run(self.side.port, cores)
        cpu_s_when_quiet(self.side.root)

    def _booked(self) -> int:
        return self.side.booked() if self.side.booked is not None else 0


@dataclass(frozen=True, slots=True)
class Series:
    """The same figure of each round."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        """Return what stands in the middle."""
        return statistics.median(self.values)

    def over(self, other: "Series | float") -> "Series":
        """Return the ratio of each round."""
        return Series([ours / theirs for ours, theirs in self._beside(other)])

    def minus(self, other: "Series | float") -> "Series":
        """Return the difference of each round."""
        return Series([ours - theirs for ours, theirs in self._beside(other)])

    def __str__(self) -> str:
        return f"from {min(self.values):.3g} to {max(self.values):.3g} in {len(self.values)} rounds"

    def _beside(self, other: "Series | float") -> Iterator[tuple[float, float]]:
        others = other.values if isinstance(other, Series) else [other] * len(self.values)
        return zip(self.values, others, strict=True)


@dataclass(frozen=True, slots=True)
class Costs:
    """What the rounds of one job cost."""

    rounds: Sequence[Cost]

    @property
    def cpu_us(self) -> Series:
        """CPU time for each call."""
        return self._series(lambda cost: cost.cpu_us)

    @property
    def p50_us(self) -> Series:
        """What half of the calls took at most."""
        return self._series(lambda cost: cost.p50_us)

    @property
    def p99_us(self) -> Series:
        """What 99 of 100 calls took at most."""
        return self._series(lambda cost: cost.p99_us)

    def _series(self, read: Callable[[Cost], float]) -> Series:
        return Series([read(cost) for cost in self.rounds])


def interleave(jobs: Sequence[Job], rounds: int, cores: Cores) -> list[Costs]:
    """Run the jobs in turn, so many times; return what each cost, in their order."""
    for job in jobs:
        job.warm_up(cores)
    ran = [[job.run(cores) for job in jobs] for _ in range(rounds)]
    return [Costs(costs) for costs in zip(*ran, strict=True)]
