"""Somebody whose runs they are, and the product that they are of."""

import pytest

from drawbridge.db.engine import Database
from tests.parts.runs import Author, make_author, make_notebook


@pytest.fixture
async def author(database: Database, database_url: str) -> Author:
    """Somebody in an organisation, with a notebook."""
    await make_notebook(database_url)
    return await make_author(database)
