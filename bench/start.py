"""How soon a start answers, how much memory it takes, and how much disk its installation."""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.calls import CHAT, rehearsal_calls, vendor_calls
from bench.figures import Measured
from bench.installation import Installation, initialise

_STARTS = 7
_ROUNDS = 200
_PRICED_ROUNDS = 20
_MB = 1_000_000
_ROOT = Path(__file__).parents[1]
_BLOCK = 512

_PROVIDERS = """
version: 1
providers:
  priced-chat: {{preset: openai, base_url: {url}, credential: {{env: BENCH_KEY}}, models: any}}
  priced-messages: {{preset: anthropic, base_url: {url}, credential: {{env: BENCH_KEY}}, models: any}}
  priced-gemini: {{preset: gemini, base_url: {url}beta, credential: {{env: BENCH_KEY}}, models: any}}
"""
_CREDENTIAL = {"BENCH_KEY": "any"}


def measure() -> Iterator[Measured]:
    """Yield the figures of this part."""
    with tempfile.TemporaryDirectory(prefix="drawbridge-bench-") as folder:
        installation, key = initialise(Path(folder) / "data")
        yield _measure_starts(installation, key)
        yield _measure_memory(installation, key, Path(folder) / "drawbridge.yaml")
        yield _measure_size(Path(folder) / "venv")


def _measure_starts(installation: Installation, key: str) -> Measured:
    """From the start of the process to the whole answer of a first call, on a data folder that has been used."""
    took_s: list[float] = []
    for _ in range(_STARTS):
        began = time.perf_counter()
        with installation.up():
            installation.call_when_possible(key, *CHAT)
            took_s.append(time.perf_counter() - began)
    shown = ", ".join(f"{one:.2f}" for one in took_s)
    return Measured("warm start to first answered call", statistics.median(took_s), f"median of {shown}")


def _measure_memory(installation: Installation, key: str, file: Path) -> Measured:
    """Proportional set size of every process, the database's too, when all that a worker loads late is loaded."""
    with _vendor() as url:
        file.write_text(_PROVIDERS.format(url=url), encoding="utf-8")
        installation.run("apply", "-f", str(file), more=_CREDENTIAL)
        with installation.up(_CREDENTIAL) as process:
            _use(installation, key)
            parts = _memory_by_name(process.pid)
    shown = ", ".join(f"{name} {size / _MB:.0f}" for name, size in parts.items())
    return Measured("memory", sum(parts.values()) / _MB, shown)


def _use(installation: Installation, key: str) -> None:
    installation.call_when_possible(key, *CHAT)
    for _ in range(_ROUNDS):
        for path, body in rehearsal_calls():
            installation.call(key, path, body)
    for _ in range(_PRICED_ROUNDS):
        for path, body in vendor_calls():
            installation.call(key, path, body)
    installation.call(key, "/api/usage?limit=500")
    installation.call(key, "/api/keys")


@contextmanager
def _vendor() -> Generator[str]:
    """Run the scripted vendor of the tests, which is no part of what is measured; yield its base URL."""
    command = [sys.executable, "-m", "tests.parts.vendor", "--port", "0"]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        finally:
            process.terminate()


def _memory_by_name(pid: int) -> dict[str, int]:
    parent = psutil.Process(pid)
    sizes = {"supervisor": parent.memory_full_info().pss}
    for process in parent.children(recursive=True):
        name = process.name()
        name = "worker" if name.startswith("python") else name
        sizes[name] = sizes.get(name, 0) + process.memory_full_info().pss
    return sizes


def _measure_size(venv: Path) -> Measured:
    """What `make up` installs: a virtual environment with the locked packages, and Drawbridge itself."""
    subprocess.run([sys.executable, "-I", "-m", "venv", str(venv)], check=True)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    lock = _ROOT / "requirements" / "run.lock"
    subprocess.run([*pip, "--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", str(lock)], check=True)
    shutil.copytree(_ROOT / "drawbridge", venv / "drawbridge", ignore=shutil.ignore_patterns("__pycache__"))
    packages = {path.name: _size(path) for path in (venv / "lib").glob("python*/site-packages/*")}
    largest = sorted(packages.items(), key=lambda item: -item[1])[:6]
    shown = ", ".join(f"{name} {size / _MB:.0f}" for name, size in largest)
    return Measured("install size", _size(venv) / _MB, f"of which {shown}")


def _size(path: Path) -> int:
    """Bytes on the disk, by whole blocks."""
    inside = path.rglob("*") if path.is_dir() else ()
    return sum(one.lstat().st_blocks * _BLOCK for one in (path, *inside))
