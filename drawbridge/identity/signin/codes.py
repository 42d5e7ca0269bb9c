"""One-time codes from an authenticator app (RFC 6238), and recovery codes for when it is lost."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final

from pyotp.totp import TOTP

from drawbridge.config.held_keys import HeldKeys
from drawbridge.config.secrets import seal, unseal
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection
from drawbridge.identity.signin import store
from drawbridge.identity.signin.challenges import Challenge
from drawbridge.identity.signin.records import TOTP_SECRET, AccountId

_STEP_S: Final = 30
_DIGITS: Final = 6
_SECRET_BYTES: Final = 20
_STEPS_TAKEN: Final = (-1, 0, 1)
"""A clock may be off by a step either way."""
_RECOVERY_CODES: Final = 10
_GROUPS: Final = 4
_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without characters that are taken for one another; sixteen of them are 79 bits."""


class Codes:
    """The codes of every account, whose secrets are sealed under the installation's master key."""

    def __init__(self, keys: HeldKeys) -> None:
        self._keys = keys

    def is_recovery_code(self, code: str) -> bool:
        """Tell which of the two a code is meant to be."""
        return len(_plain(code)) > _DIGITS

    async def take(self, connection: AsyncConnection, account_id: AccountId, code: str, now: datetime) -> bool:
        """Tell whether a code is right, and take it: neither kind is right twice, not even at the same moment."""
        if self.is_recovery_code(code):
            return await store.take_recovery_code(connection, account_id, _hash(account_id, code), now)
        sealed = await store.find_totp(connection, account_id)
        if sealed is None:
            return False
        keys = await self._keys.opening({sealed.key_id})
        step = matching_step(unseal(keys, _room(account_id), TOTP_SECRET, sealed), code, now)
        return step is not None and await store.take_totp_step(connection, account_id, step)

    async def keep_secret(self, connection: AsyncConnection, account_id: AccountId, secret: str, step: int) -> None:
        """Give an account a secret, of which a code was shown: that of this step is not taken again."""
        sealed = seal(self._keys.sealing, _room(account_id), TOTP_SECRET, secret)
        await store.set_totp(connection, account_id, sealed, step)

    async def first_recovery_codes(self, connection: AsyncConnection, account_id: AccountId) -> list[str]:
        """Give an account recovery codes if it has none that it could use. Return them, or an empty list."""
        if (await store.factors_of(connection, account_id)).recovery_codes:
            return []
        return await self.renew_recovery_codes(connection, account_id)

    async def renew_recovery_codes(self, connection: AsyncConnection, account_id: AccountId) -> list[str]:
        """Give an account new recovery codes in place of all others, and return them: they are shown this once."""
        codes = [_new_recovery_code() for _ in range(_RECOVERY_CODES)]
        await store.replace_recovery_codes(connection, account_id, [_hash(account_id, code) for code in codes])
        return codes


def secret_of(challenge: Challenge) -> str:
    """Return the 160 random bits of a challenge in base32, as authenticator apps want them."""
    return base64.b32encode(challenge.nonce[:_SECRET_BYTES]).decode()


def secret_address(email: str, secret: str) -> str:
    """Return the otpauth address that an authenticator app reads from a picture."""
    return TOTP(secret).provisioning_uri(name=email, issuer_name="Drawbridge")


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step whose code this is, now or one step off; None for any other code."""
    shown, present = _plain(code), int(now.timestamp()) // _STEP_S
    codes = TOTP(secret)
    # Every step is compared, so that the time taken tells nothing.
    matches = [
        present + away
        for away in _STEPS_TAKEN
        if hmac.compare_digest(codes.generate_otp(present + away).encode(), shown.encode())
    ]
    return max(matches, default=None)


def _new_recovery_code() -> str:
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(_GROUPS))
    return "-".join(groups)


def _hash(account_id: AccountId, code: str) -> bytes:
    # Plain SHA-256: nobody tries out 79 random bits.
    return hashlib.sha256(account_id.bytes + _plain(code).encode()).digest()


def _plain(code: str) -> str:
    return "".join(mark for mark in code.lower() if mark.isascii() and mark.isalnum())[:64]


def _room(account_id: AccountId) -> OrganisationId:
    """Return what stands in the place of the organisation where a secret is an account's: a row cannot be moved."""
    return OrganisationId(account_id)
