"""An installation as an operator runs it: the command line, in processes of its own."""

import asyncio
import json
import os
import re
import socket
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypedDict

import aiohttp
import psutil

from tests.parts.write_ahead_folder import waiting_records

_START_TIMEOUT_S = 90.0
_SETTLE_TIMEOUT_S = 240.0

_CONFIGURATION = """
version: 1
providers:
  vendor:
    base_url: {url}
    dialects: [openai-chat, openai-responses, openai-embeddings, anthropic-messages, gemini]
    quirks: {{auth: bearer, model_patterns: [""]}}
    credential: {{env: VENDOR_KEY}}
    models: any
"""


class Event(TypedDict):
    """The part of a usage event that tests look at."""

    session_id: str
    operation: str
    outcome: str
    estimated: bool
    input_tokens: int
    input_cached_tokens: int
    output_tokens: int
    attempt_id: str
    cost_nanousd: int | None


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@dataclass(slots=True)
class Installation:
    """`drawbridge up` on a data folder and a port, with one vendor for everything."""

    data: Path
    port: int
    vendor_url: str
    workers: int = 1
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    key: str = ""
    greeting: str = ""
    """What it said at its last start."""
    more_configuration: str = ""
    """What drawbridge.yaml says beside the vendor."""
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The parent process."""
        assert self._process is not None
        return self._process

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start it, and wait until it has said how to call it. The first time, the vendor is configured too."""
        with (self.data.parent / "stderr.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command("up", "--port", str(self.port), "--workers", str(self.workers)),
                env=self._environment(),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        async with asyncio.timeout(_START_TIMEOUT_S):
            self.greeting = await self._read_greeting()
        if found := re.search(r"shown this once: (dbk_\w+)", self.greeting):
            self.key = found[1]
            await self._configure()

    async def stop(self) -> None:
        """Stop it as an operator would."""
        if self.process.returncode is None:
            self.process.terminate()
        await self.process.wait()

    async def settle(self) -> None:
        """Wait until no write-ahead file holds anything that is not booked: no call may be under way.

        What was booked says nothing of that: while the database is away a worker waits ever longer before it tries
        again, so that nothing may be booked for seconds though much is to come.
        """
        async with asyncio.timeout(_SETTLE_TIMEOUT_S):
            while True:
                if not await asyncio.to_thread(waiting_records, self.data / "usage"):
                    return
                await asyncio.sleep(_AGAIN_S)

    async def usage_by_session(self) -> dict[str, list[Event]]:
        """Return every usage event, by session, through the API."""
        found: dict[str, list[Event]] = defaultdict(list)
        cursor: str | None = ""
        async with aiohttp.ClientSession(headers={"authorization": f"Bearer {self.key}"}) as session:
            while cursor is not None:
                query = {"limit": "500", **({"cursor": cursor} if cursor else {})}
                page = await self._page(session, query)
                for event in page["usage"]:
                    found[event["session_id"]].append(event)
                cursor = page["next_cursor"]
        return found

    async def _page(self, session: aiohttp.ClientSession, query: dict[str, str]) -> dict[str, Any]:
        while True:
            async with session.get(f"{self.url}/api/usage", params=query) as reply:
                if reply.status == 200:
                    return json.loads(await reply.read())
                # The database was killed just now, and is being started again.
                assert reply.status == 503, await reply.text()
            await asyncio.sleep(_AGAIN_S)

    def workers_alive(self) -> list[psutil.Process]:
        """Return the worker processes."""
        return [child for child in self._children() if _is_worker(child)]

    def postmaster(self) -> psutil.Process | None:
        """Return the database server, unless it is being started just now."""
        pid_file = self.data / "postgres" / "postmaster.pid"
        try:
            process = psutil.Process(int(pid_file.read_text().splitlines()[0]))
            # While a start makes a stale file fit, its first line names the parent.
            return process if process.name() == "postgres" else None
        except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
            return None

    def _children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "drawbridge", *arguments]

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DRAWBRIDGE_DATA": str(self.data),
            "DRAWBRIDGE_HOST": "127.0.0.1",
            "DRAWBRIDGE_DRAIN_TIMEOUT_S": "5",
            "VENDOR_KEY": "vendor-credential",
            **self.environment,
        }

    async def _read_greeting(self) -> str:
        assert self.process.stdout is not None
        said: list[str] = []
        while not said or "/v1/chat/completions" not in said[-1]:
            line = await self.process.stdout.readline()
            assert line, f"drawbridge up ended: {(self.data.parent / 'stderr.log').read_text()[-2000:]}"
            said.append(line.decode())
        return "".join(said)

    async def _configure(self) -> None:
        file = self.data.parent / "drawbridge.yaml"
        file.write_text(_CONFIGURATION.format(url=self.vendor_url) + self.more_configuration)
        applying = await asyncio.create_subprocess_exec(
            *self._command("apply", "-f", str(file)), env=self._environment(), stdout=asyncio.subprocess.PIPE
        )
        said, _ = await applying.communicate()
        assert applying.returncode == 0, said


_AGAIN_S = 0.2


def _is_worker(process: psutil.Process) -> bool:
    try:
        return "drawbridge.worker" in " ".join(process.cmdline())
    except psutil.Error:
        # Killed a moment ago.
        return False
