"""The SQL of the directory: an organisation's settings, teams, groups and projects."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    Table,
    case,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.config.sections import Present
from drawbridge.config.stored import Rows
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.identity.directory.entries import (
    GroupEntry,
    OrganisationEntry,
    PrincipalEntry,
    ProgramEntry,
    ProjectEntry,
    TeamEntry,
    UserEntry,
)
from drawbridge.identity.records import PrincipalKind
from drawbridge.identity.tables import (
    api_keys,
    group_members,
    groups,
    organisations,
    principals,
    projects,
    team_members,
    teams,
)

_TreeEntryT = TypeVar("_TreeEntryT", TeamEntry, GroupEntry)
_PrincipalEntryT = TypeVar("_PrincipalEntryT", UserEntry, ProgramEntry)

ADMIN_KEY: Final = "admin key"
"""What must not vanish from an organisation."""

# Any: values of columns of several types, on their way into one statement.
Values = dict[str, Any]


class _Tree(Generic[_TreeEntryT]):
    """A table of names that stand below one another."""

    def __init__(self, table: Table, entry_type: type[_TreeEntryT]) -> None:
        self._table = table
        self._entry_type = entry_type

    def rows(self) -> Rows[_TreeEntryT]:
        return Rows(self._read, self._create, self._update, self._delete)

    async def _read(
        self, connection: AsyncConnection, organisation_id: OrganisationId
    ) -> Mapping[str, Present[_TreeEntryT]]:
        table, above = self._table, self._table.alias()
        query = (
            select(table.c.name, table.c.display_name, table.c.managed_by_file, above.c.name.label("parent"))
            .outerjoin(above, above.c.id == table.c.parent_id)
            .where(table.c.organisation_id == organisation_id)
            .order_by(table.c.name)
        )
        return {
            row.name: Present(self._entry_type(display_name=row.display_name, parent=row.parent), row.managed_by_file)
            for row in await connection.execute(query)
        }

    async def _create(
        self,
        connection: AsyncConnection,
        organisation_id: OrganisationId,
        name: str,
        entry: _TreeEntryT,
        *,
        managed_by_file: bool,
    ) -> None:
        values = await self._values(connection, organisation_id, entry)
        await _insert(connection, self._table, organisation_id, name, {**values, "managed_by_file": managed_by_file})

    async def _update(
        self,
        connection: AsyncConnection,
        organisation_id: OrganisationId,
        name: str,
        entry: _TreeEntryT,
        *,
        managed_by_file: bool,
    ) -> None:
        values = await self._values(connection, organisation_id, entry)
        await _update(connection, self._table, organisation_id, name, {**values, "managed_by_file": managed_by_file})

    async def _delete(self, connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
        await connection.execute(delete(self._table).where(named(self._table, organisation_id, name)))

    async def _values(self, connection: AsyncConnection, organisation_id: OrganisationId, entry: _TreeEntryT) -> Values:
        parent_id = await id_of(connection, self._table, organisation_id, entry.parent)
        return {"display_name": entry.display_name, "parent_id": parent_id}


async def read_projects(
    connection: AsyncConnection, organisation_id: OrganisationId
) -> Mapping[str, Present[ProjectEntry]]:
    """Read every project, as its entry in full."""
    query = (
        select(
            projects.c.name,
            projects.c.display_name,
            projects.c.data_class,
            projects.c.managed_by_file,
            teams.c.name.label("team"),
            func.count(api_keys.c.id).filter(api_keys.c.revoked_at.is_(None)).label("keys"),
        )
        .outerjoin(teams, teams.c.id == projects.c.team_id)
        .outerjoin(api_keys, api_keys.c.project_id == projects.c.id)
        .where(projects.c.organisation_id == organisation_id)
        .group_by(projects.c.id, teams.c.id)
        .order_by(projects.c.name)
    )
    return {
        row.name: Present(
            ProjectEntry(display_name=row.display_name, team=row.team, data_class=row.data_class),
            row.managed_by_file,
            keys_in_words(row.keys),
        )
        for row in await connection.execute(query)
    }


async def create_project(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    name: str,
    entry: ProjectEntry,
    *,
    managed_by_file: bool,
) -> None:
    """Create a project; its team exists."""
    row = await _project_values(connection, organisation_id, entry)
    await _insert(connection, projects, organisation_id, name, {**row, "managed_by_file": managed_by_file})


async def update_project(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    name: str,
    entry: ProjectEntry,
    *,
    managed_by_file: bool,
) -> None:
    """Change a project; its team exists."""
    row = await _project_values(connection, organisation_id, entry)
    await _update(connection, projects, organisation_id, name, {**row, "managed_by_file": managed_by_file})


async def delete_project(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
    """Delete a project with its keys: without it, they would be free of its limits."""
    project_id = select(projects.c.id).where(named(projects, organisation_id, name)).scalar_subquery()
    await connection.execute(
        delete(api_keys).where(api_keys.c.organisation_id == organisation_id, api_keys.c.project_id == project_id)
    )
    await connection.execute(delete(projects).where(named(projects, organisation_id, name)))


class PrincipalRows(Generic[_PrincipalEntryT]):
    """The principals of one kind."""

    def __init__(
        self, kind: PrincipalKind, entry_of: "Callable[[PrincipalRow], _PrincipalEntryT]", clock: Clock
    ) -> None:
        self._kind: PrincipalKind = kind
        self._entry_of = entry_of
        self._clock = clock

    async def read(
        self, connection: AsyncConnection, organisation_id: OrganisationId
    ) -> Mapping[str, Present[_PrincipalEntryT]]:
        """Read every principal of the kind, as its entry in full."""
        query = _principals_query(self._kind, organisation_id, self._clock.now())
        return {
            row.name: Present(
                self._entry_of(_principal_row(row)),
                row.managed_by_file,
                keys_in_words(row.keys),
                ADMIN_KEY if row.administers else "",
            )
            for row in await connection.execute(query)
        }

    async def create(
        self,
        connection: AsyncConnection,
        organisation_id: OrganisationId,
        name: str,
        entry: _PrincipalEntryT,
        *,
        managed_by_file: bool,
    ) -> None:
        """Create a principal; its teams and groups exist."""
        values = {
            "kind": self._kind,
            "managed_by_file": managed_by_file,
            "suspended_at": self._clock.now() if entry.suspended else None,
            "suspended_by_file": entry.suspended and managed_by_file,
            **await _principal_values(connection, organisation_id, entry),
        }
        await _insert(connection, principals, organisation_id, name, values)
        await _join(connection, organisation_id, name, entry)

    async def update(
        self,
        connection: AsyncConnection,
        organisation_id: OrganisationId,
        name: str,
        entry: _PrincipalEntryT,
        *,
        managed_by_file: bool,
    ) -> None:
        """Change a principal; its teams and groups exist.

        What a file manages and somebody suspended otherwise stays suspended, whatever the file says.
        """
        columns = principals.c
        if entry.suspended:
            suspended_at: object = func.coalesce(columns.suspended_at, self._clock.now())
        elif managed_by_file:
            by_others = columns.managed_by_file & ~columns.suspended_by_file
            suspended_at = case((by_others, columns.suspended_at), else_=None)
        else:
            suspended_at = None
        values = {
            "managed_by_file": managed_by_file,
            "suspended_at": suspended_at,
            "suspended_by_file": entry.suspended and managed_by_file,
            **await _principal_values(connection, organisation_id, entry),
        }
        await _update(connection, principals, organisation_id, name, values)
        await _leave(connection, organisation_id, name)
        await _join(connection, organisation_id, name, entry)

    async def delete(self, connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
        """Delete a principal with its keys and memberships."""
        await connection.execute(delete(principals).where(named(principals, organisation_id, name)))


@dataclass(frozen=True, slots=True)
class PrincipalRow:
    """What stands of a principal, by name where it is about others."""

    display_name: str
    email: str | None
    team: str | None
    teams: tuple[str, ...]
    groups: tuple[str, ...]
    suspended: bool


async def read_settings(
    connection: AsyncConnection, organisation_id: OrganisationId
) -> Mapping[str, Present[OrganisationEntry]]:
    """Read what an organisation says of itself, under the name that its section has; nothing where it says nothing."""
    columns = organisations.c
    query = select(columns.display_name, columns.whom_to_ask, columns.managed_by_file)
    row = (await connection.execute(query.where(columns.id == organisation_id))).one_or_none()
    if row is None:
        return {}
    entry = OrganisationEntry(display_name=row.display_name, whom_to_ask=row.whom_to_ask)
    says_something = row.managed_by_file or entry != OrganisationEntry()
    return {SETTINGS_NAME: Present(entry, row.managed_by_file)} if says_something else {}


async def write_settings(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    name: str,
    entry: OrganisationEntry,
    *,
    managed_by_file: bool,
) -> None:
    """Write what an organisation says of itself."""
    del name
    statement = update(organisations).where(organisations.c.id == organisation_id)
    await connection.execute(
        statement.values(
            display_name=entry.display_name, whom_to_ask=entry.whom_to_ask, managed_by_file=managed_by_file
        )
    )


async def clear_settings(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
    """Let an organisation say nothing of itself."""
    await write_settings(connection, organisation_id, name, OrganisationEntry(), managed_by_file=False)


SETTINGS_NAME: Final = "organisation"

TEAMS: Final = _Tree(teams, TeamEntry).rows()
GROUPS: Final = _Tree(groups, GroupEntry).rows()
PROJECTS: Final = Rows(read_projects, create_project, update_project, delete_project)
SETTINGS: Final = Rows(read_settings, write_settings, write_settings, clear_settings)


async def count_members(connection: AsyncConnection, organisation_id: OrganisationId) -> dict[str, int]:
    """Count the people of every team that has any, by its name."""
    query = (
        select(teams.c.name, func.count().label("people"))
        .join(team_members, team_members.c.team_id == teams.c.id)
        .where(teams.c.organisation_id == organisation_id)
        .group_by(teams.c.name)
    )
    return {row.name: row.people for row in await connection.execute(query)}


def keys_in_words(count: int) -> str:
    """Say how many keys go with something; empty for none."""
    return "" if count == 0 else "1 key" if count == 1 else f"{count} keys"


async def id_of(
    connection: AsyncConnection, table: Table, organisation_id: OrganisationId, name: str | None
) -> UUID | None:
    """Return the id of what has a name, which exists; None for no name."""
    if name is None:
        return None
    found: UUID = (await connection.execute(select(table.c.id).where(named(table, organisation_id, name)))).scalar_one()
    return found


def named(table: Table, organisation_id: OrganisationId, name: str) -> ColumnElement[bool]:
    """Return the condition for the one row of a name."""
    return (table.c.organisation_id == organisation_id) & (table.c.name == name)


async def _insert(
    connection: AsyncConnection, table: Table, organisation_id: OrganisationId, name: str, values: Values
) -> None:
    statement = insert(table).values(id=uuid7(), organisation_id=organisation_id, name=name, **values)
    await connection.execute(statement)


async def _update(
    connection: AsyncConnection, table: Table, organisation_id: OrganisationId, name: str, values: Values
) -> None:
    await connection.execute(update(table).where(named(table, organisation_id, name)).values(**values))


async def _principal_values(
    connection: AsyncConnection, organisation_id: OrganisationId, entry: PrincipalEntry
) -> Values:
    match entry:
        case UserEntry():
            return {"display_name": entry.display_name, "email": entry.email}
        case ProgramEntry():
            team_id = await id_of(connection, teams, organisation_id, entry.team)
            return {"display_name": entry.display_name, "owner_team_id": team_id}


async def _leave(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
    principal_id = select(principals.c.id).where(named(principals, organisation_id, name)).scalar_subquery()
    for table in (team_members, group_members):
        mine = (table.c.organisation_id == organisation_id) & (table.c.principal_id == principal_id)
        await connection.execute(delete(table).where(mine))


async def _join(connection: AsyncConnection, organisation_id: OrganisationId, name: str, entry: PrincipalEntry) -> None:
    joined = (
        (team_members, teams, entry.teams if isinstance(entry, UserEntry) else ()),
        (group_members, groups, entry.groups),
    )
    for members, wholes, names in joined:
        if names:
            chosen = (
                select(wholes.c.organisation_id, wholes.c.id, principals.c.id)
                .join(principals, principals.c.organisation_id == wholes.c.organisation_id)
                .where(wholes.c.name.in_(names), named(principals, organisation_id, name))
            )
            columns = ["organisation_id", f"{wholes.name}_id", "principal_id"]
            await connection.execute(insert(members).from_select(columns, chosen))


# Any: rows of a query made of columns of several types.
def _principals_query(kind: PrincipalKind, organisation_id: OrganisationId, now: datetime) -> Select[*tuple[Any, ...]]:
    columns = principals.c
    can_be_used = api_keys.c.revoked_at.is_(None) & (api_keys.c.expires_at.is_(None) | (api_keys.c.expires_at > now))
    administers = func.bool_or(api_keys.c.admin & can_be_used & columns.suspended_at.is_(None))
    return (
        select(
            columns.name,
            columns.display_name,
            columns.email,
            columns.managed_by_file,
            # Of what a file manages, the file's own word: what was suspended otherwise does not contradict it.
            case((columns.managed_by_file, columns.suspended_by_file), else_=columns.suspended_at.is_not(None)).label(
                "suspended"
            ),
            teams.c.name.label("team"),
            _names_of(teams, team_members).label("teams"),
            _names_of(groups, group_members).label("groups"),
            func.count(api_keys.c.id).filter(api_keys.c.revoked_at.is_(None)).label("keys"),
            func.coalesce(administers, False).label("administers"),
        )
        .outerjoin(teams, teams.c.id == columns.owner_team_id)
        .outerjoin(api_keys, api_keys.c.principal_id == columns.id)
        .where(columns.organisation_id == organisation_id, columns.kind == kind)
        .group_by(columns.id, teams.c.id)
        .order_by(columns.name)
    )


def _names_of(wholes: Table, members: Table) -> ScalarSelect[Any]:
    """Return the names of what a principal of the query around this is in, sorted."""
    whole = wholes.alias()
    query = (
        select(func.array_agg(aggregate_order_by(whole.c.name, whole.c.name)))
        .join(members, members.c[f"{wholes.name}_id"] == whole.c.id)
        .where(members.c.principal_id == principals.c.id)
    )
    return query.correlate(principals).scalar_subquery()


def _principal_row(row: Row[*tuple[Any, ...]]) -> PrincipalRow:
    return PrincipalRow(
        row.display_name,
        row.email,
        row.team,
        tuple(sorted(row.teams or ())),
        tuple(sorted(row.groups or ())),
        row.suspended,
    )


async def _project_values(connection: AsyncConnection, organisation_id: OrganisationId, entry: ProjectEntry) -> Values:
    team_id = await id_of(connection, teams, organisation_id, entry.team)
    return {"display_name": entry.display_name, "team_id": team_id, "data_class": entry.data_class}
