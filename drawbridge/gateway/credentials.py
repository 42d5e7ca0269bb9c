"""From a reference to the credential itself: an environment variable, a file, or a stored secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from drawbridge.config.errors import SecretError
from drawbridge.config.secret_files import SecretFiles
from drawbridge.config.secrets import MasterKeys, SealedSecret, unseal
from drawbridge.core.ids import OrganisationId
from drawbridge.gateway.entries import Credential


@dataclass(frozen=True, slots=True)
class Resolved:
    """A credential, or why it cannot be had; neither where none is needed."""

    value: str | None = field(default=None, repr=False)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where one organisation's credentials are found."""

    organisation_id: OrganisationId
    environment: Mapping[str, str] = field(repr=False)
    sealed: Mapping[str, SealedSecret]
    keys: MasterKeys = field(repr=False)
    files: SecretFiles = field(default_factory=SecretFiles)

    async def resolve(self, provider: str, reference: Credential | None) -> Resolved:
        """Return what a provider's reference stands for."""
        if reference is None:
            return Resolved()
        if reference.env is not None:
            return self._from_environment(provider, reference.env)
        if reference.file is not None:
            return await self._from_file(provider, reference.file)
        return self._from_secret(provider, reference.stored or "")

    def _from_environment(self, provider: str, variable: str) -> Resolved:
        value = self.environment.get(variable, "")
        return _checked(
            value, f"The environment variable {variable}, where provider '{provider}' has its credential, is", variable
        )

    async def _from_file(self, provider: str, path: str) -> Resolved:
        try:
            value = (await self.files.read(path)).decode()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not a text"
            return Resolved(
                problem=f"Provider '{provider}' has its credential in the file {path}, which cannot be read: {reason}."
            )
        return _checked(value, f"The file {path}, where provider '{provider}' has its credential, is", path)

    def _from_secret(self, provider: str, name: str) -> Resolved:
        sealed = self.sealed.get(name)
        if sealed is None:
            return Resolved(
                problem=f"Provider '{provider}' has its credential in the stored secret '{name}', which does not "
                f"exist: store it with `drawbridge secrets set {name}`."
            )
        try:
            value = unseal(self.keys, self.organisation_id, name, sealed)
        except SecretError as error:
            return Resolved(problem=f"Provider '{provider}' cannot use its credential. {error.message}")
        return _checked(value, f"The stored secret '{name}' of provider '{provider}' is", name)


def _checked(value: str, subject: str, place: str) -> Resolved:
    stripped = value.strip()
    if not stripped:
        return Resolved(problem=f"{subject} empty or not set. Set {place}, and start Drawbridge again.")
    if not (stripped.isascii() and stripped.isprintable()):
        return Resolved(problem=f"{subject} not a credential: it holds characters that no HTTP header may carry.")
    return Resolved(stripped)
