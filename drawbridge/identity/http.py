"""The routes of identity: keys and principals, for holders of admin keys."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from drawbridge.core.clock import Clock
from drawbridge.core.ids import KeyId
from drawbridge.core.paging import DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE, PageRequest, decode_cursor
from drawbridge.db.engine import Database
from drawbridge.identity import store
from drawbridge.identity.errors import NotAdminError, NotAuthenticatedError
from drawbridge.identity.keyring import IssuedKey, KeyRequest, Keyring
from drawbridge.identity.keys import parse_key
from drawbridge.identity.records import (
    KeyFilter,
    KeyRecord,
    KeyState,
    Principal,
    PrincipalFilter,
    PrincipalKind,
)

_LONGEST_GRACE_S = 365 * 86_400

AdminCheck = Callable[[Request], Awaitable[KeyRecord]]
"""Returns the admin key that came with a request, or raises."""


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
    replaces: UUID | None
    strict: bool


class IssuedKeyBody(KeyBody):
    """A new key, with the text that is shown this once."""

    key: str


class NewKeyBody(BaseModel):
    """A key that somebody wants."""

    model_config = {"extra": "forbid"}

    owner: PrintableText = Field(min_length=1, max_length=200)
    name: PrintableText = Field(default="", max_length=200)
    admin: bool = False
    expires_at: AwareDatetime | None = None
    strict: bool = False


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


class KeyPage(BaseModel):
    """Keys, the newest first. `next_cursor` is null on the last page."""

    keys: list[KeyBody]
    next_cursor: str | None


class PrincipalPage(BaseModel):
    """Principals, the newest first. `next_cursor` is null on the last page."""

    principals: list[PrincipalBody]
    next_cursor: str | None


def admin_check(database: Database, clock: Clock) -> AdminCheck:
    """Make the dependency that lets only admin keys pass: 401 without a valid key, 403 with another one."""

    async def check(request: Request) -> KeyRecord:
        key_hash = parse_key(_presented_key(request))
        key = None if key_hash is None else await store.authenticate(database, key_hash)
        if key is None:
            raise NotAuthenticatedError("Send a valid admin key: Authorization: Bearer dbk_...")
        if (state := key.state(clock.now())) != "active":
            raise NotAuthenticatedError(f"Key {key.hint} is {state}: use another one.")
        if not key.admin:
            raise NotAdminError(f"Key {key.hint} is no admin key: ask an administrator for one.")
        return key

    return check


def page_request(
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE_SIZE)] = DEFAULT_PAGE_SIZE, cursor: str | None = None
) -> PageRequest:
    """Read which page of a list is wanted from the query."""
    return PageRequest(limit, None if cursor is None else decode_cursor(cursor))


def identity_router(database: Database, clock: Clock, require_admin: AdminCheck) -> APIRouter:
    """Make the routes under /api."""
    router = APIRouter(prefix="/api", tags=["identity"])
    _add_key_reading(router, database, clock, require_admin)
    _add_key_writing(router, Keyring(database, clock), clock, require_admin)
    _add_principals(router, database, require_admin)
    return router


def _add_key_reading(router: APIRouter, database: Database, clock: Clock, require_admin: AdminCheck) -> None:
    @router.get("/keys")
    async def list_keys(
        admin_key: Annotated[KeyRecord, Depends(require_admin)],
        page: Annotated[PageRequest, Depends(page_request)],
        owner: PrintableText | None = None,
        state: KeyState | None = None,
        admin: bool | None = None,
    ) -> KeyPage:
        """List keys, the newest first."""
        now = clock.now()
        async with database.organisation(admin_key.organisation_id) as connection:
            found = await store.list_keys(
                connection, admin_key.organisation_id, KeyFilter(owner, state, admin), page, now
            )
        return KeyPage(keys=[key_body(key, now) for key in found.items], next_cursor=found.next_cursor)

    del list_keys  # The router holds it.


def _add_key_writing(router: APIRouter, keyring: Keyring, clock: Clock, require_admin: AdminCheck) -> None:
    @router.post("/keys", status_code=201)
    async def create_key(admin_key: Annotated[KeyRecord, Depends(require_admin)], body: NewKeyBody) -> IssuedKeyBody:
        """Create a key. Its text is in this answer only."""
        request = KeyRequest(body.owner, body.name, body.admin, body.expires_at, body.strict)
        return _issued_body(await keyring.create(admin_key.organisation_id, request), clock.now())

    @router.post("/keys/{key_id}/rotate", status_code=201)
    async def rotate_key(
        admin_key: Annotated[KeyRecord, Depends(require_admin)], key_id: UUID, body: RotationBody | None = None
    ) -> IssuedKeyBody:
        """Replace a key, which ends after `grace_s` seconds. The new text is in this answer only."""
        wanted = body or RotationBody()
        issued = await keyring.rotate(
            admin_key.organisation_id,
            KeyId(key_id),
            grace=timedelta(seconds=wanted.grace_s),
            expires_at=wanted.expires_at,
        )
        return _issued_body(issued, clock.now())

    @router.post("/keys/{key_id}/revoke")
    async def revoke_key(admin_key: Annotated[KeyRecord, Depends(require_admin)], key_id: UUID) -> KeyBody:
        """End a key at once and for good."""
        return key_body(await keyring.revoke(admin_key.organisation_id, KeyId(key_id)), clock.now())

    del create_key, rotate_key, revoke_key  # The router holds them.


def _add_principals(router: APIRouter, database: Database, require_admin: AdminCheck) -> None:
    @router.get("/principals")
    async def list_principals(
        admin_key: Annotated[KeyRecord, Depends(require_admin)],
        page: Annotated[PageRequest, Depends(page_request)],
        kind: PrincipalKind | None = None,
        name_contains: PrintableText | None = None,
    ) -> PrincipalPage:
        """List principals, the newest first."""
        async with database.organisation(admin_key.organisation_id) as connection:
            found = await store.list_principals(
                connection, admin_key.organisation_id, PrincipalFilter(kind, name_contains), page
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
        replaces=key.replaces,
        strict=key.strict,
    )


def _issued_body(issued: IssuedKey, now: datetime) -> IssuedKeyBody:
    return IssuedKeyBody(key=issued.text, **key_body(issued.record, now).model_dump())


def _principal_body(principal: Principal) -> PrincipalBody:
    return PrincipalBody(
        id=principal.id,
        kind=principal.kind,
        name=principal.name,
        display_name=principal.display_name,
        managed_by_file=principal.managed_by_file,
        created_at=principal.created_at,
    )


def _presented_key(request: Request) -> str:
    """Return the key that came as bearer or x-api-key; empty when none did."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return request.headers.get("x-api-key", "").strip()
