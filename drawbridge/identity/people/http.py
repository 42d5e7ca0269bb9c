"""The routes by which people, service accounts and agents are suspended, reactivated and handed over."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from drawbridge.audit.acts import Actor
from drawbridge.core.operations import STEP_UP
from drawbridge.identity.access import Access, organisation_of
from drawbridge.identity.http import PrintableText
from drawbridge.identity.people.people import People
from drawbridge.identity.records import Principal, PrincipalKind
from drawbridge.identity.section import SECTION_OF


class StandingBody(BaseModel):
    """Whether a principal is let in."""

    kind: PrincipalKind
    name: str
    suspended_at: datetime | None
    """Null: not suspended."""


class HandingOverBody(BaseModel):
    """Who takes over."""

    model_config = {"extra": "forbid"}

    to: Annotated[PrintableText, Field(min_length=1, max_length=200)]


class HandedOverBody(BaseModel):
    """The teams that somebody else takes care of from now on."""

    teams: list[str]


def people_router(people: People, access: Access) -> APIRouter:
    """Make the routes under /api."""
    router = APIRouter(prefix="/api")
    for kind, section in SECTION_OF.items():
        _add_standing(router, people, access, kind=kind, section=section)
    _add_handing_over(router, people, access)
    return router


def _add_standing(router: APIRouter, people: People, access: Access, *, kind: PrincipalKind, section: str) -> None:
    may_manage = access.requires("manage", kind)
    words = kind.replace("_", " ")

    @router.post(
        f"/{section}/{{name:path}}/suspend",
        tags=[section],
        operation_id=f"suspend_{kind}",
        summary=f"Refuse the keys of a {words} within a second, and end its sessions.",
    )
    async def suspend(actor: Annotated[Actor, Depends(may_manage)], name: PrintableText) -> StandingBody:
        (await access.judge(actor, kind)).require("manage", name)
        return _standing(await people.suspend(organisation_of(actor), name, actor, kind))

    @router.post(
        f"/{section}/{{name:path}}/reactivate",
        tags=[section],
        operation_id=f"reactivate_{kind}",
        summary=f"Let a {words} in again, with the keys that it had.",
        openapi_extra={**STEP_UP},
    )
    async def reactivate(actor: Annotated[Actor, Depends(may_manage)], name: PrintableText) -> StandingBody:
        (await access.judge(actor, kind)).require("manage", name)
        return _standing(await people.reactivate(organisation_of(actor), name, actor, kind))

    del suspend, reactivate  # The router holds them.


def _add_handing_over(router: APIRouter, people: People, access: Access) -> None:
    @router.post(
        "/users/{name:path}/hand-over",
        tags=["users"],
        operation_id="hand_over_user",
        summary="Let another user join the teams that answer for something, and have nobody but this one.",
        openapi_extra={**STEP_UP},
    )
    async def hand_over(
        actor: Annotated[Actor, Depends(access.requires("manage", "user"))], name: PrintableText, body: HandingOverBody
    ) -> HandedOverBody:
        judge = await access.judge(actor, "user")
        judge.require("manage", name)
        judge.require("manage", body.to)
        teams = await people.hand_over(organisation_of(actor), name, body.to, actor, access.unwidened)
        return HandedOverBody(teams=list(teams))

    del hand_over  # The router holds it.


def _standing(principal: Principal) -> StandingBody:
    return StandingBody(kind=principal.kind, name=principal.name, suspended_at=principal.suspended_at)
