"""Secrets at rest: each under a key of its own, which the installation's master key wraps.

AES-256-GCM (NIST SP 800-38D). Owner and name go in as associated data at both steps, so a row copied to another
organisation or another name does not open. A new master key wraps the secrets' own keys anew; the secrets stay as they
are.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from drawbridge.config.errors import MasterKeyError, SealBrokenError, WrongMasterKeyError

KEY_BYTES = 32
NONCE_BYTES = 12

_MOST_KEYS = 16
_NO_KEY = f"There is no master key: {KEY_BYTES} bytes in base64 are expected."


@dataclass(frozen=True, slots=True)
class MasterKey:
    """The key that wraps the keys of secrets."""

    key_id: str
    """Tells master keys apart without telling anything of the key."""
    material: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """The master keys at hand: more than one while a rotation goes on."""

    newest_first: tuple[MasterKey, ...]
    """At least one."""

    @property
    def newest(self) -> MasterKey:
        """The key that everything is to be sealed under."""
        return self.newest_first[0]

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all of them."""
        return frozenset(key.key_id for key in self.newest_first)

    def find(self, key_id: str) -> MasterKey | None:
        """Return the key of an id; None if it is not at hand."""
        return next((key for key in self.newest_first if key.key_id == key_id), None)


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """The own key of a secret, under a master key."""

    key_id: str
    wrapped_key: bytes = field(repr=False)
    """Behind the nonce of its wrapping."""


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A secret as it is stored."""

    key_id: str
    wrapped_key: bytes = field(repr=False)
    """The secret's own key under the master key, behind the nonce of its wrapping."""
    nonce: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)


def master_key(material: bytes) -> MasterKey:
    """Make a master key of 32 random bytes.

    Raises MasterKeyError for any other length.
    """
    if len(material) != KEY_BYTES:
        raise MasterKeyError(f"A master key has {KEY_BYTES} bytes, this one has {len(material)}.")
    return MasterKey(hashlib.sha256(b"drawbridge master key id\0" + material).hexdigest()[:16], material)


def parse_master_keys(written: bytes) -> MasterKeys:
    """Read master keys in base64 with white space between, the newest first.

    Raises MasterKeyError, which does not repeat what was read.
    """
    try:
        keys = [master_key(base64.b64decode(word, validate=True)) for word in written.split()]
    except binascii.Error as error:
        raise MasterKeyError(_NO_KEY) from error
    if not keys:
        raise MasterKeyError(_NO_KEY)
    if len(keys) > _MOST_KEYS:
        raise MasterKeyError(f"More than {_MOST_KEYS} master keys are given: leave out those that nothing needs.")
    return MasterKeys(tuple({key.key_id: key for key in keys}.values()))


def new_master_key() -> bytes:
    """Return a new key in base64, as `parse_master_keys` reads it."""
    return base64.b64encode(os.urandom(KEY_BYTES))


def require_master_key(keys: MasterKeys, in_use: Collection[str]) -> None:
    """Refuse to seal under other master keys than the secrets that are stored already; `in_use` are their key ids.

    Raises WrongMasterKeyError.
    """
    if in_use and not keys.ids.intersection(in_use):
        raise WrongMasterKeyError(
            f"The stored secrets were sealed under master key {', '.join(sorted(in_use))}, and at hand is"
            f" {', '.join(key.key_id for key in keys.newest_first)}. Put the right key back. If it is lost, store every"
            " secret anew with --new-master-key."
        )


def seal(key: MasterKey, owner: UUID, name: str, secret: str) -> SealedSecret:
    """Encrypt a secret for one owner, such as an organisation, and name."""
    data_key = AESGCM.generate_key(bit_length=8 * KEY_BYTES)
    nonce = os.urandom(NONCE_BYTES)
    ciphertext = AESGCM(data_key).encrypt(nonce, secret.encode(), b"secret\0" + _bound_to(owner, name))
    return SealedSecret(key.key_id, _wrap(key, owner, name, data_key), nonce, ciphertext)


def unseal(keys: MasterKey | MasterKeys, owner: UUID, name: str, sealed: SealedSecret) -> str:
    """Decrypt the secret of one owner and name.

    Raises WrongMasterKeyError when it was sealed under another master key, SealBrokenError when the row was
    altered or moved.
    """
    key = _key_of(keys, name, sealed.key_id)
    try:
        data_key = _unwrap(key, owner, name, sealed.wrapped_key)
        plain = AESGCM(data_key).decrypt(sealed.nonce, sealed.ciphertext, b"secret\0" + _bound_to(owner, name))
        return plain.decode()
    except (InvalidTag, ValueError) as error:  # ValueError: a nonce or key of a length that GCM does not take.
        raise _broken(name) from error


def wrap_anew(keys: MasterKeys, newest: MasterKey, owner: UUID, name: str, wrapped: WrappedKey) -> WrappedKey:
    """Wrap the key of one owner's secret under another master key. The secret itself is not opened.

    Raises WrongMasterKeyError and SealBrokenError as `unseal` does.
    """
    key = _key_of(keys, name, wrapped.key_id)
    try:
        data_key = _unwrap(key, owner, name, wrapped.wrapped_key)
    except (InvalidTag, ValueError) as error:
        raise _broken(name) from error
    return WrappedKey(newest.key_id, _wrap(newest, owner, name, data_key))


def _key_of(keys: MasterKey | MasterKeys, name: str, key_id: str) -> MasterKey:
    at_hand = keys if isinstance(keys, MasterKeys) else MasterKeys((keys,))
    key = at_hand.find(key_id)
    if key is None:
        raise WrongMasterKeyError(
            f"Secret {name!r} was sealed under master key {key_id}, and at hand is"
            f" {', '.join(key.key_id for key in at_hand.newest_first)}."
            " Put the right key back. If it is lost, store the secret anew: drawbridge secrets set"
            f" {name} --new-master-key"
        )
    return key


def _wrap(key: MasterKey, owner: UUID, name: str, data_key: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key.material).encrypt(nonce, data_key, b"key\0" + _bound_to(owner, name))


def _unwrap(key: MasterKey, owner: UUID, name: str, wrapped: bytes) -> bytes:
    nonce, content = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
    return AESGCM(key.material).decrypt(nonce, content, b"key\0" + _bound_to(owner, name))


def _broken(name: str) -> SealBrokenError:
    return SealBrokenError(
        f"Secret {name!r} does not open: its row was altered, or moved here from another organisation or name."
        f" Find out by whom, then store it anew: drawbridge secrets set {name}"
    )


def _bound_to(owner: UUID, name: str) -> bytes:
    return b"drawbridge 1\0" + owner.bytes + name.encode()
