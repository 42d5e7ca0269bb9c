"""The roles and grants that every organisation begins with."""

from collections.abc import Mapping, Sequence
from typing import Final

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection
from drawbridge.identity.records import OWN
from drawbridge.policy.entries import GrantEntry, PermissionEntry, RoleEntry
from drawbridge.policy.notation import EVERYONE_IN_WORDS
from drawbridge.policy.store import create_grant, create_role, read_grants, read_roles

ADMINISTRATOR: Final = "administrator"
"""The role of which somebody must always be left."""

_AUDITED: Final = ("audit:*", "usage:*", "user:*", "team:*", "group:*", "grant:*", "role:*")

_ROLES: Final[Mapping[str, RoleEntry]] = {
    ADMINISTRATOR: RoleEntry(description="May do everything.", permissions=(PermissionEntry(may=("*",), on=("*",)),)),
    "auditor": RoleEntry(
        description="Reads who did what, who may do what, and what was used.",
        permissions=(PermissionEntry(may=("read",), on=_AUDITED),),
    ),
    "member": RoleEntry(
        description="Uses every model, and makes keys of their own.",
        permissions=(
            PermissionEntry(may=("use",), on=("model:*", "provider:*")),
            PermissionEntry(may=("manage",), on=(f"key:{OWN}",)),
        ),
    ),
}


async def add_first_grants(
    connection: AsyncConnection, organisation_id: OrganisationId, administrators: Sequence[str]
) -> None:
    """Let everybody in a new organisation use its models, and some administer it, such as `user:admin`.

    Raises UnknownSubjectError.
    """
    for name, entry in _ROLES.items():
        await create_role(connection, organisation_id, name, entry, managed_by_file=False)
    member = GrantEntry(to=EVERYONE_IN_WORDS, role="member")
    await create_grant(connection, organisation_id, "everyone-is-a-member", member, managed_by_file=False)
    if administrators:
        administrator = GrantEntry(to=tuple(administrators), role=ADMINISTRATOR)
        await create_grant(connection, organisation_id, "administrators", administrator, managed_by_file=False)


async def appoint_administrator(connection: AsyncConnection, organisation_id: OrganisationId, user: str) -> None:
    """Make a user an administrator by a grant of his own, and the role where it is gone."""
    if ADMINISTRATOR not in await read_roles(connection, organisation_id):
        await create_role(connection, organisation_id, ADMINISTRATOR, _ROLES[ADMINISTRATOR], managed_by_file=False)
    taken = await read_grants(connection, organisation_id)
    names = ("administrators", *(f"administrators-{turn}" for turn in range(2, len(taken) + 3)))
    name = next(name for name in names if name not in taken)
    entry = GrantEntry(to=f"user:{user}", role=ADMINISTRATOR)
    await create_grant(connection, organisation_id, name, entry, managed_by_file=False)
