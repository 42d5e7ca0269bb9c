"""Signed roots: the end of a chain at a time, under the installation's key, to be kept where it cannot be changed."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from drawbridge.audit.canonical import Json, canonical
from drawbridge.audit.events import Head, written_time
from drawbridge.core.ids import OrganisationId

ROOT_FORMAT: Final = "drawbridge-audit-root-1"


@dataclass(frozen=True, slots=True)
class Root:
    """What the installation signed: at this time, this was the end of the chain."""

    chain: OrganisationId
    number: int
    hash: bytes
    at: datetime
    public_key: bytes
    """Of the key that signed, 32 bytes. Whether it is the installation's is for the reader to know: see `key_id`."""
    signature: bytes

    @property
    def key_id(self) -> str:
        """The short name of the key."""
        return key_id(self.public_key)


def key_id(public_key: bytes) -> str:
    """Return the short name of a public key, for people to compare."""
    return hashlib.sha256(public_key).hexdigest()[:32]


def sign_root(key: Ed25519PrivateKey, chain: OrganisationId, head: Head, at: datetime) -> Root:
    """Sign the end of a chain."""
    public_key = key.public_key().public_bytes_raw()
    unsigned = Root(chain, head.number, head.hash, at, public_key, b"")
    return Root(chain, head.number, head.hash, at, public_key, key.sign(canonical(signed_members(unsigned))))


def is_signed(root: Root) -> bool:
    """Tell whether a root bears the signature of the key that it names."""
    try:
        key = Ed25519PublicKey.from_public_bytes(root.public_key)
        key.verify(root.signature, canonical(signed_members(root)))
    except (ValueError, InvalidSignature):  # ValueError: no key at all.
        return False
    return True


def signed_members(root: Root) -> dict[str, Json]:
    """Return all that the signature of a root covers, by the names that the export uses."""
    return {
        "format": ROOT_FORMAT,
        "chain": str(root.chain),
        "number": root.number,
        "hash": root.hash.hex(),
        "time": written_time(root.at),
        "key": root.key_id,
    }
