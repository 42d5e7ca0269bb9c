"""What a product must tell so that `drawbridge.yaml` can hold its objects."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from drawbridge.config.located import Path
from drawbridge.config.shape import Complaint
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection

EntryT = TypeVar("EntryT", bound=msgspec.Struct)

SECRETS = "secrets"
"""The section name by which a Reference means a stored secret. Secrets themselves stand in no file."""


@dataclass(frozen=True, slots=True)
class Present(Generic[EntryT]):
    """An object that exists, written as its entry in the file would be."""

    entry: EntryT
    managed_by_file: bool
    goes_with_it: str = ""
    """What its deletion destroys besides, in words for the plan, such as `2 keys`."""
    holds: str = ""
    """What must not vanish: of the objects that hold the same, one at least has to stay, such as `admin key`."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An entry's need of another object, and where in the entry it is stated."""

    section: str
    name: str
    path: Path


class Section(Protocol[EntryT]):
    """One section of the file: a mapping from names to entries of one type.

    Writes run in one transaction with those of every other section, in the sections' order; deletions come
    last, in reverse order, so that what refers to an object is changed before the object goes.
    """

    @property
    def name(self) -> str:
        """The section's key in the file."""
        ...

    @property
    def namespace(self) -> str:
        """Sections of one namespace may not use a name twice; usually the section's own name."""
        ...

    @property
    def entry_type(self) -> type[EntryT]:
        """A struct that forbids unknown fields; the JSON schema for editors is made from it."""
        ...

    def complaints(self, entry: EntryT, /) -> Iterable[Complaint]:
        """Name what is wrong with an entry on its own, with paths from the entry."""
        ...

    def in_full(self, entry: EntryT, /) -> EntryT:
        """Fill in what the entry leaves to defaults. Entries are compared and stored in full."""
        ...

    def in_short(self, entry: EntryT, /) -> EntryT:
        """Leave out what `in_full` would fill in again, for export."""
        ...

    def references(self, entry: EntryT, /) -> Iterable[Reference]:
        """Name the objects that the entry needs."""
        ...

    async def read(self, connection: AsyncConnection, organisation_id: OrganisationId) -> Mapping[str, Present[EntryT]]:
        """Read every object that exists, by name, with its entry in full."""
        ...

    async def create(
        self, connection: AsyncConnection, organisation_id: OrganisationId, name: str, entry: EntryT, /
    ) -> None:
        """Create an object that is managed by file."""
        ...

    async def update(
        self, connection: AsyncConnection, organisation_id: OrganisationId, name: str, entry: EntryT, /
    ) -> None:
        """Change an object to the entry, and mark it as managed by file."""
        ...

    async def delete(self, connection: AsyncConnection, organisation_id: OrganisationId, name: str, /) -> None:
        """Delete an object."""
        ...


# Any: sections of different entry types stand in one list, and each only ever meets entries that it made or
# that were checked against its entry_type.
AnySection = Section[Any]
AnyPresent = Present[Any]


@dataclass(frozen=True, slots=True)
class World:
    """What exists in one organisation before a plan."""

    objects: Mapping[str, Mapping[str, AnyPresent]]
    """By section, then name."""
    secrets: frozenset[str] = frozenset()
    """The names of the stored secrets."""
