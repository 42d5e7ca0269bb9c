"""Principals and keys as they are read from the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from drawbridge.core.ids import KeyId, OrganisationId, PrincipalId

PrincipalKind = Literal["user", "service_account", "agent"]
KeyState = Literal["active", "expired", "revoked"]
DataClass = Literal["public", "internal", "confidential", "restricted"]

EVERYONE: Final = UUID(int=0)
"""The subject that every principal of an organisation is part of."""

OWN: Final = "own"
"""What policy calls the keys of whoever asks, whichever they are: `key:own`. No key has that name: keys go by ids."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who can hold keys."""

    id: PrincipalId
    kind: PrincipalKind
    name: str
    display_name: str
    managed_by_file: bool
    created_at: datetime
    email: str | None = None
    """Of users only."""
    suspended_at: datetime | None = None
    """None: not suspended."""


@dataclass(frozen=True, slots=True)
class Project:
    """What keys are used for."""

    id: UUID
    name: str
    team_id: UUID | None
    """None: everybody may have keys for it."""


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
    project_id: UUID | None = None
    """The project that its calls belong to."""
    project_name: str | None = None
    frozen_at: datetime | None = None
    """When a call of it cost more than was held: until somebody has looked, it makes no further calls."""

    def state(self, now: datetime) -> KeyState:
        """Tell whether the key may be used at a time."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"


@dataclass(frozen=True, slots=True)
class Bar:
    """Why a key that exists, and was not revoked, lets nobody in: its owner or its organisation is suspended."""

    whose: Literal["owner", "organisation"]
    name: str
    whom_to_ask: str = ""
    """As the organisation says; empty where it names nobody."""

    @property
    def message(self) -> str:
        """What to tell whoever sends the key."""
        return self._told(f"{self.name!r}, whose key this is,")

    @property
    def message_to_owner(self) -> str:
        """What to tell the owner, who has sent no key."""
        return self._told(f"{self.name!r}")

    def _told(self, owner: str) -> str:
        if self.whose == "organisation":
            return f"The organisation {self.name!r} is suspended: ask whoever runs this Drawbridge."
        return f"{owner} is suspended: ask {self.whom_to_ask or 'an administrator'}."


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
    project_id: UUID | None = None
