"""The scripted vendor as a process of its own, which outlives whatever is killed around it."""

import asyncio
import base64
import json
import sys
from types import TracebackType
from typing import Self, TypedDict

import aiohttp


class Logged(TypedDict):
    """The part of a log line that tests need."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: str


class VendorProcess:
    """Starts the vendor, and reads its log."""

    def __init__(self, *, pause_s: float = 0.0, module: str = "tests.parts.vendor") -> None:
        self._pause_s = pause_s
        self._module = module
        self._process: asyncio.subprocess.Process | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        command = [sys.executable, "-m", self._module, "--port", "0", "--pause", str(self._pause_s)]
        self._process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert self._process.stdout is not None
        port = (await self._process.stdout.readline()).decode().strip()
        self.url = f"http://127.0.0.1:{port}/v1"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        await self._process.wait()

    async def log(self) -> list[Logged]:
        """Return what it was asked, in order."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(self.url.removesuffix("/v1") + "/__log") as reply,
        ):
            return [json.loads(line) for line in (await reply.text()).splitlines()]

    async def requests_by_session(self) -> dict[str, bytes]:
        """Return the body of each request, by the session that its caller named in a header."""
        found: dict[str, bytes] = {}
        for logged in await self.log():
            marker = dict(logged["headers"])["x-session-id"]
            assert marker not in found, f"the vendor got {marker} twice"
            found[marker] = base64.b64decode(logged["body"])
        return found
