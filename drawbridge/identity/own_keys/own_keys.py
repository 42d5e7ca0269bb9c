"""What somebody may do with the keys of which they are the owner."""

from datetime import timedelta
from typing import Final

from drawbridge.audit.acts import Actor
from drawbridge.core.clock import Clock
from drawbridge.core.ids import KeyId, PrincipalId
from drawbridge.core.paging import Page, PageRequest
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.identity import store
from drawbridge.identity.access import organisation_of
from drawbridge.identity.errors import (
    AdminKeyError,
    Denial,
    KeyFrozenError,
    TooManyKeysError,
    UnknownObjectError,
)
from drawbridge.identity.keyring import IssuedKey, KeyRequest, Keyring, Permitted
from drawbridge.identity.records import KeyFilter, KeyRecord, KeyState

MOST_OWN_KEYS: Final = 100
"""With so many that work, nobody makes more for themselves."""

_AT_ONCE: Final = timedelta(0)


class OwnKeys:
    """The keys of whoever asks: to anybody else they do not exist."""

    def __init__(self, database: Database, clock: Clock, keyring: Keyring) -> None:
        self._database = database
        self._clock = clock
        self._keyring = keyring

    async def listed(self, actor: Actor, state: KeyState | None, page: PageRequest) -> Page[KeyRecord]:
        """List them, the newest first."""
        organisation_id, wanted = organisation_of(actor), KeyFilter(owner=actor.name, state=state)
        async with self._database.organisation(organisation_id) as connection:
            return await store.list_keys(connection, organisation_id, wanted, page, self._clock.now())

    async def create(self, actor: Actor, request: KeyRequest, permitted: Permitted) -> IssuedKey:
        """Make one, once it is `permitted`.

        Raises TooManyKeysError, and as the keyring.
        """

        async def permitted_one_more(connection: AsyncConnection) -> None:
            await permitted(connection)
            await self._require_room(connection, actor)

        return await self._keyring.create(organisation_of(actor), request, actor, permitted_one_more)

    async def require_rotatable(
        self, connection: AsyncConnection, actor: Actor, key_id: KeyId, grace: timedelta
    ) -> KeyRecord:
        """Return one that its owner may replace.

        Raises UnknownObjectError, AdminKeyError, KeyFrozenError, TooManyKeysError.
        """
        key = await _require_own(connection, actor, key_id)
        if key.admin:
            raise AdminKeyError(
                f"Key {key.hint} is an admin key: only who may manage it as any other replaces it, by"
                f" POST /api/keys/{key.id}/rotate."
            )
        if key.frozen_at is not None:
            raise KeyFrozenError(
                f"Key {key.hint} is frozen, since one of its calls cost more than was held for it: ask an administrator"
                " to unfreeze it first."
            )
        if grace > _AT_ONCE:
            # Both work for a while.
            await self._require_room(connection, actor)
        return key

    async def revoke(self, actor: Actor, key_id: KeyId) -> KeyRecord:
        """End one at once and for good.

        Raises UnknownObjectError, and as the keyring.
        """
        async with self._database.organisation(organisation_of(actor)) as connection:
            key = await _require_own(connection, actor, key_id)
        return await self._keyring.revoke(organisation_of(actor), key.id, actor)

    async def _require_room(self, connection: AsyncConnection, actor: Actor) -> None:
        found = await store.count_active_keys(connection, organisation_of(actor), own_id(actor), self._clock.now())
        if found >= MOST_OWN_KEYS:
            raise TooManyKeysError(
                f"You have {found} keys that work, and can make no more than {MOST_OWN_KEYS}: revoke those that are not"
                " used any more."
            )


def own_id(actor: Actor) -> PrincipalId:
    """Return the principal that somebody is who came through the door."""
    assert actor.principal_id is not None
    return PrincipalId(actor.principal_id)


async def _require_own(connection: AsyncConnection, actor: Actor, key_id: KeyId) -> KeyRecord:
    key = await store.get_key(connection, organisation_of(actor), key_id)
    if key is None or key.principal_id != actor.principal_id:
        raise UnknownObjectError("key", str(key_id), Denial(actor, "manage", "key", str(key_id)))
    return key
