"""Applies as real processes: killed at any moment, and two at once."""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from drawbridge.config.apply import read_world
from drawbridge.core.ids import OrganisationId
from drawbridge.db.embedded import EmbeddedDatabase
from drawbridge.db.engine import Database
from tests.config.documents import SECTIONS
from tests.parts.size import pick

pytestmark = [pytest.mark.config_code, pytest.mark.xdist_group("config_code")]

_ROUNDS = pick(20, full=200)
_USERS = 60
_PATIENCE_S = 120.0


class Installation:
    """An installation whose database is a server of its own, as commands find it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = EmbeddedDatabase(folder / "server", settings={"fsync": "off"})

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [sys.executable, "-m", "drawbridge", *map(str, arguments)],
            env={
                **os.environ,
                "DRAWBRIDGE_DATA": str(self.folder / "data"),
                "DRAWBRIDGE_DATABASE_URL": self.server.url,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str | Path) -> str:
        """Run a command that must succeed, and return what it printed."""
        process = self.start(*arguments)
        stdout, stderr = process.communicate(timeout=_PATIENCE_S)
        assert process.returncode == 0, stderr
        return stdout

    def users(self) -> dict[str, str]:
        """Return the display name of each user that a file manages."""
        exported = yaml.safe_load(self.run("export"))
        return {name: entry["display_name"] for name, entry in exported.get("users", {}).items()}


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path)
    installation.server.start()
    yield installation
    installation.server.stop()


async def test_an_apply_that_is_killed_leaves_all_or_nothing(
    database: Database, database_url: str, organisation_id: OrganisationId, tmp_path: Path
) -> None:
    chance = random.Random(20261123)
    longest_s = await _apply(database_url, organisation_id, _write(tmp_path / "0.yaml", 0, "0"), None)
    before = await _users(database, organisation_id)
    outcomes = {"all": 0, "nothing": 0}

    for turn in range(1, _ROUNDS + 1):
        # Half of the users stay and are changed, half go, half come.
        file = _write(tmp_path / f"{turn}.yaml", turn * _USERS // 2, str(turn))
        wanted = dict.fromkeys(yaml.safe_load(file.read_text())["users"], str(turn))
        await _apply(database_url, organisation_id, file, kill_after_s=chance.uniform(0.0, longest_s))

        found = await _users(database, organisation_id)

        assert found in (before, wanted), f"half an apply in round {turn}"
        outcomes["nothing" if found == before else "all"] += 1
        before = found

    assert outcomes["nothing"]
    print(f"\n{outcomes}")


async def _apply(url: str, organisation_id: OrganisationId, file: Path, kill_after_s: float | None) -> float:
    """Apply a file in a process that is killed a while after it has planned. Return how long it took from there."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.config.applier", url, str(organisation_id), str(file), stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"planned\n"
    begun = time.monotonic()
    if kill_after_s is not None:
        await asyncio.sleep(kill_after_s)
        with suppress(ProcessLookupError):
            process.kill()
    said = await process.stdout.read()
    took_s = time.monotonic() - begun
    await process.wait()
    assert kill_after_s is not None or said == b"applied\n"
    return took_s


async def _users(database: Database, organisation_id: OrganisationId) -> dict[str, str]:
    async with database.organisation(organisation_id) as connection:
        world = await read_world(connection, organisation_id, SECTIONS)
    return {name: present.entry.display_name for name, present in world.objects["users"].items()}


def _write(path: Path, first: int, display_name: str) -> Path:
    """Write a file of users with these numbers, all of one display name."""
    users = {f"user-{number}": {"display_name": display_name} for number in range(first, first + _USERS)}
    path.write_text(yaml.safe_dump({"version": 1, "users": users}))
    return path


def test_of_applies_at_once_each_is_done_whole_or_refused_with_words(installation: Installation) -> None:
    done = 0
    for turn in range(pick(2, full=20)):
        files = [
            _write(installation.folder / f"{turn}-{name}.yaml", turn * 10 + place, name)
            for place, name in enumerate("ab")
        ]
        processes = [installation.start("apply", file, "--yes") for file in files]
        said = [process.communicate(timeout=_PATIENCE_S)[1] for process in processes]

        users = installation.users()

        succeeded = [process.returncode == 0 for process in processes]
        assert any(succeeded), said
        for ended_well, errors in zip(succeeded, said, strict=True):
            assert ended_well or "was changed since this plan was made. Plan again, then apply." in errors
        stated = [
            yaml.safe_load(file.read_text())["users"] for file, well in zip(files, succeeded, strict=True) if well
        ]
        assert {name: {"display_name": shown} for name, shown in users.items()} in stated
        done += sum(succeeded)
    print(f"\n{done} done")
