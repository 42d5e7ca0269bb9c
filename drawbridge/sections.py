"""All sections of `drawbridge.yaml`, in the order in which their objects need each other."""

from drawbridge.config.sections import AnySection
from drawbridge.core.clock import Clock
from drawbridge.gateway.section import GATEWAY_SECTIONS
from drawbridge.identity.section import identity_sections
from drawbridge.policy.administrators import Administrators
from drawbridge.policy.section import policy_sections
from drawbridge.trail.section import TRAIL_SECTIONS
from drawbridge.usage.budgets.section import BUDGET_SECTIONS
from drawbridge.usage.limits.section import LIMIT_SECTIONS
from drawbridge.usage.pricing.section import PRICING_SECTIONS


def all_sections(clock: Clock) -> tuple[AnySection, ...]:
    """Make every section that there is."""
    administered = Administrators()
    return (
        *identity_sections(clock, administered),
        *policy_sections(clock, administered),
        *GATEWAY_SECTIONS,
        *BUDGET_SECTIONS,
        *LIMIT_SECTIONS,
        *PRICING_SECTIONS,
        *TRAIL_SECTIONS,
    )
