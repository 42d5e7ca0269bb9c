"""What signing in adds to suspension and to the platform's own routes."""

from dataclasses import dataclass

from fastapi import Request

from drawbridge.audit.acts import Actor
from drawbridge.core.ids import OrganisationId, PrincipalId
from drawbridge.db.engine import Database
from drawbridge.identity.access import Check
from drawbridge.identity.errors import NotAllowedError
from drawbridge.identity.signin.errors import NotSignedInError, StepUpRequiredError
from drawbridge.identity.signin.sessions import store
from drawbridge.identity.signin.sessions.sessions import Sessions
from drawbridge.identity.signin.store import signing_in

_SAFE = frozenset({"GET", "HEAD"})


async def end_sessions(database: Database, organisation_id: OrganisationId, principal_id: PrincipalId | None) -> None:
    """End the sessions in which somebody works as a principal; None: everybody's of the organisation."""
    async with signing_in(database) as connection:
        if principal_id is None:
            await store.end_sessions_in(connection, organisation_id)
        else:
            await store.end_sessions_of_principal(connection, organisation_id, principal_id)


@dataclass(frozen=True, slots=True)
class PlatformDoor:
    """Lets platform administrators in, by their sessions: no key opens it, and no right within an organisation."""

    sessions: Sessions

    def platform_administrator(self) -> Check:
        """Make the check of a route about organisations as such. A change needs a fresh password or passkey."""

        async def check(request: Request) -> Actor:
            identity = await self.sessions.identify(request)
            if identity is None:
                raise NotSignedInError
            if not identity.platform_administrator:
                raise NotAllowedError("Only a platform administrator may do this: ask whoever runs this Drawbridge.")
            if request.method not in _SAFE and not self.sessions.is_fresh(identity):
                raise StepUpRequiredError
            return Actor(
                "platform_administrator",
                "session",
                name=identity.email,
                via_id=identity.session_id,
                address=identity.address,
            )

        return check
