"""The SQL of invitations: an organisation's own rows, and looked for by their links by the system role."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.core.ids import OrganisationId, PrincipalId
from drawbridge.core.paging import Page, PageRequest, page_of
from drawbridge.identity.signin.invitations.records import Invitation, LinkedInvitation
from drawbridge.identity.signin.tables import invitations
from drawbridge.identity.tables import group_members, groups, organisations, principals, team_members, teams

_MOST_NAMES: Final = 1000


async def user_for(
    connection: AsyncConnection, organisation_id: OrganisationId, name: str, email: str
) -> tuple[PrincipalId, str, UUID | None, str | None] | None:
    """Return the user of a name, or without one of an e-mail: the id, the name, the account and the e-mail."""
    # Files write addresses in any case.
    wanted = principals.c.name == name if name else func.lower(principals.c.email) == email
    query = select(principals.c.id, principals.c.name, principals.c.account_id, principals.c.email).where(
        principals.c.organisation_id == organisation_id, principals.c.kind == "user", wanted
    )
    row = (await connection.execute(query.order_by(principals.c.id).limit(1))).one_or_none()
    return None if row is None else (row.id, row.name, row.account_id, row.email)


async def taken_names(connection: AsyncConnection, organisation_id: OrganisationId, beginning: str) -> set[str]:
    """Return the names of principals that begin like this."""
    query = select(principals.c.name).where(
        principals.c.organisation_id == organisation_id, principals.c.name.startswith(beginning, autoescape=True)
    )
    return set((await connection.execute(query.limit(_MOST_NAMES))).scalars())


async def set_email(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId, email: str
) -> None:
    """Give a user an e-mail address, unless there is one."""
    mine = and_(
        principals.c.organisation_id == organisation_id, principals.c.id == principal_id, principals.c.email.is_(None)
    )
    await connection.execute(update(principals).where(mine).values(email=email))


async def team_ids(connection: AsyncConnection, organisation_id: OrganisationId, names: Sequence[str]) -> list[UUID]:
    """Return the ids of those of these teams that there are."""
    named = and_(teams.c.organisation_id == organisation_id, teams.c.name.in_(list(names)))
    return list((await connection.execute(select(teams.c.id).where(named))).scalars())


async def join_teams(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId, names: Sequence[str]
) -> set[str]:
    """Make somebody a member of teams. Return the names of those that there are."""
    query = select(teams.c.id, teams.c.name).where(
        teams.c.organisation_id == organisation_id, teams.c.name.in_(list(names))
    )
    found = (await connection.execute(query)).all()
    rows = [{"organisation_id": organisation_id, "team_id": row.id, "principal_id": principal_id} for row in found]
    if rows:
        await connection.execute(upsert(team_members).on_conflict_do_nothing(), rows)
    return {row.name for row in found}


async def join_groups(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId, names: Sequence[str]
) -> set[str]:
    """Make somebody a member of groups. Return the names of those that there are."""
    query = select(groups.c.id, groups.c.name).where(
        groups.c.organisation_id == organisation_id, groups.c.name.in_(list(names))
    )
    found = (await connection.execute(query)).all()
    rows = [
        {"organisation_id": organisation_id, "principal_group_id": row.id, "principal_id": principal_id}
        for row in found
    ]
    if rows:
        await connection.execute(upsert(group_members).on_conflict_do_nothing(), rows)
    return {row.name for row in found}


async def insert_invitation(connection: AsyncConnection, invitation: Invitation, hashed: bytes) -> None:
    """Store a new invitation, in place of any open one of the same user."""
    same = and_(
        invitations.c.organisation_id == invitation.organisation_id,
        invitations.c.principal_id == invitation.principal_id,
        invitations.c.used_at.is_(None),
        invitations.c.revoked_at.is_(None),
    )
    await connection.execute(update(invitations).where(same).values(revoked_at=invitation.created_at))
    await connection.execute(
        insert(invitations).values(
            id=invitation.id,
            organisation_id=invitation.organisation_id,
            principal_id=invitation.principal_id,
            email=invitation.email,
            hash=hashed,
            invited_by=invitation.invited_by,
            created_at=invitation.created_at,
            expires_at=invitation.expires_at,
        )
    )


async def list_invitations(
    connection: AsyncConnection, organisation_id: OrganisationId, page: PageRequest
) -> Page[Invitation]:
    """List an organisation's invitations, the newest first."""
    query = _query().where(invitations.c.organisation_id == organisation_id)
    if page.after is not None:
        query = query.where(invitations.c.id < page.after)
    rows = await connection.execute(query.order_by(invitations.c.id.desc()).limit(page.limit + 1))
    return page_of([_invitation(row) for row in rows], page, lambda invitation: invitation.id)


async def get_invitation(
    connection: AsyncConnection, organisation_id: OrganisationId, invitation_id: UUID
) -> Invitation | None:
    """Return an invitation; None where the organisation has none of that id."""
    query = _query().where(invitations.c.organisation_id == organisation_id, invitations.c.id == invitation_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _invitation(row)


async def find_by_link(connection: AsyncConnection, hashed: bytes) -> LinkedInvitation | None:
    """Return the invitation of a link, by the system role.

    None also where the user or the organisation is suspended.
    """
    query = (
        _query()
        .add_columns(
            organisations.c.name.label("organisation"),
            organisations.c.display_name.label("organisation_display_name"),
            principals.c.display_name,
        )
        .join(organisations, organisations.c.id == invitations.c.organisation_id)
        .where(
            invitations.c.hash == hashed, principals.c.suspended_at.is_(None), organisations.c.suspended_at.is_(None)
        )
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    return LinkedInvitation(_invitation(row), row.organisation, row.organisation_display_name, row.display_name)


async def take(connection: AsyncConnection, invitation: Invitation, now: datetime) -> bool:
    """Use an invitation, once: of two who have the link, one is told no."""
    is_open = and_(
        invitations.c.organisation_id == invitation.organisation_id,
        invitations.c.id == invitation.id,
        invitations.c.used_at.is_(None),
        invitations.c.revoked_at.is_(None),
        invitations.c.expires_at > now,
    )
    taken = update(invitations).where(is_open).values(used_at=now).returning(invitations.c.id)
    return (await connection.execute(taken)).first() is not None


async def set_revoked(
    connection: AsyncConnection, organisation_id: OrganisationId, invitation_id: UUID, now: datetime
) -> None:
    """Make a link void."""
    mine = and_(invitations.c.organisation_id == organisation_id, invitations.c.id == invitation_id)
    await connection.execute(update(invitations).where(mine).values(revoked_at=now))


# Any: rows of queries over columns of several types.
def _query() -> Select[*tuple[Any, ...]]:
    columns = [column for column in invitations.c if column.name != "hash"]
    return select(*columns, principals.c.name.label("user")).join(
        principals,
        and_(
            principals.c.organisation_id == invitations.c.organisation_id,
            principals.c.id == invitations.c.principal_id,
        ),
    )


def _invitation(row: Row[*tuple[Any, ...]]) -> Invitation:
    return Invitation(
        id=row.id,
        organisation_id=row.organisation_id,
        principal_id=row.principal_id,
        user=row.user,
        email=row.email,
        invited_by=row.invited_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
    )
