"""Create, rename, suspend, reactivate and delete organisations."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from drawbridge.audit.acts import Act, Actor
from drawbridge.audit.record import record
from drawbridge.config.document import bad_name, is_name
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.core.text import require_printable
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.db.tenancy import create_organisation
from drawbridge.identity.errors import OrganisationError, StatedInFileError, UnknownOrganisationError
from drawbridge.identity.organisations import store
from drawbridge.identity.organisations.store import Organisation
from drawbridge.identity.people.people import EndSessions

Furnish = Callable[[AsyncConnection, OrganisationId], Awaitable[str]]
"""Gives a new organisation what every one begins with, in the transaction that makes it: models, roles, and a first
administrator, whose admin key it returns."""

Invite = Callable[[AsyncConnection, OrganisationId, str, Actor], Awaitable[str]]
"""The same, for an administrator whom somebody invites by e-mail address: it returns the token of the link."""

FIRST: Final = "default"
"""The name of the organisation of an installation that has only one: each start needs it."""

_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class OrganisationPlugs:
    """What other products do where an organisation is made or suspended."""

    furnish: Furnish
    invite: Invite | None = None
    """None: nobody can be invited here."""
    end_sessions: EndSessions | None = None


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """An organisation, with what its first administrator needs to get in, which is shown this once."""

    organisation: Organisation
    admin_key: str | None = field(default=None, repr=False)
    invitation: str | None = field(default=None, repr=False)
    """The token of the link that invites him."""


class Organisations:
    """The organisations of an installation. Whoever asks here sees nothing inside of them."""

    def __init__(self, database: Database, clock: Clock, plugs: OrganisationPlugs) -> None:
        self._database = database
        self._clock = clock
        self._plugs = plugs

    async def list(self) -> "list[Organisation]":
        """Return all of them, sorted by name."""
        return await store.read_organisations(self._database)

    async def get(self, name: str) -> Organisation:
        """Return one. Raises UnknownOrganisationError."""
        found = await store.read_organisations(self._database, name)
        if not found:
            raise UnknownOrganisationError(f"There is no organisation {name!r}: see `drawbridge organisations list`.")
        return found[0]

    async def create(
        self, name: str, actor: Actor, *, display_name: str = "", invite: str | None = None
    ) -> NewOrganisation:
        """Make an organisation with its first administrator: invited by address, or with an admin key.

        Raises OrganisationError where the name is no name or taken, or nobody can be invited; UnprintableTextError.
        """
        if not is_name(name) or "/" in name:
            raise OrganisationError(f"{bad_name(name)} An organisation's name has no slash.")
        require_printable(display_name, "The display name", longest=_LONGEST_NAME)
        if invite is not None and self._plugs.invite is None:
            raise OrganisationError("Nobody can be invited here: leave the address out, and hand over the admin key.")
        organisation_id = OrganisationId(uuid7())
        admin_key = invitation = None
        async with self._database.organisation(organisation_id) as connection:
            if not await create_organisation(connection, organisation_id, name):
                raise OrganisationError(f"There is an organisation {name!r} already: choose another name.")
            await store.set_display_name(connection, organisation_id, display_name)
            if invite is not None and self._plugs.invite is not None:
                invitation = await self._plugs.invite(connection, organisation_id, invite, actor)
            else:
                admin_key = await self._plugs.furnish(connection, organisation_id)
            await record(connection, organisation_id, _act(actor, "created", name))
        return NewOrganisation(await self.get(name), admin_key, invitation)

    async def rename(self, name: str, display_name: str, actor: Actor) -> Organisation:
        """Change how people see an organisation's name; the name itself stays.

        Raises UnknownOrganisationError, StatedInFileError, UnprintableTextError.
        """
        require_printable(display_name, "The display name", longest=_LONGEST_NAME)
        organisation = await self.get(name)
        if organisation.managed_by_file:
            raise StatedInFileError(f"The organisation {name!r} states its display name in a file of its own.")
        async with self._database.change(organisation.id) as connection:
            await store.set_display_name(connection, organisation.id, display_name)
            await record(connection, organisation.id, _act(actor, "renamed", name, display_name=display_name))
        return await self.get(name)

    async def suspend(self, name: str, actor: Actor) -> Organisation:
        """Refuse all keys of an organisation on all workers within a second, and end its sessions.

        Raises UnknownOrganisationError.
        """
        organisation = await self.get(name)
        if organisation.suspended_at is None:
            async with self._database.change(organisation.id) as connection:
                await store.set_suspended(connection, organisation.id, self._clock.now())
                await record(connection, organisation.id, _act(actor, "suspended", name))
        if self._plugs.end_sessions is not None:
            await self._plugs.end_sessions(self._database, organisation.id, None)
        return await self.get(name)

    async def reactivate(self, name: str, actor: Actor) -> Organisation:
        """Let an organisation in again. Raises UnknownOrganisationError."""
        organisation = await self.get(name)
        if organisation.suspended_at is None:
            return organisation
        async with self._database.change(organisation.id) as connection:
            await store.set_suspended(connection, organisation.id, None)
            await record(connection, organisation.id, _act(actor, "reactivated", name))
        return await self.get(name)

    async def delete(self, name: str, actor: Actor) -> Organisation:
        """Close an organisation for good. Return it as it was.

        Its keys stop on all workers within a second, its sessions end, its users lose their accounts' way in, and its
        stored secrets are deleted. What was used and who did what is kept, and so is the name, which nobody gets again.

        Raises UnknownOrganisationError, OrganisationError for the first one.
        """
        organisation = await self.get(name)
        if name == FIRST:
            raise OrganisationError(f"Drawbridge starts with the organisation {name!r}: suspend it instead.")
        async with self._database.change(organisation.id) as connection:
            keys = await store.close(connection, organisation.id, self._clock.now())
            await record(
                connection, organisation.id, _act(actor, "deleted", name, keys=keys, people=organisation.people)
            )
        if self._plugs.end_sessions is not None:
            await self._plugs.end_sessions(self._database, organisation.id, None)
        return organisation


def _act(actor: Actor, verb: str, name: str, **detail: object) -> Act:
    return Act(actor, f"organisation.{verb}", "organisation", name, detail=detail)
