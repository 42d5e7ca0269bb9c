"""Whether anybody is left who can administer an organisation. Implements identity's `StillAdministered`."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection
from drawbridge.identity.membership import load_subjects
from drawbridge.identity.signin.ways_in import any_can_sign_in
from drawbridge.policy.covering import is_administrator
from drawbridge.policy.rules import RuleSet
from drawbridge.policy.store import active_principals, load_rule_set

CanSignIn = Callable[[AsyncConnection, OrganisationId, Collection[UUID]], Awaitable[bool]]
"""Tells whether any of these active principals has an account with which it can sign in."""


@dataclass(frozen=True, slots=True)
class Administrators:
    """Looks for a principal that administers by its grants, and has a way in: an admin key, or an account."""

    can_sign_in: CanSignIn = any_can_sign_in

    async def __call__(self, connection: AsyncConnection, organisation_id: OrganisationId, now: datetime, /) -> bool:
        """Tell whether there is one, as things stand in the transaction."""
        subjects = await load_subjects(connection, organisation_id)
        administrators = who_administers(await load_rule_set(connection, organisation_id, subjects))
        active = await active_principals(connection, organisation_id, administrators, now)
        if any(has_admin_key for has_admin_key in active.values()):
            return True
        return bool(active) and await self.can_sign_in(connection, organisation_id, active.keys())


def who_administers(rules: RuleSet) -> frozenset[UUID]:
    """Return who of the principals and projects holds the role of administrators, always and for everything."""
    return frozenset(
        holder for holder, subjects in rules.subjects.items() if is_administrator(rules.rules_of(subjects))
    )
