"""Challenges: words that a browser must answer once, soon, and for one purpose.

What a challenge is for is in the word itself, sealed under a key of the installation: whoever asks for thousands of
them fills no table. Only those that were answered rightly are kept, until they would be too old anyway.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from drawbridge.identity.signin.errors import ChallengeExpiredError

Purpose = Literal["sign_in", "second_factor", "new_passkey", "step_up", "new_totp"]

_LIFETIME: Final = timedelta(minutes=5)
_NOBODY: Final = UUID(int=0)
_KEY_PURPOSE: Final = b"drawbridge sign-in challenge 1\0"
_FORM: Final = struct.Struct("!32sq16s")
_TAG_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge, as it was made or answered."""

    word: str
    """For the browser, which sends it back with the answer."""
    nonce: bytes
    """32 random bytes: what a passkey signs."""
    subject: UUID
    """Whom it is about: an account."""
    expires_at: datetime

    @property
    def hash(self) -> bytes:
        """Return what is kept of it once it was answered."""
        return hashlib.sha256(self.nonce).digest()


@dataclass(frozen=True, slots=True)
class Challenges:
    """Makes challenges and knows them again, by keys derived from the master keys: all workers have the same."""

    sealing: Callable[[], bytes]
    """Returns the master key to seal under."""
    opening: Callable[[], Iterable[bytes]]
    """Returns every master key at hand: a challenge goes on over a rotation."""

    def issue(self, purpose: Purpose, now: datetime, *, subject: UUID = _NOBODY, session: UUID = _NOBODY) -> Challenge:
        """Make a challenge for one purpose, and for one session if it is not to begin one."""
        expires_at = (now + _LIFETIME).replace(microsecond=0)
        nonce = secrets.token_bytes(32)
        body = _FORM.pack(nonce, int(expires_at.timestamp()), subject.bytes)
        sealed = body + _tag(self.sealing(), purpose, session, body)
        return Challenge(base64.urlsafe_b64encode(sealed).decode(), nonce, subject, expires_at)

    def open(self, word: str, purpose: Purpose, now: datetime, *, session: UUID = _NOBODY) -> Challenge:
        """Return the challenge that a word stands for.

        Raises ChallengeExpiredError for any other word, and for one of another purpose or session, or too old.
        """
        try:
            sealed = base64.b64decode(word, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise ChallengeExpiredError from error
        body, tag = sealed[:-_TAG_BYTES], sealed[-_TAG_BYTES:]
        known = (_tag(master, purpose, session, body) for master in self.opening())
        if len(body) != _FORM.size or not any(hmac.compare_digest(tag, one) for one in known):
            raise ChallengeExpiredError
        nonce, expires, subject = _FORM.unpack(body)
        expires_at = datetime.fromtimestamp(expires, UTC)
        if expires_at <= now:
            raise ChallengeExpiredError
        return Challenge(word, nonce, UUID(bytes=subject), expires_at)


def _tag(master: bytes, purpose: Purpose, session: UUID, body: bytes) -> bytes:
    key = hashlib.sha256(_KEY_PURPOSE + master).digest()
    return hmac.digest(key, purpose.encode() + b"\0" + session.bytes + body, "sha256")
