"""Writes a reply's head, and the bodies of replies that the server gives by itself."""

import json
from collections.abc import Sequence
from email.utils import formatdate
from http import HTTPStatus
from typing import Final

from drawbridge.ingress.errors import IngressError

Headers = Sequence[tuple[bytes, bytes]]

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
CLOSE: Final = b"connection: close\r\n"
CHUNKED: Final = b"transfer-encoding: chunked\r\n"
LAST_CHUNK: Final = b"0\r\n\r\n"

_STATUS_LINES: Final = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode("ascii") for status in HTTPStatus
}


def has_body(status: int) -> bool:
    """Tell whether replies with this status have a body, be it an empty one."""
    return status >= 200 and status not in (204, 304)


def write_head(status: int, headers: Headers, added: bytes) -> bytes:
    """Return a head; `added` are whole lines. Raises ValueError for a header that would be more than one."""
    lines = b"".join([b"%b: %b\r\n" % header for header in headers])
    if lines.count(b"\n") != len(headers) or lines.count(b"\r") != len(headers):
        raise ValueError("a reply's header holds a line break")
    return b"%b%b%b\r\n" % (_STATUS_LINES.get(status) or _status_line(status), lines, added)


def _status_line(status: int) -> bytes:
    return f"HTTP/1.1 {status} \r\n".encode("ascii")


def date_line() -> bytes:
    """Return the date header of this second."""
    return f"date: {formatdate(usegmt=True)}\r\n".encode("ascii")


def write_refusal(error: IngressError, date: bytes) -> bytes:
    """Return the whole reply that refuses what no handler has seen."""
    body = json.dumps({"error": {"type": error.code, "message": error.message}}).encode()
    length = b"content-length: %d\r\n" % len(body)
    return write_head(error.status, [(b"content-type", b"application/json")], date + length + CLOSE) + body
