"""How long it takes to bound a call, beside the time that the gateway takes to read its body."""

import gc
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bench.figures import Measured
from drawbridge.gateway.bounds import Bound, bound_call
from drawbridge.gateway.endpoints import CHAT, GENERATE, MESSAGES, Endpoint
from drawbridge.gateway.request import read_request
from drawbridge.gateway.snapshot import Deployment, Provider

_ROUNDS = 40
_QUICK_ROUNDS = 8
_BATCH_S: Final = 0.005
_WORDS: Final = "The quick brown fox jumps over the lazy dog. "
_SCHEMA: Final = {"type": "object", "properties": {"city": {"type": "string", "description": "Where."}}}
_FUNCTION: Final = {"name": "weather", "description": "Tells the weather.", "parameters": _SCHEMA}


@dataclass(frozen=True, slots=True)
class Shape:
    """A call that clients make, and where to."""

    name: str
    endpoint: Endpoint
    body: Mapping[str, object]
    deployment: Deployment


def measure() -> Iterator[Measured]:
    """Yield the figures of this part."""
    return _measure(_ROUNDS)


def measure_quickly() -> Iterator[Measured]:
    """Yield the same figures, of fewer rounds."""
    return _measure(_QUICK_ROUNDS)


def _measure(rounds: int) -> Iterator[Measured]:
    for shape in _SHAPES:
        yield from _time(shape, rounds)


def _time(shape: Shape, rounds: int) -> Iterator[Measured]:
    """Time both in turn, so that what disturbs the machine disturbs both; what is told is the quietest round."""
    body = json.dumps(shape.body, separators=(",", ":")).encode()
    model = "m" if shape.endpoint is GENERATE else None
    call = read_request(shape.endpoint, model, body)
    assert isinstance(bound_call(call, shape.deployment), Bound)
    gc.collect()
    reading, bounding = float("inf"), float("inf")
    for _ in range(rounds):
        reading = min(reading, _each_us(lambda: read_request(shape.endpoint, model, body)))
        bounding = min(bounding, _each_us(lambda: bound_call(call, shape.deployment)))
    detail = f"{bounding:.1f} us for {len(body)} bytes; reading them takes {reading:.1f} us"
    yield Measured(f"bound, {shape.name}", bounding, detail)
    yield Measured(f"bound, as a share of reading, {shape.name}", bounding / reading, detail)


def _each_us(work: Callable[[], object]) -> float:
    done = 0
    began = time.perf_counter()
    while (took_s := time.perf_counter() - began) < _BATCH_S:
        for _ in range(20):
            work()
        done += 20
    return took_s / done * 1e6


def _conversation(turns: int) -> list[dict[str, object]]:
    return [{"role": ("user", "assistant")[turn % 2], "content": _WORDS * 20} for turn in range(turns)]


def _deployment(vendor: str, model: str) -> Deployment:
    return Deployment(model, Provider(vendor, frozenset(), "http://vendor", pricing_id=vendor), model)


_GPT: Final = _deployment("openai", "gpt-5")
_CLAUDE: Final = _deployment("anthropic", "claude-sonnet-4-5")
_GEMINI: Final = _deployment("google", "gemini-2.5-pro")
_HELLO: Final = [{"role": "user", "content": "Hello!"}]
_SHAPES: Final = (
    Shape("plain chat", CHAT, {"model": "m", "messages": _HELLO, "max_completion_tokens": 64}, _GPT),
    Shape(
        "chat with 20 tools",
        CHAT,
        {"model": "m", "messages": _conversation(4), "tools": [{"type": "function", "function": _FUNCTION}] * 20},
        _GPT,
    ),
    Shape("messages of 160 KB", MESSAGES, {"model": "m", "max_tokens": 64, "messages": _conversation(175)}, _CLAUDE),
    Shape(
        "gemini",
        GENERATE,
        {
            "contents": [{"role": "user", "parts": [{"text": "Hello!"}]}],
            "generationConfig": {"maxOutputTokens": 64, "temperature": 0.5},
        },
        _GEMINI,
    ),
)
