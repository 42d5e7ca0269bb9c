"""What a product must tell so that `drawbridge.yaml` can hold its objects."""

from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

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
    last, in reverse order, so that what refers to an object is changed before the object goes. So it is within a
    section, too, whose entries refer to each other: a team is created after its parent, and deleted before it.
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
        self,
        connection: AsyncConnection,
        organisation_id: OrganisationId,
        name: str,
        entry: EntryT,
        /,
        *,
        managed_by_file: bool = True,
    ) -> None:
        """Create an object."""
        ...

    async def update(
        self,
        connection: AsyncConnection,
        organisation_id: OrganisationId,
        name: str,
        entry: EntryT,
        /,
        *,
        managed_by_file: bool = True,
    ) -> None:
        """Change an object to the entry, and mark it as managed by file, or not."""
        ...

    async def delete(self, connection: AsyncConnection, organisation_id: OrganisationId, name: str, /) -> None:
        """Delete an object."""
        ...


# Structural, so that a section without it need not say so.
@runtime_checkable
class ComparesEntries(Protocol):
    """What a section has besides, if its entries can contradict each other though each is right on its own."""

    # Any: the section's own entry type.
    def contradictions(self, entries: Mapping[str, Any], /) -> Iterable[tuple[str, Complaint]]:
        """Name what is wrong between entries, such as a team that stands below itself: an entry's name and a complaint.

        The entries are all that will exist after the apply, in full, also those that are not managed by file. They may
        refer to names that do not exist, which is complained of elsewhere.
        """
        ...


@dataclass(frozen=True, slots=True)
class Taken:
    """What an entry takes from the environment or the files of the process, where it says so, and where it goes."""

    path: Path
    what: str
    """Such as `env:GPU_BOX_KEY`."""
    goes_to: str
    is_meant_for_it: bool = False
    """Whether it is a vendor's usual credential, and goes to that vendor: whose process it is may say so anywhere."""


@runtime_checkable
class TakesFromProcess(Protocol):
    """What a section has besides, if its entries can name what the process reads and sends on."""

    # Any: the section's own entry type.
    def from_process(self, entry: Any, /) -> Iterable[Taken]:
        """Name what an entry in full takes."""
        ...


@dataclass(frozen=True, slots=True)
class Reached:
    """Something that an entry lets others get at by its own name: who writes the entry must be allowed to use it."""

    told: str
    """What a refusal calls it, such as `deployment main`."""
    kind: str
    """What policy calls it."""
    names: tuple[str, ...]
    """All names of it."""


@runtime_checkable
class ReachesOthers(Protocol):
    """What a section has besides, if what its objects stand for has other names that rights may be about."""

    # Any: the section's own entry type.
    def reaches(self, name: str, entry: Any, world: "World", /) -> Iterable[Reached]:
        """Name what an object with this entry would let others get at that it did not before."""
        ...


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whose calls an entry is about: who writes or deletes the entry must be allowed to manage them."""

    kind: str
    """What policy calls it."""
    name: str


@runtime_checkable
class ConcernsOthers(Protocol):
    """What a section has besides, if its objects bind others than those whose names they bear."""

    # Any: the section's own entry type.
    def concerns(self, entry: Any, /) -> Iterable[Concerned]:
        """Name what an object with this entry binds."""
        ...


class Law(Protocol):
    """What must hold once all changes of a transaction are made, though not between them."""

    def __call__(
        self, connection: AsyncConnection, organisation_id: OrganisationId, /
    ) -> AbstractAsyncContextManager[None]:
        """Hold what is changed within to it, at the end. Raises what undoes the transaction."""
        ...


@runtime_checkable
class SendsElsewhere(Protocol):
    """What a section has besides, if its objects send on what only some may read."""

    @property
    def sends(self) -> str | None:
        """What they send, as policy calls it, such as `audit`; None: nothing."""
        ...


@runtime_checkable
class KeepsALaw(Protocol):
    """What a section has besides, if changes of its objects could break a law."""

    @property
    def law(self) -> Law | None:
        """The law; sections may have the same."""
        ...


@runtime_checkable
class KeepsUnsaid(Protocol):
    """What a section has besides, if some of an object is not changed by leaving it out."""

    @property
    def keeps_unsaid(self) -> Collection[str]:
        """The members that stay as they are where one object is written without them."""
        ...


def with_unsaid(section: "AnySection", entry: EntryT, said: Collection[str], present: EntryT) -> EntryT:
    """Return an entry of which only some members were said, with what stays of the present one."""
    kept = [name for name in section.keeps_unsaid if name not in said] if isinstance(section, KeepsUnsaid) else []
    return msgspec.structs.replace(entry, **{name: getattr(present, name) for name in kept})


@asynccontextmanager
async def keeping_laws(
    connection: AsyncConnection, organisation_id: OrganisationId, sections: "Iterable[AnySection]"
) -> AsyncGenerator[None]:
    """Hold what is changed within to the laws of the sections that it is changed in, each once."""
    laws: list[Law] = []
    for section in sections:
        if isinstance(section, KeepsALaw) and section.law is not None and section.law not in laws:
            laws.append(section.law)
    async with AsyncExitStack() as stack:
        for law in laws:
            await stack.enter_async_context(law(connection, organisation_id))
        yield


# Any: sections of different entry types stand in one list, and each only ever meets entries that it made or
# that were checked against its entry_type.
AnySection = Section[Any]
AnyPresent = Present[Any]


@runtime_checkable
class _MayBeSingle(Protocol):
    is_single: bool


def is_single(section: AnySection) -> bool:
    """Tell whether a section is one entry itself, of the section's name, in the place of a mapping from names.

    Such an entry exists where it says anything, or is managed by file.
    """
    return isinstance(section, _MayBeSingle) and section.is_single


@dataclass(frozen=True, slots=True)
class World:
    """What exists in one organisation before a plan."""

    objects: Mapping[str, Mapping[str, AnyPresent]]
    """By section, then name."""
    secrets: frozenset[str] = frozenset()
    """The names of the stored secrets."""
