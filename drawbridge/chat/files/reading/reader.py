"""Reads files, each in a process of its own: what a file does to that one is told, and happens to nobody else."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import msgspec

import drawbridge
from drawbridge.chat.files.errors import UnreadableFileError
from drawbridge.chat.files.reading.limits import DEADLINE_S
from drawbridge.chat.files.reading.outcome import MOST_CHARACTERS, FileError, Found, Told

_AT_ONCE: Final = 2
_HEAD_BYTES: Final = 64 * 1024
_GONE_WITHIN_S: Final = 10.0
_MOST_TOLD_BYTES: Final = 4 * MOST_CHARACTERS + 16 * 1024 * 1024
_ROOT: Final = str(Path(drawbridge.__file__).parents[1])
# Without what the environment and the working folder could add; of ours, only where the code is.
_BEGIN: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); from drawbridge.chat.files.reading.child import main; main()"
)
_told: Final = msgspec.json.Decoder(Told).decode


class Reads(Protocol):
    """Finds out what is in files."""

    async def read(self, name: str, data: AsyncIterator[bytes]) -> tuple[Found, bytes]:
        """Return what is in a file, and its words or picture. Raises UnreadableFileError."""
        ...


@dataclass(frozen=True, slots=True)
class FileReader:
    """Reads a few files at once; others wait."""

    deadline_s: float = DEADLINE_S
    command: Sequence[str] = (sys.executable, "-I", "-X", "utf8", "-c", _BEGIN, _ROOT)
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE), init=False, repr=False)

    async def read(self, name: str, data: AsyncIterator[bytes]) -> tuple[Found, bytes]:
        """Read a file, as `Reads` says."""
        async with self._places:
            try:
                async with asyncio.timeout(self.deadline_s), self._begun() as process:
                    return await _read(process, name, data)
            except TimeoutError:
                raise UnreadableFileError(f"{name} takes longer than {self.deadline_s:g} s to read.") from None
            except FileError as error:
                raise UnreadableFileError(f"{name} {error}.") from None

    @contextlib.asynccontextmanager
    async def _begun(self) -> AsyncGenerator[asyncio.subprocess.Process]:
        process = await asyncio.create_subprocess_exec(
            *self.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,
        )
        try:
            yield process
        finally:
            await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill a process with all that it began, and wait until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_GONE_WITHIN_S):
            # asyncio takes a process for ended when its pipes are read to their ends (Python 3.11).
            while process.stdout is not None and await process.stdout.read(_HEAD_BYTES):
                pass
            await process.wait()


async def _read(process: asyncio.subprocess.Process, name: str, data: AsyncIterator[bytes]) -> tuple[Found, bytes]:
    """Give a process the file, and take what it tells. Raises FileError."""
    assert process.stdin is not None
    assert process.stdout is not None
    # Where it ends without having read all of it, what it told before says why.
    with contextlib.suppress(ConnectionError):
        await _give(process.stdin, name, data)
    try:
        told = _told(await process.stdout.readline())
    except (msgspec.MsgspecError, ValueError):  # The latter where there is no end of the line.
        raise FileError("cannot be read: reading it takes more memory or time than there is, or it is broken") from None
    if told.found is None:
        raise FileError("cannot be read" if told.unreadable is None else told.unreadable.why)
    return told.found, await _rest(process.stdout)


async def _give(stdin: asyncio.StreamWriter, name: str, data: AsyncIterator[bytes]) -> None:
    stdin.write(name.replace("\n", " ").encode() + b"\n")
    async for piece in data:
        stdin.write(piece)
        await stdin.drain()
    stdin.close()


async def _rest(stdout: asyncio.StreamReader) -> bytes:
    taken = bytearray()
    while piece := await stdout.read(_HEAD_BYTES):
        taken += piece
        if len(taken) > _MOST_TOLD_BYTES:
            raise FileError("has too much in it")
    return bytes(taken)
