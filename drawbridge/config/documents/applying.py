"""Plan, apply and export a whole document for one who asks over the API: as commands do, within that one's rights."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from drawbridge.audit.acts import Act, Actor
from drawbridge.audit.record import record
from drawbridge.config.acts import ConfigAct, acts_of, export_act
from drawbridge.config.apply import carry_out, read_world
from drawbridge.config.document import Document
from drawbridge.config.errors import ConfirmationError, DocumentError, PlanOutdatedError, Problem
from drawbridge.config.objects import kind_of
from drawbridge.config.over_api import OverApi, Stated
from drawbridge.config.plan import Plan, make_plan
from drawbridge.config.rights import Judges, Rights
from drawbridge.config.sections import AnyPresent, AnySection, World, is_single
from drawbridge.config.written_plan import plan_id
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database

_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Agreed:
    """What whoever applies agreed to."""

    plan_id: str | None = None
    """Of the plan that they saw; None: whatever it is."""
    may_delete: bool = False


class Documents:
    """The whole configuration of one organisation, as somebody may read and change it."""

    def __init__(
        self, database: Database, sections: Sequence[AnySection], rights: Rights, process_owner: str = ""
    ) -> None:
        """`process_owner` names the organisation that the process has credentials of vendors for."""
        self._database = database
        self._sections = sections
        self._rights = rights
        self._over_api = OverApi(rights, process_owner)

    async def plan(self, actor: Actor, organisation_id: OrganisationId, document: Document) -> Plan:
        """Work out what applying a document would change, changing nothing. Raises DocumentError."""
        async with self._database.organisation(organisation_id, steady=True) as connection:
            return (await self._plan(Judges(self._rights, actor, connection), organisation_id, document))[0]

    async def apply(self, actor: Actor, organisation_id: OrganisationId, document: Document, agreed: Agreed) -> Plan:
        """Apply a document in one transaction, and return what was changed. Nothing to change takes no revision.

        Raises DocumentError, PlanOutdatedError, ConfirmationError, what a law of a section raises, and the errors for
        what the actor may not change or give away.
        """
        plan = await self.plan(actor, organisation_id, document)
        if not plan.changes:
            return plan
        _require_agreed(plan, agreed)
        async with self._database.change(organisation_id) as connection:
            # Planned again under the lock that every change takes: what was planned before may not hold any more.
            judges = Judges(self._rights, actor, connection)
            plan, world = await self._plan(judges, organisation_id, document)
            _require_agreed(plan, agreed)
            await self._require_rights(judges, plan, world)
            async with self._rights.unwidened(connection, actor):
                await carry_out(connection, organisation_id, self._sections, plan)
            for act in acts_of(plan, document.source):
                await record(connection, organisation_id, _act(actor, act))
        return plan

    async def export(self, actor: Actor, organisation_id: OrganisationId, *, everything: bool) -> World:
        """Record that somebody exports, and return everything that exists."""
        async with self._database.organisation(organisation_id) as connection:
            await record(connection, organisation_id, _act(actor, export_act(everything=everything)))
        async with self._database.organisation(organisation_id, steady=True) as connection:
            return await read_world(connection, organisation_id, self._sections)

    async def _plan(self, judges: Judges, organisation_id: OrganisationId, document: Document) -> tuple[Plan, World]:
        """Return the plan, and what exists before it. Raises DocumentError."""
        world = await read_world(judges.connection, organisation_id, self._sections)
        problems: list[Problem] = []
        for stated in self._stated(document):
            present = world.objects[stated.section.name].get(stated.name)
            if _is_so_already(stated, present):
                continue
            wrong = await self._over_api.complaints(judges, organisation_id, stated, present)
            problems += [document.problem(stated.section.name, stated.name, one.path, one.message) for one in wrong]
        if problems:
            raise DocumentError(problems)
        return make_plan(self._sections, document, await self._over_api.usable_world(judges, world)), world

    def _stated(self, document: Document) -> Iterator[Stated]:
        for section in self._sections:
            for name, entry in document.entries.get(section.name, {}).items():
                yield Stated(section, name, entry)

    async def _require_rights(self, judges: Judges, plan: Plan, world: World) -> None:
        """Check, as things stand in the transaction, that the actor may make each change."""
        for change in plan.changes:
            section = self._section(change.section)
            judge = await judges.of(kind_of(section))
            judge.require("manage", "*" if is_single(section) else change.name)
            if change.entry is not None:
                await self._over_api.require_usable(judges, Stated(section, change.name, change.entry), world)

    def _section(self, name: str) -> AnySection:
        return next(section for section in self._sections if section.name == name)


def _is_so_already(stated: Stated, present: AnyPresent | None) -> bool:
    return present is not None and present.managed_by_file and present.entry == stated.section.in_full(stated.entry)


def _require_agreed(plan: Plan, agreed: Agreed) -> None:
    """Check that a plan with changes is one that somebody agreed to.

    Raises PlanOutdatedError, ConfirmationError.
    """
    if not plan.changes:
        return
    if agreed.plan_id not in {None, plan_id(plan)}:
        raise PlanOutdatedError("The configuration was changed since this plan was made. Plan again, then apply.")
    if plan.deletions and not agreed.may_delete:
        named = ", ".join(f"{change.section}.{change.name}" for change in plan.deletions[:_MOST_NAMED])
        more = ", ..." if len(plan.deletions) > _MOST_NAMED else ""
        raise ConfirmationError(
            f'This deletes {named}{more}, so nothing was applied. To go on, send "may_delete": true.'
        )


def _act(actor: Actor, act: ConfigAct) -> Act:
    return Act(actor, act.action, act.object_kind, act.object_name, detail=act.detail)
