"""Clients before vendors that speak other dialects, and what the operator calls the models."""

from dataclasses import dataclass
from typing import Final

from tests.clients.client import MODELS, UPSTREAM, Client, DialectName
from tests.clients.npm_clients import CLAUDE_CODE, CODEX, GEMINI_CLI, OPENCODE
from tests.parts.strict.checks import Body


@dataclass(frozen=True, slots=True)
class Spoken:
    """A dialect as a vendor speaks it."""

    name: DialectName
    dialect: str
    """What the configuration calls it."""
    preset: str
    api: str
    """The path of the API's root."""

    @property
    def upstream_model(self) -> str:
        """A name by which a model of the vendor's is known."""
        return MODELS[self.name] + UPSTREAM


SPOKEN: Final = (
    Spoken("chat", "openai-chat", "openai", "/v1"),
    Spoken("responses", "openai-responses", "openai", "/v1"),
    Spoken("anthropic", "anthropic-messages", "anthropic", "/v1"),
    Spoken("gemini", "gemini", "gemini", "/v1beta"),
)
_SPEAKING: Final[tuple[tuple[Client, DialectName], ...]] = (
    (CODEX, "responses"),
    (CLAUDE_CODE, "anthropic"),
    (GEMINI_CLI, "gemini"),
    *((client, dialect) for dialect, client in OPENCODE.items()),
)
PAIRS: Final = [(client, spoken) for client, own in _SPEAKING for spoken in SPOKEN if spoken.name != own]


def model_of(model: str, spoken: Spoken) -> str:
    """Return the name by which clients know a vendor's model: one of their own vendor's, with a word at the end."""
    return f"{model}-on-{spoken.name}"


def configuration(vendor_url: str) -> Body:
    """Return the providers, deployments and models for the pairs, for one vendor that speaks all dialects."""
    names = {(model_of(client.model, spoken), spoken) for client, spoken in PAIRS}
    return {
        "providers": {
            f"only-{spoken.name}": {
                "preset": spoken.preset,
                "base_url": vendor_url + spoken.api,
                "dialects": [spoken.dialect],
                "credential": {"env": "VENDOR_KEY"},
            }
            for spoken in SPOKEN
        },
        "deployments": {
            name: {"provider": f"only-{spoken.name}", "upstream_model": spoken.upstream_model} for name, spoken in names
        },
        "models": {name: {"route": [name]} for name, _ in names},
    }
