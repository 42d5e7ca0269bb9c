"""The organisations of an installation, as a platform administrator sees them: from outside."""

from drawbridge.identity.organisations.organisations import (
    Furnish,
    NewOrganisation,
    OrganisationPlugs,
    Organisations,
)

__all__ = ["Furnish", "NewOrganisation", "OrganisationPlugs", "Organisations"]
