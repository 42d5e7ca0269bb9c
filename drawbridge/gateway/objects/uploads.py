"""Uploads of Gemini's resumable protocol: begun by a key, and gone on with at an address that only its caller has.

Google's own address for the bytes needs no key, and its SDK sends none there (google-genai 3.4.0, 2026-11-22). So ours
holds, sealed, whose upload it is and where it goes on. Protocol: https://ai.google.dev/gemini-api/docs/files
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from drawbridge.core.ids import OrganisationId
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.snapshot import Provider

UPLOAD_PATH: Final = "/upload/v1beta/files"
UPLOAD_URL_HEADER: Final = b"x-goog-upload-url"
LIFETIME: Final = timedelta(days=2)
"""As long as Google keeps a file, which is longer than it keeps an upload open."""

_NONCE_BYTES: Final = 12
_PURPOSE: Final = b"drawbridge upload 1"


class Upload(msgspec.Struct, frozen=True, array_like=True):
    """An upload under way."""

    organisation_id: OrganisationId
    key_hash: bytes
    """Of the key that began it: once it is revoked, the upload is over."""
    provider: str
    query: str
    """By which the vendor knows the upload."""
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class UploadSeal:
    """Turns uploads into opaque words, and back.

    The keys are derived from the installation's master keys, so that all workers have the same.
    """

    sealing: Callable[[], bytes]
    """Returns the master key to seal under."""
    opening: Callable[[], Iterable[bytes]]
    """Returns every master key at hand: an upload goes on over a rotation."""

    def close(self, upload: Upload) -> str:
        """Return an upload as a word for a URL."""
        nonce = os.urandom(_NONCE_BYTES)
        key = AESGCM(_derived(self.sealing()))
        sealed = nonce + key.encrypt(nonce, msgspec.msgpack.encode(upload), _PURPOSE)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, word: str, now: datetime) -> Upload:
        """Return the upload that a word stands for. Raises Refusal for any other word, and for one too old."""
        try:
            sealed = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))
            plain = self._decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:])
            upload = msgspec.msgpack.decode(plain, type=Upload)
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise _unknown_upload() from error
        if upload.expires_at <= now:
            raise _unknown_upload()
        return upload

    def _decrypt(self, nonce: bytes, content: bytes) -> bytes:
        for master in self.opening():
            with suppress(InvalidTag):
                return AESGCM(_derived(master)).decrypt(nonce, content, _PURPOSE)
        raise InvalidTag


def _derived(master: bytes) -> bytes:
    return hashlib.sha256(_PURPOSE + b"\0" + master).digest()


def upload_address(provider: Provider, query: str) -> str:
    """Return a provider's address for uploads: before its version stands /upload."""
    parts = urlsplit(provider.base_url)
    return f"{parts.scheme}://{parts.netloc}/upload{parts.path}/files" + (f"?{query}" if query else "")


def query_of_upload(provider: Provider, address: str) -> str:
    """Return the part of a vendor's upload address that tells its uploads apart. Raises Refusal if it is elsewhere."""
    given, known = urlsplit(address), urlsplit(upload_address(provider, ""))
    if (given.scheme, given.netloc, given.path) != (known.scheme, known.netloc, known.path) or not given.query:
        raise Refusal(
            "provider_broke_off",
            f"Provider '{provider.name}' wants the file at another address than its own: it is not sent there.",
        )
    return given.query


def _unknown_upload() -> Refusal:
    return Refusal("unknown_object", "There is no such upload here: begin it again.")
