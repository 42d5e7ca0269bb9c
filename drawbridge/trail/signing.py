"""Signs the ends of all chains, once an hour where something happened, by one process of the installation at a time."""

import asyncio
import logging
from datetime import timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from drawbridge.audit.acts import SYSTEM, Act
from drawbridge.audit.events import PLATFORM
from drawbridge.audit.record import record_platform
from drawbridge.audit.roots import key_id, sign_root
from drawbridge.audit.store import due_heads, insert_root, is_signing_alone
from drawbridge.config.errors import SecretError
from drawbridge.config.held_keys import HeldKeys
from drawbridge.config.secrets import MasterKeys, SealedSecret, seal, unseal
from drawbridge.core.cancellation import end_if_cancelled
from drawbridge.core.errors import DrawbridgeError
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.trail.store import SEALED_FOR, insert_key, sealed_keys

_EVERY: Final = timedelta(hours=1)
_LOOK_EVERY_S: Final = 60.0
_log = logging.getLogger(__name__)


class Signer:
    """Keeps every event under a signed root within an hour, until cancelled; after a pause, at once."""

    def __init__(self, database: Database, master_keys: HeldKeys, *, every: timedelta = _EVERY) -> None:
        self._database = database
        self._master_keys = master_keys
        self._every = every

    async def run(self) -> None:
        """Look every minute whether a root is due. Every worker does: the database lets one of them sign."""
        while True:
            end_if_cancelled()
            try:
                await self.sign_due()
            except DrawbridgeError as error:
                _log.warning("the audit record could not be signed, next try in a minute: %s", error.message)
            except Exception:
                # The edge of a job: the database may raise anything, and comes back.
                _log.warning("the audit record could not be signed, next try in a minute", exc_info=True)
            await asyncio.sleep(_LOOK_EVERY_S)

    async def sign_due(self) -> int:
        """Sign what is due, and return how many roots that made. Raises DrawbridgeError."""
        async with self._database.system("audit") as connection:
            if not await is_signing_alone(connection):
                return 0
            due = await due_heads(connection, self._every)
            if not due:
                return 0
            key = await self._key(connection)
            for chain, head, now in due:
                await insert_root(connection, sign_root(key, chain, head, now))
        return len(due)

    async def _key(self, connection: AsyncConnection) -> Ed25519PrivateKey:
        """Return the newest key that a master key opens; make one where there is none."""
        found = await sealed_keys(connection)
        opening = await self._master_keys.opening({sealed.key_id for _, sealed in found})
        for public_key, sealed in found:
            if key := _opened(opening, sealed):
                return key
            _log.warning("audit key %s does not open under the master key: another one signs", key_id(public_key))
        key = Ed25519PrivateKey.generate()
        public_key = key.public_key().public_bytes_raw()
        sealed = seal(self._master_keys.sealing, PLATFORM, SEALED_FOR, key.private_bytes_raw().hex())
        await insert_key(connection, public_key, sealed)
        await record_platform(connection, Act(SYSTEM, "audit_key.created", "audit_key", key_id(public_key)))
        return key


def _opened(master_keys: MasterKeys, sealed: SealedSecret) -> Ed25519PrivateKey | None:
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(unseal(master_keys, PLATFORM, SEALED_FOR, sealed)))
    except SecretError:
        return None
