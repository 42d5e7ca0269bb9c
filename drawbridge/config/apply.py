"""Make an installation agree with its file, in one transaction."""

from collections.abc import Sequence

from drawbridge.config.acts import Record, acts_of
from drawbridge.config.document import Document
from drawbridge.config.errors import PlanOutdatedError
from drawbridge.config.plan import Change, Plan, make_plan
from drawbridge.config.sections import AnySection, World, keeping_laws
from drawbridge.config.store import secret_names
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection, Database


async def read_world(
    connection: AsyncConnection, organisation_id: OrganisationId, sections: Sequence[AnySection]
) -> World:
    """Read everything that exists in the sections of one organisation."""
    objects = {section.name: await section.read(connection, organisation_id) for section in sections}
    return World(objects, frozenset(await secret_names(connection, organisation_id)))


async def plan_document(
    database: Database, organisation_id: OrganisationId, sections: Sequence[AnySection], document: Document
) -> Plan:
    """Work out what applying a file would change, changing nothing.

    Raises DocumentError with every contradiction.
    """
    async with database.organisation(organisation_id) as connection:
        return make_plan(sections, document, await read_world(connection, organisation_id, sections))


async def apply_document(
    database: Database,
    organisation_id: OrganisationId,
    sections: Sequence[AnySection],
    document: Document,
    *,
    expected: Plan | None = None,
    record: Record | None = None,
) -> Plan:
    """Apply a file and return what was changed. Nothing to change takes no revision.

    With `expected`, the plan that somebody agreed to, anything else is refused. `record` takes down what is done.

    Raises DocumentError with every contradiction, PlanOutdatedError when the plan is not the expected one, and what a
    law of a section raises if it is broken at the end.
    """
    plan = expected or await plan_document(database, organisation_id, sections, document)
    if not plan.changes:
        return plan
    async with database.change(organisation_id) as connection:
        # Planned again under the lock that every change takes: what was planned before may not hold any more.
        world = await read_world(connection, organisation_id, sections)
        plan = make_plan(sections, document, world)
        if expected is not None and plan != expected:
            raise PlanOutdatedError("The configuration was changed since this plan was made. Plan again, then apply.")
        await carry_out(connection, organisation_id, sections, plan)
        if record is not None:
            for act in acts_of(plan, document.source):
                await record(connection, organisation_id, act)
    return plan


async def carry_out(
    connection: AsyncConnection, organisation_id: OrganisationId, sections: Sequence[AnySection], plan: Plan
) -> None:
    """Make every change of a plan that was made in the same transaction. Raises what a law of a section raises."""
    changed = {change.section for change in plan.changes}
    async with keeping_laws(connection, organisation_id, (found for found in sections if found.name in changed)):
        for change in plan.changes:
            if change.action != "delete":
                await _carry_out(connection, organisation_id, sections, change)
        for change in plan.deletions:
            await _carry_out(connection, organisation_id, sections, change)


async def _carry_out(
    connection: AsyncConnection, organisation_id: OrganisationId, sections: Sequence[AnySection], change: Change
) -> None:
    section = next(section for section in sections if section.name == change.section)
    match change.action:
        case "delete":
            await section.delete(connection, organisation_id, change.name)
        case "create":
            await section.create(connection, organisation_id, change.name, change.entry)
        case "update" | "adopt":
            await section.update(connection, organisation_id, change.name, change.entry)
