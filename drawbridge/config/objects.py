"""One object of a section at a time: read, written and deleted by the rules that hold for a whole file."""

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from drawbridge.audit.acts import Act, Actor
from drawbridge.audit.record import record
from drawbridge.config.acts import act_of
from drawbridge.config.apply import read_world
from drawbridge.config.document import Document, bad_name, is_name
from drawbridge.config.errors import (
    DocumentError,
    EntryError,
    EntryProblem,
    LastHolderError,
    ManagedByFileError,
    NameTakenError,
    ObjectInUseError,
    PreconditionError,
    Problem,
)
from drawbridge.config.located import Path, Value, write_path
from drawbridge.config.over_api import OverApi, Stated
from drawbridge.config.plan import Change, Plan, make_plan
from drawbridge.config.rights import Judges, Rights
from drawbridge.config.sections import AnyPresent, AnySection, Present, World, is_single, keeping_laws, with_unsaid
from drawbridge.config.shape import misfits
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection, Database

_LONGEST_NAME: Final = 200


class Condition(Protocol):
    """What a request wants to be true of the object that it changes."""

    def __call__(self, etag: str | None) -> None:
        """Raise PreconditionError if it is not; None: there is no such object."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """The object that a change is about, and who changes it."""

    actor: Actor
    organisation_id: OrganisationId
    section: AnySection
    name: str

    @property
    def kind(self) -> str:
        """What policy calls it."""
        return kind_of(self.section)

    @property
    def policy_name(self) -> str:
        """What policy calls the object: what there is one of has no name."""
        return "*" if is_single(self.section) else self.name


class Objects:
    """The objects of all sections of one installation."""

    def __init__(
        self, database: Database, sections: Sequence[AnySection], rights: Rights, process_owner: str = ""
    ) -> None:
        """`process_owner` names the organisation that the process has credentials of vendors for."""
        self._database = database
        self._sections = sections
        self._rights = rights
        self._over_api = OverApi(rights, process_owner)

    async def read(self, actor: Actor, organisation_id: OrganisationId, section: AnySection) -> dict[str, AnyPresent]:
        """Return what the actor may read of a section, in the order of names."""
        judge = await self._rights.judge(actor, kind_of(section))
        async with self._database.organisation(organisation_id) as connection:
            found = await section.read(connection, organisation_id)
        return {name: found[name] for name in sorted(found) if judge.may("read", name)}

    async def get(self, target: Target) -> AnyPresent:
        """Return one object. Raises the error for an unknown one."""
        judge = await self._rights.judge(target.actor, target.kind)
        judge.require("read", target.policy_name)
        async with self._database.organisation(target.organisation_id) as connection:
            found = await target.section.read(connection, target.organisation_id)
        present = present_in(target.section, found, target.name)
        if present is None:
            raise judge.unknown(target.policy_name)
        return present

    async def put(self, target: Target, value: Value, condition: Condition) -> tuple[AnyPresent, bool]:
        """Create or change an object. Return it, and whether it is new.

        Raises EntryError, NameTakenError, ManagedByFileError, PreconditionError.
        """
        entry = read_entry(target, value)
        async with self._database.change(target.organisation_id) as connection:
            world = await read_world(connection, target.organisation_id, self._sections)
            present = present_in(target.section, world.objects[target.section.name], target.name)
            if present is not None:
                (await self._rights.judge(target.actor, target.kind, connection)).require("manage", target.policy_name)
            await self._require_condition(connection, target, present, condition)
            if present is not None and isinstance(value, dict):
                entry = with_unsaid(target.section, entry, value, present.entry)
            if present is not None and present.managed_by_file:
                raise ManagedByFileError(target.kind, target.name)
            judges, stated = Judges(self._rights, target.actor, connection), Stated(target.section, target.name, entry)
            if wrong := await self._over_api.complaints(judges, target.organisation_id, stated, present):
                raise EntryError([EntryProblem(_json_path(one.path), one.message) for one in wrong])
            await self._over_api.require_usable(judges, stated, world)
            self._require_free(target, world)
            plan = self._plan(target, await self._over_api.usable_world(judges, world), entry)
            before = [] if present is None else [Stated(target.section, target.name, present.entry)]
            await self._over_api.require_managing(connection, target.actor, before)
            async with self._rights.unwidened(connection, target.actor):
                await _write_all(connection, target, plan)
                await self._over_api.require_managing(connection, target.actor, [stated])
                # Again, since the change may have brought the object to another team.
                (await self._rights.judge(target.actor, target.kind, connection)).require("manage", target.policy_name)
            written = present_in(
                target.section, await target.section.read(connection, target.organisation_id), target.name
            )
            assert written is not None
            return written, present is None

    async def delete(self, target: Target, condition: Condition) -> None:
        """Delete an object.

        Raises the error for an unknown one, ManagedByFileError, ObjectInUseError, LastHolderError, PreconditionError.
        """
        async with self._database.change(target.organisation_id) as connection:
            world = await read_world(connection, target.organisation_id, self._sections)
            present = world.objects[target.section.name].get(target.name)
            judge = await self._rights.judge(target.actor, target.kind, connection)
            judge.require("manage", target.policy_name)
            if present is None:
                raise judge.unknown(target.policy_name)
            condition(etag_of(target.section, target.name, present))
            if present.managed_by_file:
                raise ManagedByFileError(target.kind, target.name)
            if users := users_of(self._sections, world, target.section.name, target.name):
                named = await name_readable(self._rights, connection, target.actor, users)
                raise ObjectInUseError(f"The {target.kind} {target.name!r} is used by {named}: change that first.")
            plan = self._plan(target, world, None)
            before = Stated(target.section, target.name, present.entry)
            await self._over_api.require_managing(connection, target.actor, [before])
            async with self._rights.unwidened(connection, target.actor):
                await _write_all(connection, target, plan)

    async def _require_condition(
        self, connection: AsyncConnection, target: Target, present: AnyPresent | None, condition: Condition
    ) -> None:
        try:
            condition(None if present is None else etag_of(target.section, target.name, present))
        except PreconditionError:
            judge = await self._rights.judge(target.actor, target.kind, connection)
            if present is None and not judge.may("read", target.policy_name):
                # What exists, and may not be seen, is answered so too.
                raise judge.unknown(target.policy_name) from None
            raise

    def _require_free(self, target: Target, world: World) -> None:
        for rival in self._sections:
            if rival.namespace != target.section.namespace or rival.name == target.section.name:
                continue
            if target.name in world.objects[rival.name]:
                raise NameTakenError(
                    f"{target.name!r} exists under {rival.name}, which shares its names with {target.section.name}:"
                    " choose another name, or delete that one first."
                )

    def _plan(self, target: Target, world: World, entry: msgspec.Struct | None) -> Plan:
        """Plan one change as if the object were all that a file manages; no entry deletes it."""
        stated = {} if entry is None else {target.section.name: {target.name: entry}}
        try:
            return make_plan(self._sections, self._document(stated), _only_managed(world, target), may_hint=False)
        except DocumentError as error:
            held = world.objects[target.section.name][target.name].holds if entry is None else ""
            if held:
                raise LastHolderError(
                    f"With the {target.kind} {target.name!r} the organisation would lose its last {held}: give somebody"
                    f" who stays another {held} first."
                ) from error
            raise EntryError([_in_body(target, problem) for problem in error.problems]) from error

    def _document(self, stated: Mapping[str, Mapping[str, msgspec.Struct]]) -> Document:
        single = frozenset(section.name for section in self._sections if is_single(section))
        return Document("", (), stated, {}, single)


def present_in(section: AnySection, objects: Mapping[str, AnyPresent], name: str) -> AnyPresent | None:
    """Return an object; None where there is none. A section that is one entry always has it, if only an empty one."""
    if name not in objects and is_single(section):
        return Present(section.entry_type(), managed_by_file=False)
    return objects.get(name)


def kind_of(section: AnySection) -> str:
    """Return what policy calls the objects of a section."""
    return section.name.removesuffix("s")


def etag_of(section: AnySection, name: str, present: AnyPresent) -> str:
    """Return the version of an object, as it stands in headers."""
    said = msgspec.json.encode([section.name, name, present.managed_by_file, present.entry], order="sorted")
    return f'"{hashlib.sha256(said).hexdigest()[:32]}"'


def users_of(
    sections: Sequence[AnySection], world: World, section_name: str, name: str
) -> list[tuple[AnySection, str]]:
    """Return what refers to an object, by section and name."""
    return [
        (section, user)
        for section in sections
        for user, present in world.objects[section.name].items()
        if (section.name, user) != (section_name, name)
        and any((found.section, found.name) == (section_name, name) for found in section.references(present.entry))
    ]


async def name_readable(
    rights: Rights, connection: AsyncConnection, actor: Actor, objects: Sequence[tuple[AnySection, str]]
) -> str:
    """Name those objects that somebody may read, such as `deployments.main`, and say whether there are others."""
    named: list[str] = []
    judges = Judges(rights, actor, connection)
    for section, name in objects:
        if (await judges.of(kind_of(section))).may("read", name):
            named.append(f"{section.name}.{name}")
    return ", ".join(named if len(named) == len(objects) else [*named, "what you may not read"])


def read_entry(target: Target, value: Value) -> msgspec.Struct:
    """Read an object's entry from JSON.

    Raises EntryError with everything that is wrong with it on its own.
    """
    problems: list[EntryProblem] = []
    if len(target.name) > _LONGEST_NAME:
        problems.append(EntryProblem("name", f"is longer than {_LONGEST_NAME} characters."))
    elif not is_name(target.name):
        problems.append(EntryProblem("name", bad_name(target.name)))
    elif {".", ".."} & set(target.name.split("/")):
        problems.append(EntryProblem("name", "must have no part . or .., which would be lost on the way to here."))
    wrong = list(misfits(value, msgspec.inspect.type_info(target.section.entry_type)))
    if not wrong:
        entry = msgspec.convert(value, target.section.entry_type)
        wrong = list(target.section.complaints(entry))
        if not problems and not wrong:
            return entry
    problems += [EntryProblem(_json_path(complaint.path), complaint.message) for complaint in wrong]
    raise EntryError(problems)


def _only_managed(world: World, target: Target) -> World:
    def flagged(section: str, objects: Mapping[str, AnyPresent]) -> dict[str, AnyPresent]:
        return {
            name: dataclasses.replace(present, managed_by_file=(section, name) == (target.section.name, target.name))
            for name, present in objects.items()
        }

    return World({section: flagged(section, objects) for section, objects in world.objects.items()}, world.secrets)


async def _write_all(connection: AsyncConnection, target: Target, plan: Plan) -> None:
    async with keeping_laws(connection, target.organisation_id, [target.section]):
        for change in plan.changes:
            await _write(connection, target, change)


async def _write(connection: AsyncConnection, target: Target, change: Change) -> None:
    section, organisation_id = target.section, target.organisation_id
    match change.action:
        case "delete":
            await section.delete(connection, organisation_id, change.name)
        case "create":
            await section.create(connection, organisation_id, change.name, change.entry, managed_by_file=False)
        case "update" | "adopt":
            await section.update(connection, organisation_id, change.name, change.entry, managed_by_file=False)
    act = act_of(change)
    await record(
        connection,
        organisation_id,
        Act(target.actor, act.action, act.object_kind, act.object_name, detail=act.detail),
    )


def _in_body(target: Target, problem: Problem) -> EntryProblem:
    """Return a plan's problem with its place in the body instead of in a file."""
    name = () if is_single(target.section) else (target.name,)
    prefix = write_path((target.section.name, *name))
    place = problem.where.removeprefix(prefix) if problem.where.startswith(prefix) else ""
    return EntryProblem(f"${place}", problem.message)


def _json_path(path: Path) -> str:
    written = write_path(path)
    return f"${written}" if not written or written.startswith("[") else f"$.{written}"
