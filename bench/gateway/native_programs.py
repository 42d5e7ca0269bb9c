"""The upstream and the load, compiled from the C in native/: neither may be what the figures show."""

import hashlib
import json
import struct
import subprocess
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.gateway.cores import Cores
from bench.gateway.environments import cache_folder

_SOURCES = Path(__file__).parent / "native"
_COMPILE_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the load saw. Times are from before a request is sent until the last byte of its answer."""

    calls: int
    failed: int
    took_s: float
    reply_bytes: int
    p50_us: float
    p99_us: float


@dataclass(frozen=True, slots=True)
class Load:
    """Calls to make of a server on this machine, each connection one after the other."""

    connections: int
    calls: int
    requests: Sequence[bytes]
    """Whole HTTP requests, which the calls take in turn."""

    def run(self, port: int, cores: Cores) -> Loaded:
        """Make all calls. An answer other than 200 is an error."""
        with self.start(port, cores) as process:
            said, _ = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"the load ended with status {process.returncode}")
        loaded = Loaded(**json.loads(said))
        if loaded.failed:
            raise RuntimeError(f"{loaded.failed} of {loaded.calls} calls failed")
        return loaded

    @contextmanager
    def start(self, port: int, cores: Cores) -> "Generator[subprocess.Popen[str]]":
        """Begin to make the calls; end it in the end if it has not."""
        with tempfile.NamedTemporaryFile(prefix="drawbridge-bench-") as file:
            file.write(b"".join(struct.pack("<I", len(each)) + each for each in self.requests))
            file.flush()
            numbers = [str(port), str(self.connections), str(self.calls)]
            command = [*cores.pin_world(), str(_compiled("load")), *numbers, file.name]
            with running(command) as process:
                yield process


@contextmanager
def upstream(cores: Cores) -> Generator[int]:
    """Run the vendor; yield its port."""
    with running([*cores.pin_world(), str(_compiled("upstream"))]) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())


@contextmanager
def running(command: Sequence[str]) -> "Generator[subprocess.Popen[str]]":
    """Run a program whose output is read; end it in the end."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def _compiled(name: str) -> Path:
    """Return the program, compiled if its source has changed."""
    sources = [_SOURCES / f"{name}.c", _SOURCES / "http.h"]
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    program = cache_folder() / f"{name}-{digest[:16]}"
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        unfinished = program.with_suffix(".new")
        command = ["cc", "-O2", "-Wall", "-Wextra", "-o", str(unfinished), str(sources[0])]
        subprocess.run(command, check=True, timeout=_COMPILE_TIMEOUT_S)
        unfinished.rename(program)
    return program
