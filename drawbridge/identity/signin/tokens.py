"""Random words that open something: sessions, one-time links. Only their hashes are stored."""

import hashlib
import secrets
from typing import Final

_BYTES: Final = 32
_LONGEST: Final = 100


def new_token() -> str:
    """Return 256 random bits as text for a URL."""
    return secrets.token_urlsafe(_BYTES)


def hash_token(token: str) -> bytes:
    """Return what is stored of a token: a plain SHA-256, since nobody can try out 256 random bits."""
    return hashlib.sha256(token[:_LONGEST].encode(errors="replace")).digest()
