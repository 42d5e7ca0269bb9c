"""Which core runs what is measured, and which the rest: neither may take the other's time."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cores:
    """Two cores by their numbers."""

    gateway: int
    """For the gateway, its database and whatever else it starts."""
    world: int
    """For the upstream and the load."""

    def pin_gateway(self) -> list[str]:
        """Return what stands before a command that runs on the gateway's core."""
        return _pin(str(self.gateway))

    def pin_world(self) -> list[str]:
        """Return what stands before a command that runs on the other core."""
        return _pin(str(self.world))

    def spread(self) -> list[str]:
        """Return what stands before a command that runs on both."""
        return _pin(f"{self.gateway},{self.world}")


def choose_cores() -> Cores:
    """Choose two of the cores that this process may use."""
    first, *others = sorted(os.sched_getaffinity(0))
    if not others:
        raise RuntimeError("the gateway needs a core of its own: this bench cannot run on a single core")
    return Cores(gateway=first, world=others[0])


def _pin(cores: str) -> list[str]:
    return ["taskset", "-c", cores]
