"""All clients: those that npm installs, then those that pip does."""

import pytest

from tests.clients.client import UPSTREAM, Client
from tests.clients.npm_clients import GEMINI_CLI_ROUTING, NPM_CLIENTS
from tests.clients.python_clients import PYTHON_CLIENTS

CLIENTS: tuple[Client, ...] = (*NPM_CLIENTS, *PYTHON_CLIENTS)
UPSTREAM_MODELS = {client.model: client.upstream_model for client in CLIENTS} | {
    name: name + UPSTREAM for name in GEMINI_CLI_ROUTING.own_models
}
"""What each model is called at the vendor."""


def in_turn(client: Client) -> pytest.MarkDecorator:
    """Keep the tests of one program on one worker of xdist, where they share a gateway and come one after another."""
    return pytest.mark.xdist_group(f"real_clients_{client.package}")


def each_of(*clients: Client) -> pytest.MarkDecorator:
    """Run a test with each of these."""
    return pytest.mark.parametrize(
        "client", [pytest.param(client, id=client.name, marks=in_turn(client)) for client in clients]
    )


EACH_CLIENT = each_of(*CLIENTS)
EACH_PROGRAM = each_of(*{client.seen_as: client for client in reversed(CLIENTS)}.values())
"""Each in one release and dialect only, the first: the way that it takes failures is the same in all of them."""
