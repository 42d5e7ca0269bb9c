"""Whether anybody can sign in: what others may ask about accounts."""

from collections.abc import Collection
from uuid import UUID

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection
from drawbridge.identity.signin import store


async def any_can_sign_in(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_ids: Collection[UUID]
) -> bool:
    """Tell whether any of these principals has an account that is not suspended, with a password or passkey.

    As things stand in the transaction, which is one of the organisation.
    """
    return await store.any_signs_in(connection, organisation_id, principal_ids)
