"""From a reference to the credential itself: an environment variable, a file, or a stored secret."""

import asyncio
import errno
import os
import stat
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from drawbridge.config.errors import SecretError
from drawbridge.config.secrets import MasterKeys, SealedSecret, unseal
from drawbridge.core.ids import OrganisationId
from drawbridge.gateway.entries import Credential

_LARGEST_FILE_BYTES: Final = 64 * 1024
_DEADLINE_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Resolved:
    """A credential, or why it cannot be had; neither where none is needed."""

    value: str | None = field(default=None, repr=False)
    problem: str | None = None


class CredentialFiles:
    """Reads credential files, waiting for none of them longer than a deadline: a file may lie on a mount that hangs.

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


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where one organisation's credentials are found."""

    organisation_id: OrganisationId
    environment: Mapping[str, str] = field(repr=False)
    sealed: Mapping[str, SealedSecret]
    keys: MasterKeys = field(repr=False)
    files: CredentialFiles = field(default_factory=CredentialFiles)

    async def resolve(self, provider: str, reference: Credential | None) -> Resolved:
        """Return what a provider's reference stands for."""
        if reference is None:
            return Resolved()
        if reference.env is not None:
            return self._from_environment(provider, reference.env)
        if reference.file is not None:
            return await self._from_file(provider, reference.file)
        return self._from_secret(provider, reference.stored or "")

    def _from_environment(self, provider: str, variable: str) -> Resolved:
        value = self.environment.get(variable, "")
        return _checked(
            value, f"The environment variable {variable}, where provider '{provider}' has its credential, is", variable
        )

    async def _from_file(self, provider: str, path: str) -> Resolved:
        try:
            value = (await self.files.read(path)).decode()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not a text"
            return Resolved(
                problem=f"Provider '{provider}' has its credential in the file {path}, which cannot be read: {reason}."
            )
        return _checked(value, f"The file {path}, where provider '{provider}' has its credential, is", path)

    def _from_secret(self, provider: str, name: str) -> Resolved:
        sealed = self.sealed.get(name)
        if sealed is None:
            return Resolved(
                problem=f"Provider '{provider}' has its credential in the stored secret '{name}', which does not "
                f"exist: store it with `drawbridge secrets set {name}`."
            )
        try:
            value = unseal(self.keys, self.organisation_id, name, sealed)
        except SecretError as error:
            return Resolved(problem=f"Provider '{provider}' cannot use its credential. {error.message}")
        return _checked(value, f"The stored secret '{name}' of provider '{provider}' is", name)


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


def _checked(value: str, subject: str, place: str) -> Resolved:
    stripped = value.strip()
    if not stripped:
        return Resolved(problem=f"{subject} empty or not set. Set {place}, and start Drawbridge again.")
    if not (stripped.isascii() and stripped.isprintable()):
        return Resolved(problem=f"{subject} not a credential: it holds characters that no HTTP header may carry.")
    return Resolved(stripped)
