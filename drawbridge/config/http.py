"""The routes of configuration: for every section of `drawbridge.yaml`, its objects."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from drawbridge.audit.acts import Actor
from drawbridge.config.conditions import read_condition, wants_answer
from drawbridge.config.document import NAME_PATTERN
from drawbridge.config.objects import Objects, Target, etag_of, kind_of
from drawbridge.config.rights import Rights
from drawbridge.config.sections import AnyPresent, AnySection, is_single
from drawbridge.core.operations import STEP_UP
from drawbridge.core.paging import DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE, decode_name_cursor, encode_name_cursor
from drawbridge.core.strict_json import read_json
from drawbridge.db.engine import Database

# Any: JSON, and descriptions in OpenAPI, which are JSON too.
Json = dict[str, Any]
Check = Callable[[Request], Awaitable[Actor]]

SCHEMAS: Final = "#/components/schemas/{name}"

_NAME: Final[Json] = {
    "name": "name",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": NAME_PATTERN},
}
_IF_MATCH: Final[Json] = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The etag that the object must have; otherwise 412.",
    "schema": {"type": "string"},
}
_IF_NONE_MATCH: Final[Json] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "`*`: there must be no such object yet; otherwise 412.",
    "schema": {"type": "string"},
}


class Door(Rights, Protocol):
    """What these routes need of the door of the API: plugged in, since policy stands above."""

    def requires(self, action: str, *kinds: str) -> Check:
        """Make the check that a route begins with."""
        ...

    def requires_every(self, rights: Iterable[tuple[str, str]]) -> Check:
        """Make the check of a route for those who may do all of this, by action and kind, with every object."""
        ...


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which part of a section is wanted."""

    name_contains: str | None
    managed_by_file: bool | None
    limit: int
    after: str | None

    def fits(self, name: str, present: AnyPresent) -> bool:
        """Tell whether an object is among them."""
        if self.managed_by_file is not None and present.managed_by_file != self.managed_by_file:
            return False
        if self.after is not None and name <= self.after:
            return False
        return self.name_contains is None or self.name_contains.casefold() in name.casefold()


def _wanted(
    name_contains: Annotated[str | None, Query(description="Part of the name; case does not matter.")] = None,
    managed_by_file: bool | None = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE_SIZE)] = DEFAULT_PAGE_SIZE,
    cursor: str | None = None,
) -> _Wanted:
    return _Wanted(name_contains, managed_by_file, limit, None if cursor is None else decode_name_cursor(cursor))


def sections_router(
    database: Database,
    sections: Sequence[AnySection],
    door: Door,
    guarded: Collection[str] = (),
    process_owner: str = "",
) -> APIRouter:
    """Make the routes under /api for all sections. Changes of the `guarded` ones need a fresh sign-in.

    `process_owner` names the organisation that the process has credentials of vendors for.
    """
    router = APIRouter(prefix="/api")
    objects = Objects(database, sections, door, process_owner)
    for section in sections:
        extra: Mapping[str, bool] = STEP_UP if section.name in guarded else {}
        if not is_single(section):
            _add_list(router, objects, section, door)
            _add_deletion(router, objects, section, door, extra)
        _add_object(router, objects, section, door)
        _add_writing(router, objects, section, door, extra)
    return router


def section_schemas(sections: Sequence[AnySection]) -> Json:
    """Return the schemas that these routes refer to, by name."""
    _, schemas = msgspec.json.schema_components([section.entry_type for section in sections], ref_template=SCHEMAS)
    found: Json = dict(schemas)
    for section in sections:
        found[_object_name(section)] = _object_schema(section)
        if is_single(section):
            continue
        found[_page_name(section)] = {
            "type": "object",
            "required": [section.name, "next_cursor"],
            "properties": {
                section.name: {"type": "array", "items": _reference(_object_name(section))},
                "next_cursor": {"type": ["string", "null"]},
            },
        }
    return found


def _add_list(router: APIRouter, objects: Objects, section: AnySection, door: Door) -> None:
    words = section.name.replace("_", " ")
    may_read = door.requires("read", kind_of(section))

    @router.get(
        f"/{section.name}",
        tags=[section.name],
        operation_id=f"list_{section.name}",
        summary=f"List {words}, by name.",
        responses={200: _answer_of(_page_name(section), "A page.")},
        response_class=JSONResponse,
    )
    async def list_objects(
        actor: Annotated[Actor, Depends(may_read)], wanted: Annotated[_Wanted, Depends(_wanted)]
    ) -> Response:
        found = await objects.read(actor, _organisation_of(actor), section)
        fitting = [(name, present) for name, present in found.items() if wanted.fits(name, present)]
        page = fitting[: wanted.limit]
        more = len(fitting) > wanted.limit
        body = {
            section.name: [_body(section, name, present) for name, present in page],
            "next_cursor": encode_name_cursor(page[-1][0]) if more else None,
        }
        return JSONResponse(body)

    del list_objects  # The router holds it.


def _add_object(router: APIRouter, objects: Objects, section: AnySection, door: Door) -> None:
    kind = kind_of(section)
    may_read = door.requires("read", kind)

    @router.get(
        _path(section),
        tags=[section.name],
        operation_id=f"get_{kind}",
        summary=f"Get {_one(section)}.",
        responses={
            200: _answer_of(_object_name(section), "The object."),
            304: {"description": "It is as you have it."},
        },
        openapi_extra={"parameters": _parameters(section)},
        response_class=JSONResponse,
    )
    async def get_object(actor: Annotated[Actor, Depends(may_read)], request: Request) -> Response:
        target = _target(actor, section, request)
        present = await objects.get(target)
        etag = etag_of(section, target.name, present)
        if not wants_answer(request.headers, etag):
            return Response(status_code=304, headers={"etag": etag})
        return _whole(section, target.name, present, 200)

    del get_object  # The router holds it.


def _add_writing(
    router: APIRouter, objects: Objects, section: AnySection, door: Door, extra: Mapping[str, bool]
) -> None:
    kind = kind_of(section)
    may_manage = door.requires("manage", kind)
    body = {"required": True, "content": {"application/json": {"schema": _reference(section.entry_type.__name__)}}}

    @router.put(
        _path(section),
        tags=[section.name],
        operation_id=f"put_{kind}",
        summary=f"Create or change {_one(section)}: the body is its entry in drawbridge.yaml.",
        responses={
            200: _answer_of(_object_name(section), "The object as it is now."),
            201: _answer_of(_object_name(section), "The new object."),
        },
        openapi_extra={"requestBody": body, "parameters": _parameters(section, _IF_MATCH, _IF_NONE_MATCH), **extra},
        response_class=JSONResponse,
    )
    async def put_object(actor: Annotated[Actor, Depends(may_manage)], request: Request) -> Response:
        target = _target(actor, section, request)
        value = read_json(await request.body())
        present, is_new = await objects.put(target, value, read_condition(request.headers))
        return _whole(section, target.name, present, 201 if is_new else 200)

    del put_object  # The router holds it.


def _add_deletion(
    router: APIRouter, objects: Objects, section: AnySection, door: Door, extra: Mapping[str, bool]
) -> None:
    kind = kind_of(section)
    may_manage = door.requires("manage", kind)

    @router.delete(
        _path(section),
        tags=[section.name],
        operation_id=f"delete_{kind}",
        summary=f"Delete {_one(section)}.",
        status_code=204,
        openapi_extra={"parameters": _parameters(section, _IF_MATCH), **extra},
    )
    async def delete_object(actor: Annotated[Actor, Depends(may_manage)], request: Request) -> Response:
        await objects.delete(_target(actor, section, request), read_condition(request.headers))
        return Response(status_code=204)

    del delete_object  # The router holds it.


def _organisation_of(actor: Actor) -> Any:
    assert actor.organisation_id is not None
    return actor.organisation_id


def _target(actor: Actor, section: AnySection, request: Request) -> Target:
    name = section.name if is_single(section) else request.path_params["name"]
    return Target(actor, _organisation_of(actor), section, name)


def _path(section: AnySection) -> str:
    return f"/{section.name}" if is_single(section) else f"/{section.name}/{{name:path}}"


def _one(section: AnySection) -> str:
    words = kind_of(section).replace("_", " ")
    return f"the {words}" if is_single(section) else f"a {words}" if words[0] not in "aeiou" else f"an {words}"


def _parameters(section: AnySection, *headers: Json) -> list[Json]:
    return [*headers] if is_single(section) else [_NAME, *headers]


def _whole(section: AnySection, name: str, present: AnyPresent, status: int) -> Response:
    return JSONResponse(
        _body(section, name, present), status_code=status, headers={"etag": etag_of(section, name, present)}
    )


def _body(section: AnySection, name: str, present: AnyPresent) -> Json:
    return {
        "name": name,
        "managed_by_file": present.managed_by_file,
        "etag": etag_of(section, name, present),
        "entry": _written(section.in_short(present.entry)),
    }


def _written(entry: msgspec.Struct) -> Json:
    """Write an entry as export does: without settings that are empty mappings, which say nothing."""
    written: Json = msgspec.to_builtins(entry)
    return {setting: value for setting, value in written.items() if value != {}}


def _object_name(section: AnySection) -> str:
    return "".join(part.capitalize() for part in kind_of(section).split("_")) + "Object"


def _page_name(section: AnySection) -> str:
    return f"{_object_name(section)}Page"


def _object_schema(section: AnySection) -> Json:
    return {
        "type": "object",
        "required": ["name", "managed_by_file", "etag", "entry"],
        "properties": {
            "name": {"type": "string"},
            "managed_by_file": {"type": "boolean"},
            "etag": {"type": "string"},
            "entry": _reference(section.entry_type.__name__),
        },
    }


def _reference(name: str) -> Json:
    return {"$ref": SCHEMAS.format(name=name)}


def _answer_of(schema: str, description: str) -> Json:
    return {"description": description, "content": {"application/json": {"schema": _reference(schema)}}}
