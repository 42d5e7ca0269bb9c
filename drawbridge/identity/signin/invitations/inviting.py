"""Invite people, and take invitations back: what an organisation's administrators do."""

import re
from typing import Final
from uuid import UUID

from drawbridge.audit.acts import Act, Actor
from drawbridge.audit.record import record
from drawbridge.config.document import bad_name, is_name
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId, PrincipalId, uuid7
from drawbridge.core.text import UnprintableTextError, require_printable
from drawbridge.db.engine import AsyncConnection
from drawbridge.identity import store as people
from drawbridge.identity.errors import UnknownObjectError
from drawbridge.identity.signin.addresses import fold_email
from drawbridge.identity.signin.errors import InvitationError
from drawbridge.identity.signin.invitations import store
from drawbridge.identity.signin.invitations.records import LONGEST, Invitation, IssuedInvitation, NewInvitation
from drawbridge.identity.signin.tokens import hash_token, new_token

_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9._-]+")
_LONGEST_NAME: Final = 200


async def invite(
    connection: AsyncConnection, clock: Clock, organisation_id: OrganisationId, wanted: NewInvitation, actor: Actor
) -> IssuedInvitation:
    """Make a user, unless there is one, and the link that lets its holder sign in as him.

    In a transaction that changes the organisation. Nothing here depends on whether the e-mail has an account.

    Raises InvitationError, UnprintableTextError, UnknownObjectError for a team or group that is not there.
    """
    email, now = fold_email(wanted.email), clock.now()
    if wanted.name and not is_name(wanted.name):
        raise UnprintableTextError(bad_name(wanted.name))
    require_printable(wanted.display_name, "The display name", longest=_LONGEST_NAME)
    if not 0 < wanted.lifetime.total_seconds() <= LONGEST.total_seconds():
        raise InvitationError(f"An invitation lasts at most {LONGEST.days} days, and more than none.")
    principal_id, user = await _user(connection, organisation_id, wanted, email)
    await _join(connection, organisation_id, principal_id, wanted)
    token = new_token()
    invitation = Invitation(
        id=uuid7(),
        organisation_id=organisation_id,
        principal_id=principal_id,
        user=user,
        email=email,
        invited_by=actor.name or actor.kind,
        created_at=now,
        expires_at=now + wanted.lifetime,
        used_at=None,
        revoked_at=None,
    )
    await store.insert_invitation(connection, invitation, hash_token(token))
    detail = {"email": email, "user": user, "teams": list(wanted.teams), "groups": list(wanted.groups)}
    await record(connection, organisation_id, Act(actor, "invitation.created", "invitation", email, detail=detail))
    return IssuedInvitation(invitation, token)


async def revoke(
    connection: AsyncConnection, clock: Clock, organisation_id: OrganisationId, invitation_id: UUID, actor: Actor
) -> Invitation:
    """Make a link void. Its user stays, whom nobody signs in as. Doing it again changes nothing.

    Raises UnknownObjectError, InvitationError for one that was used.
    """
    invitation = await store.get_invitation(connection, organisation_id, invitation_id)
    if invitation is None:
        raise UnknownObjectError("invitation", str(invitation_id))
    if invitation.used_at is not None:
        raise InvitationError("This invitation was used. To keep the person out, suspend the user.")
    if invitation.revoked_at is None:
        await store.set_revoked(connection, organisation_id, invitation_id, clock.now())
        act = Act(actor, "invitation.revoked", "invitation", invitation.email)
        await record(connection, organisation_id, act)
    found = await store.get_invitation(connection, organisation_id, invitation_id)
    assert found is not None
    return found


async def _user(
    connection: AsyncConnection, organisation_id: OrganisationId, wanted: NewInvitation, email: str
) -> tuple[PrincipalId, str]:
    """Return the user to invite, who is made where there is none."""
    found = await store.user_for(connection, organisation_id, wanted.name, email)
    if found is not None:
        principal_id, name, account_id, present = found
        if account_id is not None:
            raise InvitationError(f"The user {name!r} signs in already: no invitation is needed.")
        if present is not None and not _is_same(present, email):
            raise InvitationError(f"The user {name!r} has another e-mail address: invite him by that one.")
        await store.set_email(connection, organisation_id, principal_id, email)
        return principal_id, name
    name = wanted.name or await _free_name(connection, organisation_id, email)
    if await people.find_principal(connection, organisation_id, name) is not None:
        raise InvitationError(f"{name!r} is the name of a service account or agent: choose another one.")
    principal_id = await people.create_principal(
        connection, organisation_id, "user", name, display_name=wanted.display_name
    )
    await store.set_email(connection, organisation_id, principal_id, email)
    return principal_id, name


def _is_same(written: str, email: str) -> bool:
    try:
        return fold_email(written) == email
    except UnprintableTextError:
        return False


async def _free_name(connection: AsyncConnection, organisation_id: OrganisationId, email: str) -> str:
    """Return a name made from an e-mail address that nobody has yet."""
    wished = _NOT_IN_NAMES.sub("-", email.partition("@")[0]).strip("-._") or "user"
    taken = await store.taken_names(connection, organisation_id, wished)
    return next(name for name in (wished, *(f"{wished}-{turn}" for turn in range(2, 1010))) if name not in taken)


async def _join(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId, wanted: NewInvitation
) -> None:
    missing = set(wanted.teams) - await store.join_teams(connection, organisation_id, principal_id, wanted.teams)
    if missing:
        raise UnknownObjectError("team", min(missing))
    missing = set(wanted.groups) - await store.join_groups(connection, organisation_id, principal_id, wanted.groups)
    if missing:
        raise UnknownObjectError("group", min(missing))
