"""The sections of `drawbridge.yaml` for principals: users and service accounts."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from drawbridge.config.sections import Present, Reference
from drawbridge.config.shape import Complaint
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection
from drawbridge.identity import store
from drawbridge.identity.keyring import require_admin_key
from drawbridge.identity.records import PrincipalKind

_LONGEST_DISPLAY_NAME = 200


class PrincipalEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Who can hold keys."""

    display_name: Annotated[str, Meta(description="How people see the name.")] = ""


class PrincipalSection:
    """`users:` or `service_accounts:`. The two share their names: a key's owner is named without saying which."""

    namespace = "principals"
    entry_type = PrincipalEntry

    def __init__(self, name: str, kind: PrincipalKind, clock: Clock) -> None:
        self.name = name
        self._kind: PrincipalKind = kind
        self._clock = clock

    def complaints(self, entry: PrincipalEntry) -> Iterator[Complaint]:
        """Name what is wrong with a principal on its own."""
        if len(entry.display_name) > _LONGEST_DISPLAY_NAME or not entry.display_name.isprintable():
            yield Complaint(("display_name",), f"must be at most {_LONGEST_DISPLAY_NAME} printable characters.")

    def in_full(self, entry: PrincipalEntry) -> PrincipalEntry:
        """Return the entry: it has no defaults to fill in."""
        return entry

    def in_short(self, entry: PrincipalEntry) -> PrincipalEntry:
        """Return the entry: it has no defaults to leave out."""
        return entry

    def references(self, entry: PrincipalEntry) -> Iterable[Reference]:
        """Find nothing: a principal needs no other object."""
        del entry
        return ()

    async def read(
        self, connection: AsyncConnection, organisation_id: OrganisationId
    ) -> Mapping[str, Present[PrincipalEntry]]:
        """Read every principal of the kind."""
        return {
            principal.name: Present(
                PrincipalEntry(display_name=principal.display_name),
                principal.managed_by_file,
                _keys_in_words(keys),
                "admin key" if is_administrator else "",
            )
            for principal, keys, is_administrator in await store.principals_with_keys(
                connection, organisation_id, self._kind, self._clock.now()
            )
        }

    async def create(
        self, connection: AsyncConnection, organisation_id: OrganisationId, name: str, entry: PrincipalEntry
    ) -> None:
        """Create a principal that is managed by file."""
        await store.create_principal(
            connection,
            organisation_id,
            self._kind,
            name,
            display_name=entry.display_name,
            managed_by_file=True,
        )

    async def update(
        self, connection: AsyncConnection, organisation_id: OrganisationId, name: str, entry: PrincipalEntry
    ) -> None:
        """Change a principal, and mark it as managed by file."""
        await store.update_principal(
            connection, organisation_id, name, display_name=entry.display_name, managed_by_file=True
        )

    async def delete(self, connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
        """Delete a principal with its keys.

        Raises LastAdminKeyError when the last admin key would go with it.
        """
        now = self._clock.now()
        administered = await store.has_admin_key(connection, organisation_id, now)
        await store.delete_principal(connection, organisation_id, name)
        if administered:
            await require_admin_key(connection, organisation_id, now)


def identity_sections(clock: Clock) -> tuple[PrincipalSection, PrincipalSection]:
    """Make the sections of identity, in the order of the file."""
    return (
        PrincipalSection("service_accounts", "service_account", clock),
        PrincipalSection("users", "user", clock),
    )


def _keys_in_words(count: int) -> str:
    return "" if count == 0 else "1 key" if count == 1 else f"{count} keys"
