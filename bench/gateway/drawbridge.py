"""Drawbridge as an operator runs it: its own PostgreSQL, a real key, a priced model, everything on."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.gateway.requests import CHAT_ONLY_MODEL, MODEL, PATH
from bench.gateway.sides import Side
from bench.gateway.store import add_keys, count_booked
from bench.installation import Installation, initialise

_FILE = """
version: 1
providers:
  vendor: {{preset: openai, base_url: "http://127.0.0.1:{upstream}/v1", credential: {{env: BENCH_KEY}}}}
  chat-only: {{base_url: "http://127.0.0.1:{upstream}/v1", dialects: [openai-chat], credential: {{env: BENCH_KEY}}}}
deployments:
  mini: {{provider: vendor, upstream_model: {model}}}
  mini-by-chat: {{provider: chat-only, upstream_model: {model}}}
models:
  {model}: {{route: [mini]}}
  {chat_only}: {{route: [mini-by-chat]}}
"""
_MONEY = """
budgets:
  all: {limit_usd: "1000000"}
  people: {each: principal, limit_usd: "500000", period: {every: day, zone: Europe/Berlin}}
  keys: {each: key, limit_usd: "100000", hard: false}
limits:
  people: {each: principal, requests: {most: 1000000000}, tokens: {most: 10000000000}, concurrency: 10000}
"""
_CREDENTIAL = {"BENCH_KEY": "any"}
_CALL = {"model": MODEL, "messages": [{"role": "user", "content": "Hello!"}]}


@dataclass(frozen=True, slots=True)
class Prepared:
    """An installation that knows the upstream, and its admin key."""

    installation: Installation
    key: str

    @contextmanager
    def up(self, name: str, prefix: list[str], workers: int = 1) -> Generator[Side]:
        """Run it until the end; yield it once it answers calls."""
        more = {**_CREDENTIAL, "DRAWBRIDGE_WORKERS": str(workers)}
        with self.installation.up(more, prefix) as process:
            self.installation.call_when_possible(self.key, PATH, _CALL)
            headers = {"authorization": f"Bearer {self.key}"}
            booked = partial(count_booked, self.installation.data)
            yield Side(name, self.installation.port, process.pid, headers, booked)

    def add_keys(self, own: int, strangers: int) -> list[str]:
        """Add keys of its own, whose texts are returned, and keys that nobody holds. It runs for this."""
        with self.installation.up(_CREDENTIAL):
            self.installation.call_when_possible(self.key, PATH, _CALL)
            return add_keys(self.installation.data, own, strangers)


def prepare(folder: Path, upstream: int, *, with_money: bool = False) -> Prepared:
    """Make an installation in a folder that is not there yet, for the upstream at a port.

    `with_money`: with three budgets, one of them for each person and one for each key, and with limits for each person.
    """
    folder.mkdir()
    installation, key = initialise(folder / "data")
    file = folder / "drawbridge.yaml"
    text = _FILE.format(upstream=upstream, model=MODEL, chat_only=CHAT_ONLY_MODEL)
    file.write_text(text + _MONEY if with_money else text, encoding="utf-8")
    installation.run("apply", "-f", str(file), more=_CREDENTIAL)
    return Prepared(installation, key)
