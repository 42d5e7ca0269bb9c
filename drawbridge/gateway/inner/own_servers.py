"""Model servers that run beside Drawbridge on the same machine, found where each listens unless told otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from drawbridge.core.clock import Clock
from drawbridge.egress import Door
from drawbridge.gateway.inner.vendor_models import VendorModels
from drawbridge.gateway.providers.presets import PRESETS, REHEARSAL_URL, Preset
from drawbridge.gateway.snapshot import Provider


@dataclass(frozen=True, slots=True)
class Place:
    """Where a kind of server is asked for."""

    preset: Preset
    base_url: str


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A server that answers."""

    preset: str
    title: str
    base_url: str
    models: tuple[str, ...]
    """What it says that it serves: one at least."""


_OLLAMA: Final = "ollama"
_OLLAMA_PORT: Final = 11434
_ANY_ADDRESS: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - where it listens, not where it is asked


def usual_places(environment: Mapping[str, str]) -> tuple[Place, ...]:
    """Return where servers listen by default, and Ollama where its own variable says."""
    usual = {
        preset.name: preset.base_url or preset.address_form
        for preset in PRESETS.values()
        if preset.hosting == "own" and preset.base_url != REHEARSAL_URL
    }
    said = environment.get("OLLAMA_HOST", "").strip()
    if said and (address := _ollama_at(said)):
        usual[_OLLAMA] = address
    return tuple(Place(PRESETS[name], base_url) for name, base_url in usual.items())


def _ollama_at(said: str) -> str | None:
    """Read OLLAMA_HOST, in which scheme and port may be left out; None where it is no address.

    https://docs.ollama.com/faq, "How can I expose Ollama on my network?". Read 2026-11-23.
    """
    try:
        parts = urlsplit(said if "://" in said else f"http://{said}")
        port = parts.port or _OLLAMA_PORT
    except ValueError:
        return None
    host = "localhost" if (parts.hostname or "") in _ANY_ADDRESS else parts.hostname
    return f"{parts.scheme}://{f'[{host}]' if ':' in str(host) else host}:{port}/v1"


@dataclass(frozen=True, slots=True)
class OwnServers:
    """Looks for servers, anew each time: somebody may have started one a moment ago."""

    door: Door
    clock: Clock
    places: Sequence[Place]

    async def find(self) -> list[FoundServer]:
        """Ask at each place what is served there, all at once, and return those that serve something.

        Where they are asked no request says, so that nobody has Drawbridge look for what else there is in its network.
        """
        asked = [_as_open(place) for place in self.places]
        served = await VendorModels(self.door, self.clock).of(asked)
        return [
            FoundServer(place.preset.name, place.preset.title, place.base_url, models)
            for place in self.places
            if (models := served[place.preset.name])
        ]


def _as_open(place: Place) -> Provider:
    """Return a place as a provider of which every model is of interest."""
    dialects = frozenset(place.preset.dialects)
    return Provider(place.preset.name, dialects, place.base_url, claims=("",), allow_private=True)
