"""What signing in has sealed under the master key."""

from drawbridge.config.rewrapping import SealedRows
from drawbridge.db.engine import Database
from drawbridge.identity.signin.store import SealedTotps


def sealed_totps(database: Database) -> SealedRows:
    """Return the secrets for one-time codes, for whoever wraps them anew."""
    return SealedTotps(database)
