"""A model vendor made of a script: a raw HTTP/1.1 server that keeps every request exactly as it came.

In the test's own event loop as `async with ScriptedVendor(script) as vendor`, or as a process of its own:
`python -m tests.parts.vendor --port 0` prints the port, answers by tests/parts/answers.py, and gives its log at
`GET /__log` (JSON lines; `?after=N` leaves out the first N).
"""

import argparse
import asyncio
import base64
import contextlib
import json
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self, cast

from tests.parts.answers import answer_by_path, paced
from tests.parts.wire import Answer, Request

Script = Callable[[Request], Answer]

LOG_PATH = "/__log"


@dataclass(slots=True)
class Received:
    """A request and what became of its answer."""

    request: Request
    did_answer: bool = False
    did_peer_leave: bool = False
    """The peer closed the connection before the answer had ended."""
    sent_bytes: int = 0
    """Bytes of the answer's body handed to the socket."""


class ScriptedVendor:
    """The server. `log` holds what arrived, in order."""

    def __init__(self, script: Script = answer_by_path, *, port: int = 0) -> None:
        self.script = script
        self.log: list[Received] = []
        self.connections_opened = 0
        self.port = port
        self._server: asyncio.Server | None = None
        self._open: set[_Connection] = set()
        self._changed = asyncio.Event()

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def requests(self) -> list[Request]:
        """What arrived, in order."""
        return [received.request for received in self.log]

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", self.port, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for connection in self._open:
            connection.abort()
        await self.until(lambda: not self._open)

    def close_connections(self) -> None:
        """Close every connection, idle ones too, as a vendor does when its keep-alive time is over."""
        for connection in list(self._open):
            connection.close()

    async def until(self, holds: Callable[[], bool], *, timeout_s: float = 10.0) -> None:
        """Wait until something holds that depends on what the vendor sees."""
        async with asyncio.timeout(timeout_s):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    def opened(self, connection: "_Connection") -> None:
        """Note a new connection."""
        self._open.add(connection)
        self.connections_opened += 1

    def closed(self, connection: "_Connection") -> None:
        """Note the end of a connection."""
        self._open.discard(connection)
        self._changed.set()

    def receive(self, request: Request) -> tuple[Received, Answer]:
        """Log a request and ask the script for its answer."""
        received = Received(request)
        if request.path == LOG_PATH:
            return received, self._log_answer(request)
        self.log.append(received)
        self._changed.set()
        return received, self.script(request)

    def _log_answer(self, request: Request) -> Answer:
        after = int(request.query.partition("after=")[2] or 0)
        lines = "".join(json.dumps(_as_json(received)) + "\n" for received in self.log[after:])
        return Answer(headers=(("content-type", "application/jsonl"),), pieces=((lines.encode(), 0),))


def _as_json(received: Received) -> dict[str, object]:
    request = received.request
    return {
        "number": request.number,
        "method": request.method,
        "target": request.target,
        "headers": request.headers,
        "body": base64.b64encode(request.body).decode(),
        "received_at": request.received_at,
        "connection": request.connection,
        "did_answer": received.did_answer,
        "did_peer_leave": received.did_peer_leave,
        "sent_bytes": received.sent_bytes,
    }


@dataclass(slots=True)
class _Answering:
    """The answer that a connection is in the middle of."""

    received: Received
    answer: Answer
    framing: Literal["length", "chunked", "close"]
    next_piece: int = 0
    timer: asyncio.TimerHandle | None = field(default=None)


class _Connection(asyncio.Protocol):
    """One connection: requests one after the other, each answered before the next is read."""

    def __init__(self, vendor: ScriptedVendor) -> None:
        self._vendor = vendor
        self._buffer = bytearray()
        self._answering: _Answering | None = None
        self._is_writing_paused = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport has the methods of asyncio.Transport without being one.
        self._transport = cast("asyncio.Transport", transport)
        self._vendor.opened(self)
        self._number = self._vendor.connections_opened

    def connection_lost(self, exc: Exception | None) -> None:
        self._peer_left()
        self._vendor.closed(self)

    def eof_received(self) -> bool:
        self._peer_left()
        return False

    def pause_writing(self) -> None:
        self._is_writing_paused = True

    def resume_writing(self) -> None:
        self._is_writing_paused = False
        self._go_on()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._read_request()

    def close(self) -> None:
        """Close the connection after what is already written."""
        self._transport.close()

    def abort(self) -> None:
        """Close the connection as it stands."""
        self._transport.abort()

    def _peer_left(self) -> None:
        answering, self._answering = self._answering, None
        if answering is not None:
            answering.received.did_peer_leave = True
            if answering.timer is not None:
                answering.timer.cancel()

    def _read_request(self) -> None:
        if self._answering is not None:
            return
        request = self._take_request()
        if request is None:
            return
        received, answer = self._vendor.receive(request)
        framing = "length" if request.method == "HEAD" or answer.status in (204, 304) else answer.framing
        self._answering = _Answering(received, answer, framing)
        if answer.reset:
            self._transport.abort()
        elif not answer.never:
            self._after(answer.delay_s, self._write_head)

    def _take_request(self) -> Request | None:
        """Take a whole request out of the buffer, or None until there is one."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines[1:]))
        taken = _body(self._buffer, end + 4, headers)
        if taken is None:
            return None
        body, after = taken
        del self._buffer[:after]
        return Request(len(self._vendor.log), method, target, headers, body, time.time(), self._number)

    def _after(self, pause_s: float, step: Callable[[], None]) -> None:
        if self._answering is None:
            return
        if pause_s > 0:
            self._answering.timer = asyncio.get_running_loop().call_later(pause_s, step)
        else:
            step()

    def _write_head(self) -> None:
        answering = self._answering
        if answering is None:
            return
        answer = answering.answer
        lines = [
            f"HTTP/1.1 {answer.status} {answer.reason}",
            *(f"{name}: {value}" for name, value in answer.headers),
        ]
        match answering.framing:
            case "length":
                if answer.status != 204:
                    lines.append(f"content-length: {answer.length}")
            case "chunked":
                lines.append("transfer-encoding: chunked")
            case "close":
                lines.append("connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self._transport.write(answer.before_head + head)
        self._write_pieces()

    def _go_on(self) -> None:
        # A timer that is under way will find writing possible again by itself.
        answering = self._answering
        if answering is not None and answering.timer is None:
            self._write_pieces()

    def _write_pieces(self) -> None:
        """Write piece after piece until a pause, a full socket or the end."""
        while (answering := self._answering) is not None and not self._is_writing_paused:
            answering.timer = None
            if answering.next_piece == answering.answer.cut_after_piece:
                self._cut()
                return
            if answering.next_piece == len(answering.answer.pieces) or answering.received.request.method == "HEAD":
                self._end()
                return
            pause_s = self._write_piece(answering)
            if pause_s > 0:
                answering.timer = asyncio.get_running_loop().call_later(pause_s, self._write_pieces)
                return

    def _write_piece(self, answering: _Answering) -> float:
        piece, pause_s = answering.answer.pieces[answering.next_piece]
        answering.next_piece += 1
        answering.received.sent_bytes += len(piece)
        if answering.framing != "chunked":
            self._transport.write(piece)
        elif piece:
            self._transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        return pause_s

    def _cut(self) -> None:
        answering, self._answering = self._answering, None
        assert answering is not None
        self._transport.abort() if answering.answer.cut_by_reset else self._transport.close()

    def _end(self) -> None:
        answering, self._answering = self._answering, None
        assert answering is not None
        answering.received.did_answer = True
        if answering.framing == "chunked":
            self._transport.write(b"0\r\n\r\n")
        if answering.framing == "close" or answering.answer.close_after:
            self._transport.close()
            return
        if self._buffer:
            self._read_request()


def _body(buffer: bytearray, start: int, headers: tuple[tuple[str, str], ...]) -> tuple[bytes, int] | None:
    """Return a request's body and where it ends in the buffer, or None while it is incomplete."""
    framing = {name.lower(): value for name, value in headers}
    if framing.get("transfer-encoding", "").lower() == "chunked":
        return _chunked_body(buffer, start)
    end = start + int(framing.get("content-length", "0"))
    return (bytes(buffer[start:end]), end) if len(buffer) >= end else None


def _chunked_body(buffer: bytearray, start: int) -> tuple[bytes, int] | None:
    body = bytearray()
    while (line_end := buffer.find(b"\r\n", start)) >= 0:
        size = int(buffer[start:line_end].split(b";")[0], 16)
        end = line_end + 2 + size + 2
        if len(buffer) < end:
            return None
        body += buffer[line_end + 2 : end - 2]
        start = end
        if size == 0:
            return bytes(body), end
    return None


async def _serve(script: Script, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    async with ScriptedVendor(script, port=port) as vendor:
        print(vendor.port, flush=True)
        await stop.wait()


def main(script_of: Callable[[float], Script] = paced) -> None:
    """Serve until stopped, by the script that this makes of a pause."""
    parser = argparse.ArgumentParser(description="A scripted model vendor for tests.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--pause", type=float, default=0.0, metavar="S", help="seconds after each piece")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(script_of(arguments.pause), arguments.port))


if __name__ == "__main__":
    main()
