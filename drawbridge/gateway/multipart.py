"""A body of `multipart/form-data`: where its parts stand, and the few of them that the gateway reads.

RFC 7578 over RFC 2046, read strictly, so that gateway and vendor see the same fields. Files are never looked into.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from drawbridge.gateway.bodies import Edit
from drawbridge.gateway.errors import MalformedBody

_TYPE: Final = "multipart/form-data"
# An edit takes 16 images; lists such as `include[]` make a part of each element.
_MOST_PARTS: Final = 200
_MOST_HEAD_BYTES: Final = 8_192
_MOST_TEXT_BYTES: Final = 1_024
_PARAMETER: Final = re.compile(r'\s*;\s*([\w!#$%&\'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\\r\n]|\\.)*)"|([^\s;"]+))\s*')
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_LINE_END: Final = re.compile(rb"[ \t]*\r\n")
# Some readers take a bare one of these for the end of a line, or of the text.
_ENDS_ELSEWHERE: Final = re.compile(r"[\r\n\0]")
_NOTHING_MORE: Final = re.compile(rb"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Part:
    """One field. `start` and `end` are where its content stands in the body, in bytes."""

    name: str
    start: int
    end: int
    parameters: Mapping[str, str]
    """Those of its Content-Disposition as they are written, by their names in lower case."""
    headers: Mapping[str, str]
    """All in its head, by their names in lower case."""

    @property
    def is_file(self) -> bool:
        """Whether it has a file's name."""
        return "filename" in self.parameters or "filename*" in self.parameters

    @property
    def is_encoded(self) -> bool:
        """Whether it has a Content-Transfer-Encoding, which RFC 7578 gave up."""
        return "content-transfer-encoding" in self.headers


@dataclass(frozen=True, slots=True)
class Form:
    """The parts of a body, in order. Made by `read_form`."""

    body: bytes
    parts: tuple[Part, ...]

    def text(self, name: str) -> str | None:
        """Return a field's text; None where it is absent. Raises MalformedBody where it is there twice or no text."""
        part = self._only(name)
        if part is None:
            return None
        if part.is_file or part.is_encoded or part.end - part.start > _MOST_TEXT_BYTES:
            raise MalformedBody(f"Send the field '{name}' as short plain text.", member=name)
        try:
            return self.body[part.start : part.end].decode()
        except UnicodeDecodeError as error:
            raise MalformedBody(f"The field '{name}' is not valid UTF-8.", member=name) from error

    def replace_text(self, name: str, text: str) -> Edit:
        """Give a field that is there another text. Raises ValueError where the text could end the field."""
        if "\r" in text or "\n" in text:
            raise ValueError("a field's text must stay on one line")
        part = self._only(name)
        assert part is not None, name
        return Edit(part.start, part.end, text.encode())

    @property
    def files(self) -> int:
        """How many of the parts are files."""
        return sum(part.is_file for part in self.parts)

    @property
    def text_bytes(self) -> int:
        """The bytes in all fields that are no files."""
        return sum(part.end - part.start for part in self.parts if not part.is_file)

    def _only(self, name: str) -> Part | None:
        found = [part for part in self.parts if part.name == name]
        if len(found) > 1:
            raise MalformedBody(f"The field '{name}' is in the form twice. Send it once.", member=name)
        return found[0] if found else None


def is_form(content_type: str | None) -> bool:
    """Tell whether a body says of itself that it is a form."""
    return (content_type or "").partition(";")[0].strip().lower() == _TYPE


def read_form(body: bytes, content_type: str) -> Form:
    """Find the parts of a body. Raises MalformedBody where it is no form, has no boundary or too many parts."""
    if not is_form(content_type):
        raise MalformedBody(f"Send the body as {_TYPE}, with a boundary.")
    delimiter = b"\r\n--" + _boundary(content_type)
    parts: list[Part] = []
    at = _first(body, delimiter)
    while not body.startswith(b"--", at):
        if len(parts) == _MOST_PARTS:
            raise MalformedBody(f"The form has more than {_MOST_PARTS} parts. Send fewer.")
        part, at = _read_part(body, at, delimiter)
        parts.append(part)
    if _NOTHING_MORE.fullmatch(body, at + 2) is None:
        raise _broken("something follows its last boundary")
    return Form(body, tuple(parts))


def _boundary(content_type: str) -> bytes:
    parameters = _parameters(content_type[len(content_type.partition(";")[0]) :])
    boundary = (parameters or {}).get("boundary", "")
    if _BOUNDARY.fullmatch(boundary) is None:
        raise MalformedBody(
            "The Content-Type names no boundary: send `multipart/form-data; boundary=...`, as HTTP libraries do when "
            "they are left to write that header themselves."
        )
    return boundary.encode("latin-1")


def _parameters(text: str) -> dict[str, str] | None:
    """Read `; name=value` pairs, names in lower case; None where the text is anything else or names one twice."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        parameter = _PARAMETER.match(text, at)
        if parameter is None or parameter[1].lower() in found:
            return None
        found[parameter[1].lower()] = parameter[3] if parameter[2] is None else parameter[2]
        at = parameter.end()
    return found


def _first(body: bytes, delimiter: bytes) -> int:
    """Return where the first boundary ends, which must be the first thing in the body."""
    opening = 0 if body.startswith(delimiter) else -2
    if opening and not body.startswith(delimiter[2:]):
        raise _broken("it does not begin with its boundary")
    return opening + len(delimiter)


def _read_part(body: bytes, at: int, delimiter: bytes) -> tuple[Part, int]:
    """Read the part behind a boundary that ends at `at`; return it, and where the next boundary ends."""
    line_end = _LINE_END.match(body, at)
    if line_end is None:
        raise _broken("a boundary is followed by something else than a line's end")
    head_end = body.find(b"\r\n\r\n", line_end.end() - 2, line_end.end() + _MOST_HEAD_BYTES)
    if head_end < 0:
        raise _broken("the head of a part has no end")
    start = head_end + 4
    parameters, headers = _read_head(body[line_end.end() : head_end])
    end = _next(body, start - 2, delimiter)
    if end < start:
        # RFC 2046 lets the line's end before a boundary be that of an empty part's head.
        raise _broken("a part has no content, not even an empty line")
    return Part(parameters["name"], start, end, parameters, headers), end + len(delimiter)


def _next(body: bytes, at: int, delimiter: bytes) -> int:
    """Return where the next boundary begins. What only begins like one is content."""
    while (found := body.find(delimiter, at)) >= 0:
        behind = found + len(delimiter)
        if body.startswith(b"--", behind) or _LINE_END.match(body, behind) is not None:
            return found
        at = found + 2
    raise _broken("it ends without its last boundary")


def _read_head(head: bytes) -> tuple[dict[str, str], dict[str, str]]:
    """Return the parameters of a part's disposition, its name among them, and its headers."""
    headers: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        field, colon, value = line.partition(":")
        if not colon or field.lower() in headers or field != field.strip() or _ENDS_ELSEWHERE.search(line):
            raise _broken("the head of a part cannot be read")
        headers[field.lower()] = value.strip()
    kind, _, rest = headers.get("content-disposition", "").partition(";")
    parameters = _parameters(";" + rest) if rest else None
    if kind.strip().lower() != "form-data" or parameters is None or "name" not in parameters:
        raise _broken("a part does not tell its name")
    name = parameters["name"]
    # Go and Python let `name*` and `name*0` (RFC 2231) stand for a name, and differ on backslashes.
    if "\\" in name or any("*" in parameter and parameter != "filename*" for parameter in parameters):
        raise _broken("a part does not tell its name plainly")
    if "file_id" in name.casefold():
        raise MalformedBody(f"The field '{name}' names a stored file: send that in a JSON body.", member="file_id")
    return parameters, headers


def _broken(fault: str) -> MalformedBody:
    return MalformedBody(f"The body is no valid multipart/form-data: {fault}. Let an HTTP library write it.")
