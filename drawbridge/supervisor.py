"""The parent process: binds the port once, keeps the database and the workers alive, and stops them in order."""

import errno
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import IO, Any, Final, Protocol

from drawbridge.core.errors import DrawbridgeError
from drawbridge.db.errors import StartInterrupted
from drawbridge.ingress import mark_away, shares_file
from drawbridge.report import Report
from drawbridge.settings import Settings

_BIND_PATIENCE_S: Final = 5.0
_TICK_S: Final = 0.1
_FIRST_RESTART_PAUSE_S: Final = 0.1
_LONGEST_RESTART_PAUSE_S: Final = 10.0
_KILL_GRACE_S: Final = 10.0
_CONTROL_LIMIT: Final = 1 << 20
_BACKLOG: Final = 2048
_MOST_FILES: Final = 65_536


class PortTaken(DrawbridgeError):
    """Another process listens on the port."""

    code = "port_taken"


class WorkerRefused(DrawbridgeError):
    """The first worker could not begin; the message is its own."""

    code = "worker_refused"


class ManagedDatabase(Protocol):
    """A database server that this process looks after."""

    def start(self) -> None: ...
    def is_alive(self) -> bool: ...
    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """Where workers find the database: for work, and directly, without a pooler between."""

    pooled: str
    direct: str


@dataclass(slots=True)
class _Worker:
    """A worker process and the socket over which it is told to begin and tells that it has."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    prepare: bool
    ordered: bool = False
    ready: bool = False
    heard: bytes = b""


@dataclass(slots=True)
class Supervisor:
    """Runs one installation on this machine until it is told to stop."""

    settings: Settings
    database: ManagedDatabase
    urls: Callable[[], DatabaseUrls]
    on_ready: Callable[[int, Report], None]
    """Called once, when all workers answer, with the port and what preparing the database found."""
    report: Callable[[str], None]
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set by SIGTERM and SIGINT; a start that waits looks at it too."""
    _sockets: list[socket.socket] = field(default_factory=list[socket.socket], init=False)
    _shares: IO[bytes] = field(init=False)
    """In which the workers tell each other how many connections they have."""
    _workers: list[_Worker | None] = field(default_factory=list["_Worker | None"], init=False)
    _restart_at: dict[int, float] = field(default_factory=dict[int, float], init=False)
    _restart_pause_s: dict[int, float] = field(default_factory=dict[int, float], init=False)
    _prepared: Report | None = field(default=None, init=False)
    _found_urls: DatabaseUrls | None = field(default=None, init=False)
    _announced: bool = field(default=False, init=False)

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT. Raises DrawbridgeError when it cannot begin."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        _allow_many_files()
        self._sockets = bind(self.settings.host, self.settings.port)
        self._shares = shares_file(self.settings.workers)
        keeper = threading.Thread(target=self._keep_database, name="database")
        try:
            # Workers take a second to import what they need: let them, while the database starts.
            self._workers = [self._spawn(prepare=index == 0) for index in range(self.settings.workers)]
            try:
                self.database.start()
            except StartInterrupted:
                return
            # Asked once: they stay the same, but while the database is started again it has none to give.
            self._found_urls = self.urls()
            keeper.start()
            while not self.stopping.is_set():
                self._tick()
        finally:
            self.stopping.set()
            self._stop_workers()
            if keeper.is_alive():
                keeper.join()
            self.database.stop()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()

    def _spawn(self, *, prepare: bool) -> _Worker:
        ours, theirs = socket.socketpair()
        fds = [theirs.fileno(), self._shares.fileno(), *(bound.fileno() for bound in self._sockets)]
        process = subprocess.Popen(
            [sys.executable, "-m", "drawbridge.worker", str(theirs.fileno())],
            pass_fds=fds,
            stdin=subprocess.DEVNULL,
            # Ctrl-C in a terminal is for this process alone, which then stops its workers in order.
            start_new_session=True,
        )
        theirs.close()
        return _Worker(process, ours, prepare)

    def _tick(self) -> None:
        self._give_orders()
        waiting = [worker.control for worker in self._workers if worker is not None and not worker.ready]
        if waiting:
            readable, _, _ = select.select(waiting, [], [], _TICK_S)
            for worker in self._workers:
                if worker is not None and worker.control in readable:
                    self._hear(worker)
        else:
            self.stopping.wait(_TICK_S)
        self._replace_dead()
        self._announce()

    def _give_orders(self) -> None:
        """Let the first worker begin; the others once it has prepared the database."""
        for index, worker in enumerate(self._workers):
            if worker is None or worker.ordered or self._found_urls is None:
                continue
            if not worker.prepare and self._prepared is None:
                continue
            orders = {
                "database_url": self._found_urls.pooled,
                "database_direct_url": self._found_urls.direct,
                "listen_fds": [bound.fileno() for bound in self._sockets],
                "shares_fd": self._shares.fileno(),
                "index": index,
                "prepare": worker.prepare,
            }
            worker.ordered = True
            _tell(worker.control, orders)

    def _hear(self, worker: _Worker) -> None:
        try:
            worker.heard += worker.control.recv(_CONTROL_LIMIT)
        except OSError:
            # It has just died: the next tick sees that.
            return
        *lines, worker.heard = worker.heard.split(b"\n")
        for line in lines:
            self._take(worker, json.loads(line))

    def _take(self, worker: _Worker, message: dict[str, Any]) -> None:
        match message:
            case {"error": str(why)}:
                self._take_refusal(why)
            case {"report": report}:
                self._prepared = Report(**report)
            case _:
                worker.ready = True

    def _take_refusal(self, why: str) -> None:
        """End a start that cannot succeed; what already serves goes on, and the worker is tried again later."""
        if not self._announced:
            raise WorkerRefused(why)
        self.report(f"A worker cannot begin: {why}")

    def _replace_dead(self) -> None:
        now = time.monotonic()
        for index, worker in enumerate(self._workers):
            if worker is not None and worker.process.poll() is not None:
                self._bury(index, worker, now)
            elif worker is None and now >= self._restart_at[index]:
                self._workers[index] = self._spawn(prepare=self._prepared is None)
            elif worker is not None and worker.ready:
                self._restart_pause_s[index] = _FIRST_RESTART_PAUSE_S

    def _bury(self, index: int, worker: _Worker, now: float) -> None:
        if not worker.ready:
            self._hear_last_words(worker)
        worker.control.close()
        mark_away(self._shares, index)
        self._workers[index] = None
        pause_s = self._restart_pause_s.get(index, _FIRST_RESTART_PAUSE_S)
        self._restart_at[index] = now + pause_s
        self._restart_pause_s[index] = min(pause_s * 2, _LONGEST_RESTART_PAUSE_S)
        self.report(f"Worker {index} ended ({_describe(worker.process.returncode)}): starting another.")

    def _hear_last_words(self, worker: _Worker) -> None:
        readable, _, _ = select.select([worker.control], [], [], 0)
        if readable:
            self._hear(worker)

    def _announce(self) -> None:
        if self._announced or self._prepared is None:
            return
        if all(worker is not None and worker.ready for worker in self._workers):
            self._announced = True
            self.on_ready(self._sockets[0].getsockname()[1], self._prepared)

    def _keep_database(self) -> None:
        while not self.stopping.wait(_TICK_S):
            if self.database.is_alive():
                continue
            self.report("The database ended: starting it again.")
            try:
                self.database.start()
            except StartInterrupted:
                return
            except DrawbridgeError as error:
                self.report(error.message)
                self.stopping.wait(_LONGEST_RESTART_PAUSE_S)

    def _stop_workers(self) -> None:
        # At once, and not when the last call is over: who connects now is to be refused, not left waiting.
        for bound in self._sockets:
            bound.close()
        workers = [worker for worker in self._workers if worker is not None]
        for worker in workers:
            worker.process.terminate()
        deadline = time.monotonic() + self.settings.drain_timeout_s + _KILL_GRACE_S
        for worker in workers:
            try:
                worker.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.report("A worker did not stop in time and is killed; its usage is kept on disk.")
                worker.process.kill()
                worker.process.wait()
            worker.control.close()
        self._shares.close()


def _allow_many_files() -> None:
    """Take as many open files as this user may have: a stream needs two, and the usual limit is 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def bind(host: str, port: int) -> list[socket.socket]:
    """Return sockets that listen on every address of a host. Raises PortTaken.

    Waits a little for a port in use: the workers of a supervisor that was killed let go of it within a second.
    """
    deadline = time.monotonic() + _BIND_PATIENCE_S
    while True:
        try:
            return _bind_all(host, port)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and time.monotonic() < deadline and port:
                time.sleep(_TICK_S)
                continue
            raise _cannot_listen(host, port, error) from error


def _bind_all(host: str, port: int) -> list[socket.socket]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    bound: list[socket.socket] = []
    with ExitStack() as on_failure:
        for family, address in dict.fromkeys((family, address) for family, _, _, _, address in found):
            # With port 0 the second address takes the port that the first one was given.
            taken_port = bound[0].getsockname()[1] if bound else port
            listening = _bind_one(family, (address[0], taken_port, *address[2:]))
            if listening is not None:
                bound.append(on_failure.enter_context(listening))
        on_failure.pop_all()
    if not bound:
        raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    return bound


def _bind_one(family: int, address: Sequence[str | int]) -> socket.socket | None:
    """Return a socket that listens; None for an address that this machine has not, as ::1 without IPv6."""
    try:
        listening = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        return None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind(tuple(address))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            return None
        raise
    return listening


def _cannot_listen(host: str, port: int, error: OSError) -> PortTaken:
    if error.errno == errno.EADDRINUSE:
        return PortTaken(
            f"Port {port} on {host} is taken by another process. Stop it (`lsof -i :{port}` shows which one it is), "
            f"or choose another port: `make up ARGS='--port {port + 1}'` or `drawbridge up --port {port + 1}`."
        )
    if error.errno == errno.EACCES:
        return PortTaken(f"This user may not listen on port {port}: choose one above 1023, as in `--port 8080`.")
    return PortTaken(f"Cannot listen on {host}, port {port}: {error.strerror or error}. Check --host and --port.")


def _tell(control: socket.socket, orders: Mapping[str, object]) -> None:
    try:
        control.sendall(json.dumps(orders).encode() + b"\n")
    except OSError:
        # It has just died: the next tick sees that.
        return


def _describe(returncode: int | None) -> str:
    if returncode is not None and returncode < 0:
        return f"killed by {signal.Signals(-returncode).name}"
    return f"exit status {returncode}"
