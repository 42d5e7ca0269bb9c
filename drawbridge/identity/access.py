"""The door of the admin API, as its routes see it: who asks, and may they."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Never, Protocol
from uuid import UUID

from starlette.requests import Request

from drawbridge.audit.acts import Actor
from drawbridge.core.errors import DrawbridgeError
from drawbridge.core.ids import OrganisationId, PrincipalId
from drawbridge.db.engine import AsyncConnection

Check = Callable[[Request], Awaitable[Actor]]
"""A dependency of a route: returns who asks, or raises an error that becomes the answer."""

NO_TEAMS: frozenset[UUID] = frozenset()
"""The teams of what belongs to none, such as a model."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a request's session speaks for."""

    organisation_id: OrganisationId
    principal_id: PrincipalId
    session_id: UUID
    is_fresh: bool = False
    """Whether a password or passkey was shown in it a short time ago."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to do with one object, which belongs to these teams and those above them."""

    action: str
    kind: str
    name: str
    teams: frozenset[UUID]
    unknown: DrawbridgeError
    """The answer to who may not even read it."""


def organisation_of(actor: Actor) -> OrganisationId:
    """Return the organisation of one who came through the door: only members of one do."""
    assert actor.organisation_id is not None
    return actor.organisation_id


class Sessions(Protocol):
    """The sessions of people who signed in."""

    async def identify(self, request: Request) -> SignedIn | None:
        """Return whom the request's session cookie speaks for; None where it carries none that is valid.

        A request that another site may have made is refused here, by an error that becomes the answer.
        """
        ...

    async def attend(self, signed_in: SignedIn) -> Never:
        """Wait as long as a session speaks for somebody. Raises NotAuthenticatedError within a second of its end."""
        ...


class PlatformAccess(Protocol):
    """The door of what is about organisations as such: for platform administrators only."""

    def platform_administrator(self) -> Check:
        """Make the check of a route that no right within an organisation opens.

        The actor that it returns is of kind `platform_administrator` and of no organisation.

        Raises NotAuthenticatedError (401), NotAllowedError (403).
        """
        ...


class Judge(Protocol):
    """What one who asks may do with the objects of one kind, at one moment."""

    def may(self, action: str, name: str) -> bool:
        """Tell whether this may be done with an object that exists or is being made."""
        ...

    def require(self, action: str, name: str) -> None:
        """Check the right to one object, which exists or not.

        Raises as `Access.require`.
        """
        ...

    def unknown(self, name: str) -> DrawbridgeError:
        """Return the error for a name that does not exist, which is that for one that may not be seen."""
        ...


class Access(Protocol):
    """Policy before the admin API. The only way from a request to the right to do something."""

    def requires(self, action: str, *kinds: str) -> Check:
        """Make the check that a route begins with: the request is signed in, and some rule may allow this.

        Of several kinds, the right to one is enough. A route that is declared with `STEP_UP` needs a session in which
        a password or passkey was shown a short time ago; a key is not asked for more.

        Raises NotAuthenticatedError (401), NotAllowedError (403), which says which rule refused, and
        StepUpRequiredError (403).
        """
        ...

    def signed_in(self) -> Check:
        """Make the check of a route that is about the one who asks, such as their own sessions and keys."""
        ...

    def requires_own_keys(self) -> Check:
        """Make the check of a route about the keys of the one who asks: they may manage `key:own`.

        Raises as `requires`; what is refused is no secret, so never UnknownObjectError.
        """
        ...

    async def require_own_keys(self, connection: AsyncConnection, actor: Actor) -> None:
        """Check the right to the own keys as a transaction sees it.

        Raises NotAllowedError (403).
        """
        ...

    async def attend(self, request: Request, actor: Actor) -> Never:
        """Wait as long as whoever made a request is let in: for answers that go on while rights can be lost.

        Raises NotAuthenticatedError, or NotAdminError, within a second of the moment when the request would be refused.
        """
        ...

    async def require(
        self,
        actor: Actor,
        action: str,
        kind: str,
        name: str,
        teams: frozenset[UUID],
        *,
        unknown: DrawbridgeError | None = None,
    ) -> None:
        """Check the right to one object, which belongs to these teams and those above them.

        Raises the UnknownObjectError (404) that a name which does not exist would get, or `unknown` in its place, if
        the actor may not even read it; NotAllowedError (403) otherwise.
        """
        ...

    async def require_within(self, connection: AsyncConnection, actor: Actor, wanted: Wanted) -> None:
        """Check the right to one object as a transaction sees it. Raises as `require`."""
        ...

    async def judge(self, actor: Actor, kind: str, connection: AsyncConnection | None = None) -> Judge:
        """Return what the actor may do with the objects of a kind, as a transaction sees them; None: as they are now.

        For lists, and for writes, which are judged in their own transaction before and after.
        """
        ...

    def unwidened(self, connection: AsyncConnection, actor: Actor) -> AbstractAsyncContextManager[None]:
        """Hold what is changed within to the rule that nobody gives away what is not theirs.

        Raises WiderThanOwnError (403), which undoes the transaction, where somebody gained a right that the actor does
        not have, or came within the reach of rights that did not cover them. Administrators may give anything.
        """
        ...

    async def require_no_stronger(
        self, actor: Actor, owner_id: PrincipalId, project_id: UUID | None, connection: AsyncConnection | None = None
    ) -> None:
        """Check that the holder of a new key could do nothing by it that the actor cannot.

        As a transaction sees the rights; None: as they are now.

        Raises WiderThanOwnError (403).
        """
        ...
