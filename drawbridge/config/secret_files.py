"""Files that hold a secret each, to which settings refer by their paths."""

import asyncio
import errno
import os
import stat
import threading
from concurrent.futures import Future
from typing import Final

_LARGEST_FILE_BYTES: Final = 64 * 1024
_DEADLINE_S: Final = 2.0


class SecretFiles:
    """Reads files that hold a secret each, waiting for none of them longer than a deadline.

    A file may lie on a mount that hangs.

    Each read has a thread of its own, one for a path at a time. Nobody waits for it at the end of the process, and
    it takes no place in a pool: it may never come back. A file that was read before stands as it was while it does
    not answer.
    """

    def __init__(self, *, deadline_s: float = _DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self._reading: dict[str, Future[bytes]] = {}
        self._last_read: dict[str, bytes] = {}

    async def read(self, path: str) -> bytes:
        """Return a regular file's content. Raises OSError, also when it does not answer in time."""
        reading = self._reading.get(path) or self._start(path)
        try:
            async with asyncio.timeout(self._deadline_s):
                return await asyncio.wrap_future(reading)
        except TimeoutError:
            if path in self._last_read:
                return self._last_read[path]
            message = f"it did not answer within {self._deadline_s:g} s"
            raise OSError(errno.ETIMEDOUT, message) from None

    def _start(self, path: str) -> Future[bytes]:
        reading = self._reading[path] = Future[bytes]()
        reading.set_running_or_notify_cancel()  # From here on, a reader that gives up cancels it for nobody else.
        threading.Thread(target=self._carry_out, args=(path, reading), daemon=True).start()
        return reading

    def _carry_out(self, path: str, reading: "Future[bytes]") -> None:
        try:
            content = _read_regular(path)
        except (OSError, ValueError) as error:  # ValueError: a path that no file can have.
            self._last_read.pop(path, None)
            del self._reading[path]
            reading.set_exception(error)
        else:
            self._last_read[path] = content
            del self._reading[path]
            reading.set_result(content)


def _read_regular(path: str) -> bytes:
    # Without waiting: the opening of a FIFO would last until somebody writes to it.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(_LARGEST_FILE_BYTES)
    finally:
        os.close(descriptor)
