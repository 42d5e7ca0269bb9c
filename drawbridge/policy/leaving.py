"""What policy says of a principal that is to be deleted: plugged into identity's `People`."""

from collections.abc import Sequence

from drawbridge.core.ids import OrganisationId, PrincipalId
from drawbridge.db.engine import AsyncConnection
from drawbridge.policy import store


class GrantsToPrincipals:
    """The grants that name a principal itself."""

    async def naming(
        self, connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId
    ) -> Sequence[str]:
        """Return the names of the grants to a principal itself."""
        return await store.grants_naming(connection, organisation_id, principal_id)

    async def forget(
        self, connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId
    ) -> None:
        """Take a principal out of the grants that name it."""
        await store.forget_principal(connection, organisation_id, principal_id)
