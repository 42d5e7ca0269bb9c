"""The first administrator of a new organisation, and the only key that nobody had to be asked for."""

from typing import Final

from drawbridge.core.ids import KeyId, OrganisationId, uuid7
from drawbridge.db.engine import AsyncConnection
from drawbridge.identity import store
from drawbridge.identity.keys import make_key
from drawbridge.identity.records import KeyToStore

NAME: Final = "admin"


async def add_first_administrator(connection: AsyncConnection, organisation_id: OrganisationId) -> str:
    """Create the user `admin` with an admin key, and return the key, which is shown this once."""
    await store.create_principal(
        connection, organisation_id, "user", NAME, display_name="Administrator", managed_by_file=False
    )
    principal = await store.find_principal(connection, organisation_id, NAME)
    assert principal is not None
    key = make_key()
    row = KeyToStore(
        id=KeyId(uuid7()),
        principal_id=principal.id,
        name="first admin key",
        hash=key.hash,
        hint=key.hint,
        admin=True,
        expires_at=None,
        replaces=None,
    )
    await store.insert_key(connection, organisation_id, row)
    return key.text
