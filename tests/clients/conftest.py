"""Gateways as operators run them, the clients that are installed, and which they are."""

import os
from collections.abc import AsyncIterator, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.clients.bench import Bench, client_version
from tests.clients.client import Client
from tests.clients.every import CLIENTS
from tests.clients.installs import (
    CannotInstall,
    Installed,
    NotHere,
    install_npm_clients,
    install_python_clients,
    installed_npm_clients,
    installed_python_clients,
)
from tests.clients.model import ScriptedModel
from tests.clients.site import Site, running_site
from tests.parts.tap import Tap

_SDKS = ("openai", "anthropic", "google-genai")
"""Installed with the tests themselves."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print which clients ran, in which versions."""
    terminalreporter.section("clients")
    for line in _versions():
        terminalreporter.write_line(line)


def _versions() -> Iterator[str]:
    installed = {"npm": installed_npm_clients(), "python": installed_python_clients()}
    for package in _SDKS:
        yield f"{package} {version(package)}"
    by_package = {client.package: client for client in CLIENTS}
    for package, client in by_package.items():
        folder = installed[client.source]
        yield f"{package} {client_version(client, folder) if folder else 'is not installed'}"


@pytest.fixture(scope="session")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="session")
async def small_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """Give a gateway that finds everything too large."""
    folder = tmp_path_factory.mktemp("small")
    async with running_site(folder, {"DRAWBRIDGE_MAX_BODY_BYTES": "1024"}) as site:
        yield site


@pytest.fixture(scope="session")
def npm_clients() -> Installed | CannotInstall:
    try:
        return install_npm_clients()
    except CannotInstall as error:
        return error


@pytest.fixture(scope="session")
def python_clients() -> Installed | CannotInstall:
    try:
        return install_python_clients()
    except CannotInstall as error:
        return error


@pytest.fixture
def installed(client: Client, request: pytest.FixtureRequest) -> Installed:
    """Give the place of a client; the test is skipped where it cannot be had."""
    # Asked for by name, so that a worker installs only what its tests need.
    found: Installed | CannotInstall = request.getfixturevalue(f"{client.source}_clients")
    if isinstance(found, CannotInstall):
        if os.environ.get("CI") and not isinstance(found, NotHere):
            pytest.fail(f"{client.name} could not be installed: {found}")
        pytest.skip(f"{client.name} cannot be installed here: {found}")
    if client.source == "npm" and not (found.packages / client.package).is_dir():
        pytest.skip(f"{client.name} is not published for this kind of machine: no {client.package}")
    return found


@pytest.fixture
async def bench(client: Client, installed: Installed, site: Site, tmp_path: Path) -> AsyncIterator[Bench]:
    """Give a client with a gateway before it, and a strict vendor behind that."""
    model = ScriptedModel(client.tool, client.arguments)
    site.vendor.script = model
    async with Tap(site.installation.port) as tap:
        yield Bench(client, installed, site, tap, model, tmp_path)
