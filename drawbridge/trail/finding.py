"""From a stream's settings to its receiver, with the secret at hand."""

import socket
from collections.abc import Mapping

from drawbridge.config.held_keys import HeldKeys
from drawbridge.config.secret_files import SecretFiles
from drawbridge.config.secret_references import SecretReference
from drawbridge.config.secrets import unseal
from drawbridge.config.store import load_secrets
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.egress import Door, LineDoor, ListedHosts
from drawbridge.trail.errors import StreamSecretError
from drawbridge.trail.receivers import Receiver, Syslog, Webhook
from drawbridge.trail.store import Stream


class Receivers:
    """The receivers of all streams. `private_hosts` are those that may have addresses in private networks."""

    def __init__(
        self,
        database: Database,
        doors: tuple[Door, LineDoor],
        clock: Clock,
        master_keys: HeldKeys,
        *,
        environment: Mapping[str, str],
        private_hosts: ListedHosts,
    ) -> None:
        self._database = database
        self._door, self._line_door = doors
        self._clock = clock
        self._master_keys = master_keys
        self._environment = environment
        self._private_hosts = private_hosts
        self._files = SecretFiles()
        self._hostname = socket.gethostname()

    async def find(self, stream: Stream) -> Receiver:
        """Return where a stream goes. Raises SecretError, StreamSecretError."""
        entry = stream.entry
        if entry.webhook is not None:
            url = entry.webhook.url
            return Webhook(
                door=self._door,
                clock=self._clock,
                url=url,
                secret=await self.secret(stream.organisation_id, entry.webhook.secret),
                form=entry.format,
                allow_private=self.may_be_private(url),
            )
        assert entry.syslog is not None
        return Syslog(
            door=self._line_door,
            host=entry.syslog.host,
            port=entry.syslog.port,
            is_secure=entry.syslog.tls,
            form=entry.format,
            allow_private=self._private_hosts.holds(entry.syslog.host, entry.syslog.port),
            hostname=self._hostname,
        )

    def may_be_private(self, url: str) -> bool:
        """Tell whether the host of a URL may have an address in a private network."""
        return self._private_hosts.hold_url(url)

    async def secret(self, organisation_id: OrganisationId, reference: SecretReference) -> str:
        """Return what signs what is sent. Raises SecretError, StreamSecretError."""
        if reference.env is not None:
            value = self._environment.get(reference.env, "").strip()
            if not value:
                raise StreamSecretError(
                    f"The environment variable {reference.env}, where the secret that signs should be, is empty or not"
                    " set. Set it, and start Drawbridge again."
                )
            return value
        if reference.file is not None:
            return await self._from_file(reference.file)
        name = reference.stored or ""
        async with self._database.organisation(organisation_id) as connection:
            sealed = (await load_secrets(connection, organisation_id)).get(name)
        if sealed is None:
            raise StreamSecretError(
                f"The stored secret {name!r} does not exist: store it with `drawbridge secrets set {name}`."
            )
        opening = await self._master_keys.opening({sealed.key_id})
        return unseal(opening, organisation_id, name, sealed)

    async def _from_file(self, path: str) -> str:
        try:
            value = (await self._files.read(path)).decode().strip()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not a text"
            raise StreamSecretError(
                f"The file {path}, where the stream's secret should be, cannot be read: {reason}."
            ) from error
        if not value:
            raise StreamSecretError(f"The file {path}, where the stream's secret should be, is empty.")
        return value
