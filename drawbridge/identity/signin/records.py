"""Accounts, what they sign in with, and their sessions, as they are read from the database."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, NewType
from uuid import UUID

from drawbridge.core.ids import OrganisationId, PrincipalId

AccountId = NewType("AccountId", UUID)
SessionId = NewType("SessionId", UUID)
PasskeyId = NewType("PasskeyId", UUID)

TOTP_SECRET: Final = "totp"  # noqa: S105 - the name that secrets for one-time codes are sealed under

Method = Literal["set_up", "password", "password_and_code", "password_and_recovery_code", "passkey", "link"]
"""How a session began."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person on this installation."""

    id: AccountId
    email: str
    """Case-folded."""
    display_name: str
    suspended_at: datetime | None
    platform_administrator: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Membership:
    """An organisation that an account is an active user of."""

    organisation_id: OrganisationId
    organisation: str
    organisation_display_name: str
    principal_id: PrincipalId
    principal: str
    """The user's name there."""


@dataclass(frozen=True, slots=True)
class Factors:
    """What an account can sign in with."""

    password: bool
    totp: bool
    passkeys: int
    recovery_codes: int
    """How many are left."""

    @property
    def has_second(self) -> bool:
        """Tell whether the password alone is no longer enough."""
        return self.totp or self.passkeys > 0


@dataclass(frozen=True, slots=True)
class Passkey:
    """A public key credential of an account."""

    id: PasskeyId
    account_id: AccountId
    credential_id: bytes
    public_key: bytes = field(repr=False)
    sign_count: int
    transports: tuple[str, ...]
    name: str
    created_at: datetime
    last_used_at: datetime | None
    cloned_at: datetime | None
    """When its counter went back, so that somebody has a copy; None: never."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request comes from, as far as signing in is concerned."""

    address: str
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A session, without its token, which is stored nowhere."""

    id: SessionId
    account_id: AccountId
    organisation_id: OrganisationId | None
    method: Method
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    stepped_up_at: datetime
    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class SessionIdentity:
    """Who is signed in: what the checks before the API decide from."""

    session_id: SessionId
    account_id: AccountId
    email: str
    display_name: str
    platform_administrator: bool
    organisation_id: OrganisationId | None
    """None: in no organisation at the moment."""
    principal_id: PrincipalId | None
    principal: str
    """The user's name there; empty where there is none."""
    stepped_up_at: datetime
    """When the person last showed a password or passkey."""
    method: Method
    address: str
    """Where this request comes from."""
