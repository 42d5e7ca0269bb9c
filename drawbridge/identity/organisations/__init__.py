"""The organisations of an installation, as a platform administrator sees them: from outside."""

from drawbridge.identity.organisations.organisations import (
    FIRST,
    Furnish,
    Invite,
    NewOrganisation,
    OrganisationPlugs,
    Organisations,
)

__all__ = ["FIRST", "Furnish", "Invite", "NewOrganisation", "OrganisationPlugs", "Organisations"]
