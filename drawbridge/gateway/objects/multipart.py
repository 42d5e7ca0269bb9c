"""Forms with files: written anew, so that nobody reads another form than we did."""

import os
import re
from dataclasses import dataclass
from typing import Final

from drawbridge.gateway.errors import MalformedBody
from drawbridge.gateway.multipart import Form, Part

_PARAMETERS: Final = frozenset({"name", "filename"})
_HEADERS: Final = frozenset({"content-disposition", "content-type", "content-length"})
_TYPE: Final = re.compile(r"[\x20-\x7e]{1,200}")
_ESCAPED: Final = re.compile(r"\\(.)")
_UNREADABLE: Final = "\ufffd"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form, by itself."""

    name: str
    content: bytes
    filename: str | None = None
    content_type: str | None = None


def take_fields(form: Form) -> list[Field]:
    """Return a form's fields. Raises MalformedBody for what would be lost, or read in another way, if written anew."""
    names = [part.name for part in form.parts]
    twice = sorted({name for name in names if names.count(name) > 1 and not name.endswith("[]")})
    if twice:
        raise MalformedBody(f"The field '{twice[0]}' is in the form twice. Send it once.", member=twice[0])
    return [_field(part, form.body[part.start : part.end]) for part in form.parts]


def write_form(fields: list[Field]) -> tuple[str, bytes]:
    """Return the content type and the bytes of a form."""
    boundary = f"drawbridge-{os.urandom(16).hex()}"
    pieces: list[bytes] = []
    for field in fields:
        disposition = f'form-data; name="{_quoted(field.name)}"'
        if field.filename is not None:
            disposition += f'; filename="{_quoted(field.filename)}"'
        lines = [f"--{boundary}", f"Content-Disposition: {disposition}"]
        if field.content_type is not None:
            lines.append(f"Content-Type: {field.content_type}")
        pieces += ["\r\n".join(lines).encode(), b"\r\n\r\n", field.content, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(pieces)


def _field(part: Part, content: bytes) -> Field:
    if not part.headers.keys() <= _HEADERS or not part.parameters.keys() <= _PARAMETERS:
        raise _unclear('a part says more of itself than name="...", filename="..." and a Content-Type')
    if not part.name.isprintable():
        raise _unclear("the name of a part has what cannot be printed")
    filename = part.parameters.get("filename")
    if filename is not None and _UNREADABLE in filename:
        raise _unclear("the name of a file is not UTF-8")
    kind = part.headers.get("content-type")
    if kind is not None and _TYPE.fullmatch(kind) is None:
        raise _unclear("the type of a part cannot be read")
    return Field(part.name, content, None if filename is None else _ESCAPED.sub(r"\1", filename), kind)


def _quoted(text: str) -> str:
    """Write a name as browsers do (WHATWG HTML, multipart/form-data encoding)."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _unclear(fault: str) -> MalformedBody:
    return MalformedBody(f"The form is not understood here: {fault}.")
