"""What an organisation can call, as it stands in the database: the material of a snapshot."""

from dataclasses import dataclass, field
from datetime import datetime

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.entries import Credential, ProfileEntry
from drawbridge.gateway.providers.presets import PRESETS, Hosting, PresetName, Traits


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider."""

    name: str
    base_url: str
    dialects: tuple[Dialect, ...]
    credential: Credential | None
    traits: Traits
    """Of its preset, with its own quirks over them."""
    open_models: bool
    """Whether model names that it claims work without being listed."""
    preset: PresetName | None = None
    region: str | None = None
    """Where it works on what it is sent, as its entry says."""

    @property
    def hosting(self) -> Hosting | None:
        """Who runs it; None where no preset tells."""
        return PRESETS[self.preset].hosting if self.preset in PRESETS else None


@dataclass(frozen=True, slots=True)
class DeploymentRow:
    """A deployment."""

    name: str
    provider: str
    upstream_model: str
    profile: ProfileEntry = field(default_factory=ProfileEntry)
    """What the operator says of its model."""


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A step of a model's route."""

    deployment: str
    weight: int


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model."""

    name: str
    route: tuple[RouteRow, ...]
    """In the order of the route; never empty."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All of one organisation, each part sorted by name. Parts refer to each other by name."""

    providers: tuple[ProviderRow, ...]
    deployments: tuple[DeploymentRow, ...]
    models: tuple[ModelRow, ...]
