"""Media that a request only gives the address of, fetched for vendors that take nothing but the bytes."""

import asyncio
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote_to_bytes, urlsplit, urlunsplit

from drawbridge.egress import Deadlines, Door, EgressError, IncomingReply, OutgoingRequest, Unsendable
from drawbridge.gateway.errors import ImpossibleRequest, MalformedRequest
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.wire.canonical import Medium, Part, Request, ToolResult
from drawbridge.gateway.wire.dialect import Dialect, Target

_DEADLINES: Final = Deadlines(connect_s=5, first_byte_s=10, between_bytes_s=10, total_s=30)
_MAX_MEDIUM_BYTES: Final = 20 << 20
_MAX_ALL_BYTES: Final = 32 << 20
_MOST_MEDIA: Final = 50
_AT_ONCE: Final = 32
# Some sites answer nobody who does not say what he is.
_HEADERS: Final = (("accept", "*/*"), ("accept-encoding", "identity"), ("user-agent", "Drawbridge"))


@dataclass(frozen=True, slots=True)
class MediaFetcher:
    """Fetches for one worker: so many at once, for all of its callers."""

    door: Door
    at_once: int = _AT_ONCE
    deadlines: Deadlines = _DEADLINES
    _places: asyncio.Semaphore = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_places", asyncio.Semaphore(self.at_once))

    async def fetch_media(self, request: Request, dialect: Dialect, target: Target) -> None:
        """Put the bytes of media in the place of their addresses, where the target needs them. Raises Refusal.

        They are fetched through the rules for addresses that nobody here vouches for: none that is private, no
        redirect. All together they have the time that one may take.
        """
        wanted: dict[str, list[Medium]] = {}
        for medium in media_of(request):
            if medium.url and dialect.needs_data(medium, target):
                wanted.setdefault(medium.url, []).append(medium)
        if len(wanted) > _MOST_MEDIA:
            raise Refusal(
                "bad_request", f"At most {_MOST_MEDIA} media can be fetched for a request: send some as data."
            )
        if wanted:
            await self._fetch_all(wanted)

    async def _fetch_all(self, wanted: dict[str, list[Medium]]) -> None:
        total_s = self.deadlines.total_s
        try:
            async with asyncio.timeout(total_s):
                await self._fetch_together(wanted)
        except TimeoutError:
            raise Refusal(
                "bad_request", f"The media of this request were not fetched within {total_s:g} s: send them as data."
            ) from None

    async def _fetch_together(self, wanted: dict[str, list[Medium]]) -> None:
        budget = _Budget(_MAX_ALL_BYTES)
        try:
            async with asyncio.TaskGroup() as group:
                for same in wanted.values():
                    group.create_task(self._fetch(same, budget))
        except ExceptionGroup as failed:
            # Not `except*`: Python 3.11.2 gives what is raised there as a group.
            refusals = [error for error in failed.exceptions if isinstance(error, Refusal)]
            if not refusals:
                raise
            raise refusals[0] from None

    async def _fetch(self, same: list[Medium], budget: "_Budget") -> None:
        """Fetch what stands in several places of a request, once."""
        medium = same[0]
        request = OutgoingRequest("GET", _address(medium), _HEADERS, b"", self.deadlines, allow_private=False)
        try:
            async with self._places, self.door.stream(request) as reply:
                data = await _read(reply, medium, budget)
        except EgressError as error:
            raise _refusal(medium, _told(error)) from None
        served = _type_of(reply)
        encoded = b64encode(data).decode()
        for each in same:
            each.media_type = _checked_type(each, served, data)
            each.data = encoded
            each.url = None


def refuse_unreadable(request: Request, target: Target) -> None:
    """Refuse a medium that the model is known not to take. Raises ImpossibleRequest, which names where it stands."""
    profile = target.profile
    able = {"image": profile.images, "document": profile.documents, "audio": profile.audio, "video": profile.video}
    for medium in media_of(request):
        if able[medium.kind] is False:
            raise ImpossibleRequest(
                f"{medium.at}: {target.model} takes no {medium.kind}: leave it out, or ask for a model that does. If "
                f"this one does, the operator can say so with `profile` at its deployment.",
                param=medium.at,
            )


def take_in_data_urls(request: Request) -> None:
    """Put what stands in `data:` addresses into the media themselves. Raises MalformedRequest for one without data.

    RFC 2397 allows more forms than the dialects use, and readers leave those as the addresses that they are: capitals,
    parameters, and text that is percent-encoded instead of base64.
    """
    for medium in media_of(request):
        if medium.url is None or medium.url[:5].lower() != "data:":
            continue
        head, comma, data = medium.url[5:].partition(",")
        if not comma:
            raise MalformedRequest("This address has no data: it is data:TYPE;base64,DATA.", param=medium.at or None)
        media_type, *parameters = head.lower().split(";")
        is_base64 = "base64" in parameters
        raw = unquote_to_bytes(data)
        medium.data = raw.decode("latin-1") if is_base64 else b64encode(raw).decode()
        medium.media_type = medium.media_type or media_type or "text/plain"
        medium.url = None


def media_of(request: Request) -> Iterator[Medium]:
    """Walk all media of a request, those in results of tools and in documents too."""
    for message in request.messages:
        yield from _media_in(message.parts)


def _media_in(parts: Sequence[Part]) -> Iterator[Medium]:
    for part in parts:
        match part:
            case Medium():
                yield part
                yield from _media_in(part.blocks or ())
            case ToolResult():
                yield from _media_in(part.parts)
            case _:
                pass


@dataclass(slots=True)
class _Budget:
    left_bytes: int

    def take(self, size: int, at: str) -> None:
        self.left_bytes -= size
        if self.left_bytes < 0:
            raise Refusal(
                "too_large", f"The media of this request are larger than {_MAX_ALL_BYTES} bytes together.", param=at
            )


_PLAIN: Final = "!$%&'()*+,/:;=?@-._~[]"


def _address(medium: Medium) -> str:
    """Return a medium's address as it goes on the wire: people write it with spaces and in all alphabets."""
    try:
        parts = urlsplit((medium.url or "").strip())
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
        path, query = (
            quote(text, safe=_PLAIN, encoding="utf-8", errors="strict") for text in (parts.path, parts.query)
        )
    except ValueError:
        raise _refusal(medium, "its address cannot be read") from None
    if parts.scheme not in {"http", "https"}:
        raise _refusal(medium, "its address is neither http nor https")
    return urlunsplit((parts.scheme, host, path, query, ""))


async def _read(reply: IncomingReply, medium: Medium, budget: _Budget) -> bytes:
    if reply.status != 200:
        raise _refusal(medium, f"its server answered {reply.status}")
    if dict(reply.headers).get("content-encoding", "identity") != "identity":
        raise _refusal(medium, "its server packed it, although it was asked not to")
    pieces: list[bytes] = []
    size = 0
    async for piece in reply.pieces():
        size += len(piece)
        if size > _MAX_MEDIUM_BYTES:
            raise _refusal(medium, f"it is larger than {_MAX_MEDIUM_BYTES} bytes")
        budget.take(len(piece), medium.at)
        pieces.append(piece)
    if not size:
        raise _refusal(medium, "it is empty")
    return b"".join(pieces)


def _told(error: EgressError) -> str:
    """Say why nothing came, in words that tell nobody what there is inside of this network."""
    if isinstance(error, Unsendable):
        return "its address has no plain host, holds a password, or cannot be read"
    if error.did_send:
        return "its server broke off, or took too long"
    return "its server cannot be reached, or is not on the public internet"


_UNTYPED: Final = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/binary"})
_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
)


def _type_of(reply: IncomingReply) -> str | None:
    """Return the type that a server gives; None where it gives none that says anything."""
    served = dict(reply.headers).get("content-type", "").partition(";")[0].strip().lower()
    return None if served in _UNTYPED else served


def _checked_type(medium: Medium, served: str | None, data: bytes) -> str | None:
    """Return what a medium is: what the caller says before what the server and the bytes say. Raises Refusal.

    Servers answer with a page where they have no such image, and with 200.
    """
    found = served or _looks_like(data)
    family = (found or "").partition("/")[0]
    is_other = family in {"text", "image", "audio", "video"} and family != medium.kind
    is_page = found == "text/html" and medium.media_type not in (None, "text/html")
    if is_page or (is_other and medium.kind != "document"):
        raise _refusal(medium, f"what its server gives is {found}")
    return medium.media_type or found


def _looks_like(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((name for signature, name in _SIGNATURES if data.startswith(signature)), None)


def _refusal(medium: Medium, why: str) -> Refusal:
    return Refusal(
        "bad_request",
        f"The {medium.kind} at '{medium.at}' must be fetched for this model, and cannot be: {why}. Send it as data.",
        param=medium.at or None,
    )
