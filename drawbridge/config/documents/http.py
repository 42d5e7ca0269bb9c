"""The routes of the whole file: plan, apply, export."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from drawbridge.audit.acts import Actor
from drawbridge.config.document import Document, SourceText, parse_documents
from drawbridge.config.documents.applying import Agreed, Documents
from drawbridge.config.export import export_document
from drawbridge.config.http import Check, Door
from drawbridge.config.objects import kind_of
from drawbridge.config.over_api import SECRET
from drawbridge.config.plan import Action, Plan
from drawbridge.config.sections import AnySection
from drawbridge.config.written_plan import plan_as_json
from drawbridge.core.operations import STEP_UP
from drawbridge.db.engine import Database

_FILE_NAME: Final = "drawbridge.yaml"
_FILE_NAME_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$"
_MOST_FILES: Final = 1000


class FileBody(BaseModel):
    """A file: its name, for messages and the record, and its YAML."""

    model_config = {"extra": "forbid"}

    name: str = Field(default=_FILE_NAME, pattern=_FILE_NAME_PATTERN)
    text: str


class DocumentBody(BaseModel):
    """The files that together state everything that is managed by file."""

    model_config = {"extra": "forbid"}

    files: list[FileBody] = Field(min_length=1, max_length=_MOST_FILES)


class ApplyBody(DocumentBody):
    """The files to apply."""

    plan_id: str | None = Field(default=None, description="Of the plan that was agreed to: any other is refused.")
    may_delete: bool = Field(default=False, description="Without it, what would delete anything is refused.")


class DifferenceBody(BaseModel):
    """A setting that changes: null where there is none."""

    field: str
    before: Any  # Any: a value of any setting.
    after: Any


class ChangeBody(BaseModel):
    """What happens to one object. `adopt`: it exists, and will be managed by file."""

    action: Action
    section: str
    name: str
    differences: list[DifferenceBody]
    goes_with_it: str | None = Field(description="What a deletion destroys besides.")


class PlanBody(BaseModel):
    """Changes, deletions first; none where the files and what exists agree."""

    plan_id: str
    changes: list[ChangeBody]


class ExportBody(BaseModel):
    """Files that, applied again, change nothing."""

    files: list[FileBody]


def documents_router(
    database: Database, sections: Sequence[AnySection], door: Door, process_owner: str = ""
) -> APIRouter:
    """Make the routes /api/plan, /api/apply and /api/export.

    `process_owner` names the organisation that the process has credentials of vendors for.
    """
    router = APIRouter(prefix="/api", tags=["configuration"])
    documents = Documents(database, sections, door, process_owner)
    may_read = door.requires_every(_rights(sections, "read"))
    may_change = door.requires_every([*_rights(sections, "read", "manage"), ("use", SECRET)])
    _add_plan(router, documents, sections, may_change)
    _add_apply(router, documents, sections, may_change)
    _add_export(router, documents, sections, may_read)
    return router


def _rights(sections: Sequence[AnySection], *actions: str) -> Iterator[tuple[str, str]]:
    return ((action, kind_of(section)) for section in sections for action in actions)


def _add_plan(router: APIRouter, documents: Documents, sections: Sequence[AnySection], may_change: Check) -> None:
    @router.post("/plan", operation_id="plan")
    async def plan_route(actor: Annotated[Actor, Depends(may_change)], body: DocumentBody) -> PlanBody:
        """Show what applying files would change. Changes nothing."""
        plan = await documents.plan(actor, _organisation_of(actor), await _read(body, sections))
        return _plan_body(plan)

    del plan_route  # The router holds it.


def _add_apply(router: APIRouter, documents: Documents, sections: Sequence[AnySection], may_change: Check) -> None:
    @router.post("/apply", operation_id="apply", openapi_extra={**STEP_UP})
    async def apply_route(actor: Annotated[Actor, Depends(may_change)], body: ApplyBody) -> PlanBody:
        """Make everything that is managed by file agree with files, in one transaction.

        Applied again, the same files change nothing. The answer says what was changed.
        """
        agreed = Agreed(body.plan_id, may_delete=body.may_delete)
        plan = await documents.apply(actor, _organisation_of(actor), await _read(body, sections), agreed)
        return _plan_body(plan)

    del apply_route  # The router holds it.


def _add_export(router: APIRouter, documents: Documents, sections: Sequence[AnySection], may_read: Check) -> None:
    @router.get("/export", operation_id="export")
    async def export_route(
        actor: Annotated[Actor, Depends(may_read)],
        everything: Annotated[bool, Query(alias="all", description="Also what is not managed by file.")] = False,
    ) -> ExportBody:
        """Write what is managed by file as a file. The export itself is recorded; secrets appear by reference only."""
        world = await documents.export(actor, _organisation_of(actor), everything=everything)
        text = await asyncio.to_thread(export_document, sections, world, everything=everything)
        return ExportBody(files=[FileBody(text=text)])

    del export_route  # The router holds it.


async def _read(body: DocumentBody, sections: Sequence[AnySection]) -> Document:
    """Read the files, beside the calls that the process serves: a large one takes seconds. Raises DocumentError."""
    texts = [SourceText(file.name, file.text) for file in body.files]
    source = texts[0].source if len(texts) == 1 else f"{len(texts)} files"
    return await asyncio.to_thread(parse_documents, texts, source, sections)


def _plan_body(plan: Plan) -> PlanBody:
    return PlanBody.model_validate(plan_as_json(plan))


# Any: an OrganisationId, which the door has made sure of.
def _organisation_of(actor: Actor) -> Any:
    assert actor.organisation_id is not None
    return actor.organisation_id
