"""The routes of signing in: /api/auth. No key opens them; pages of ours do."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from drawbridge.identity.signin.challenges import Challenge
from drawbridge.identity.signin.entrance import Entrance
from drawbridge.identity.signin.errors import NotSignedInError
from drawbridge.identity.signin.passkeys import Answer
from drawbridge.identity.signin.records import SessionIdentity
from drawbridge.identity.signin.sessions.sessions import LONGEST, Sessions, StartedSession, require_same_site
from drawbridge.identity.signin.set_up import NewAccount, SetUp
from drawbridge.identity.signin.site import Place

_FORBID: Final = ConfigDict(extra="forbid")
Email = Annotated[str, Field(min_length=3, max_length=254)]
Password = Annotated[str, Field(min_length=1, max_length=1024)]
Word = Annotated[str, Field(min_length=1, max_length=400)]
Name = Annotated[str, Field(max_length=200)]


class SetUpBody(BaseModel):
    """The first account."""

    model_config = _FORBID

    token: Word
    email: Email
    display_name: Name = ""
    password: Password


class PasswordBody(BaseModel):
    """Who signs in."""

    model_config = _FORBID

    email: Email
    password: Password


class CodeBody(BaseModel):
    """The answer behind a right password."""

    model_config = _FORBID

    challenge: Word
    code: Annotated[str, Field(min_length=1, max_length=64)]


class AnswerBody(BaseModel):
    """What a browser's authenticator answers, as `PublicKeyCredential.toJSON()` writes it."""

    model_config = _FORBID

    challenge: Word
    # Any: JSON that the WebAuthn library reads and checks.
    credential: dict[str, Any]

    def answer(self) -> Answer:
        """Return it as the parts below take it."""
        return Answer(self.challenge, self.credential)


class LinkBody(BaseModel):
    """A one-time link's token."""

    model_config = _FORBID

    token: Word


class SignedInBody(BaseModel):
    """A session has begun: its cookie came with this answer. Or a second factor is asked for."""

    signed_in: bool
    session_id: UUID | None = None
    second_factor: Literal["code"] | None = None
    """A code of an authenticator app, or a recovery code."""
    challenge: str | None = None
    """To be sent with the code."""


class OptionsBody(BaseModel):
    """What a browser needs for its authenticator, and the word to send with the answer."""

    challenge: str
    # Any: JSON for `PublicKeyCredential.parse...OptionsFromJSON`.
    options: dict[str, Any]


def sign_in_router(sessions: Sessions, entrance: Entrance, set_up: SetUp) -> APIRouter:
    """Make the routes under /api/auth."""
    router = APIRouter(prefix="/api/auth", tags=["sign-in"])
    _add_set_up(router, sessions, set_up)
    _add_password(router, sessions, entrance)
    _add_passkey(router, sessions, entrance)
    _add_ends(router, sessions, entrance)
    return router


class FromOurPage:
    """A dependency: the request was made by a page of ours. Returns by which of our names it came."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def __call__(self, request: Request) -> Place:
        """Raises CrossSiteError."""
        place = self._sessions.place(request)
        require_same_site(request, place)
        return place


class RequireSession:
    """A dependency: somebody is signed in."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def __call__(self, request: Request) -> SessionIdentity:
        """Raises NotSignedInError, CrossSiteError."""
        identity = await self._sessions.identify(request)
        if identity is None:
            raise NotSignedInError
        return identity


def set_cookie(response: Response, place: Place, token: str) -> None:
    """Give the browser a session's token, out of reach of scripts and of requests that other sites cause."""
    response.set_cookie(
        place.cookie,
        token,
        max_age=int(LONGEST.total_seconds()),
        path="/",
        secure=place.is_secure,
        httponly=True,
        samesite="strict",
    )


def drop_cookie(response: Response, place: Place) -> None:
    """Take the token from the browser."""
    response.delete_cookie(place.cookie, path="/", secure=place.is_secure, httponly=True, samesite="strict")


def options_body(made: tuple[Challenge, dict[str, Any]]) -> OptionsBody:
    """Write a challenge for the API."""
    challenge, options = made
    return OptionsBody(challenge=challenge.word, options=options)


def _add_set_up(router: APIRouter, sessions: Sessions, set_up: SetUp) -> None:
    @router.post("/set-up", status_code=201)
    async def complete_set_up(
        request: Request, response: Response, place: Annotated[Place, Depends(FromOurPage(sessions))], body: SetUpBody
    ) -> SignedInBody:
        """Make the first account, by the link that a start prints, and sign it in."""
        wanted = NewAccount(body.email, body.display_name, body.password)
        started = await set_up.complete(body.token, wanted, sessions.caller(request))
        return await _signed_in(sessions, request, response, place, started)

    del complete_set_up  # The router holds it.


def _add_password(router: APIRouter, sessions: Sessions, entrance: Entrance) -> None:
    from_our_page = Depends(FromOurPage(sessions))

    @router.post("/password")
    async def sign_in_by_password(
        request: Request, response: Response, place: Annotated[Place, from_our_page], body: PasswordBody
    ) -> SignedInBody:
        """Sign in by password. Where the account has a second factor, that is asked for."""
        outcome = await entrance.by_password(body.email, body.password, sessions.caller(request))
        if isinstance(outcome, Challenge):
            return SignedInBody(signed_in=False, second_factor="code", challenge=outcome.word)
        return await _signed_in(sessions, request, response, place, outcome)

    @router.post("/code")
    async def sign_in_by_code(
        request: Request, response: Response, place: Annotated[Place, from_our_page], body: CodeBody
    ) -> SignedInBody:
        """Answer with a code of an authenticator app, or with a recovery code."""
        started = await entrance.by_code(body.challenge, body.code, sessions.caller(request))
        return await _signed_in(sessions, request, response, place, started)

    del sign_in_by_password, sign_in_by_code  # The router holds them.


def _add_passkey(router: APIRouter, sessions: Sessions, entrance: Entrance) -> None:
    from_our_page = Depends(FromOurPage(sessions))

    @router.post("/passkey/options", operation_id="begin_sign_in_by_passkey")
    async def passkey_options(place: Annotated[Place, from_our_page]) -> OptionsBody:
        """Ask for any passkey that the browser has for this address."""
        return options_body(entrance.passkey_options(place))

    @router.post("/passkey")
    async def sign_in_by_passkey(
        request: Request, response: Response, place: Annotated[Place, from_our_page], body: AnswerBody
    ) -> SignedInBody:
        """Sign in by passkey."""
        started = await entrance.by_passkey(place, body.answer(), sessions.caller(request))
        return await _signed_in(sessions, request, response, place, started)

    del passkey_options, sign_in_by_passkey  # The router holds them.


def _add_ends(router: APIRouter, sessions: Sessions, entrance: Entrance) -> None:
    from_our_page = Depends(FromOurPage(sessions))

    @router.post("/link")
    async def sign_in_by_link(
        request: Request, response: Response, place: Annotated[Place, from_our_page], body: LinkBody
    ) -> SignedInBody:
        """Sign in by a one-time link."""
        started = await entrance.by_link(body.token, sessions.caller(request))
        return await _signed_in(sessions, request, response, place, started)

    @router.post("/sign-out", status_code=204)
    async def sign_out(request: Request, response: Response, place: Annotated[Place, from_our_page]) -> None:
        """End this session, if there is one."""
        await entrance.sign_out(request)
        drop_cookie(response, place)

    del sign_in_by_link, sign_out  # The router holds them.


async def _signed_in(
    sessions: Sessions, request: Request, response: Response, place: Place, started: StartedSession
) -> SignedInBody:
    """Hand a new session over. What the browser was signed in to before ends."""
    await sessions.end(request)
    set_cookie(response, place, started.token)
    return SignedInBody(signed_in=True, session_id=started.session.id)
