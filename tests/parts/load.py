"""Callers that go on calling, whatever breaks, and remember which of their calls were answered whole."""

import asyncio
import itertools
import json
import random
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import aiohttp

_TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=5)
_PAUSE_AFTER_FAILURE_S = 0.05

_Json = dict[str, object]
_PROMPT = [{"role": "user", "content": "How are you?"}]


@dataclass(frozen=True, slots=True)
class _Kind:
    """A call, and the bytes that end its streamed answer."""

    path: str
    body: _Json
    end: bytes | None = None


_KINDS = (
    _Kind("/v1/chat/completions", {"model": "gpt-5", "messages": _PROMPT}),
    _Kind("/v1/chat/completions", {"model": "gpt-5", "messages": _PROMPT, "stream": True}, b"[DONE]"),
    _Kind("/v1/responses", {"model": "gpt-5", "input": "Hi", "stream": True}, b"response.completed"),
    _Kind("/v1/messages", {"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": _PROMPT}),
    _Kind(
        "/v1/messages",
        {"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": _PROMPT, "stream": True},
        b"message_stop",
    ),
    _Kind("/v1/embeddings", {"model": "text-embedding-3-small", "input": "Hi"}),
    _Kind("/v1beta/models/gemini-2.5-pro:generateContent", {"contents": [{"parts": [{"text": "Hi"}]}]}),
)


@dataclass(slots=True)
class Load:
    """A number of callers at work while the context lasts."""

    url: str
    key: str
    callers: int
    complete_sessions: set[str] = field(default_factory=set[str])
    broken: list[str] = field(default_factory=list[str])
    """What went wrong with the calls that were not answered whole."""
    _tasks: asyncio.TaskGroup = field(default_factory=asyncio.TaskGroup)
    _progress: asyncio.Event = field(default_factory=asyncio.Event)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def complete(self) -> int:
        """How many calls were answered whole."""
        return len(self.complete_sessions)

    def summary(self) -> str:
        """Tell how the calls went."""
        return f"{self.complete} calls answered whole, {len(self.broken)} broken"

    async def until_more_complete(self, count: int, *, timeout_s: float = 60.0) -> None:
        """Wait until so many more calls were answered whole."""
        wanted = self.complete + count
        async with asyncio.timeout(timeout_s):
            while self.complete < wanted:
                self._progress.clear()
                await self._progress.wait()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        for number in range(self.callers):
            self._tasks.create_task(self._call_on(random.Random(number)))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        await self._tasks.__aexit__(kind, error, trace)

    async def _call_on(self, chance: random.Random) -> None:
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            while not self._stop.is_set():
                marker = f"s-{next(self._numbers)}"
                try:
                    await self._call(session, chance.choice(_KINDS), marker)
                except (aiohttp.ClientError, TimeoutError, OSError) as error:
                    self.broken.append(f"{marker}: {error!r}")
                    await asyncio.sleep(_PAUSE_AFTER_FAILURE_S)

    async def _call(self, session: aiohttp.ClientSession, kind: _Kind, marker: str) -> None:
        headers = {
            "authorization": f"Bearer {self.key}",
            "x-session-id": marker,
            "content-type": "application/json",
        }
        # The marker makes each body its own, and so the usage that the vendor works out from it.
        body = json.dumps(kind.body | {"metadata": {"marker": marker}}).encode()
        async with session.post(self.url + kind.path, data=body, headers=headers) as reply:
            answer = await reply.read()
        if reply.status == 200 and (kind.end is None or kind.end in answer):
            self.complete_sessions.add(marker)
            self._progress.set()
        else:
            self.broken.append(f"{marker}: {reply.status} {answer[-200:]!r}")
            await asyncio.sleep(_PAUSE_AFTER_FAILURE_S)
