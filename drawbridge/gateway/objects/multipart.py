"""Forms with files (RFC 7578): read strictly, and written anew, so that nobody reads another form than we did."""

import os
import re
from dataclasses import dataclass
from typing import Final

from drawbridge.gateway.refusals import Refusal

_MOST_PARTS: Final = 50
_BOUNDARY: Final = re.compile(r'(?:^|;)\s*boundary=(?:"([^"]{1,70})"|([^;\s"]{1,70}))', re.IGNORECASE)
_NAME: Final = re.compile(r'form-data((?:\s*;\s*[a-z*]+="(?:[^"\\\r\n]|\\.)*")+)', re.IGNORECASE)
_PARAMETER: Final = re.compile(r';\s*([a-z*]+)="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_TYPE: Final = re.compile(r"[\x20-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form."""

    name: str
    content: bytes
    filename: str | None = None
    content_type: str | None = None


def read_form(content_type: str, body: bytes) -> list[Part]:
    """Take a form apart. Raises Refusal for what two readers could read in two ways."""
    kind, _, parameters = content_type.partition(";")
    found = _BOUNDARY.search(";" + parameters)
    if kind.strip().lower() != "multipart/form-data" or found is None:
        raise _bad("send it as multipart/form-data, with a boundary.")
    delimiter = b"--" + (found[1] or found[2]).encode("latin-1")
    head, *pieces = (b"\r\n" + body).split(b"\r\n" + delimiter)
    if head.strip() or not pieces or not pieces[-1].startswith(b"--") or pieces[-1][2:].strip():
        raise _bad("it does not begin and end with its boundary.")
    if len(pieces) > _MOST_PARTS:
        raise _bad(f"it has more than {_MOST_PARTS} parts.")
    parts = [_part(piece) for piece in pieces[:-1]]
    names = [part.name for part in parts]
    twice = sorted({name for name in names if names.count(name) > 1 and not name.endswith("[]")})
    if twice:
        raise _bad(f"'{twice[0]}' is there twice.")
    return parts


def write_form(parts: list[Part]) -> tuple[str, bytes]:
    """Return the content type and the bytes of a form."""
    boundary = f"drawbridge-{os.urandom(16).hex()}"
    pieces: list[bytes] = []
    for part in parts:
        disposition = f'form-data; name="{_quoted(part.name)}"'
        if part.filename is not None:
            disposition += f'; filename="{_quoted(part.filename)}"'
        lines = [f"--{boundary}", f"Content-Disposition: {disposition}"]
        if part.content_type is not None:
            lines.append(f"Content-Type: {part.content_type}")
        pieces += ["\r\n".join(lines).encode(), b"\r\n\r\n", part.content, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(pieces)


def _part(piece: bytes) -> Part:
    if not piece.startswith(b"\r\n") or b"\r\n\r\n" not in piece:
        raise _bad("a part has no head.")
    head, _, content = piece[2:].partition(b"\r\n\r\n")
    try:
        lines = head.decode().split("\r\n")
    except UnicodeDecodeError:
        raise _bad("the head of a part is not UTF-8.") from None
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if len(headers) != len(lines) or not headers.keys() <= {"content-disposition", "content-type", "content-length"}:
        raise _bad("a part has a header that is not understood here.")
    disposition = _NAME.fullmatch(headers.get("content-disposition", ""))
    parameters = _PARAMETER.findall(disposition[1]) if disposition else []
    given = {name.lower(): re.sub(r"\\(.)", r"\1", value) for name, value in parameters}
    if "name" not in given or len(given) != len(parameters) or not given.keys() <= {"name", "filename"}:
        raise _bad('a part does not say plainly what it is: name="..." and filename="..." are understood.')
    name = given["name"]
    if "file_id" in name.casefold():
        raise Refusal("bad_request", f"Send '{name}' in a JSON body.", param="file_id")
    if "\\" in name or not name.isprintable():
        # It is written anew as it is, and would be read as another name.
        raise _bad("the name of a part has a backslash or what cannot be printed.")
    kind = headers.get("content-type")
    if kind is not None and _TYPE.fullmatch(kind) is None:
        raise _bad("the type of a part cannot be read.")
    return Part(name, content, given.get("filename"), kind)


def _quoted(text: str) -> str:
    """Write a name as browsers do (WHATWG HTML, multipart/form-data encoding)."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _bad(fault: str) -> Refusal:
    return Refusal("bad_request", f"The form cannot be read: {fault}")
