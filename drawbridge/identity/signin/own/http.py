"""The routes of one's own account: /api/me. A session opens them, no key."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from drawbridge.identity.signin.entrance import Parts
from drawbridge.identity.signin.http import (
    AnswerBody,
    Name,
    OptionsBody,
    Password,
    RequireSession,
    Word,
    drop_cookie,
    options_body,
    set_cookie,
)
from drawbridge.identity.signin.own.own import Own
from drawbridge.identity.signin.own.own_account import OwnAccount
from drawbridge.identity.signin.own.own_codes import OwnCodes
from drawbridge.identity.signin.own.own_passkeys import OwnPasskeys
from drawbridge.identity.signin.own.own_password import OwnPassword
from drawbridge.identity.signin.own.own_sessions import OwnSessions
from drawbridge.identity.signin.own.step_up import StepUp
from drawbridge.identity.signin.qr import qr_rows
from drawbridge.identity.signin.records import Passkey, Session, SessionIdentity

_FORBID: Final = ConfigDict(extra="forbid")


class OrganisationBody(BaseModel):
    """An organisation that the account is a user of."""

    name: str
    display_name: str
    user: str
    """The account's name there."""


class MeBody(BaseModel):
    """Who is signed in, and how he can."""

    email: str
    display_name: str
    platform_administrator: bool
    organisation: str | None
    """Where he works at the moment; null in none."""
    user: str | None
    organisations: list[OrganisationBody]
    session_id: UUID
    fresh: bool
    """Whether a password or passkey was shown a short time ago: dangerous acts ask for it."""
    password: bool
    totp: bool
    passkeys: int
    recovery_codes: int


class SessionBody(BaseModel):
    """A session as the API shows it."""

    id: UUID
    this: bool
    method: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str
    user_agent: str


class SessionList(BaseModel):
    """The account's sessions, the one in use last first."""

    sessions: list[SessionBody]


class PasskeyBody(BaseModel):
    """A passkey as the API shows it."""

    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None
    copied: bool
    """Its counter went back: somebody has a copy, and it is not taken any more."""


class PasskeyList(BaseModel):
    """The account's passkeys, the oldest first."""

    passkeys: list[PasskeyBody]


class NewPasskeyBody(AnswerBody):
    """A passkey to register."""

    name: Annotated[str, Field(min_length=1, max_length=100)]


class AddedPasskeyBody(BaseModel):
    """A new passkey, with recovery codes where the account had none: they are shown this once."""

    passkey: PasskeyBody
    recovery_codes: list[str]


class NewTotpBody(BaseModel):
    """A secret for an authenticator app, in use once a code of it was shown."""

    challenge: str
    secret: str
    address: str
    """As an otpauth URL."""
    picture: list[str]
    """The same as a QR code: rows of squares, 1 for dark, without the quiet zone; empty where it would be too large."""


class ConfirmTotpBody(BaseModel):
    """A code of the new secret."""

    model_config = _FORBID

    challenge: Word
    code: Annotated[str, Field(min_length=1, max_length=64)]


class RecoveryCodesBody(BaseModel):
    """Recovery codes, shown this once; empty where the account had some already."""

    recovery_codes: list[str]


class OwnPasswordBody(BaseModel):
    """A password."""

    model_config = _FORBID

    password: Password


class EnterBody(BaseModel):
    """Where to go on."""

    model_config = _FORBID

    organisation: Name


class EndedBody(BaseModel):
    """How many sessions have ended."""

    ended: int


def own_router(parts: Parts, account: OwnAccount) -> APIRouter:
    """Make the routes under /api/me."""
    router = APIRouter(prefix="/api/me", tags=["own account"])
    _add_me(router, parts)
    _add_leaving(router, parts, account)
    _add_sessions(router, parts)
    _add_step_up(router, parts)
    _add_passkeys(router, parts)
    _add_password(router, parts)
    _add_codes(router, parts)
    return router


def _add_me(router: APIRouter, parts: Parts) -> None:
    signed_in, own, sessions = Depends(RequireSession(parts.sessions)), Own(parts), OwnSessions(parts)

    @router.get("")
    async def me(identity: Annotated[SessionIdentity, signed_in]) -> MeBody:
        """Show who is signed in, and how he can."""
        factors = await own.factors(identity)
        memberships = await sessions.memberships(identity)
        here = next((one for one in memberships if one.organisation_id == identity.organisation_id), None)
        return MeBody(
            email=identity.email,
            display_name=identity.display_name,
            platform_administrator=identity.platform_administrator,
            organisation=None if here is None else here.organisation,
            user=None if here is None else here.principal,
            organisations=[
                OrganisationBody(name=one.organisation, display_name=one.organisation_display_name, user=one.principal)
                for one in memberships
            ],
            session_id=identity.session_id,
            fresh=parts.sessions.is_fresh(identity),
            password=factors.password,
            totp=factors.totp,
            passkeys=factors.passkeys,
            recovery_codes=factors.recovery_codes,
        )

    @router.post("/organisation", status_code=204)
    async def enter(
        request: Request, response: Response, identity: Annotated[SessionIdentity, signed_in], body: EnterBody
    ) -> None:
        """Go on in another organisation, under a new session token."""
        set_cookie(response, parts.sessions.place(request), await sessions.enter(identity, body.organisation))

    del me, enter  # The router holds them.


def _add_leaving(router: APIRouter, parts: Parts, account: OwnAccount) -> None:
    @router.delete("", status_code=204)
    async def delete_me(
        request: Request,
        response: Response,
        identity: Annotated[SessionIdentity, Depends(RequireSession(parts.sessions))],
    ) -> None:
        """Delete one's own account. Needs step-up. One's users stay in their organisations, suspended."""
        await account.delete(identity)
        drop_cookie(response, parts.sessions.place(request))

    del delete_me  # The router holds it.


def _add_sessions(router: APIRouter, parts: Parts) -> None:
    signed_in, sessions = Depends(RequireSession(parts.sessions)), OwnSessions(parts)

    @router.get("/sessions")
    async def list_sessions(identity: Annotated[SessionIdentity, signed_in]) -> SessionList:
        """List the account's sessions."""
        return SessionList(sessions=[_session_body(one, identity) for one in await sessions.all(identity)])

    @router.delete("/sessions")
    async def end_sessions(
        request: Request,
        response: Response,
        identity: Annotated[SessionIdentity, signed_in],
        keep_this: bool = False,
    ) -> EndedBody:
        """Sign out everywhere, or everywhere else."""
        ended = await sessions.end_all(identity, but_this=keep_this)
        if not keep_this:
            drop_cookie(response, parts.sessions.place(request))
        return EndedBody(ended=ended)

    @router.delete("/sessions/{session_id}", status_code=204)
    async def end_session(identity: Annotated[SessionIdentity, signed_in], session_id: UUID) -> None:
        """End a session."""
        await sessions.end(identity, session_id)

    del list_sessions, end_sessions, end_session  # The router holds them.


def _add_step_up(router: APIRouter, parts: Parts) -> None:
    signed_in, step_up, sessions = Depends(RequireSession(parts.sessions)), StepUp(parts), parts.sessions

    @router.post("/step-up/password", status_code=204)
    async def by_password(
        request: Request, response: Response, identity: Annotated[SessionIdentity, signed_in], body: OwnPasswordBody
    ) -> None:
        """Show the password once more. The session goes on under a new token."""
        token = await step_up.by_password(identity, body.password, sessions.caller(request))
        set_cookie(response, sessions.place(request), token)

    @router.post("/step-up/passkey/options", operation_id="begin_step_up_by_passkey")
    async def passkey_options(request: Request, identity: Annotated[SessionIdentity, signed_in]) -> OptionsBody:
        """Ask for one of the account's passkeys."""
        return options_body(await step_up.options(identity, sessions.place(request)))

    @router.post("/step-up/passkey", status_code=204)
    async def by_passkey(
        request: Request, response: Response, identity: Annotated[SessionIdentity, signed_in], body: AnswerBody
    ) -> None:
        """Show a passkey once more. The session goes on under a new token."""
        place = sessions.place(request)
        token = await step_up.by_passkey(identity, place, body.answer(), sessions.caller(request))
        set_cookie(response, place, token)

    del by_password, passkey_options, by_passkey  # The router holds them.


def _add_passkeys(router: APIRouter, parts: Parts) -> None:
    signed_in, passkeys, sessions = Depends(RequireSession(parts.sessions)), OwnPasskeys(parts), parts.sessions

    @router.get("/passkeys")
    async def list_passkeys(identity: Annotated[SessionIdentity, signed_in]) -> PasskeyList:
        """List the account's passkeys."""
        return PasskeyList(passkeys=[_passkey_body(one) for one in await passkeys.all(identity)])

    @router.post("/passkeys/options", operation_id="begin_adding_passkey")
    async def passkey_options(request: Request, identity: Annotated[SessionIdentity, signed_in]) -> OptionsBody:
        """Begin to register a passkey. Needs step-up."""
        return options_body(await passkeys.options(identity, sessions.place(request)))

    @router.post("/passkeys", status_code=201)
    async def add_passkey(
        request: Request, identity: Annotated[SessionIdentity, signed_in], body: NewPasskeyBody
    ) -> AddedPasskeyBody:
        """Register a passkey. Needs step-up."""
        passkey, codes = await passkeys.add(identity, sessions.place(request), body.answer(), body.name)
        return AddedPasskeyBody(passkey=_passkey_body(passkey), recovery_codes=codes)

    @router.delete("/passkeys/{passkey_id}", status_code=204)
    async def remove_passkey(identity: Annotated[SessionIdentity, signed_in], passkey_id: UUID) -> None:
        """Remove a passkey. Needs step-up."""
        await passkeys.remove(identity, passkey_id)

    del list_passkeys, passkey_options, add_passkey, remove_passkey  # The router holds them.


def _add_password(router: APIRouter, parts: Parts) -> None:
    signed_in, password = Depends(RequireSession(parts.sessions)), OwnPassword(parts)

    @router.put("/password")
    async def change_password(
        request: Request, identity: Annotated[SessionIdentity, signed_in], body: OwnPasswordBody
    ) -> EndedBody:
        """Set another password, and end all other sessions. Needs step-up."""
        return EndedBody(ended=await password.change(identity, body.password, parts.sessions.caller(request)))

    del change_password  # The router holds it.


def _add_codes(router: APIRouter, parts: Parts) -> None:
    signed_in, codes = Depends(RequireSession(parts.sessions)), OwnCodes(parts)

    @router.post("/totp")
    async def new_totp(identity: Annotated[SessionIdentity, signed_in]) -> NewTotpBody:
        """Begin to add an authenticator app. Needs step-up."""
        new = codes.new_totp(identity)
        return NewTotpBody(
            challenge=new.challenge.word,
            secret=new.secret,
            address=new.address,
            picture=qr_rows(new.address) or [],
        )

    @router.post("/totp/confirm")
    async def confirm_totp(identity: Annotated[SessionIdentity, signed_in], body: ConfirmTotpBody) -> RecoveryCodesBody:
        """Add the authenticator app, of which a code is shown. Needs step-up."""
        return RecoveryCodesBody(recovery_codes=await codes.confirm_totp(identity, body.challenge, body.code))

    @router.delete("/totp", status_code=204)
    async def remove_totp(identity: Annotated[SessionIdentity, signed_in]) -> None:
        """Remove the authenticator app. Needs step-up."""
        await codes.remove_totp(identity)

    @router.post("/recovery-codes")
    async def renew_recovery_codes(identity: Annotated[SessionIdentity, signed_in]) -> RecoveryCodesBody:
        """Make new recovery codes; all others are void. Needs step-up."""
        return RecoveryCodesBody(recovery_codes=await codes.renew_recovery_codes(identity))

    del new_totp, confirm_totp, remove_totp, renew_recovery_codes  # The router holds them.


def _session_body(session: Session, identity: SessionIdentity) -> SessionBody:
    return SessionBody(
        id=session.id,
        this=session.id == identity.session_id,
        method=session.method,
        created_at=session.created_at,
        last_seen_at=session.last_seen_at,
        expires_at=session.expires_at,
        address=session.address,
        user_agent=session.user_agent,
    )


def _passkey_body(passkey: Passkey) -> PasskeyBody:
    return PasskeyBody(
        id=passkey.id,
        name=passkey.name,
        created_at=passkey.created_at,
        last_used_at=passkey.last_used_at,
        copied=passkey.cloned_at is not None,
    )
