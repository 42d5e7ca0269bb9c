"""Begin, recognise, rotate and end sessions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from starlette.requests import Request

from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.core.text import escape_unprintable
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.identity.signin.errors import CrossSiteError
from drawbridge.identity.signin.records import (
    AccountId,
    Caller,
    Membership,
    Method,
    Session,
    SessionId,
    SessionIdentity,
)
from drawbridge.identity.signin.sessions import store
from drawbridge.identity.signin.site import Place, Site
from drawbridge.identity.signin.store import signing_in
from drawbridge.identity.signin.tokens import hash_token, new_token

AGES: Final = store.Ages(idle=timedelta(hours=12), seen_every=timedelta(minutes=1))
LONGEST: Final = timedelta(days=7)
STEP_UP: Final = timedelta(minutes=10)
"""For how long a password or passkey that was shown counts as fresh."""

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NO_FORM_SENDS: Final = frozenset({"application/json", "application/octet-stream"})
_LONGEST_USER_AGENT: Final = 200


@dataclass(frozen=True, slots=True)
class StartedSession:
    """A session at the only moment when its token is known."""

    session: Session
    token: str = field(repr=False)


class Sessions:
    """The sessions of every account."""

    def __init__(self, database: Database, clock: Clock, site: Site) -> None:
        self._database = database
        self._clock = clock
        self._site = site

    def caller(self, request: Request) -> Caller:
        """Return where a request comes from."""
        peer = request.client.host if request.client is not None else ""
        # Some proxies add a line of their own behind those that a caller sent, instead of a word behind the last.
        address = self._site.caller(peer, ",".join(request.headers.getlist("x-forwarded-for")))
        agent = escape_unprintable(request.headers.get("user-agent", ""))
        return Caller(escape_unprintable(address)[:100], agent[:_LONGEST_USER_AGENT])

    def place(self, request: Request) -> Place:
        """Return by which of our names a request came. Raises CrossSiteError for a name that is not ours."""
        place = self._site.place(request.headers.get("host", ""))
        if place is None:
            raise CrossSiteError("Nobody signs in by this name: see DRAWBRIDGE_PUBLIC_URL in the configuration.")
        return place

    async def identify(self, request: Request) -> SessionIdentity | None:
        """Return who is signed in by the request's cookie; None without one, and for a session that has ended.

        Raises CrossSiteError where a page of somebody else may have made the browser send it.
        """
        place = self._site.place(request.headers.get("host", ""))
        token = None if place is None else request.cookies.get(place.cookie)
        if place is None or token is None:
            return None
        if request.method not in _SAFE:
            require_same_site(request, place)
        now = self._clock.now()
        async with signing_in(self._database) as connection:
            found = await store.find_identity(connection, hash_token(token), now, AGES, self.caller(request).address)
            if found is None:
                return None
            identity, last_seen_at = found
            if now - last_seen_at >= AGES.seen_every:
                await store.set_seen(connection, identity.session_id, now)
        return identity

    def is_fresh(self, identity: SessionIdentity) -> bool:
        """Tell whether a password or passkey was shown a short time ago."""
        return self._clock.now() - identity.stepped_up_at < STEP_UP

    async def begin(
        self,
        connection: AsyncConnection,
        account_id: AccountId,
        organisation_id: OrganisationId | None,
        method: Method,
        caller: Caller,
    ) -> StartedSession:
        """Begin a session, in a transaction of the system role, under a token that nobody had before."""
        now = self._clock.now()
        session = Session(
            id=SessionId(uuid7()),
            account_id=account_id,
            organisation_id=organisation_id,
            method=method,
            created_at=now,
            last_seen_at=now,
            expires_at=now + LONGEST,
            stepped_up_at=now,
            address=caller.address,
            user_agent=caller.user_agent,
        )
        token = new_token()
        await store.delete_ended(connection, account_id, now, AGES)
        await store.insert_session(connection, session, hash_token(token))
        return StartedSession(session, token)

    async def end(self, request: Request) -> None:
        """End the session of the request's cookie, if there is one."""
        token = request.cookies.get(self.place(request).cookie)
        if token is not None:
            async with signing_in(self._database) as connection:
                await store.end_by_token(connection, hash_token(token))

    async def step_up(self, connection: AsyncConnection, session_id: SessionId) -> str:
        """Note that a password or passkey was shown again. Return the token that replaces the session's."""
        token = new_token()
        await store.rotate(connection, session_id, hash_token(token), stepped_up_at=self._clock.now())
        return token

    async def enter(self, connection: AsyncConnection, session_id: SessionId, membership: Membership) -> str:
        """Go on in another organisation. Return the token that replaces the session's."""
        token = new_token()
        await store.rotate(connection, session_id, hash_token(token), organisation_id=membership.organisation_id)
        return token


def require_same_site(request: Request, place: Place) -> None:
    """Check that the page that made a browser send a request is one of ours.

    Browsers say so in Origin, and in Sec-Fetch-Site, with every request that changes something. A form of somebody
    else's page can send neither JSON nor bytes.

    Raises CrossSiteError.
    """
    headers = request.headers
    origin, fetch_site = headers.get("origin"), headers.get("sec-fetch-site")
    is_ours = origin == place.origin if origin is not None else fetch_site == "same-origin"
    if not is_ours or fetch_site not in (None, "same-origin"):
        raise CrossSiteError("This request was not made by a page of Drawbridge: open it there.")
    if _has_body(headers) and headers.get("content-type", "").partition(";")[0].strip().lower() not in _NO_FORM_SENDS:
        raise CrossSiteError("Send the body as application/json.")


def _has_body(headers: Mapping[str, str]) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
