"""The rehearsal provider behind real HTTP, for the vendors' own SDKs."""

import contextlib
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from drawbridge.gateway.endpoints import Target, find_target
from drawbridge.gateway.providers.rehearsal import RehearsedReply, answer


class _Stage(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        url = urlsplit(self.path)
        target = find_target("POST", url.path)
        body = self.rfile.read(int(self.headers["content-length"]))
        assert isinstance(target, Target)
        assert target.endpoint is not None
        assert target.endpoint.operation != "objects"
        query = dict(parse_qsl(url.query))
        self._send(answer(target.endpoint.operation, body, query, target.model or "rehearsal"))

    def _send(self, reply: RehearsedReply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for piece in reply.pieces:
            self.wfile.write(f"{len(piece.data):x}\r\n".encode() + piece.data + b"\r\n")
        if reply.cut:
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name for it
        """Keep the test's output quiet."""


@contextlib.contextmanager
def raised_stage() -> Generator[str]:
    """Serve the rehearsal provider at the base URL that is given."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Stage) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(10)
