"""The figures of the gateway, in an order that keeps as little as possible running at once."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench.figures import Measured
from bench.gateway.amounts import FULL, KEYS_IN_USE, MANY_KEYS, QUICK, Amounts
from bench.gateway.beside import (
    measure_big_bodies,
    measure_calls,
    measure_latency,
    measure_streams,
    measure_translation,
)
from bench.gateway.cores import Cores, choose_cores
from bench.gateway.drawbridge import prepare
from bench.gateway.environments import require_programs
from bench.gateway.growth import measure_keys, measure_money, measure_slow_streams, measure_workers
from bench.gateway.native_programs import upstream
from bench.gateway.sides import Side, litellm, nginx, portkey


def measure() -> Iterator[Measured]:
    """Yield the figures of this part."""
    require_programs("nginx", "cc", "taskset", "npm")
    cores = choose_cores()
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="drawbridge-bench-")))
        vendor = running.enter_context(upstream(cores))
        yield from _beside_the_others(folder, vendor, cores)
        yield from _growing(folder, vendor, cores)


def measure_quickly() -> Iterator[Measured]:
    """Yield what can be told within a minute, against nginx alone."""
    require_programs("nginx", "cc", "taskset")
    cores = choose_cores()
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="drawbridge-bench-")))
        vendor = running.enter_context(upstream(cores))
        plain = running.enter_context(nginx(folder, vendor, cores))
        ours = running.enter_context(prepare(folder / "ours", vendor).up("Drawbridge", cores.pin_gateway()))
        yield from measure_calls([plain, ours], QUICK, cores)
        yield from measure_latency([plain, ours], QUICK, cores)
        yield from measure_streams([plain, ours], QUICK, cores)
        yield from measure_big_bodies(plain, ours, QUICK, cores)
        yield from measure_translation(ours, QUICK, cores)
        yield from _with_money(folder, vendor, QUICK, cores, plain, ours)


def _beside_the_others(folder: Path, vendor: int, cores: Cores) -> Iterator[Measured]:
    with ExitStack() as running:
        plain = running.enter_context(nginx(folder, vendor, cores))
        python = running.enter_context(litellm(folder, vendor, cores))
        node = running.enter_context(portkey(folder, vendor, cores))
        ours = running.enter_context(prepare(folder / "ours", vendor).up("Drawbridge", cores.pin_gateway()))
        yield from measure_calls([plain, python, node, ours], FULL, cores)
        yield from measure_latency([plain, python, node, ours], FULL, cores)
        # Portkey's package answers a stream with 500: https://github.com/Portkey-AI/gateway/issues/1389 (2026-11-23).
        yield from measure_streams([plain, python, ours], FULL, cores)
        yield from measure_big_bodies(plain, ours, FULL, cores)
        yield from measure_translation(ours, FULL, cores)
        yield from _with_money(folder, vendor, FULL, cores, plain, ours)


def _with_money(
    folder: Path, vendor: int, amounts: Amounts, cores: Cores, plain: Side, ours: Side
) -> Iterator[Measured]:
    prepared = prepare(folder / "money", vendor, with_money=True)
    with prepared.up("Drawbridge with budgets", cores.pin_gateway()) as held:
        yield from measure_money(plain, ours, held, amounts, cores)


def _growing(folder: Path, vendor: int, cores: Cores) -> Iterator[Measured]:
    """What becomes of it with more keys, workers and streams."""
    few, many = prepare(folder / "few", vendor), prepare(folder / "many", vendor)
    few_keys, many_keys = few.add_keys(KEYS_IN_USE, 0), many.add_keys(KEYS_IN_USE, MANY_KEYS)
    with few.up("few keys", cores.pin_gateway()) as one, many.up("many keys", cores.pin_gateway()) as other:
        yield from measure_keys((one, few_keys), (other, many_keys), cores)
    pair = prepare(folder / "pair", vendor)
    with few.up("1 worker", cores.spread()) as one, pair.up("2 workers", cores.spread(), workers=2) as two:
        yield from measure_workers(one, two, FULL.rounds, cores)
    with nginx(folder, vendor, cores) as plain, few.up("Drawbridge", cores.pin_gateway()) as ours:
        yield from measure_slow_streams(plain, ours, cores)
