"""Who holds a key, asked of the database itself."""

from drawbridge.db.engine import Database
from drawbridge.identity.keys import KeyHash
from drawbridge.identity.records import KeyRecord
from drawbridge.identity.store import find_key


async def holder_of(database: Database, key_hash: KeyHash) -> KeyRecord | None:
    """Return a key that lets somebody in; None for any other."""
    found = await find_key(database, key_hash)
    return found if isinstance(found, KeyRecord) else None
