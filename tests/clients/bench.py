"""A client at work: installed, with a gateway before it, a tap between the two, and a model behind."""

import json
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path

from tests.clients.client import PROMPT, Client, Setting
from tests.clients.installs import Installed
from tests.clients.model import ScriptedModel
from tests.clients.running import Ran, run
from tests.clients.site import Site
from tests.parts.tap import Tap


@dataclass(frozen=True, slots=True)
class Bench:
    """A client that is installed, a gateway with a tap before it, and the model behind it."""

    client: Client
    installed: Installed
    site: Site
    tap: Tap
    model: ScriptedModel
    home: Path

    async def run(self, *, key: str = "", model: str = "", prompt: str = PROMPT) -> Ran:
        """Let the client take its turn, with another key or another model than usual if they are given."""
        key, model = key or self.site.key, model or self.client.model
        setting = Setting(self.home, self.tap.url, key, model, self.installed, prompt)
        launch = self.client.launch(setting)
        ran = await run(launch.command, self.home, launch.environment, self.client.timeout_s)
        print(f"\n{self.client.name} {client_version(self.client, self.installed)}: exit {ran.code}, {self.tap.seen}")
        print(ran.shown[-3000:])
        return ran


def client_version(client: Client, installed: Installed) -> str:
    """Return the version of a client that is installed."""
    if client.source == "npm":
        return json.loads((installed.packages / client.package / "package.json").read_text())["version"]
    [folder] = installed.packages.glob(f"{client.package.replace('-', '_')}-*.dist-info")
    return Distribution.at(folder).version
