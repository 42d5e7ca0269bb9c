"""A client as data: how it is told of the gateway, what its tool is called, and how often it may ask in vain."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.clients.installs import Installed
from tests.parts.answers import Json

Source = Literal["npm", "python"]
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
