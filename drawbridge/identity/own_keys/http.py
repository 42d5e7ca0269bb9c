"""The routes of one's own keys, for whoever may manage `key:own`."""

from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends

from drawbridge.audit.acts import Actor
from drawbridge.core.clock import Clock
from drawbridge.core.ids import KeyId
from drawbridge.core.operations import STEP_UP
from drawbridge.core.paging import PageRequest
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.identity.access import Access, organisation_of
from drawbridge.identity.administration import StillAdministered
from drawbridge.identity.http import (
    IssuedKeyBody,
    KeyBody,
    KeyPage,
    NewOwnKeyBody,
    RotationBody,
    issued_body,
    key_body,
    page_request,
    require_project,
)
from drawbridge.identity.keyring import KeyRequest, Keyring
from drawbridge.identity.own_keys.own_keys import OwnKeys, own_id
from drawbridge.identity.records import KeyState

# Any: a part of OpenAPI, which is JSON.
_SECURITY: Final[dict[str, Any]] = {"security": [{"key": []}, {"session": []}]}
"""Under /api/me, what else is there is for sessions only."""


def own_keys_router(
    database: Database, clock: Clock, access: Access, still_administered: StillAdministered
) -> APIRouter:
    """Make the routes under /api/me/keys."""
    router = APIRouter(prefix="/api/me/keys", tags=["identity"])
    keyring = Keyring(database, clock, still_administered)
    own_keys = OwnKeys(database, clock, keyring)
    _add_listing_and_ending(router, clock, own_keys, access)
    _add_making(router, clock, own_keys, access)
    _add_replacing(router, clock, own_keys, keyring, access)
    return router


def _add_listing_and_ending(router: APIRouter, clock: Clock, own_keys: OwnKeys, access: Access) -> None:
    may_manage = access.requires_own_keys()

    @router.get("", openapi_extra=_SECURITY)
    async def list_own_keys(
        actor: Annotated[Actor, Depends(may_manage)],
        page: Annotated[PageRequest, Depends(page_request)],
        state: KeyState | None = None,
    ) -> KeyPage:
        """List one's own keys, the newest first."""
        found, now = await own_keys.listed(actor, state, page), clock.now()
        return KeyPage(keys=[key_body(key, now) for key in found.items], next_cursor=found.next_cursor)

    @router.post("/{key_id}/revoke", openapi_extra=_SECURITY)
    async def revoke_own_key(actor: Annotated[Actor, Depends(may_manage)], key_id: UUID) -> KeyBody:
        """End one of one's own keys at once and for good."""
        return key_body(await own_keys.revoke(actor, KeyId(key_id)), clock.now())

    del list_own_keys, revoke_own_key  # The router holds them.


def _add_making(router: APIRouter, clock: Clock, own_keys: OwnKeys, access: Access) -> None:
    @router.post("", status_code=201, openapi_extra={**STEP_UP, **_SECURITY})
    async def create_own_key(
        actor: Annotated[Actor, Depends(access.requires_own_keys())], body: NewOwnKeyBody
    ) -> IssuedKeyBody:
        """Create a key of one's own, which is no admin key. Its text is in this answer only."""
        request = KeyRequest(
            actor.name, body.name, expires_at=body.expires_at, strict=body.strict, project=body.project
        )

        # In the transaction that makes the key: a right that is taken away meanwhile makes none.
        async def permitted(connection: AsyncConnection) -> None:
            await access.require_own_keys(connection, actor)
            if body.project is not None:
                project_id = await require_project(connection, access, actor, body.project)
                await access.require_no_stronger(actor, own_id(actor), project_id, connection)

        return issued_body(await own_keys.create(actor, request, permitted), clock.now())

    del create_own_key  # The router holds it.


def _add_replacing(router: APIRouter, clock: Clock, own_keys: OwnKeys, keyring: Keyring, access: Access) -> None:
    @router.post("/{key_id}/rotate", status_code=201, openapi_extra={**STEP_UP, **_SECURITY})
    async def rotate_own_key(
        actor: Annotated[Actor, Depends(access.requires_own_keys())], key_id: UUID, body: RotationBody | None = None
    ) -> IssuedKeyBody:
        """Replace one of one's own keys, which ends after `grace_s` seconds. The new text is in this answer only."""
        wanted = body or RotationBody()
        grace = timedelta(seconds=wanted.grace_s)

        async def permitted(connection: AsyncConnection) -> None:
            await access.require_own_keys(connection, actor)
            key = await own_keys.require_rotatable(connection, actor, KeyId(key_id), grace)
            await access.require_no_stronger(actor, own_id(actor), key.project_id, connection)

        issued = await keyring.rotate(
            organisation_of(actor),
            KeyId(key_id),
            grace=grace,
            expires_at=wanted.expires_at,
            actor=actor,
            permitted=permitted,
        )
        return issued_body(issued, clock.now())

    del rotate_own_key  # The router holds it.
