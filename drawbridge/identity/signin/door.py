"""Puts signing in together: what the application plugs in."""

from dataclasses import dataclass
from typing import Never

from fastapi import APIRouter, Request

from drawbridge.config.held_keys import HeldKeys
from drawbridge.core.clock import Clock
from drawbridge.db.engine import Database
from drawbridge.identity.access import SignedIn
from drawbridge.identity.administration import StillAdministered
from drawbridge.identity.signin.challenges import Challenges
from drawbridge.identity.signin.codes import Codes
from drawbridge.identity.signin.entrance import Entrance, Parts
from drawbridge.identity.signin.http import sign_in_router
from drawbridge.identity.signin.invitations.http import joining_router
from drawbridge.identity.signin.lifecycle.accounts import Accounts
from drawbridge.identity.signin.lifecycle.http import accounts_router
from drawbridge.identity.signin.limits.limits import Limits
from drawbridge.identity.signin.own.http import own_router
from drawbridge.identity.signin.own.own_account import OwnAccount
from drawbridge.identity.signin.passwords import Argon2, Hashing, Passwords
from drawbridge.identity.signin.platform_door import PlatformDoor
from drawbridge.identity.signin.refusals import Refusals
from drawbridge.identity.signin.sessions.attendance import Attendance
from drawbridge.identity.signin.sessions.sessions import Sessions
from drawbridge.identity.signin.set_up import Appoint, SetUp
from drawbridge.identity.signin.shown_passkeys import ShownPasskeys
from drawbridge.identity.signin.site import Site


@dataclass(frozen=True, slots=True)
class SignIn:
    """Signing in, as the admin API takes it."""

    sessions: Sessions
    members: "MemberSessions"
    routers: tuple[APIRouter, ...]
    site: Site


@dataclass(frozen=True, slots=True)
class MemberSessions:
    """The sessions of those who are in an organisation at the moment, for the door of the admin API."""

    sessions: Sessions
    attendance: Attendance

    async def identify(self, request: Request) -> SignedIn | None:
        """Return whom a request's session speaks for. Raises CrossSiteError."""
        identity = await self.sessions.identify(request)
        if identity is None or identity.organisation_id is None or identity.principal_id is None:
            return None
        return SignedIn(
            identity.organisation_id,
            identity.principal_id,
            identity.session_id,
            is_fresh=self.sessions.is_fresh(identity),
        )

    async def attend(self, signed_in: SignedIn) -> Never:
        """Wait as long as a session speaks for somebody. Raises NotAuthenticatedError within a second of its end."""
        await self.attendance.attend((signed_in.session_id, signed_in.organisation_id, signed_in.principal_id))


@dataclass(frozen=True, slots=True)
class SignInPlugs:
    """What signing in needs of organisations."""

    organisation: str
    """The name of the first one: the first account becomes a user of it."""
    still_administered: StillAdministered
    appoint: Appoint


def build_sign_in(
    database: Database,
    clock: Clock,
    site: Site,
    keys: HeldKeys,
    plugs: SignInPlugs,
    *,
    hashing: Hashing | None = None,
) -> SignIn:
    """Put signing in together."""
    sessions, limits = Sessions(database, clock, site), Limits(database, clock)
    parts = Parts(
        database=database,
        clock=clock,
        sessions=sessions,
        passwords=Passwords(hashing or Argon2()),
        limits=limits,
        refusals=Refusals(database, limits),
        challenges=Challenges(lambda: keys.sealing.material, lambda: [key.material for key in keys.now.newest_first]),
        codes=Codes(keys),
        shown_passkeys=ShownPasskeys(database, clock),
    )
    set_up = SetUp(parts, plugs.organisation, plugs.appoint)
    accounts = Accounts(database, clock, plugs.still_administered)
    routers = (
        sign_in_router(sessions, Entrance(parts), set_up),
        own_router(parts, OwnAccount(parts, accounts)),
        joining_router(parts),
        accounts_router(accounts, PlatformDoor(sessions)),
    )
    return SignIn(sessions, MemberSessions(sessions, Attendance(database, clock)), routers, site)
