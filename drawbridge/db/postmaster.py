"""The server process: started in its own session, watched until it is ready, recognised later, stopped."""

import contextlib
import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from drawbridge.db.account import SERVER_ENVIRONMENT, Account
from drawbridge.db.cluster import explain_failure
from drawbridge.db.errors import OrphansRunning
from drawbridge.db.folder import DatabaseFolder, write_whole
from drawbridge.db.guardian import Guardian
from drawbridge.db.processes import Process, find_process
from drawbridge.db.progress import Progress

_POLL_S = 0.01
_REPORT_INTERVAL_S = 3.0
# A fast shutdown ends every session and writes a checkpoint. After this time, SIGQUIT: recovery does the rest.
_FAST_SHUTDOWN_S = 60.0
_PID_FILE_LINES = 8
_LOG_TAIL_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class RunningPostmaster:
    """A live server on a data folder, whoever started it. `socket_folder` is None until it accepts connections."""

    process: Process
    socket_folder: Path | None


def find_postmaster(folder: DatabaseFolder) -> RunningPostmaster | None:
    """Return the server that runs on the folder, recognised by pid, start time and data folder; None if there is none.

    A process that merely has the pid that an earlier server had is not taken for it.
    """
    lines, record = _read_pid_file(folder.data), _read_record(folder)
    data = _data_folder_in(lines, folder)
    # A server that was left in its first moments has not yet written its file; then only the record knows it.
    for pid in (lines[0].strip() if lines else "", str(record.get("pid", ""))):
        process = find_process(int(pid)) if pid.isdigit() else None
        if process is None or f" -D {data} " not in process.command + " ":
            continue
        if record.get("pid") == process.pid and record.get("started") != process.started:
            continue
        return RunningPostmaster(process, Path(lines[4]) if _is_ready(lines, process.pid) else None)
    return None


def end_leftover(folder: DatabaseFolder, progress: Progress) -> None:
    """Stop the server that a killed supervisor left behind, and make the folder fit for the next one."""
    running = find_postmaster(folder)
    if running is not None:
        pid = running.process.pid
        progress.report(f"Stopping the PostgreSQL server (process {pid}) that an earlier start left behind")
        _end(running.process, progress)
    _disown_pid_file(folder.data)
    socket_folder = _read_record(folder).get("socket")
    if isinstance(socket_folder, str):
        folder.remove_socket_folder(Path(socket_folder))


class Postmaster:
    """A server that this process started. It ends with this process, whatever ends that."""

    def __init__(self, folder: DatabaseFolder, programs: Path, account: Account) -> None:
        """Start the server; it is not ready yet."""
        self._folder = folder
        self.socket_folder = folder.make_socket_folder()
        self._guardian = Guardian()
        try:
            self._server = self._spawn(programs, account)
        except BaseException:
            self._guardian.dismiss()
            folder.remove_socket_folder(self.socket_folder)
            raise
        self._guardian.watch("INT", self._server.pid)
        try:
            self._write_record()
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """Return the server's process id."""
        return self._server.pid

    def is_alive(self) -> bool:
        """Tell whether the server process still runs."""
        if self._server.poll() is None:
            return True
        self._guardian.dismiss()
        return False

    def wait_until_ready(self, progress: Progress) -> None:
        """Wait, however long recovery takes, until the server accepts connections.

        Raise a DatabaseStartError with the end of its log if it ends instead, and StartInterrupted, leaving the
        server to `stop`, if it is no longer wanted.
        """
        began = reported = time.monotonic()
        while not _is_ready(_read_pid_file(self._folder.data), self.pid):
            if not self.is_alive():
                raise self._explain_end()
            progress.check()
            now = time.monotonic()
            if now - reported >= _REPORT_INTERVAL_S:
                reported = now
                progress.report(f"PostgreSQL is not ready after {now - began:.0f} s: {self._last_log_line()}")
            time.sleep(_POLL_S)

    def stop(self) -> None:
        """End every session and the server, and wait for it."""
        if self._server.poll() is None:
            self._server.send_signal(signal.SIGINT)
            try:
                self._server.wait(_FAST_SHUTDOWN_S)
            except subprocess.TimeoutExpired:
                self._server.send_signal(signal.SIGQUIT)
                self._server.wait()
        self._guardian.dismiss()
        self._folder.remove_socket_folder(self.socket_folder)

    def _spawn(self, programs: Path, account: Account) -> subprocess.Popen[bytes]:
        # The list of folders is split at commas, and a name with other than plain letters must be quoted.
        socket_folder = '"' + str(self.socket_folder).replace('"', '""') + '"'
        with open(self._folder.log, "ab", opener=_open_private) as log:
            return subprocess.Popen(
                [
                    *account.prefix,
                    str(programs / "postgres"),
                    "-D",
                    str(self._folder.data),
                    "-k",
                    socket_folder,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A terminal's Ctrl-C goes to the supervisor, which stops us when the last call is settled.
                start_new_session=True,
                env=SERVER_ENVIRONMENT,
                cwd=self._folder.path,
            )

    def _write_record(self) -> None:
        process = find_process(self._server.pid)
        started = process.started if process else None
        record = {"pid": self._server.pid, "started": started, "socket": str(self.socket_folder)}
        write_whole(self._folder.record, json.dumps(record) + "\n")

    def _explain_end(self) -> Exception:
        log = _tail(self._folder.log)
        error = explain_failure(log, self._folder, f"PostgreSQL did not start; its log is {self._folder.log}.")
        if "is still in use" in log:
            return OrphansRunning(error.message)
        return error

    def _last_log_line(self) -> str:
        return next(reversed(_tail(self._folder.log).strip().splitlines()), "it has logged nothing so far")


def _end(process: Process, progress: Progress) -> None:
    """Stop a server that is not our child, so that only its disappearance can be watched."""
    deadline = time.monotonic() + _FAST_SHUTDOWN_S
    number = signal.SIGINT
    while find_process(process.pid) == process:
        if number is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, number)
            number = None
        if time.monotonic() > deadline:
            number = signal.SIGQUIT
            deadline = time.monotonic() + _FAST_SHUTDOWN_S
        progress.check()
        time.sleep(_POLL_S)


def _disown_pid_file(data: Path) -> None:
    """Keep PostgreSQL from taking whoever has its old pid now for a running server.

    It takes its parent's pid for a stale one. The file is kept, since its shared memory key is how PostgreSQL
    notices processes of the old server that are still at work. An empty one, left by a server that was killed in
    its first moment, would be an error and says nothing.
    """
    lines = _read_pid_file(data)
    if not lines:
        (data / "postmaster.pid").unlink(missing_ok=True)
    else:
        write_whole(data / "postmaster.pid", "\n".join([str(os.getpid()), *lines[1:]]) + "\n")


def _read_pid_file(data: Path) -> list[str]:
    """Return pid, data folder, start time, port, socket folder, listen address, shared memory key, status."""
    try:
        text = (data / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return []
    return text.splitlines()


def _data_folder_in(lines: list[str], folder: DatabaseFolder) -> str:
    """Return how the server names its data folder: it may have been started through a symbolic link."""
    named = Path(lines[1]) if len(lines) > 1 else folder.data
    with contextlib.suppress(OSError):
        if named.samefile(folder.data):
            return str(named)
    return str(folder.data)


def _is_ready(lines: list[str], pid: int) -> bool:
    return len(lines) >= _PID_FILE_LINES and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


def _read_record(folder: DatabaseFolder) -> dict[str, object]:
    try:
        # cast: JSON objects have string keys.
        record = json.loads(folder.record.read_text(encoding="utf-8", errors="surrogateescape"))
    except (FileNotFoundError, ValueError):
        return {}
    return cast("dict[str, object]", record) if isinstance(record, dict) else {}


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _tail(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _LOG_TAIL_BYTES))
        return file.read().decode(errors="replace")
