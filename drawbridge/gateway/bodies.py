"""A request's body: unpacked under a limit, read without being re-written, changed in single members only."""

import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

import msgspec

from drawbridge.gateway.errors import BodyTooLarge, MalformedBody, UnpackableBody, UnsupportedEncoding
from drawbridge.gateway.surrogates import without_lone_surrogates

SUPPORTED_ENCODINGS: Final = ("gzip", "zstd", "identity")

# RFC 9659 (2024): a decoder of `Content-Encoding: zstd` need not hold a window larger than this.
_ZSTD_WINDOW_BYTES: Final = 8 << 20
# A block of four bytes unpacks to 128 KiB at most, so one step adds at most 8 MiB before the limit is looked at.
_ZSTD_STEP_BYTES: Final = 256

# The largest API has some fifty; each costs a turn of a loop in Python.
_MOST_MEMBERS: Final = 1_000
_WHITE_SPACE: Final = re.compile(rb"[ \t\n\r]*")
_COLON: Final = re.compile(rb"[ \t\n\r]*:[ \t\n\r]*")
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_COMMA_OR_END: Final = re.compile(rb"[ \t\n\r]*([,}])[ \t\n\r]*")
_CLOSING: Final = ord("}")
_NO_VALUE: Final = msgspec.Raw()

_members_of: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_string_of: Final = msgspec.json.Decoder(str).decode
_text_of: Final = msgspec.json.Decoder(str | None).decode
_flag_of: Final = msgspec.json.Decoder(bool | None).decode
_number_of: Final = msgspec.json.Decoder(int | None).decode

_Value = TypeVar("_Value")


def decode_content(body: bytes, content_encoding: str | None, limit: int) -> bytes:
    """Unpack a body. Raises BodyTooLarge beyond `limit` unpacked bytes, UnpackableBody, UnsupportedEncoding.

    At most one encoding is undone. A packed body is one gzip member or one zstd frame with nothing behind it.
    """
    if content_encoding is None:
        if len(body) > limit:
            raise _too_large(limit)
        return body
    names = [name for part in content_encoding.split(",") if (name := part.strip().lower())]
    match [name for name in names if name != "identity"]:
        case []:
            if len(body) > limit:
                raise _too_large(limit)
            return body
        case ["gzip" | "x-gzip"]:
            return _unpack_gzip(body, limit)
        case ["zstd"]:
            return _unpack_zstd(body, limit)
        case _:
            raise UnsupportedEncoding(
                f"Content-Encoding '{content_encoding}' is not supported. Send the body with one of "
                f"{', '.join(SUPPORTED_ENCODINGS)}, and with one only.",
                supported=SUPPORTED_ENCODINGS,
            )


class Member(msgspec.Struct, frozen=True, gc=False):
    """Where a member stands in its object's text. Offsets are bytes; `comma` is the one before it, -1 for the first."""

    comma: int
    key: int
    value: int
    end: int


class Edit(msgspec.Struct, frozen=True, gc=False):
    """Put `text` in the place of the bytes from `start` to `end`. Made by TopLevel, carried out by `splice`."""

    start: int
    end: int
    text: bytes


class TopLevel:
    """The members of a JSON object, by name, in the order of its text. Made by `scan`."""

    __slots__ = ("_found", "_values", "body")

    def __init__(self, body: bytes, values: Mapping[str, msgspec.Raw], found: "_Found | None") -> None:
        """`found` is None for a text without white space: then all places follow from the lengths of the values."""
        self.body = body
        self._values = values
        self._found = found

    def __contains__(self, name: str) -> bool:
        return name in self._values

    @property
    def names(self) -> AbstractSet[str]:
        """The names of all members."""
        return self._values.keys()

    @property
    def members(self) -> Mapping[str, Member]:
        """Where each member stands."""
        return self._places().members

    def raw(self, name: str) -> bytes | None:
        """Return a member's value as it is written; None where there is no such member."""
        if name not in self._values:
            return None
        if self._found is None:
            return bytes(self._values[name])
        member = self._found.members[name]
        return self.body[member.value : member.end]

    def text(self, name: str) -> str | None:
        """Return a string; None where it is absent or null. Raises MalformedBody for anything else."""
        return self._read(name, _text_of, "a string")

    def flag(self, name: str) -> bool | None:
        """Return true or false; None where it is absent or null. Raises MalformedBody for anything else."""
        return self._read(name, _flag_of, "true or false")

    def count(self, name: str) -> int | None:
        """Return a whole number of 0 or more; None where it is absent or null. Raises MalformedBody otherwise."""
        wanted = "a whole number of 0 or more"
        number = self._read(name, _number_of, wanted)
        if number is not None and number < 0:
            raise _wrong_type(name, wanted)
        return number

    def inner(self, name: str, guarded: frozenset[str] = frozenset()) -> "TopLevel | None":
        """Scan a member that is an object itself; None where it is absent or null. Raises MalformedBody otherwise."""
        raw = self.raw(name)
        if raw is None or raw == b"null":
            return None
        if not raw.startswith(b"{"):
            raise _wrong_type(name, "an object")
        return scan(raw, guarded)

    def replace(self, name: str, value: bytes) -> Edit:
        """Give a member that is there another value, written as JSON."""
        member = self._place(name)
        return Edit(member.value, member.end, value)

    def replace_text(self, name: str, text: str) -> Edit:
        """Give a member that is there a string as its value."""
        return self.replace(name, msgspec.json.encode(text))

    def insert(self, name: str, value: bytes) -> Edit:
        """Add a member that is not there, written as JSON, behind the last one."""
        comma = b"," if self._values else b""
        end = self._places().end
        return Edit(end, end, comma + msgspec.json.encode(name) + b":" + value)

    def put(self, name: str, value: bytes) -> Edit:
        """Replace a member's value, or add the member where it is not there."""
        return self.replace(name, value) if name in self else self.insert(name, value)

    def remove(self, name: str) -> Edit:
        """Take a member out, and with it the comma before it, or behind it where it is the first."""
        member = self.members[name]
        if member.comma >= 0:
            return Edit(member.comma, member.end, b"")
        following = next((m.key for m in self.members.values() if m.key > member.key), member.end)
        return Edit(member.key, following, b"")

    def _places(self) -> "_Found":
        if self._found is None:
            members = dict(_places_without_space(self._values))
            self._found = _Found(members, max(member.end for member in members.values()))
        return self._found

    def _place(self, name: str) -> Member:
        if self._found is not None:
            return self._found.members[name]
        for found, member in _places_without_space(self._values):
            if found == name:
                return member
        raise KeyError(name)

    def _read(self, name: str, decode: Callable[[bytes], _Value | None], in_words: str) -> _Value | None:
        raw = self.raw(name)
        if raw is None:
            return None
        try:
            return decode(raw)
        except msgspec.MsgspecError as error:
            raise _wrong_type(name, in_words) from error


def scan(body: bytes, guarded: frozenset[str] = frozenset()) -> TopLevel:
    """Find the members of a JSON object, without reading what they hold.

    The whole text is checked. Raises MalformedBody where it is not valid JSON in UTF-8, or no object, or where two
    readers could read two different requests in it: a member is there twice, or one of `guarded` has its name
    written with escapes or in another case (decoders in Go, such as Ollama's, take 'Model' for 'model').
    """
    _check_utf8(body)
    text = body
    try:
        values = _members_of(text)
    except (msgspec.MsgspecError, RecursionError) as error:
        # The same members stand at the same places in a text of the same shape.
        text = without_lone_surrogates(body) or body
        if text is body:
            raise _malformed(body, error) from error
        values = _check_again(text)
    if len(values) > _MOST_MEMBERS:
        raise MalformedBody(f"The body has {len(values)} members at its top: no API takes more than {_MOST_MEMBERS}.")
    if text is body and _has_no_space(body, values):
        _check_names(values, guarded)
        return TopLevel(body, values, None)
    return TopLevel(body, values, _walk(text, values, guarded))


def splice(body: bytes, edits: Sequence[Edit]) -> bytes:
    """Carry out edits of one scan; every other byte stays. Raises ValueError where they are in each other's way.

    One removal, or one insertion into an empty object, for each call; replacements and other insertions freely.
    """
    match edits:
        case []:
            return body
        case [edit]:
            return b"".join((body[: edit.start], edit.text, body[edit.end :]))
        case _:
            return _splice_many(body, edits)


def _splice_many(body: bytes, edits: Sequence[Edit]) -> bytes:
    pieces: list[bytes] = []
    at = 0
    for edit in sorted(edits, key=_place):
        if edit.start < at:
            raise ValueError(f"two edits overlap at byte {edit.start}")
        pieces += (body[at : edit.start], edit.text)
        at = edit.end
    pieces.append(body[at:])
    return b"".join(pieces)


def _place(edit: Edit) -> tuple[int, int]:
    return edit.start, edit.end


@dataclass(frozen=True, slots=True)
class _Found:
    """Where the members stand, and where another one could be put: behind the last, or else the opening brace."""

    members: Mapping[str, Member]
    end: int


def _has_no_space(body: bytes, values: Mapping[str, msgspec.Raw]) -> bool:
    """Tell whether the members, each once and with its name written plainly, just fill the text.

    As most clients write it. Names and values need two quotes, a colon, and a comma or brace each, and one brace more:
    a text of that length has no room for white space, an escape in a name, or a member that is there twice.
    """
    names = "".join(values).encode("utf-8", "surrogatepass")
    return len(names) + sum(map(len, values.values())) + 4 * len(values) + 1 == len(body) and bool(values)


def _check_names(values: Mapping[str, msgspec.Raw], guarded: frozenset[str]) -> None:
    for name in values.keys() - guarded:
        if name.casefold() in _folded(guarded):
            raise _disguised(name, guarded)


def _places_without_space(values: Mapping[str, msgspec.Raw]) -> Iterator[tuple[str, Member]]:
    at, comma = 1, -1
    for name, raw in values.items():
        value = at + len(name.encode()) + 3
        end = value + len(raw)
        yield name, Member(comma, at, value, end)
        at, comma = end + 1, end


def _walk(text: bytes, values: Mapping[str, msgspec.Raw], guarded: frozenset[str]) -> _Found:
    """Follow the text along the values that were found in it. A member that is there twice makes the two disagree."""
    members: dict[str, Member] = {}
    folded = _folded(guarded)
    opening = text.index(b"{") + 1
    at = _after(_WHITE_SPACE, text, opening)
    comma, end = -1, opening
    remaining = iter(values.items())
    while text[at] != _CLOSING:
        name, raw = next(remaining, (None, _NO_VALUE))
        plain = b'"%b"' % (name or "").encode()
        if name is not None and text.startswith(plain, at) and (name in guarded or name.casefold() not in folded):
            named = at + len(plain)
        else:
            named = _read_name(text, at, name, guarded)
        value = _after(_COLON, text, named)
        written = bytes(raw)
        end = value + len(written)
        separator = _COMMA_OR_END.match(text, end) if text.startswith(written, value) else None
        if name is None or separator is None:
            raise _twice(name or "")
        members[name] = Member(comma, at, value, end)
        comma, at = separator.start(1), separator.end()
        if text[comma] == _CLOSING:
            break
    return _Found(members, end)


def _read_name(text: bytes, at: int, expected: str | None, guarded: frozenset[str]) -> int:
    """Return where a name that is not plainly the expected one ends. Raises MalformedBody where it must not be."""
    string = _STRING.match(text, at)
    assert string is not None, "msgspec has found a name here"
    name = _string_of(string.group())
    if name != expected:
        raise _twice(name)
    if name.casefold() in _folded(guarded):
        raise _disguised(name, guarded)
    return string.end()


@lru_cache(maxsize=16)
def _folded(guarded: frozenset[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in guarded)


def _after(pattern: re.Pattern[bytes], text: bytes, at: int) -> int:
    found = pattern.match(text, at)
    return at if found is None else found.end()


def _check_utf8(body: bytes) -> None:
    """Check what msgspec leaves unchecked in the values that it skips."""
    if body.startswith(b"\xef\xbb\xbf"):
        raise MalformedBody("The body starts with a byte order mark. Send JSON in UTF-8 without one.")
    if body.isascii():
        return
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise MalformedBody(f"The body is not valid UTF-8 (byte {error.start}). Send JSON in UTF-8.") from error


def _check_again(text: bytes) -> dict[str, msgspec.Raw]:
    try:
        return _members_of(text)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise _malformed(text, error) from error


def _malformed(body: bytes, error: Exception) -> MalformedBody:
    if isinstance(error, RecursionError):
        return MalformedBody("The body's JSON is nested too deeply. Send it with fewer levels.")
    if not body.strip():
        return MalformedBody("The body is empty. Send a JSON object.")
    if isinstance(error, msgspec.ValidationError):
        return MalformedBody("The body is JSON, but not an object. Send a JSON object: {...}.")
    reason = str(error).removeprefix("JSON is malformed: ")
    if reason == "Input data was truncated":
        reason = f"it ends too early (byte {len(body)})"
    return MalformedBody(f"The body is not valid JSON: {reason}. Send one JSON object.")


def _twice(name: str) -> MalformedBody:
    return MalformedBody(f"'{name}' is in the body twice. Send it once.", member=name)


def _disguised(name: str, guarded: frozenset[str]) -> MalformedBody:
    plain = next(n for n in guarded if n.casefold() == name.casefold())
    return MalformedBody(f"Write the name '{plain}' plainly: no escapes, no other case.", member=plain)


def _wrong_type(name: str, wanted: str) -> MalformedBody:
    return MalformedBody(f"'{name}' must be {wanted}.", member=name)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body is larger than {limit} bytes unpacked. Send less.", limit_bytes=limit)


def _unpack_gzip(body: bytes, limit: int) -> bytes:
    gzip = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        unpacked = gzip.decompress(body, limit + 1)
    except zlib.error as error:
        raise _unpackable("gzip", "is broken") from error
    if len(unpacked) > limit:
        raise _too_large(limit)
    if not gzip.eof:
        raise _unpackable("gzip", "ends too early")
    if gzip.unused_data:
        raise _unpackable("gzip", "has something behind its end")
    return unpacked


def _unpack_zstd(body: bytes, limit: int) -> bytes:
    import zstandard

    zstd = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES).decompressobj()
    pieces: list[bytes] = []
    size = at = 0
    try:
        while at < len(body) and not zstd.eof:
            pieces.append(zstd.decompress(body[at : at + _ZSTD_STEP_BYTES]))
            at += _ZSTD_STEP_BYTES
            size += len(pieces[-1])
            if size > limit:
                raise _too_large(limit)
    except zstandard.ZstdError as error:
        raise _unpackable("zstd", "is broken") from error
    if not zstd.eof:
        raise _unpackable("zstd", "ends too early")
    if zstd.unused_data or at < len(body):
        raise _unpackable("zstd", "has something behind its end")
    return b"".join(pieces)


def _unpackable(encoding: str, fault: str) -> UnpackableBody:
    return UnpackableBody(f"The body's {encoding} data {fault}. Pack it again, or send it unpacked.")
