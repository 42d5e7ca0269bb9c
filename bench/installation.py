"""An installation in a folder of its own, started the way an operator starts it."""

import http.client
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from drawbridge.settings import load_settings

_START_TIMEOUT_S = 60.0
_CALL_TIMEOUT_S = 30.0
_RETRY_S = 0.005

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Installation:
    """A data folder, and the port to serve it on. What this process's environment says of Drawbridge is left out."""

    data: Path
    port: int

    def environment(self) -> dict[str, str]:
        """Return the environment of its processes."""
        ours = {
            name: value
            for name, value in load_settings().environment.items()
            if not name.startswith("DRAWBRIDGE_") and not name.endswith("_API_KEY")
        }
        return {**ours, "DRAWBRIDGE_DATA": str(self.data), "DRAWBRIDGE_PORT": str(self.port)}

    def command(self, *arguments: str) -> list[str]:
        """Return one of its commands."""
        return [sys.executable, "-m", "drawbridge", *arguments]

    def run(self, *arguments: str, more: Mapping[str, str] | None = None) -> None:
        """Run a command to its end."""
        environment = {**self.environment(), **(more or {})}
        subprocess.run(self.command(*arguments), env=environment, check=True, stdout=subprocess.DEVNULL)

    @contextmanager
    def up(
        self, more: Mapping[str, str] | None = None, prefix: Sequence[str] = ()
    ) -> "Generator[subprocess.Popen[str]]":
        """Start it, behind a prefix such as `taskset -c 0`; stop it in the end. It need not be ready yet."""
        environment = {**self.environment(), **(more or {})}
        command = [*prefix, *self.command("up")]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            yield process
        finally:
            process.terminate()
            process.wait()

    def call(self, key: str, path: str, body: Json | None = None) -> bytes:
        """Return the whole answer to a call; anything but 200 is an error."""
        connection = http.client.HTTPConnection("localhost", self.port, timeout=_CALL_TIMEOUT_S)
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        method = "GET" if body is None else "POST"
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path} was answered {answer.status}: {content.decode(errors='replace')}")
        return content

    def call_when_possible(self, key: str, path: str, body: Json) -> bytes:
        """Call as soon as somebody listens."""
        deadline = time.monotonic() + _START_TIMEOUT_S
        while True:
            try:
                return self.call(key, path, body)
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_RETRY_S)


def initialise(data: Path) -> tuple[Installation, str]:
    """Make an installation by its first start, and return it with the admin key that it prints."""
    installation = Installation(data, free_port())
    with installation.up() as process:
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"shown this once: (\S+)", line):
                return installation, found[1]
    raise RuntimeError("drawbridge up ended without printing a key")


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
