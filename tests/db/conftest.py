"""Data folders of an embedded server that has already run."""

import shutil
from pathlib import Path

import pytest

from tests.db.supervisors import (
    run,
    running,
)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose server was started once, given one row, and stopped."""
    folder = tmp_path_factory.mktemp("made")
    with running(folder) as database:
        run(database.superuser_url, "create table kept as select 42 as answer")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of `made` that the test may spoil."""
    return shutil.copytree(made, tmp_path / "data", symlinks=True)
