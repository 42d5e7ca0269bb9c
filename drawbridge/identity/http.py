"""The routes of identity: keys and principals."""

from datetime import datetime, timedelta
from typing import Annotated, Final, get_args
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from drawbridge.audit.acts import Actor
from drawbridge.core.clock import Clock
from drawbridge.core.ids import KeyId, PrincipalId
from drawbridge.core.operations import STEP_UP
from drawbridge.core.paging import DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE, PageRequest, decode_cursor, visible_page
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.identity import store
from drawbridge.identity.access import NO_TEAMS, Access, Wanted, organisation_of
from drawbridge.identity.administration import StillAdministered
from drawbridge.identity.errors import UnknownObjectError, unknown_principal, unknown_project
from drawbridge.identity.keyring import IssuedKey, KeyRequest, Keyring
from drawbridge.identity.records import (
    KeyFilter,
    KeyRecord,
    KeyState,
    Principal,
    PrincipalFilter,
    PrincipalKind,
)
from drawbridge.identity.standing import teams_of

_LONGEST_GRACE_S = 365 * 86_400


def _require_printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("holds characters that cannot be shown in a line")
    return text


PrintableText = Annotated[str, AfterValidator(_require_printable)]
"""Text that can be stored, compared and shown: without NUL, line ends, escapes and lone surrogates."""


class KeyBody(BaseModel):
    """A key as the API shows it."""

    id: UUID
    owner: str
    owner_kind: PrincipalKind
    name: str
    hint: str
    admin: bool
    state: KeyState
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    frozen_at: datetime | None
    """Null: not frozen. Else since when it makes no calls, since one cost more than was held for it."""
    replaces: UUID | None
    strict: bool
    project: str | None


class IssuedKeyBody(KeyBody):
    """A new key, with the text that is shown this once: null where the answer is given again."""

    key: str | None


class NewOwnKeyBody(BaseModel):
    """A key that somebody wants for themselves."""

    model_config = {"extra": "forbid"}

    name: PrintableText = Field(default="", max_length=200)
    expires_at: AwareDatetime | None = None
    strict: bool = False
    project: PrintableText | None = Field(default=None, min_length=1, max_length=200)


class NewKeyBody(NewOwnKeyBody):
    """A key that somebody wants for anybody."""

    owner: PrintableText = Field(min_length=1, max_length=200)
    admin: bool = False


class RotationBody(BaseModel):
    """How a key is to be replaced."""

    model_config = {"extra": "forbid"}

    grace_s: int = Field(default=0, ge=0, le=_LONGEST_GRACE_S)
    expires_at: AwareDatetime | None = None


class PrincipalBody(BaseModel):
    """A principal as the API shows it."""

    id: UUID
    kind: PrincipalKind
    name: str
    display_name: str
    managed_by_file: bool
    created_at: datetime
    email: str | None
    suspended_at: datetime | None
    """Null: not suspended."""


class KeyPage(BaseModel):
    """Keys, the newest first. `next_cursor` is null on the last page."""

    keys: list[KeyBody]
    next_cursor: str | None


class PrincipalPage(BaseModel):
    """Principals, the newest first. `next_cursor` is null on the last page."""

    principals: list[PrincipalBody]
    next_cursor: str | None


def page_request(
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE_SIZE)] = DEFAULT_PAGE_SIZE, cursor: str | None = None
) -> PageRequest:
    """Read which page of a list is wanted from the query."""
    return PageRequest(limit, None if cursor is None else decode_cursor(cursor))


def identity_router(
    database: Database, clock: Clock, access: Access, still_administered: StillAdministered = store.has_admin_key
) -> APIRouter:
    """Make the routes under /api."""
    router = APIRouter(prefix="/api", tags=["identity"])
    _add_key_reading(router, database, clock, access)
    _add_key_writing(router, database, clock, Keyring(database, clock, still_administered), access)
    _add_principals(router, database, access)
    return router


def _add_key_reading(router: APIRouter, database: Database, clock: Clock, access: Access) -> None:
    @router.get("/keys")
    async def list_keys(
        actor: Annotated[Actor, Depends(access.requires("read", "key"))],
        page: Annotated[PageRequest, Depends(page_request)],
        owner: PrintableText | None = None,
        state: KeyState | None = None,
        admin: bool | None = None,
    ) -> KeyPage:
        """List keys, the newest first."""
        now, organisation_id = clock.now(), organisation_of(actor)
        judge, wanted = await access.judge(actor, "key"), KeyFilter(owner, state, admin)
        async with database.organisation(organisation_id) as connection:
            found = await visible_page(
                lambda part: store.list_keys(connection, organisation_id, wanted, part, now),
                page,
                lambda key: judge.may("read", str(key.id)),
                lambda key: key.id,
            )
        return KeyPage(keys=[key_body(key, now) for key in found.items], next_cursor=found.next_cursor)

    del list_keys  # The router holds it.


def _add_key_writing(router: APIRouter, database: Database, clock: Clock, keyring: Keyring, access: Access) -> None:
    may_manage = access.requires("manage", "key")

    @router.post("/keys", status_code=201, openapi_extra={**STEP_UP})
    async def create_key(actor: Annotated[Actor, Depends(may_manage)], body: NewKeyBody) -> IssuedKeyBody:
        """Create a key. Its text is in this answer only."""
        request = KeyRequest(body.owner, body.name, body.admin, body.expires_at, body.strict, body.project)

        # In the transaction that makes the key: a right that is taken away meanwhile makes none.
        async def permitted(connection: AsyncConnection) -> None:
            await _require_holder(connection, access, actor, body)

        return issued_body(await keyring.create(organisation_of(actor), request, actor, permitted), clock.now())

    @router.post("/keys/{key_id}/rotate", status_code=201, openapi_extra={**STEP_UP})
    async def rotate_key(
        actor: Annotated[Actor, Depends(may_manage)], key_id: UUID, body: RotationBody | None = None
    ) -> IssuedKeyBody:
        """Replace a key, which ends after `grace_s` seconds. The new text is in this answer only."""
        wanted = body or RotationBody()

        async def permitted(connection: AsyncConnection) -> None:
            key = await _manageable_key(connection, access, actor, KeyId(key_id))
            await access.require_no_stronger(actor, key.principal_id, key.project_id, connection)

        issued = await keyring.rotate(
            organisation_of(actor),
            KeyId(key_id),
            grace=timedelta(seconds=wanted.grace_s),
            expires_at=wanted.expires_at,
            actor=actor,
            permitted=permitted,
        )
        return issued_body(issued, clock.now())

    @router.post("/keys/{key_id}/revoke")
    async def revoke_key(actor: Annotated[Actor, Depends(may_manage)], key_id: UUID) -> KeyBody:
        """End a key at once and for good."""
        async with database.organisation(organisation_of(actor)) as connection:
            key = await _manageable_key(connection, access, actor, KeyId(key_id))
        return key_body(await keyring.revoke(organisation_of(actor), key.id, actor), clock.now())

    @router.post("/keys/{key_id}/unfreeze")
    async def unfreeze_key(actor: Annotated[Actor, Depends(may_manage)], key_id: UUID) -> KeyBody:
        """Let a key make calls again that was frozen because one of its calls cost more than was held for it."""
        async with database.organisation(organisation_of(actor)) as connection:
            key = await _manageable_key(connection, access, actor, KeyId(key_id))
        return key_body(await keyring.unfreeze(organisation_of(actor), key.id, actor), clock.now())

    del create_key, rotate_key, revoke_key, unfreeze_key  # The router holds them.


async def _require_holder(connection: AsyncConnection, access: Access, actor: Actor, body: NewKeyBody) -> None:
    """Check that a key may be made for somebody in a project, with no more rights than the one who makes it has."""
    owner = await _require_owner(connection, access, actor, body.owner)
    project_id = None if body.project is None else await require_project(connection, access, actor, body.project)
    await access.require_no_stronger(actor, owner, project_id, connection)


async def _require_owner(connection: AsyncConnection, access: Access, actor: Actor, name: str) -> PrincipalId:
    organisation_id = organisation_of(actor)
    principal = await store.find_principal(connection, organisation_id, name)
    # A key that is being made belongs to the teams of its owner.
    teams = await teams_of(connection, organisation_id, principal.kind if principal else "")
    unknown = unknown_principal(name)
    wanted = Wanted("manage", "key", "", teams.get(name, NO_TEAMS), unknown)
    await access.require_within(connection, actor, wanted)
    if principal is None:
        raise unknown
    return principal.id


async def require_project(connection: AsyncConnection, access: Access, actor: Actor, name: str) -> UUID:
    """Return the id of a project that keys are made for: one that whoever makes them may read."""
    organisation_id = organisation_of(actor)
    project = await store.find_project(connection, organisation_id, name)
    teams = await teams_of(connection, organisation_id, "project")
    unknown = unknown_project(name)
    wanted = Wanted("read", "project", name, teams.get(name, NO_TEAMS), unknown)
    await access.require_within(connection, actor, wanted)
    if project is None:
        raise unknown
    return project.id


async def _manageable_key(connection: AsyncConnection, access: Access, actor: Actor, key_id: KeyId) -> KeyRecord:
    (await access.judge(actor, "key", connection)).require("manage", str(key_id))
    key = await store.get_key(connection, organisation_of(actor), key_id)
    if key is None:
        raise UnknownObjectError("key", str(key_id))
    return key


_PRINCIPAL_KINDS: Final[tuple[PrincipalKind, ...]] = get_args(PrincipalKind)


def _add_principals(router: APIRouter, database: Database, access: Access) -> None:
    @router.get("/principals")
    async def list_principals(
        actor: Annotated[Actor, Depends(access.requires("read", *_PRINCIPAL_KINDS))],
        page: Annotated[PageRequest, Depends(page_request)],
        kind: PrincipalKind | None = None,
        name_contains: PrintableText | None = None,
    ) -> PrincipalPage:
        """List principals, the newest first."""
        organisation_id, wanted = organisation_of(actor), PrincipalFilter(kind, name_contains)
        judges = {each: await access.judge(actor, each) for each in _PRINCIPAL_KINDS}
        async with database.organisation(organisation_id) as connection:
            found = await visible_page(
                lambda part: store.list_principals(connection, organisation_id, wanted, part),
                page,
                lambda principal: judges[principal.kind].may("read", principal.name),
                lambda principal: principal.id,
            )
        return PrincipalPage(
            principals=[_principal_body(principal) for principal in found.items], next_cursor=found.next_cursor
        )

    del list_principals  # The router holds it.


def key_body(key: KeyRecord, now: datetime) -> KeyBody:
    """Write a key for the API."""
    return KeyBody(
        id=key.id,
        owner=key.principal_name,
        owner_kind=key.principal_kind,
        name=key.name,
        hint=key.hint,
        admin=key.admin,
        state=key.state(now),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        frozen_at=key.frozen_at,
        replaces=key.replaces,
        strict=key.strict,
        project=key.project_name,
    )


def issued_body(issued: IssuedKey, now: datetime) -> IssuedKeyBody:
    """Write a new key for the API, with its text."""
    return IssuedKeyBody(key=issued.text, **key_body(issued.record, now).model_dump())


def _principal_body(principal: Principal) -> PrincipalBody:
    return PrincipalBody(
        id=principal.id,
        kind=principal.kind,
        name=principal.name,
        display_name=principal.display_name,
        managed_by_file=principal.managed_by_file,
        created_at=principal.created_at,
        email=principal.email,
        suspended_at=principal.suspended_at,
    )
