"""Deployments and providers of which a test says by hand what is found out."""

from dataclasses import dataclass, field

from drawbridge.core.ids import CallId, uuid7
from drawbridge.gateway.inner.asked import Asker
from drawbridge.gateway.probing.http import ProbingPlugs
from drawbridge.gateway.probing.prober import Probes
from drawbridge.gateway.probing.records import Probe, Served


@dataclass(slots=True)
class FoundToWork:
    """Everything works."""

    asked: list[tuple[Asker, str]] = field(default_factory=list[tuple[Asker, str]])
    """Who tried out what."""

    async def probe(self, who: Asker, deployment: str) -> Probe:
        self.asked.append((who, deployment))
        return Probe(
            task="conversation",
            provider="lab",
            upstream_model="echo",
            call_id=CallId(uuid7()),
            answer="ready",
            stop_reason="end",
            trouble=None,
            duration_ms=12,
            time_to_first_byte_ms=7,
            input_tokens=5,
            output_tokens=1,
            cost_nanousd=None,
            estimated=False,
        )

    async def served(self, who: Asker, provider: str) -> Served:
        self.asked.append((who, provider))
        return Served(models=("echo",))


def found_to_work(probes: Probes | None = None) -> ProbingPlugs:
    """Return what the routes need that try things out, where the process has no variables."""
    return ProbingPlugs(probes or FoundToWork(), frozenset(), "default")
