"""Sections whose objects are rows of a product's own store, by name."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from drawbridge.config.sections import Concerned, EntryT, Law, Present, Reached, Reference, Taken, World
from drawbridge.config.shape import Complaint
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection

_AnyEntryT = TypeVar("_AnyEntryT")
_EntryT_contra = TypeVar("_EntryT_contra", contravariant=True)


class Write(Protocol[_EntryT_contra]):
    """Creates or changes one row, from its entry in full."""

    async def __call__(
        self,
        connection: AsyncConnection,
        organisation_id: OrganisationId,
        name: str,
        entry: _EntryT_contra,
        /,
        *,
        managed_by_file: bool,
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Rows(Generic[EntryT]):
    """The rows of one kind, as a section of `drawbridge.yaml` reads and writes them."""

    read: Callable[[AsyncConnection, OrganisationId], Awaitable[Mapping[str, Present[EntryT]]]]
    create: Write[EntryT]
    update: Write[EntryT]
    delete: Callable[[AsyncConnection, OrganisationId, str], Awaitable[None]]


def _as_it_is(entry: _AnyEntryT) -> _AnyEntryT:
    return entry


@dataclass(frozen=True, slots=True)
class StoredSection(Generic[EntryT]):
    """A section whose objects are rows, by name."""

    name: str
    entry_type: type[EntryT]
    complaints: Callable[[EntryT], Iterable[Complaint]]
    rows: Rows[EntryT]
    in_full: Callable[[EntryT], EntryT] = _as_it_is
    in_short: Callable[[EntryT], EntryT] = _as_it_is
    references: Callable[[EntryT], Iterable[Reference]] = lambda _: ()
    contradictions: Callable[[Mapping[str, EntryT]], Iterable[tuple[str, Complaint]]] = lambda _: ()
    """What is wrong between entries, all that there will be: an entry's name with each complaint."""
    from_process: Callable[[EntryT], Iterable[Taken]] = lambda _: ()
    """What of the environment and the files of the process an entry in full sends on."""
    reaches: Callable[[str, EntryT, World], Iterable[Reached]] = lambda name, entry, world: ()
    """What an object with this entry would let others get at by its name that it did not before."""
    concerns: Callable[[EntryT], Iterable[Concerned]] = lambda _: ()
    """Whom an object with this entry binds."""
    sends: str | None = None
    """What the objects send elsewhere, as policy calls it, such as `audit`."""
    shared_namespace: str | None = None
    """None: names are the section's own."""
    is_single: bool = False
    """Whether the section is one entry itself, under its own name."""
    keeps_unsaid: Collection[str] = ()
    """Members that stay as they are where one object is written without them."""
    law: Law | None = None
    """What no change of its objects may break."""

    @property
    def namespace(self) -> str:
        """Sections of one namespace may not use a name twice."""
        return self.shared_namespace or self.name

    async def read(self, connection: AsyncConnection, organisation_id: OrganisationId) -> Mapping[str, Present[EntryT]]:
        """Read every object."""
        return await self.rows.read(connection, organisation_id)

    async def create(
        self,
        connection: AsyncConnection,
        organisation_id: OrganisationId,
        name: str,
        entry: EntryT,
        *,
        managed_by_file: bool = True,
    ) -> None:
        """Create an object."""
        await self.rows.create(connection, organisation_id, name, entry, managed_by_file=managed_by_file)

    async def update(
        self,
        connection: AsyncConnection,
        organisation_id: OrganisationId,
        name: str,
        entry: EntryT,
        *,
        managed_by_file: bool = True,
    ) -> None:
        """Change an object, and mark it as managed by file, or not."""
        await self.rows.update(connection, organisation_id, name, entry, managed_by_file=managed_by_file)

    async def delete(self, connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
        """Delete an object."""
        await self.rows.delete(connection, organisation_id, name)
