"""The sections of `drawbridge.yaml` for roles and grants."""

from collections.abc import Iterable

from drawbridge.config.sections import AnySection, Reference
from drawbridge.config.stored import StoredSection
from drawbridge.core.clock import Clock
from drawbridge.identity.administration import KeepsAnAdministrator, StillAdministered
from drawbridge.policy.complaints import GRANTS, ROLES, grant_complaints, grant_references, role_complaints
from drawbridge.policy.entries import GrantEntry, RoleEntry, grant_in_full, grant_in_short
from drawbridge.policy.store import GRANT_ROWS, ROLE_ROWS


def _as_it_is(entry: RoleEntry) -> RoleEntry:
    return entry


def _no_references(entry: RoleEntry) -> Iterable[Reference]:
    """Find nothing: a role's permissions may be about what does not exist yet."""
    del entry
    return ()


def policy_sections(clock: Clock, still_administered: StillAdministered) -> tuple[AnySection, ...]:
    """Make the sections of policy, in the order in which their objects need each other.

    They come after those of whom grants are made to. No change of theirs takes the last administrator's rights away.
    """
    law = KeepsAnAdministrator(still_administered, clock)
    return (
        StoredSection(
            ROLES,
            RoleEntry,
            complaints=role_complaints,
            in_full=_as_it_is,
            in_short=_as_it_is,
            references=_no_references,
            rows=ROLE_ROWS,
            law=law,
        ),
        StoredSection(
            GRANTS,
            GrantEntry,
            complaints=grant_complaints,
            in_full=grant_in_full,
            in_short=grant_in_short,
            references=grant_references,
            rows=GRANT_ROWS,
            law=law,
        ),
    )
