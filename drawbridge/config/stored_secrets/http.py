"""The routes of stored secrets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import AfterValidator, BaseModel, Field

from drawbridge.audit.acts import Act, Actor
from drawbridge.audit.record import record
from drawbridge.config.apply import read_world
from drawbridge.config.document import NAME_PATTERN, is_name
from drawbridge.config.errors import SecretInUseError
from drawbridge.config.held_keys import HeldKeys
from drawbridge.config.http import Door
from drawbridge.config.objects import name_readable, users_of
from drawbridge.config.secrets import require_master_key, seal
from drawbridge.config.sections import SECRETS, AnySection
from drawbridge.config.store import delete_secret, list_secrets, master_keys_in_use, put_secret
from drawbridge.core.operations import STEP_UP
from drawbridge.core.paging import DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE, decode_name_cursor, encode_name_cursor
from drawbridge.core.text import require_printable
from drawbridge.db.engine import Database

_KIND: Final = "secret"
_LONGEST: Final = 64 * 1024


def _require_name(name: str) -> str:
    if not is_name(name):
        raise ValueError("is no name: up to 200 letters, digits and . _ @ : / + -, beginning with a letter or digit")
    return name


_Name = Annotated[str, Path(json_schema_extra={"pattern": NAME_PATTERN}), AfterValidator(_require_name)]


class SecretBody(BaseModel):
    """A stored secret, without what is secret of it."""

    name: str
    created_at: datetime
    """When the name was first stored."""


class SecretPage(BaseModel):
    """Secrets, by name. `next_cursor` is null on the last page."""

    secrets: list[SecretBody]
    next_cursor: str | None


class SecretValueBody(BaseModel):
    """A secret to be stored: one line of text. It cannot be read again."""

    model_config = {"extra": "forbid"}

    value: str = Field(min_length=1, max_length=_LONGEST, json_schema_extra={"writeOnly": True}, repr=False)


def secrets_router(database: Database, sections: Sequence[AnySection], door: Door, keys: HeldKeys) -> APIRouter:
    """Make the routes under /api/secrets."""
    router = APIRouter(prefix="/api", tags=["secrets"])
    _add_listing(router, database, door)
    _add_writing(router, database, door, keys)
    _add_deletion(router, database, sections, door)
    return router


def _add_listing(router: APIRouter, database: Database, door: Door) -> None:
    may_read = door.requires("read", _KIND)

    @router.get("/secrets", operation_id="list_secrets")
    async def list_secrets_route(
        actor: Annotated[Actor, Depends(may_read)],
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE_SIZE)] = DEFAULT_PAGE_SIZE,
        cursor: str | None = None,
    ) -> SecretPage:
        """List the names of the stored secrets."""
        after = "" if cursor is None else decode_name_cursor(cursor)
        judge = await door.judge(actor, _KIND)
        async with database.organisation(_organisation_of(actor)) as connection:
            found = await list_secrets(connection, _organisation_of(actor))
        seen = [
            SecretBody(name=name, created_at=created_at)
            for name, created_at in sorted(found.items())
            if name > after and judge.may("read", name)
        ]
        more = len(seen) > limit
        return SecretPage(secrets=seen[:limit], next_cursor=encode_name_cursor(seen[limit - 1].name) if more else None)

    del list_secrets_route  # The router holds it.


def _add_writing(router: APIRouter, database: Database, door: Door, keys: HeldKeys) -> None:
    may_manage = door.requires("manage", _KIND)

    @router.put("/secrets/{name:path}", operation_id="put_secret", openapi_extra={**STEP_UP})
    async def put_secret_route(
        actor: Annotated[Actor, Depends(may_manage)], name: _Name, body: SecretValueBody
    ) -> SecretBody:
        """Store a secret, in place of the one that has its name."""
        require_printable(body.value, "The secret")
        organisation_id = _organisation_of(actor)
        async with database.change(organisation_id) as connection:
            (await door.judge(actor, _KIND, connection)).require("manage", name)
            is_new = name not in await list_secrets(connection, organisation_id)
            require_master_key(keys.now, await master_keys_in_use(connection, organisation_id))
            await put_secret(connection, organisation_id, name, seal(keys.sealing, organisation_id, name, body.value))
            act = Act(actor, "secret.created" if is_new else "secret.replaced", _KIND, name)
            await record(connection, organisation_id, act)
            created_at = (await list_secrets(connection, organisation_id))[name]
        return SecretBody(name=name, created_at=created_at)

    del put_secret_route  # The router holds it.


def _add_deletion(router: APIRouter, database: Database, sections: Sequence[AnySection], door: Door) -> None:
    may_manage = door.requires("manage", _KIND)

    @router.delete("/secrets/{name:path}", operation_id="delete_secret", status_code=204, openapi_extra={**STEP_UP})
    async def delete_secret_route(actor: Annotated[Actor, Depends(may_manage)], name: _Name) -> Response:
        """Delete a secret that nothing refers to."""
        organisation_id = _organisation_of(actor)
        async with database.change(organisation_id) as connection:
            judge = await door.judge(actor, _KIND, connection)
            judge.require("manage", name)
            world = await read_world(connection, organisation_id, sections)
            if users := users_of(sections, world, SECRETS, name):
                named = await name_readable(door, connection, actor, users)
                raise SecretInUseError(f"Secret {name!r} is used by {named}: change that first.")
            if not await delete_secret(connection, organisation_id, name):
                raise judge.unknown(name)
            await record(connection, organisation_id, Act(actor, "secret.deleted", _KIND, name))
        return Response(status_code=204)

    del delete_secret_route  # The router holds it.


# Any: an OrganisationId, which the door has made sure of.
def _organisation_of(actor: Actor) -> Any:
    assert actor.organisation_id is not None
    return actor.organisation_id
