"""How long a search takes among a million messages, over HTTP, for people with few and with very many of them."""

import hashlib
import http.client
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from bench.figures import Measured
from bench.workspace.site import Person, Site
from bench.workspace.store import MESSAGES, WORDS, fill

_ROUNDS: Final = 20
_QUICK_ROUNDS: Final = 5
_QUICK_MESSAGES: Final = 50_000
_TIMEOUT_S: Final = 60.0
_PEOPLE: Final = ("most", "many", "few")
"""Of whom 70 %, 10 % and 0.2 % of all messages are."""

Draw = Callable[[random.Random], str]


def _word(number: int) -> str:
    """Return the word of a number, as the messages are filled with it."""
    return "w" + hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()[:6]


# What is typed: a space behind the last word says that it is whole.
_QUERIES: Final[Mapping[str, Draw]] = {
    "a rare word": lambda draw: _word(draw.randint(30_000, WORDS)) + " ",
    "a usual word": lambda draw: _word(draw.randint(50, 2_000)) + " ",
    "one of the commonest words": lambda draw: _word(draw.randint(0, 3)) + " ",
    "two usual words": lambda draw: f"{_word(draw.randint(10, 500))} {_word(draw.randint(10, 500))} ",
    "two common words": lambda draw: f"{_word(draw.randint(0, 30))} {_word(draw.randint(0, 30))} ",
    "a phrase": lambda draw: f'"{_word(draw.randint(0, 300))} {_word(draw.randint(0, 300))}"',
    "a word that nobody said": lambda _: "nothing ",
    "the first letters of a word": lambda draw: "w" + "".join(draw.choices("0123456789abcdef", k=2)),
    "most letters of a word": lambda draw: _word(draw.randint(0, WORDS))[:5],
    "a common word and one that nobody said": lambda draw: _word(draw.randint(0, 3)) + " nothing ",
    "a word without another": lambda draw: f"{_word(draw.randint(10, 500))} -{_word(draw.randint(10, 500))} ",
    "a word or another": lambda draw: f"{_word(draw.randint(10, 5_000))} or {_word(draw.randint(10, 5_000))} ",
}


def measure_search(site: Site) -> Iterator[Measured]:
    """Yield the figures, of a million messages."""
    return _measure(site, MESSAGES, _ROUNDS)


def measure_search_quickly(site: Site) -> Iterator[Measured]:
    """Yield the same figures, of fewer messages and rounds."""
    return _measure(site, _QUICK_MESSAGES, _QUICK_ROUNDS)


def _measure(site: Site, messages: int, rounds: int) -> Iterator[Measured]:
    people = [site.add_person(name) for name in _PEOPLE]
    size = fill(site.installation.data, [person.owner for person in people], messages)
    took_ms = _search(site.installation.port, people, rounds)
    everything = [each for times in took_ms.values() for each in times]
    detail = (
        f"p50 {statistics.median(everything):.0f}, of {len(everything)} in {messages:,} messages, {size / 1e9:.1f} GB"
    )
    yield Measured("search, p95", _p95(everything), detail)
    slowest = max(took_ms, key=lambda kind: _p95(took_ms[kind]))
    detail = f"{slowest[1]}, by who has {slowest[0]}; p50 {statistics.median(took_ms[slowest]):.0f}"
    yield Measured("search, p95 of the slowest of 36 kinds", _p95(took_ms[slowest]), detail)


def _search(port: int, people: Sequence[Person], rounds: int) -> dict[tuple[str, str], list[float]]:
    """Search for everything once in each round, all others in between. Times are in milliseconds."""
    draw = random.Random(5)
    took_ms: dict[tuple[str, str], list[float]] = {(name, kind): [] for name in _PEOPLE for kind in _QUERIES}
    connection = http.client.HTTPConnection("localhost", port, timeout=_TIMEOUT_S)
    for _ in range(rounds):
        for name, person in zip(_PEOPLE, people, strict=True):
            for kind, query in _QUERIES.items():
                took_ms[name, kind].append(_ask(connection, person.key, query(draw)))
    connection.close()
    return took_ms


def _ask(connection: http.client.HTTPConnection, key: str, typed: str) -> float:
    began = time.perf_counter()
    connection.request("GET", f"/api/chat/search?q={quote(typed)}", headers={"authorization": f"Bearer {key}"})
    reply = connection.getresponse()
    content = reply.read()
    if reply.status != 200:
        raise RuntimeError(f"a search for {typed} was answered {reply.status}: {content.decode(errors='replace')}")
    return (time.perf_counter() - began) * 1e3


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]
