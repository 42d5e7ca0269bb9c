"""Secrets at rest: each under a key of its own, which the installation's master key wraps.

AES-256-GCM (NIST SP 800-38D). Organisation and name go in as associated data at both steps, so a row copied
to another organisation or another name does not open.
"""

import base64
import binascii
import hashlib
import os
import tempfile
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from drawbridge.config.errors import MasterKeyError, SealBrokenError, WrongMasterKeyError
from drawbridge.core.ids import OrganisationId

KEY_BYTES = 32
NONCE_BYTES = 12

_SHARED_MODE = 0o027
"""Write for the group, anything for others. The group may read: that is how orchestrators mount secrets."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """The key that wraps the keys of secrets."""

    key_id: str
    """Tells master keys apart without telling anything of the key."""
    material: bytes = field(repr=False)


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


def load_master_key(path: Path, *, make: bool = False) -> MasterKey:
    """Read the master key from its file (base64).

    With `make`, a file that is missing is made, with mode 0600. Only what is new has no key yet: anywhere else a new
    one would hide that the file was named wrongly, or lost.

    Raises MasterKeyError when the file is missing, is no key, cannot be read, or can be read by everyone.
    """
    try:
        if make and not path.exists():
            _create_key_file(path)
        mode = path.stat().st_mode
        written = path.read_bytes()
    except FileNotFoundError as error:
        raise MasterKeyError(
            f"There is no master key at {path}, and this installation is not new. Put the file back, or name it in"
            " DRAWBRIDGE_MASTER_KEY_FILE. If it is lost, make another and store every secret anew under it, beginning"
            " with: drawbridge secrets set NAME --new-master-key"
        ) from error
    except OSError as error:
        raise MasterKeyError(f"The master key {path} cannot be used: {error.strerror}.") from error
    if mode & _SHARED_MODE:
        raise MasterKeyError(f"The master key {path} is open to others. Close it: chmod 600 {path}")
    try:
        return master_key(base64.b64decode(written.strip(), validate=True))
    except (binascii.Error, MasterKeyError) as error:
        raise MasterKeyError(
            f"{path} holds no master key: {KEY_BYTES} bytes in base64 are expected. Put the right file back; without"
            " it the stored secrets cannot be opened."
        ) from error


def require_master_key(key: MasterKey, in_use: Collection[str]) -> None:
    """Refuse to seal under another master key than the secrets that are stored already; `in_use` are their key ids.

    Raises WrongMasterKeyError.
    """
    if in_use and key.key_id not in in_use:
        raise WrongMasterKeyError(
            f"The stored secrets were sealed under master key {', '.join(sorted(in_use))}, and the one at hand is"
            f" {key.key_id}. Put the right key file back. If it is lost, store every secret anew with"
            " --new-master-key."
        )


def seal(key: MasterKey, organisation_id: OrganisationId, name: str, secret: str) -> SealedSecret:
    """Encrypt a secret for one organisation and name."""
    bound_to = _bound_to(organisation_id, name)
    data_key = AESGCM.generate_key(bit_length=8 * KEY_BYTES)
    wrap_nonce, nonce = os.urandom(NONCE_BYTES), os.urandom(NONCE_BYTES)
    wrapped = AESGCM(key.material).encrypt(wrap_nonce, data_key, b"key\0" + bound_to)
    ciphertext = AESGCM(data_key).encrypt(nonce, secret.encode(), b"secret\0" + bound_to)
    return SealedSecret(key.key_id, wrap_nonce + wrapped, nonce, ciphertext)


def unseal(key: MasterKey, organisation_id: OrganisationId, name: str, sealed: SealedSecret) -> str:
    """Decrypt the secret of one organisation and name.

    Raises WrongMasterKeyError when it was sealed under another master key, SealBrokenError when the row was
    altered or moved.
    """
    if sealed.key_id != key.key_id:
        raise WrongMasterKeyError(
            f"Secret {name!r} was sealed under master key {sealed.key_id}, and the one at hand is {key.key_id}."
            " Put the right key file back. If it is lost, store the secret anew: drawbridge secrets set"
            f" {name} --new-master-key"
        )
    bound_to = _bound_to(organisation_id, name)
    wrap_nonce, wrapped = sealed.wrapped_key[:NONCE_BYTES], sealed.wrapped_key[NONCE_BYTES:]
    try:
        data_key = AESGCM(key.material).decrypt(wrap_nonce, wrapped, b"key\0" + bound_to)
        return AESGCM(data_key).decrypt(sealed.nonce, sealed.ciphertext, b"secret\0" + bound_to).decode()
    except (InvalidTag, ValueError) as error:  # ValueError: a nonce or key of a length that GCM does not take.
        raise SealBrokenError(
            f"Secret {name!r} does not open: its row was altered, or moved here from another organisation or name."
            f" Find out by whom, then store it anew: drawbridge secrets set {name}"
        ) from error


def _bound_to(organisation_id: OrganisationId, name: str) -> bytes:
    return b"drawbridge 1\0" + organisation_id.bytes + name.encode()


def _create_key_file(path: Path) -> None:
    """Write a new key beside its place, then link it there: a reader never sees half a key.

    Of two processes that start at once, one link wins and both read that key.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600.
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
        _sync_folder(path.parent)
    finally:
        Path(draft).unlink()


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power cut: without its key every stored secret is lost."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
