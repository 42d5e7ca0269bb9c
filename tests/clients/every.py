"""All clients: those that npm installs, then those that pip does."""

import pytest

from tests.clients.client import Client, Source
from tests.clients.npm_clients import NPM_CLIENTS
from tests.clients.python_clients import PYTHON_CLIENTS

CLIENTS: tuple[Client, ...] = (*NPM_CLIENTS, *PYTHON_CLIENTS)


def in_turn(source: Source) -> pytest.MarkDecorator:
    """Keep tests of clients with one source on one worker of xdist, which installs them."""
    return pytest.mark.xdist_group(f"real_clients_{source}")


EACH_CLIENT = pytest.mark.parametrize(
    "client", [pytest.param(client, id=client.name, marks=in_turn(client.source)) for client in CLIENTS]
)
