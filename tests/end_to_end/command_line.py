"""The command line as an operator types it: processes, what they print, and how they end."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

PATIENCE_S = 60.0
_CURL = re.compile(r"^  (curl .*)$", re.MULTILINE)
_ADDRESS = re.compile(r"^Drawbridge is up at http://localhost:(\d+)$", re.MULTILINE)
_KEY = re.compile(r"^Your admin key, shown this once: (dbk_\w+)$", re.MULTILINE)
_LEFT_OUT = re.compile(r"DRAWBRIDGE_.*|.*_API_KEY|PG[A-Z]+")

CHAT = "/v1/chat/completions"

# Any: a test reads what it knows to be there.
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that has ended."""

    exit_code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Commands on one data folder. Nothing of the tester's own environment reaches them that is about Drawbridge."""

    data: Path
    more: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def environment(self) -> dict[str, str]:
        usual = {name: value for name, value in os.environ.items() if not _LEFT_OUT.fullmatch(name)}
        return {**usual, "DRAWBRIDGE_DATA": str(self.data), **self.more}

    def copied_to(self, folder: Path) -> "CommandLine":
        """Return the same on a copy of the data folder, which nobody uses at the moment."""
        return CommandLine(shutil.copytree(self.data, folder, symlinks=True), self.more)

    def run(self, *arguments: str, stdin: str = "") -> Finished:
        """Run a command to its end."""
        finished = subprocess.run(
            _command(*arguments),
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        return Finished(finished.returncode, finished.stdout, finished.stderr)

    def succeed(self, *arguments: str, stdin: str = "") -> str:
        """Run a command that must succeed, and return what it printed."""
        finished = self.run(*arguments, stdin=stdin)
        assert finished.exit_code == 0, finished
        return finished.stdout

    @contextmanager
    def starting(self, *arguments: str) -> "Generator[subprocess.Popen[str]]":
        """Start a command that goes on, in a process group of its own as a terminal does."""
        with (self.data.parent / "stderr.log").open("a") as errors:
            process = subprocess.Popen(
                _command(*arguments),
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                process_group=0,
            )
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE_S)

    @contextmanager
    def up(self, *arguments: str, command: str = "up") -> "Generator[Running]":
        """Start it, and wait until it has said how to call it."""
        with self.starting(command, *(arguments or ("--port", "0"))) as process:
            yield Running(self, process, _greeting(process, self))

    def errors(self) -> str:
        """Return what `starting` and `up` wrote to standard error so far."""
        return (self.data.parent / "stderr.log").read_text()

    def undrained(self) -> list[str]:
        """Return the write-ahead files that are there."""
        return sorted(path.name for path in (self.data / "usage").iterdir())


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "drawbridge", *arguments]


def _greeting(process: subprocess.Popen[str], command_line: CommandLine) -> str:
    assert process.stdout is not None
    too_late = threading.Timer(PATIENCE_S, process.kill)
    too_late.start()
    said = ""
    while not _CURL.search(said):
        line = process.stdout.readline()
        assert line, f"it ended without a greeting: {command_line.errors()[-3000:]}"
        said += line
    said += process.stdout.readline()
    if not _KEY.search(said):
        said += process.stdout.readline()
    too_late.cancel()
    return said


@dataclass(frozen=True, slots=True)
class Running:
    """`drawbridge up` that has said how to call it."""

    command_line: CommandLine
    process: subprocess.Popen[str]
    greeting: str

    @property
    def port(self) -> int:
        return int(_only(_ADDRESS, self.greeting))

    @property
    def key(self) -> str:
        return _only(_KEY, self.greeting)

    @property
    def curl(self) -> str:
        return _only(_CURL, self.greeting)

    @contextmanager
    def connection(self) -> Generator[http.client.HTTPConnection]:
        """Open a connection, which stays with one worker."""
        connection = http.client.HTTPConnection("localhost", self.port, timeout=PATIENCE_S)
        connection.connect()
        try:
            yield connection
        finally:
            connection.close()

    def call(self, key: str, path: str, body: Json | None = None, session: str = "") -> Json:
        """Call on a connection of its own, and return what is answered with 200."""
        with self.connection() as connection:
            answer = ask(connection, key, path, body, session)
            content = answer.read()
        assert answer.status == 200, content
        return json.loads(content)

    @contextmanager
    def stream(self, key: str, session: str, pause_s: float) -> Generator[http.client.HTTPResponse]:
        """Open a stream of some forty pieces, with a pause before each."""
        with self.connection() as connection:
            answer = ask(connection, key, CHAT, chat(f"[slow {pause_s}] Hello!", stream=True), session)
            assert answer.status == 200
            yield answer

    def processes(self) -> list[psutil.Process]:
        """Return every process of it, the parent first."""
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def workers(self) -> list[psutil.Process]:
        return [one for one in self.processes()[1:] if "drawbridge.worker" in _command_of(one)]

    def worker_of(self, connection: http.client.HTTPConnection) -> psutil.Process | None:
        """Return the worker that has accepted a connection."""
        ours = connection.sock.getsockname()[1]
        for worker in self.workers():
            if any(one.raddr and one.raddr.port == ours for one in worker.net_connections("tcp")):
                return worker
        return None

    def events(self, key: str, session: str) -> list[Json]:
        """Return the usage events of one session."""
        return self.call(key, f"/api/usage?session_id={session}")["usage"]


def _only(pattern: re.Pattern[str], text: str) -> str:
    [found] = pattern.findall(text)
    return found


def chat(text: str = "Hello!", *, stream: bool = False) -> Json:
    """Return a call of the built-in provider."""
    return {"model": "rehearsal", "messages": [{"role": "user", "content": text}], "stream": stream}


def ask(
    connection: http.client.HTTPConnection, key: str, path: str, body: Json | None = None, session: str = ""
) -> http.client.HTTPResponse:
    """Send a request and return its answer, of which the body is not read yet."""
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json", "x-session-id": session}
    method = "GET" if body is None else "POST"
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    return connection.getresponse()


def end(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Send a signal to the whole process group, as a terminal does."""
    os.killpg(process.pid, number)


def until(condition: Callable[[], object], what: str, timeout_s: float = PATIENCE_S) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.02)


def _command_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        # Backends of the database come and go.
        return []


def are_gone(processes: list[psutil.Process]) -> bool:
    """Tell whether every one of these processes has ended."""
    return not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes)
