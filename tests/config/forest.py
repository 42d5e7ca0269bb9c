"""A section whose entries refer to each other, as teams do."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from drawbridge.config.sections import Present, Reference
from drawbridge.config.shape import Complaint
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection


class TreeEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A tree that may stand below another one."""

    parent: str | None = None


class Forest:
    """Trees, held in memory; a tree that stands below itself contradicts the others."""

    name = "trees"
    namespace = "trees"
    entry_type = TreeEntry

    def complaints(self, entry: TreeEntry, /) -> Iterable[Complaint]:
        """Find nothing."""
        del entry
        return ()

    def in_full(self, entry: TreeEntry, /) -> TreeEntry:
        """Return the entry."""
        return entry

    def in_short(self, entry: TreeEntry, /) -> TreeEntry:
        """Return the entry."""
        return entry

    def references(self, entry: TreeEntry, /) -> Iterator[Reference]:
        """Name the parent."""
        if entry.parent is not None:
            yield Reference(self.name, entry.parent, ("parent",))

    def contradictions(self, entries: Mapping[str, TreeEntry], /) -> Iterator[tuple[str, Complaint]]:
        """Find trees that stand below themselves."""
        for name in entries:
            above: list[str] = []
            at = entries[name].parent
            while at is not None and at in entries and at not in above:
                above.append(at)
                at = entries[at].parent
            if name in above:
                yield name, Complaint(("parent",), "stands below itself.")

    async def read(
        self, connection: AsyncConnection, organisation_id: OrganisationId
    ) -> Mapping[str, Present[TreeEntry]]:
        """Find nothing: nothing is stored."""
        del connection, organisation_id
        return {}

    async def create(
        self,
        connection: AsyncConnection,
        organisation_id: OrganisationId,
        name: str,
        entry: TreeEntry,
        /,
        *,
        managed_by_file: bool = True,
    ) -> None:
        """Store nothing."""

    async def update(
        self,
        connection: AsyncConnection,
        organisation_id: OrganisationId,
        name: str,
        entry: TreeEntry,
        /,
        *,
        managed_by_file: bool = True,
    ) -> None:
        """Store nothing."""

    async def delete(self, connection: AsyncConnection, organisation_id: OrganisationId, name: str, /) -> None:
        """Store nothing."""
