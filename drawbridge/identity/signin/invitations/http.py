"""The routes of invitations: /api/invitations for administrators, and those with which an invitation is taken."""

from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from drawbridge.audit.acts import Actor
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId
from drawbridge.core.operations import STEP_UP
from drawbridge.core.paging import PageRequest, visible_page
from drawbridge.db.engine import Database
from drawbridge.identity.access import NO_TEAMS, Access, organisation_of
from drawbridge.identity.errors import UnknownObjectError
from drawbridge.identity.http import PrintableText, page_request
from drawbridge.identity.membership import teams_of
from drawbridge.identity.signin.entrance import Parts
from drawbridge.identity.signin.http import Email, FromOurPage, LinkBody, Name, Password, RequireSession, set_cookie
from drawbridge.identity.signin.invitations import store
from drawbridge.identity.signin.invitations.inviting import invite, revoke
from drawbridge.identity.signin.invitations.joining import Joining
from drawbridge.identity.signin.invitations.records import (
    LIFETIME,
    LONGEST,
    Invitation,
    InvitationState,
    NewInvitation,
)
from drawbridge.identity.signin.records import SessionIdentity
from drawbridge.identity.signin.site import Place, Site

_FORBID: Final = ConfigDict(extra="forbid")
_Names = Annotated[list[Annotated[PrintableText, Field(max_length=200)]], Field(max_length=100)]


class NewInvitationBody(BaseModel):
    """Whom to invite."""

    model_config = _FORBID

    email: Email
    name: Name = ""
    """The user's name; left out, it is made from the e-mail address."""
    display_name: Name = ""
    teams: _Names = []
    groups: _Names = []
    lifetime_s: int = Field(
        default=int(LIFETIME.total_seconds()), ge=60, le=int(LONGEST.total_seconds()), description="In seconds."
    )


class InvitationBody(BaseModel):
    """An invitation as the API shows it."""

    id: UUID
    email: str
    user: str
    state: InvitationState
    invited_by: str
    created_at: datetime
    expires_at: datetime


class IssuedInvitationBody(InvitationBody):
    """A new invitation, with the link, which is shown this once."""

    link: str


class InvitationPage(BaseModel):
    """Invitations, the newest first. `next_cursor` is null on the last page."""

    invitations: list[InvitationBody]
    next_cursor: str | None


class ShownInvitationBody(BaseModel):
    """What the holder of a link is told."""

    organisation: str
    email: str
    user: str
    display_name: str
    expires_at: datetime


class InvitedAccountBody(LinkBody):
    """An account for the invited e-mail."""

    display_name: Name = ""
    password: Password


class JoinedBody(BaseModel):
    """Where the person is now."""

    organisation: str
    user: str


def invitation_router(database: Database, clock: Clock, access: Access, site: Site) -> APIRouter:
    """Make the routes under /api/invitations."""
    router = APIRouter(prefix="/api/invitations", tags=["invitations"])
    may_manage = access.requires("manage", "invitation")

    @router.get("")
    async def list_invitations(
        actor: Annotated[Actor, Depends(access.requires("read", "invitation"))],
        page: Annotated[PageRequest, Depends(page_request)],
    ) -> InvitationPage:
        """List invitations, the newest first."""
        organisation_id, judge = organisation_of(actor), await access.judge(actor, "invitation")
        async with database.organisation(organisation_id) as connection:
            found = await visible_page(
                lambda part: store.list_invitations(connection, organisation_id, part),
                page,
                lambda invitation: judge.may("read", invitation.email),
                lambda invitation: invitation.id,
            )
        now = clock.now()
        return InvitationPage(invitations=[_body(one, now) for one in found.items], next_cursor=found.next_cursor)

    @router.post("", status_code=201, openapi_extra={**STEP_UP})
    async def create_invitation(
        request: Request, actor: Annotated[Actor, Depends(may_manage)], body: NewInvitationBody
    ) -> IssuedInvitationBody:
        """Make a user, unless there is one, and a link that lets its holder sign in as him."""
        organisation_id = organisation_of(actor)
        wanted = NewInvitation(
            body.email,
            body.name,
            body.display_name,
            tuple(body.teams),
            tuple(body.groups),
            timedelta(seconds=body.lifetime_s),
        )
        async with database.organisation(organisation_id) as connection:
            teams = await store.team_ids(connection, organisation_id, body.teams)
            reaches = [await teams_of(connection, organisation_id, team) for team in teams]
        # Whoever may invite into one team may not for that reason invite into another.
        for reach in reaches or [NO_TEAMS]:
            await access.require(actor, "manage", "invitation", body.email, reach)
        async with database.change(organisation_id) as connection, access.unwidened(connection, actor):
            issued = await invite(connection, clock, organisation_id, wanted, actor)
            # The link lets its holder be the user, who may have been there, and be able to do more.
            await access.require_no_stronger(actor, issued.invitation.principal_id, None)
        link = f"{site.home(request.headers.get('host', '')) or ''}/invitation#{issued.token}"
        return IssuedInvitationBody(link=link, **_body(issued.invitation, clock.now()).model_dump())

    @router.delete("/{invitation_id}")
    async def revoke_invitation(actor: Annotated[Actor, Depends(may_manage)], invitation_id: UUID) -> InvitationBody:
        """Make a link void."""
        organisation_id = organisation_of(actor)
        name = await _email_of(database, organisation_id, invitation_id) or str(invitation_id)
        await access.require(actor, "manage", "invitation", name, NO_TEAMS, unknown=_unknown(invitation_id))
        async with database.change(organisation_id) as connection:
            revoked = await revoke(connection, clock, organisation_id, invitation_id, actor)
        return _body(revoked, clock.now())

    del list_invitations, create_invitation, revoke_invitation  # The router holds them.
    return router


def joining_router(parts: Parts) -> APIRouter:
    """Make the routes with which an invitation is taken."""
    router = APIRouter(prefix="/api", tags=["sign-in"])
    joining, sessions = Joining(parts), parts.sessions
    from_our_page, signed_in = Depends(FromOurPage(sessions)), Depends(RequireSession(sessions))

    @router.post("/auth/invitation", dependencies=[from_our_page])
    async def show_invitation(body: LinkBody) -> ShownInvitationBody:
        """Tell the holder of a link what it is for."""
        shown = await joining.show(body.token)
        return ShownInvitationBody(
            organisation=shown.organisation,
            email=shown.email,
            user=shown.user,
            display_name=shown.display_name,
            expires_at=shown.expires_at,
        )

    @router.post("/auth/invitation/account", status_code=204, dependencies=[from_our_page])
    async def make_account(request: Request, body: InvitedAccountBody) -> None:
        """Make an account for the invited e-mail. Where it has one, nothing is changed, and nothing tells."""
        await joining.make_account(body.token, body.display_name, body.password, sessions.caller(request))

    @router.post("/me/invitation")
    async def take_invitation(
        request: Request,
        response: Response,
        identity: Annotated[SessionIdentity, signed_in],
        body: LinkBody,
    ) -> JoinedBody:
        """Join the organisation with the account that is signed in. The session goes on there, under a new token."""
        joined, token = await joining.join(identity, body.token, sessions.caller(request))
        place: Place = sessions.place(request)
        set_cookie(response, place, token)
        return JoinedBody(organisation=joined.organisation, user=joined.principal)

    del show_invitation, make_account, take_invitation  # The router holds them.
    return router


def _unknown(invitation_id: UUID) -> UnknownObjectError:
    return UnknownObjectError("invitation", str(invitation_id))


async def _email_of(database: Database, organisation_id: OrganisationId, invitation_id: UUID) -> str | None:
    async with database.organisation(organisation_id) as connection:
        invitation = await store.get_invitation(connection, organisation_id, invitation_id)
    return None if invitation is None else invitation.email


def _body(invitation: Invitation, now: datetime) -> InvitationBody:
    return InvitationBody(
        id=invitation.id,
        email=invitation.email,
        user=invitation.user,
        state=invitation.state(now),
        invited_by=invitation.invited_by,
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
    )
