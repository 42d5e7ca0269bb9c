"""A network without sockets: the packets of each reply arrive exactly as they were written down."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

End = Literal["stay", "close", "reset"]


@dataclass(frozen=True, slots=True)
class Told:
    """What one request is answered with, packet for packet, and what becomes of the connection then."""

    packets: tuple[bytes, ...]
    end: End = "stay"


class ScriptedNetwork:
    """Answers requests in the order in which they come, on whichever connection."""

    def __init__(self, *answers: Told) -> None:
        self._answers = list(answers)
        self.connections = 0
        self.has_told = asyncio.Event()
        """Set when every packet of an answer has been handed over, or nobody takes them any more."""

    def addresses(self, host: str) -> tuple[str, ...]:
        raise AssertionError(host)

    async def connect(self, protocol: asyncio.Protocol, address: str, port: int) -> None:
        self.connections += 1
        protocol.connection_made(_Line(protocol, self.next_answer, self.has_told))

    def next_answer(self) -> Told:
        self.has_told.clear()
        return self._answers.pop(0)


class _Line(asyncio.Transport):
    def __init__(self, protocol: asyncio.Protocol, next_answer: Callable[[], Told], has_told: asyncio.Event) -> None:
        super().__init__()
        self._protocol = protocol
        self._next_answer = next_answer
        self._has_told = has_told
        self._loop = asyncio.get_running_loop()
        # A kept connection is polled for what waits in the kernel; here nothing ever does.
        self._socket, self._peer = socket.socketpair()
        self._packets: list[bytes] = []
        self._end: End = "stay"
        self._is_closing = False
        self._is_paused = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert bytes(data).endswith(b"\r\n\r\n"), "the requests of these tests have no body"
        answer = self._next_answer()
        self._packets, self._end = list(answer.packets), answer.end
        self._loop.call_soon(self._tell)

    def abort(self) -> None:
        self._lose(None)

    def is_closing(self) -> bool:
        return self._is_closing

    def pause_reading(self) -> None:
        self._is_paused = True

    def resume_reading(self) -> None:
        self._is_paused = False
        self._loop.call_soon(self._tell)

    def get_write_buffer_size(self) -> int:
        return 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._socket

    def _tell(self) -> None:
        if self._is_closing or self._is_paused:
            return
        if self._packets:
            self._protocol.data_received(self._packets.pop(0))
            self._loop.call_soon(self._tell)
            return
        end, self._end = self._end, "stay"
        match end:
            case "close":
                self._protocol.eof_received()
                self._lose(None)
            case "reset":
                self._lose(ConnectionResetError("reset"))
            case "stay":
                pass
        self._has_told.set()

    def _lose(self, error: Exception | None) -> None:
        if self._is_closing:
            return
        self._is_closing = True
        self._socket.close()
        self._peer.close()
        self._has_told.set()
        self._loop.call_soon(self._protocol.connection_lost, error)
