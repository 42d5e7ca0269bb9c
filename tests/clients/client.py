"""A client as data: how it is told of the gateway, what its tool is called, and how often it may ask in vain."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.clients.installs import Installed
from tests.clients.model import FACTORS
from tests.parts.answers import Json

Source = Literal["npm", "python"]
DialectName = Literal["chat", "responses", "anthropic", "gemini"]
MODELS: dict[DialectName, str] = {
    "chat": "gpt-5.5",
    "responses": "gpt-5.5",
    "anthropic": "claude-sonnet-4-5",
    "gemini": "gemini-3.8-flash",
}
UPSTREAM = "-upstream"
"""What the vendor calls a model is what callers call it, with this at the end."""

PROMPT = "Work out the product with a tool, and say it."


@dataclass(frozen=True, slots=True)
class Setting:
    """What a client is started with."""

    home: Path
    """An empty folder."""
    url: str
    """The gateway, without a slash at the end."""
    key: str
    model: str
    installed: Installed
    prompt: str

    def write(self, path: str, text: str) -> None:
        """Write a file of the client's configuration."""
        file = self.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@dataclass(frozen=True, slots=True)
class Launch:
    """The command to run, and what its environment has besides."""

    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client, in one dialect."""

    name: str
    source: Source
    package: str
    """Whose version is printed."""
    model: str
    """A name that the client takes for one of its vendor's."""
    own_models: tuple[str, ...] = ()
    """What it asks for of its own accord, where it is told of no model."""
    takes_other_names: bool = True
    """Whether it gets along with a reply that names the vendor's model, not the one that it asked for."""
    tool: str
    arguments: Json
    launch: Callable[[Setting], Launch]
    seen_as: str
    """What the usage report calls it."""
    session_header: str | None = None
    """Where it names its session; None where it names none."""
    most_requests: int = 4
    """In a turn with one tool call."""
    most_refused: int = 2
    """How often it asks for a model that is not there, or with a key that was revoked."""
    tries_again: bool = True
    """Whether it gets over a failure of the vendor by itself."""
    most_failed: int = 8
    """How often it asks within 15 s while the vendor answers 500."""
    timeout_s: float = 60.0

    @property
    def upstream_model(self) -> str:
        """What the vendor calls its model."""
        return self.model + UPSTREAM if self.takes_other_names else self.model


def library(
    name: str, source: Source, package: str, dialect: DialectName, launch: Callable[[Setting], Launch], seen_as: str
) -> Client:
    """Return a client that is a program of ours around a library, with a tool that multiplies."""
    return Client(
        name=name,
        source=source,
        package=package,
        model=MODELS[dialect],
        tool="multiply",
        arguments={"a": FACTORS[0], "b": FACTORS[1]},
        launch=launch,
        seen_as=seen_as,
    )
