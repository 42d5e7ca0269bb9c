"""Principals and keys as they are read from the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from drawbridge.core.ids import KeyId, OrganisationId, PrincipalId

PrincipalKind = Literal["user", "service_account"]
KeyState = Literal["active", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who can hold keys."""

    id: PrincipalId
    kind: PrincipalKind
    name: str
    display_name: str
    managed_by_file: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key, without its text, which is stored nowhere."""

    id: KeyId
    organisation_id: OrganisationId
    principal_id: PrincipalId
    principal_name: str
    principal_kind: PrincipalKind
    name: str
    hint: str
    admin: bool
    created_at: datetime
    expires_at: datetime | None
    """None: never."""
    revoked_at: datetime | None
    replaces: KeyId | None
    """The key that this one was made to replace."""
    strict: bool = False
    """Calls that a translation could not say in full are refused."""

    def state(self, now: datetime) -> KeyState:
        """Tell whether the key may be used at a time."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """Which keys are wanted: those that meet every condition that is not None."""

    owner: str | None = None
    """Name of a principal."""
    state: KeyState | None = None
    admin: bool | None = None


@dataclass(frozen=True, slots=True)
class PrincipalFilter:
    """Which principals are wanted: those that meet every condition that is not None."""

    kind: PrincipalKind | None = None
    name_contains: str | None = None
    """Case does not matter."""


@dataclass(frozen=True, slots=True)
class KeyToStore:
    """A new key's row."""

    id: KeyId
    principal_id: PrincipalId
    name: str
    hash: bytes
    hint: str
    admin: bool
    expires_at: datetime | None
    replaces: KeyId | None
    strict: bool = False
