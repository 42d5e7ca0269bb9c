"""The routes of organisations, for platform administrators."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from drawbridge.audit.acts import Actor
from drawbridge.core.operations import STEP_UP
from drawbridge.identity.access import Check, PlatformAccess
from drawbridge.identity.http import PrintableText
from drawbridge.identity.organisations.organisations import Organisations
from drawbridge.identity.organisations.store import Organisation

_Name = Annotated[PrintableText, Field(min_length=1, max_length=200)]

Home = Callable[[str], str | None]
"""From a request's Host header to the origin of the pages; None for a name that is not ours."""


class OrganisationBody(BaseModel):
    """An organisation from outside."""

    name: str
    display_name: str
    suspended_at: datetime | None
    """Null: not suspended."""
    created_at: datetime
    people: int


class OrganisationList(BaseModel):
    """All organisations, sorted by name."""

    organisations: list[OrganisationBody]


class NewOrganisationBody(BaseModel):
    """An organisation that somebody wants, and whom to invite as its first administrator."""

    model_config = {"extra": "forbid"}

    name: _Name
    display_name: Annotated[PrintableText, Field(max_length=200)] = ""
    invite: Annotated[PrintableText, Field(min_length=3, max_length=254)] | None = None


class CreatedOrganisationBody(OrganisationBody):
    """A new organisation. What lets its first administrator in is in this answer only; one of the two is null."""

    invitation: str | None
    """The link to hand over."""
    admin_key: str | None


class RenamingBody(BaseModel):
    """How people are to see an organisation's name."""

    model_config = {"extra": "forbid"}

    display_name: Annotated[PrintableText, Field(max_length=200)]


def organisations_router(organisations: Organisations, access: PlatformAccess, home: Home) -> APIRouter:
    """Make the routes under /api/platform. They show nothing inside of an organisation."""
    router = APIRouter(prefix="/api/platform/organisations", tags=["platform"])
    check = access.platform_administrator()
    _add_listing(router, organisations, check)
    _add_creation(router, organisations, check, home)
    _add_standing(router, organisations, check)
    return router


def _add_listing(router: APIRouter, organisations: Organisations, check: Check) -> None:
    @router.get("")
    async def list_organisations(_: Annotated[Actor, Depends(check)]) -> OrganisationList:
        """List all organisations."""
        return OrganisationList(organisations=[_body(found) for found in await organisations.list()])

    @router.get("/{name}")
    async def get_organisation_from_outside(
        _: Annotated[Actor, Depends(check)], name: PrintableText
    ) -> OrganisationBody:
        """Get one organisation."""
        return _body(await organisations.get(name))

    @router.patch("/{name}", openapi_extra={**STEP_UP})
    async def rename_organisation(
        actor: Annotated[Actor, Depends(check)], name: PrintableText, body: RenamingBody
    ) -> OrganisationBody:
        """Change how people see an organisation's name."""
        return _body(await organisations.rename(name, body.display_name, actor))

    del list_organisations, get_organisation_from_outside, rename_organisation  # The router holds them.


def _add_creation(router: APIRouter, organisations: Organisations, check: Check, home: Home) -> None:
    @router.post("", status_code=201, openapi_extra={**STEP_UP})
    async def create_organisation(
        request: Request, actor: Annotated[Actor, Depends(check)], body: NewOrganisationBody
    ) -> CreatedOrganisationBody:
        """Make an organisation with its first administrator."""
        created = await organisations.create(body.name, actor, display_name=body.display_name, invite=body.invite)
        link = None
        if created.invitation is not None:
            link = f"{home(request.headers.get('host', '')) or ''}/invitation#{created.invitation}"
        return CreatedOrganisationBody(
            **_body(created.organisation).model_dump(), invitation=link, admin_key=created.admin_key
        )

    del create_organisation  # The router holds it.


def _add_standing(router: APIRouter, organisations: Organisations, check: Check) -> None:
    @router.post("/{name}/suspend", openapi_extra={**STEP_UP})
    async def suspend_organisation(actor: Annotated[Actor, Depends(check)], name: PrintableText) -> OrganisationBody:
        """Refuse all keys of an organisation within a second, and end its sessions."""
        return _body(await organisations.suspend(name, actor))

    @router.post("/{name}/reactivate", openapi_extra={**STEP_UP})
    async def reactivate_organisation(actor: Annotated[Actor, Depends(check)], name: PrintableText) -> OrganisationBody:
        """Let an organisation in again."""
        return _body(await organisations.reactivate(name, actor))

    @router.delete("/{name}", status_code=204, openapi_extra={**STEP_UP})
    async def delete_organisation(actor: Annotated[Actor, Depends(check)], name: PrintableText) -> None:
        """Close an organisation for good. What it used and did is kept, and its name is not given again."""
        await organisations.delete(name, actor)

    del suspend_organisation, reactivate_organisation, delete_organisation  # The router holds them.


def _body(organisation: Organisation) -> OrganisationBody:
    return OrganisationBody(
        name=organisation.name,
        display_name=organisation.display_name,
        suspended_at=organisation.suspended_at,
        created_at=organisation.created_at,
        people=organisation.people,
    )
