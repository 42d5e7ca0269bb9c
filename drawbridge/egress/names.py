"""Look-up of host names, each once at a time, and remembered for a short while."""

import asyncio
from collections.abc import Callable
from ipaddress import ip_address

_REMEMBERED_NAMES = 1024


class Names:
    """The addresses of hosts, in the order in which `resolve` gives them. It blocks, and runs in a thread."""

    def __init__(self, resolve: Callable[[str], tuple[str, ...]], remembered_s: float) -> None:
        self._resolve = resolve
        self._remembered_s = remembered_s
        self._known: dict[str, tuple[float, asyncio.Future[tuple[str, ...]]]] = {}

    async def addresses(self, host: str) -> tuple[str, ...]:
        """Return the numeric addresses of a host, at least one; raises OSError and UnicodeError."""
        if is_numeric(host):
            return (host,)
        # Shielded: others may wait for the same answer when one of them gives up.
        return await asyncio.shield(self._look_up(host))

    def _look_up(self, host: str) -> asyncio.Future[tuple[str, ...]]:
        loop = asyncio.get_running_loop()
        known_until, answer = self._known.get(host, (0.0, None))
        if answer is not None and loop.time() < known_until and not _has_failed(answer):
            return answer
        self._known.pop(host, None)
        if len(self._known) >= _REMEMBERED_NAMES:
            del self._known[next(iter(self._known))]
        answer = loop.run_in_executor(None, self._resolve, host)
        self._known[host] = (loop.time() + self._remembered_s, answer)
        return answer


def _has_failed(answer: asyncio.Future[tuple[str, ...]]) -> bool:
    return answer.done() and (answer.cancelled() or answer.exception() is not None)


def is_numeric(host: str) -> bool:
    """Tell whether a host is an address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
