"""End a child process when this process dies, even by kill -9, when it cannot do so itself."""

import contextlib
import subprocess

# The guardian reads a signal and a pid, then waits. A further line is its dismissal; the end of the pipe without
# one means that this process is gone. prctl's parent-death signal was rejected: it is Linux only, and it fires
# when the *thread* that started the child ends.
_SCRIPT = 'trap "" INT TERM HUP; read -r signal pid || exit 0; read -r _ || kill -s "$signal" -- "$pid"'
_DISMISSAL_TIMEOUT_S = 5


class Guardian:
    """A small shell, in a session of its own, that holds the other end of a pipe which only this process has.

    A child that is forked without exec would inherit the pipe and keep the guardian waiting.
    """

    def __init__(self) -> None:
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )

    def watch(self, signal: str, pid: int) -> None:
        """Send the signal (such as "INT") to the pid, or to the process group -pid, when this process dies."""
        self._write(f"{signal} {pid}\n")

    def dismiss(self) -> None:
        """Send nothing, ever: the child is gone and its pid may soon be another's."""
        self._write("dismissed\n")
        if self._shell.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._shell.stdin.close()
        try:
            self._shell.wait(_DISMISSAL_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._shell.kill()
            self._shell.wait()

    def _write(self, line: str) -> None:
        if self._shell.stdin is None or self._shell.stdin.closed:
            return
        with contextlib.suppress(BrokenPipeError):
            self._shell.stdin.write(line.encode())
            self._shell.stdin.flush()
