"""Take an invitation: with an account that one has, or with a new one."""

from drawbridge.audit.acts import Act, Actor
from drawbridge.audit.record import record, record_platform
from drawbridge.core.text import require_printable
from drawbridge.db.engine import AsyncConnection
from drawbridge.identity.signin import store as accounts
from drawbridge.identity.signin.acts import user
from drawbridge.identity.signin.entrance import Parts
from drawbridge.identity.signin.errors import InvitationError, LinkInvalidError
from drawbridge.identity.signin.invitations import store
from drawbridge.identity.signin.invitations.records import Invitation, LinkedInvitation, ShownInvitation
from drawbridge.identity.signin.passwords import require_strong
from drawbridge.identity.signin.records import Caller, Membership, SessionIdentity
from drawbridge.identity.signin.set_up import LONGEST_NAME
from drawbridge.identity.signin.site import source_of
from drawbridge.identity.signin.store import signing_in
from drawbridge.identity.signin.tokens import hash_token

_WHAT_TO_DO = "Ask whoever invited you for another one."


class Joining:
    """Lets the holders of invitations in."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._database = parts.database

    async def show(self, token: str) -> ShownInvitation:
        """Tell the holder of a link what it is for. Raises LinkInvalidError."""
        async with signing_in(self._database) as connection:
            found = await self._open(connection, token)
        invitation, organisation = found.invitation, found.organisation_display_name or found.organisation
        return ShownInvitation(
            organisation, invitation.email, invitation.user, found.display_name, invitation.expires_at
        )

    async def make_account(self, token: str, display_name: str, password: str, caller: Caller) -> None:
        """Make an account for the invited e-mail. Where there is one, nothing is changed, and nothing tells.

        The invitation is taken after that, by whoever signs in to the account.

        Raises LinkInvalidError, WeakPasswordError, UnprintableTextError, SignInBusyError.
        """
        require_printable(display_name, "The name", longest=LONGEST_NAME)
        async with self._parts.refusals.recorded("invitation", caller), signing_in(self._database) as connection:
            found = await self._open(connection, token)
        invitation = found.invitation
        require_strong(password, invitation.email, display_name)
        hashed = await self._parts.passwords.hash(password, source_of(caller.address))
        async with signing_in(self._database) as connection:
            account_id = await accounts.insert_account(connection, invitation.email, display_name)
            if account_id is not None:
                await accounts.set_password(connection, account_id, hashed, self._parts.clock.now())
                actor = Actor("nobody", "link", name=invitation.email, address=caller.address)
                # The e-mail is not proven: who has seen the link could have made it, the inviter too.
                detail = {
                    "email": invitation.email,
                    "invited_by": invitation.invited_by,
                    "organisation": found.organisation,
                    "invitation": str(invitation.id),
                }
                act = Act(actor, "account.created", "account", str(account_id), detail=detail)
                await record_platform(connection, act)

    async def join(self, identity: SessionIdentity, token: str, caller: Caller) -> tuple[Membership, str]:
        """Take an invitation with the account that is signed in.

        Return what it brought, and the token that replaces the session's.

        Raises LinkInvalidError, InvitationError.
        """
        async with signing_in(self._database) as connection:
            found = await self._open(connection, token)
            invitation = found.invitation
            if invitation.email != identity.email:
                raise InvitationError(
                    "This invitation is for another e-mail address than that of the account you are signed in to. Sign"
                    " out, and open the link again."
                )
            present = await accounts.memberships(connection, identity.account_id)
            if any(one.organisation_id == invitation.organisation_id for one in present):
                raise InvitationError("You are in this organisation already.")
            joined = Membership(
                invitation.organisation_id,
                found.organisation,
                found.organisation_display_name,
                invitation.principal_id,
                invitation.user,
            )
            async with self._database.changing(connection, invitation.organisation_id):
                await self._link(connection, identity, invitation)
            session_token = await self._parts.sessions.enter(connection, identity.session_id, joined)
            detail = {"user": invitation.user, "account": str(identity.account_id)}
            act = Act(user(joined, caller, "link"), "invitation.used", "invitation", invitation.email, detail=detail)
            await record(connection, invitation.organisation_id, act)
        return joined, session_token

    async def _link(self, connection: AsyncConnection, identity: SessionIdentity, invitation: Invitation) -> None:
        taken = await store.take(connection, invitation, self._parts.clock.now())
        linked = taken and await accounts.link_principal(
            connection, invitation.organisation_id, invitation.principal_id, identity.account_id
        )
        if not linked:
            raise LinkInvalidError(_WHAT_TO_DO)

    async def _open(self, connection: AsyncConnection, token: str) -> LinkedInvitation:
        found = await store.find_by_link(connection, hash_token(token))
        if found is None or found.invitation.state(self._parts.clock.now()) != "open":
            raise LinkInvalidError(_WHAT_TO_DO)
        return found
