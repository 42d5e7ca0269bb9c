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
from drawbridge.config.objects import Rights, kind_of
from drawbridge.config.plan import Plan, make_plan
from drawbridge.config.sections import SECRETS, AnySection, SendsElsewhere, TakesFromProcess, World, is_single
from drawbridge.config.written_plan import plan_id
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection, Database

_MOST_NAMED: Final = 5
_OF_THE_PROCESS: Final = (
    "names what the Drawbridge process has, an environment variable or a file: over the API no document may. Store the"
    " value by PUT /api/secrets/NAME, and write {stored: NAME}; or let whoever runs Drawbridge apply the file there."
)


@dataclass(frozen=True, slots=True)
class Agreed:
    """What whoever applies agreed to."""

    plan_id: str | None = None
    """Of the plan that they saw; None: whatever it is."""
    may_delete: bool = False


class Documents:
    """The whole configuration of one organisation, as somebody may read and change it."""

    def __init__(self, database: Database, sections: Sequence[AnySection], rights: Rights) -> None:
        self._database = database
        self._sections = sections
        self._rights = rights

    async def plan(self, actor: Actor, organisation_id: OrganisationId, document: Document) -> Plan:
        """Work out what applying a document would change, changing nothing. Raises DocumentError."""
        async with self._database.organisation(organisation_id, steady=True) as connection:
            return await self._plan(connection, actor, organisation_id, document)

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
            plan = await self._plan(connection, actor, organisation_id, document)
            _require_agreed(plan, agreed)
            await self._require_rights(connection, actor, plan)
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

    async def _plan(
        self, connection: AsyncConnection, actor: Actor, organisation_id: OrganisationId, document: Document
    ) -> Plan:
        world = await read_world(connection, organisation_id, self._sections)
        if problems := list(_taken_from_the_process(self._sections, document, world)):
            raise DocumentError(problems)
        # A secret that one may not use is none: whoever sends it somewhere gets to know it.
        judge = await self._rights.judge(actor, SECRETS.removesuffix("s"), connection)
        usable = frozenset(name for name in world.secrets if judge.may("use", name))
        plan = make_plan(self._sections, document, World(world.objects, usable))
        await self._require_readable(connection, actor, document, plan)
        return plan

    async def _require_readable(
        self, connection: AsyncConnection, actor: Actor, document: Document, plan: Plan
    ) -> None:
        """Check that the actor may read what the objects would send elsewhere. Raises DocumentError."""
        problems: list[Problem] = []
        for change in plan.changes:
            section = self._section(change.section)
            sends = section.sends if isinstance(section, SendsElsewhere) else None
            if sends is None or change.action == "delete":
                continue
            if not (await self._rights.judge(actor, sends, connection)).may("read", "*"):
                message = f"sends elsewhere what you may not read yourself: {sends}:*."
                problems.append(document.problem(section.name, change.name, (), message))
        if problems:
            raise DocumentError(problems)

    async def _require_rights(self, connection: AsyncConnection, actor: Actor, plan: Plan) -> None:
        """Check, as things stand in the transaction, that the actor may manage each object that changes."""
        for change in plan.changes:
            section = self._section(change.section)
            judge = await self._rights.judge(actor, kind_of(section), connection)
            judge.require("manage", "*" if is_single(section) else change.name)

    def _section(self, name: str) -> AnySection:
        return next(section for section in self._sections if section.name == name)


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


def _taken_from_the_process(sections: Sequence[AnySection], document: Document, world: World) -> Iterator[Problem]:
    """Find what entries take from the process that they did not take and send to the same place before.

    The environment and the files are those of the whole installation: whoever runs it gives them, at its command line.
    """
    stated = ((section, found) for section in sections for found in document.entries.get(section.name, {}).items())
    for section, (name, entry) in stated:
        if not isinstance(section, TakesFromProcess):
            continue
        present = world.objects[section.name].get(name)
        before = frozenset(() if present is None else section.from_process(present.entry))
        for taken in section.from_process(section.in_full(entry)):
            if taken not in before:
                yield document.problem(section.name, name, taken.path, _OF_THE_PROCESS)


def _act(actor: Actor, act: ConfigAct) -> Act:
    return Act(actor, act.action, act.object_kind, act.object_name, detail=act.detail)
