"""Run the command that prints the master keys: no shell, a deadline, and nothing of what it prints in a message."""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Final

from drawbridge.config.errors import MasterKeyError
from drawbridge.core.text import escape_unprintable

_MOST_PRINTED_BYTES: Final = 64 * 1024
_SHOWN_OF_STDERR: Final = 500


def run_key_command(words: Sequence[str], deadline_s: float) -> bytes:
    """Run a program and return what it prints.

    Raises MasterKeyError with the end of what it wrote to standard error, when it cannot be started, fails, prints too
    much, or is not done in time; then it is killed, with whatever it started.
    """
    try:
        process = subprocess.Popen(
            list(words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise MasterKeyError(f"{_named(words)} cannot be started: {error.strerror}.") from error
    with process, _killed_at_the_end(process):
        return _result(process, words, deadline_s)


@contextmanager
def _killed_at_the_end(process: subprocess.Popen[bytes]) -> Generator[None]:
    try:
        yield
    finally:
        # Only before it was waited for: afterwards its number may be another's.
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _result(process: subprocess.Popen[bytes], words: Sequence[str], deadline_s: float) -> bytes:
    assert process.stdout is not None
    assert process.stderr is not None
    until = time.monotonic() + deadline_s
    printed, complained, is_all = _read_both(process.stdout, process.stderr, until)
    said = _said(complained)
    if len(printed) > _MOST_PRINTED_BYTES:
        raise MasterKeyError(
            f"{_named(words)} prints no end of text: {_MOST_PRINTED_BYTES // 1024} KiB and more.{said}"
        )
    try:
        status = process.wait(max(0.0, until - time.monotonic())) if is_all else None
    except subprocess.TimeoutExpired:
        status = None
    if status is None:
        raise MasterKeyError(f"{_named(words)} was not done within {deadline_s:g} s.{said}")
    if status:
        raise MasterKeyError(f"{_named(words)} failed with exit code {status}.{said}")
    return printed


def _read_both(stdout: IO[bytes], stderr: IO[bytes], until: float) -> tuple[bytes, bytes, bool]:
    """Read both to their ends, or up to the deadline, or until the first is too long; of the second the end is kept.

    Return also whether both have ended.
    """
    printed, complained = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ, printed)
        selector.register(stderr, selectors.EVENT_READ, complained)
        while selector.get_map() and len(printed) <= _MOST_PRINTED_BYTES:
            ready = selector.select(max(0.0, until - time.monotonic()))
            if not ready:
                break
            for key, _ in ready:
                _read_piece(selector, key)
            del complained[: -4 * _SHOWN_OF_STDERR]
        return bytes(printed), bytes(complained), not selector.get_map()


def _read_piece(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    piece = os.read(key.fd, 65536)
    key.data.extend(piece)
    if not piece:
        selector.unregister(key.fileobj)


def _named(words: Sequence[str]) -> str:
    # The program alone: its arguments may hold a credential.
    return f"The command for the master key, {words[0]},"


def _said(complained: bytes) -> str:
    text = complained.decode(errors="replace").strip()
    return (
        f" It said: {escape_unprintable(text[-_SHOWN_OF_STDERR:])}" if text else " It said nothing on standard error."
    )
