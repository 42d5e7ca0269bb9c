"""The names that callers choose for their files at Gemini: read strictly, since a name may have had another owner."""

import re
from collections.abc import Mapping
from typing import Final

from drawbridge.gateway.bodies import scan
from drawbridge.gateway.refusals import Refusal

_PROTOCOL_HEADER: Final = "x-goog-upload-protocol"
_PROTOCOL_PARAMETERS: Final = ("upload_protocol", "uploadtype", "upload_type")
_WITHOUT_METADATA: Final = frozenset({"raw", "media"})
# https://ai.google.dev/api/files (read 2026-11-23).
_NAME: Final = re.compile(r"(?:files/)?([a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?)")
_BOUNDARY: Final = re.compile(r'multipart/related\s*(?:;[^;"]*)*;\s*boundary="?([^";\s]{1,70})"?\s*(?:;[^;"]*)*')
_HEAD_END: Final = b"\r\n\r\n"


def chosen_name(headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> str | None:
    """Return the name that the first request of an upload chooses; None where the vendor is to choose one.

    `query` has its names in lower case. Raises Refusal or MalformedBody where that cannot be told for sure.
    """
    if any(name in ("name", "file") or name.startswith("file.") for name in query):
        raise Refusal("bad_request", "Send what is to be known of the file in the body.", param="file")
    named = {headers.get(_PROTOCOL_HEADER), *(query.get(name) for name in _PROTOCOL_PARAMETERS)} - {None}
    protocols = {protocol.lower() for protocol in named if protocol}
    if len(protocols) > 1:
        raise Refusal("bad_request", f"The upload names several protocols ({', '.join(sorted(protocols))}): send one.")
    if protocols & _WITHOUT_METADATA:
        return None
    content_type = headers.get("content-type", "")
    is_multipart = "multipart" in protocols or content_type.lower().startswith("multipart/")
    metadata = _first_part(content_type, body) if is_multipart else body
    file = scan(metadata, frozenset({"file"})).inner("file", frozenset({"name"})) if metadata.strip() else None
    return _plain(file.text("name")) if file is not None else None


def _plain(written: str | None) -> str | None:
    if not written:
        return None
    found = _NAME.fullmatch(written)
    if found is None:
        raise Refusal(
            "bad_request",
            "A file's name is files/ and up to 40 letters in lower case, digits and hyphens between them.",
            param="file.name",
        )
    return found[1]


def _first_part(content_type: str, body: bytes) -> bytes:
    """Return what comes before the file's own bytes."""
    found = _BOUNDARY.fullmatch(content_type.strip())
    delimiter = b"--" + found[1].encode("latin-1") if found else b""
    head, _, rest = body.partition(_HEAD_END)
    metadata, ends, _ = rest.partition(b"\r\n" + delimiter)
    if not delimiter or not head.startswith(delimiter + b"\r\n") or not ends or b"\r\n--" in head:
        raise Refusal("bad_request", "The upload cannot be read: send it as multipart/related, the metadata first.")
    return metadata
