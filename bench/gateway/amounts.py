"""How much is measured: enough to tell, and over within ten minutes; or within one, for a look at a change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Amounts:
    """Rounds, and the calls that a side makes in a round, by its name."""

    rounds: int
    small: Mapping[str, int]
    single: Mapping[str, int]
    """With one connection only."""
    streamed: Mapping[str, int]
    big: Mapping[str, int]


FULL: Final = Amounts(
    rounds=5,
    small={"nginx": 50_000, "Drawbridge": 10_000, "Portkey": 2_000, "LiteLLM": 400},
    single={"nginx": 4_000, "Drawbridge": 4_000, "Portkey": 500, "LiteLLM": 100},
    streamed={"nginx": 15_000, "Drawbridge": 4_000, "LiteLLM": 40},
    big={"nginx": 8_000, "Drawbridge": 4_000},
)
QUICK: Final = Amounts(
    rounds=3,
    small={"nginx": 30_000, "Drawbridge": 4_000},
    single={"nginx": 1_000, "Drawbridge": 1_000},
    streamed={"nginx": 8_000, "Drawbridge": 1_500},
    big={"nginx": 3_000, "Drawbridge": 1_500},
)
CONNECTIONS: Final = 32

KEYS_IN_USE: Final = 500
MANY_KEYS: Final = 1_000_000
KEY_ROUNDS: Final = 7
KEY_CALLS: Final = 8_000

WORKER_CALLS: Final = 15_000

SLOW_STREAMS: Final = 1_000
SLOW_CHUNKS: Final = 60
SLOW_CHUNK_EVERY_MS: Final = 200
