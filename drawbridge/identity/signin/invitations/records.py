"""Invitations as they are made and read."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from drawbridge.core.ids import OrganisationId, PrincipalId

InvitationState = Literal["open", "used", "revoked", "expired"]
LIFETIME: Final = timedelta(days=7)
LONGEST: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """Whom to invite."""

    email: str
    name: str = ""
    """The user's name; empty: from the e-mail address."""
    display_name: str = ""
    teams: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    lifetime: timedelta = LIFETIME


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation, without its link, which is stored nowhere."""

    id: UUID
    organisation_id: OrganisationId
    principal_id: PrincipalId
    user: str
    email: str
    invited_by: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None

    def state(self, now: datetime) -> InvitationState:
        """Tell whether the link may be used at a time."""
        if self.used_at is not None:
            return "used"
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= now else "open"


@dataclass(frozen=True, slots=True)
class IssuedInvitation:
    """A new invitation, with the token of its link, which is shown this once."""

    invitation: Invitation
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LinkedInvitation:
    """An invitation as its link leads to it."""

    invitation: Invitation
    organisation: str
    organisation_display_name: str
    display_name: str
    """What the user is called; empty where nobody said so."""


@dataclass(frozen=True, slots=True)
class ShownInvitation:
    """What whoever has the link is told."""

    organisation: str
    email: str
    user: str
    display_name: str
    expires_at: datetime
