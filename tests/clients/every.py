"""All clients: those that npm installs, then those that pip does."""

from tests.clients.client import Client
from tests.clients.npm_clients import NPM_CLIENTS
from tests.clients.python_clients import PYTHON_CLIENTS

CLIENTS: tuple[Client, ...] = (*NPM_CLIENTS, *PYTHON_CLIENTS)
