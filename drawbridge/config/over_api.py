"""What entries must keep to that come over the API, one by one or in a document, whatever rights they come with."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from drawbridge.audit.acts import Actor
from drawbridge.config.rights import Judges, Rights
from drawbridge.config.sections import (
    SECRETS,
    AnyPresent,
    AnySection,
    ConcernsOthers,
    ReachesOthers,
    SendsElsewhere,
    TakesFromProcess,
    World,
)
from drawbridge.config.shape import Complaint
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection
from drawbridge.db.tenancy import organisation_name

SECRET: Final = SECRETS.removesuffix("s")
"""What policy calls a stored secret."""
_OF_THE_PROCESS: Final = (
    "names what the Drawbridge process has, an environment variable or a file, which only drawbridge.yaml may say,"
    " where whoever runs Drawbridge applies it. Store the value by PUT /api/secrets/NAME, and write {stored: NAME}."
)
_OF_THE_FIRST: Final = (
    "would take the credential that the Drawbridge process has for this vendor, which is for the organisation {name!r}"
    " only. Store one of your own by PUT /api/secrets/NAME, and write credential: {{stored: NAME}}."
)


@dataclass(frozen=True, slots=True)
class Stated:
    """An entry of a section, as somebody wants it to be."""

    section: AnySection
    name: str
    entry: msgspec.Struct


@dataclass(frozen=True, slots=True)
class OverApi:
    """Holds entries to what they must keep to."""

    rights: Rights
    process_owner: str
    """The organisation that the process has credentials of vendors for."""

    async def usable_world(self, judges: Judges, world: World) -> World:
        """Leave out the secrets that the actor may not use: whoever sends one somewhere gets to know it."""
        judge = await judges.of(SECRET)
        return World(world.objects, frozenset(name for name in world.secrets if judge.may("use", name)))

    async def complaints(
        self, judges: Judges, organisation_id: OrganisationId, stated: Stated, present: AnyPresent | None
    ) -> list[Complaint]:
        """Name what an entry takes or sends that is not the actor's to give."""
        taken = await self._taken(judges.connection, organisation_id, stated, present)
        return [*taken, *[Complaint((), told) for told in await self._sent(judges, stated.section)]]

    async def require_usable(self, judges: Judges, stated: Stated, world: World) -> None:
        """Check that the actor may use what an entry would let others get at. Raises what becomes the answer."""
        if isinstance(stated.section, ReachesOthers):
            reached = tuple(stated.section.reaches(stated.name, stated.entry, world))
            if reached:
                await self.rights.require_usable(judges.connection, judges.actor, reached)

    async def require_managing(self, connection: AsyncConnection, actor: Actor, stated: Iterable[Stated]) -> None:
        """Check that the actor may manage what entries bind, as it stands now. Raises what becomes the answer.

        To be called before a change with what was there, and after it with what is: a change brings new objects.
        """
        concerned = [
            one
            for each in stated
            if isinstance(each.section, ConcernsOthers)
            for one in each.section.concerns(each.entry)
        ]
        if concerned:
            await self.rights.require_managing(connection, actor, concerned)

    async def _taken(
        self, connection: AsyncConnection, organisation_id: OrganisationId, stated: Stated, present: AnyPresent | None
    ) -> Iterable[Complaint]:
        """Find what an entry takes from the process that it did not take and send to the same place before.

        The environment and the files are those of the whole installation, and hold what opens every organisation. They
        are for who runs it to give, by a file; what vendors get usually also by one organisation of his own.
        """
        section = stated.section
        if not isinstance(section, TakesFromProcess):
            return ()
        before = frozenset(() if present is None else section.from_process(present.entry))
        taken = [one for one in section.from_process(section.in_full(stated.entry)) if one not in before]
        if not taken:
            return ()
        is_owner = await organisation_name(connection, organisation_id) == self.process_owner
        usual = _OF_THE_FIRST.format(name=self.process_owner)
        return [
            Complaint(one.path, usual if one.is_meant_for_it else _OF_THE_PROCESS)
            for one in taken
            if not (one.is_meant_for_it and is_owner)
        ]

    async def _sent(self, judges: Judges, section: AnySection) -> Iterable[str]:
        sends = section.sends if isinstance(section, SendsElsewhere) else None
        if sends is None or (await judges.of(sends)).may("read", "*"):
            return ()
        return (f"sends elsewhere what you may not read yourself: {sends}:*.",)
