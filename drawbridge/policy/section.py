"""The sections of `drawbridge.yaml` for roles and grants."""

from drawbridge.config.sections import AnySection
from drawbridge.config.stored import StoredSection
from drawbridge.core.clock import Clock
from drawbridge.identity.administration import KeepsAnAdministrator, StillAdministered
from drawbridge.policy.complaints import GRANTS, ROLES, grant_complaints, grant_references, role_complaints
from drawbridge.policy.entries import GrantEntry, RoleEntry, grant_in_full, grant_in_short
from drawbridge.policy.store import GRANT_ROWS, ROLE_ROWS


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
