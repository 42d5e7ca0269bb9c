"""What a start must not do: spoil another user's folder, empty a database that went away, let go, or go on for ever."""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest

from drawbridge.db.account import server_account
from drawbridge.db.cluster import installed_binaries
from drawbridge.db.embedded import EmbeddedDatabase, running_url
from drawbridge.db.errors import FolderDamaged, FolderInUse, FolderOfAnotherUser, StartInterrupted
from drawbridge.db.folder import DatabaseFolder
from drawbridge.db.postmaster import Postmaster
from drawbridge.db.progress import Progress
from tests.db.supervisors import IS_ROOT, answer, guardian_of, line, run, running, servers_on, supervisor, until

pytestmark = pytest.mark.embedded

_ANOTHER_USER = 1


def _contents(folder: Path) -> dict[str, tuple[int, int, int]]:
    return {
        str(path): (status.st_uid, status.st_mode, status.st_mtime_ns)
        for path in (folder, *folder.rglob("*"))
        for status in [path.lstat()]
    }


@pytest.mark.skipif(not IS_ROOT, reason="only root can give a file to another user")
@pytest.mark.parametrize("given_away", ["everything", "only the database", "everything, before its first start"])
def test_a_folder_of_another_user_is_refused_before_anything_is_written(folder: Path, given_away: str) -> None:
    if given_away == "everything, before its first start":
        shutil.rmtree(folder / "postgres")
        (folder / "postgres.lock").unlink()
        (folder / "master.key").touch()
    top = folder / "postgres" if given_away == "only the database" else folder
    for path in (top, *top.rglob("*")):
        os.chown(path, _ANOTHER_USER, -1)
    before = _contents(folder)

    with pytest.raises(FolderOfAnotherUser, match=r"belongs to (\w+), and this is root: run this as \1"):
        EmbeddedDatabase(folder).start()

    assert _contents(folder) == before


@pytest.mark.skipif(not IS_ROOT, reason="only root can give a file to another user")
def test_an_empty_folder_of_another_user_can_be_used_as_a_mounted_volume_is(tmp_path: Path) -> None:
    (tmp_path / "volume").mkdir()
    os.chown(tmp_path / "volume", _ANOTHER_USER, -1)

    for _ in range(2):
        with running(tmp_path / "volume") as database:
            assert run(database.url, "select current_user") == "drawbridge"


def _kill(database: EmbeddedDatabase) -> None:
    os.kill(database.pid, signal.SIGKILL)
    until(lambda: not database.is_alive(), "the server is seen dead")


def test_a_database_that_went_away_while_it_ran_is_told_and_no_empty_one_is_made(folder: Path, tmp_path: Path) -> None:
    data, elsewhere = folder / "postgres", tmp_path / "elsewhere"
    with running(folder) as database:
        _kill(database)
        data.rename(elsewhere)
        for _ in range(2):
            with pytest.raises(FolderDamaged, match=r"gone away while it was in use\. Check that its disk is still"):
                database.start()
        assert not data.exists()

        data.mkdir()  # What is left of a disk that was unmounted.
        with pytest.raises(FolderDamaged, match="gone away while it was in use"):
            database.start()
        assert list(data.iterdir()) == []

        data.rmdir()
        elsewhere.rename(data)
        database.start()
        assert answer(database) == 42


def test_a_failed_restart_keeps_the_folder_until_it_is_stopped(folder: Path, tmp_path: Path) -> None:
    with running(folder) as database:
        _kill(database)
        (folder / "postgres").rename(tmp_path / "elsewhere")
        with pytest.raises(FolderDamaged):
            database.start()
        (tmp_path / "elsewhere").rename(folder / "postgres")

        with pytest.raises(FolderInUse, match=f"process {os.getpid()}"):
            EmbeddedDatabase(folder).start()

        database.stop()
        with supervisor(folder) as process:
            assert line(process).isdigit()


@pytest.mark.parametrize("phase", ["the first start", "a later start"])
def test_a_start_can_be_interrupted(made: Path, tmp_path: Path, phase: str) -> None:
    folder = tmp_path / "data"
    if phase == "a later start":
        shutil.copytree(made, folder)
    database = EmbeddedDatabase(folder, should_stop=lambda: servers_on(folder) != [])

    with pytest.raises(StartInterrupted):
        database.start()

    # Those that initdb had started are killed with it, and end a moment later.
    until(lambda: servers_on(folder) == [], "what initdb had started is gone")
    assert list(folder.glob("postgres.new-*")) == []
    with supervisor(folder) as process:
        assert line(process).isdigit()


def test_an_interrupted_restart_keeps_the_folder(folder: Path) -> None:
    wanted = True
    database = EmbeddedDatabase(folder, should_stop=lambda: not wanted)
    database.start()
    try:
        _kill(database)
        wanted = False
        with pytest.raises(StartInterrupted):
            database.start()

        assert servers_on(folder) == []
        with pytest.raises(FolderInUse):
            EmbeddedDatabase(folder).start()
    finally:
        database.stop()


def test_waiting_for_a_left_server_to_end_can_be_interrupted(folder: Path) -> None:
    with supervisor(folder) as process:
        left = int(line(process))
        guardian_of(process).kill()
        process.kill()
        process.wait()
        os.kill(left, signal.SIGSTOP)
        until_s = time.monotonic() + 0.3

        with pytest.raises(StartInterrupted):
            EmbeddedDatabase(folder, should_stop=lambda: time.monotonic() > until_s).start()

        os.kill(left, signal.SIGCONT)


@pytest.fixture
def link(folder: Path, tmp_path: Path) -> Path:
    (tmp_path / "link").symlink_to(folder)
    return tmp_path / "link"


@pytest.mark.parametrize("started_by", ["plain", "link", "dots"])
def test_one_folder_is_the_same_by_whichever_path_it_is_named(folder: Path, link: Path, started_by: str) -> None:
    (folder.parent / "deep").mkdir()
    names = {"plain": folder, "link": link, "dots": folder.parent / "deep" / ".." / "data"}
    with supervisor(names[started_by]) as process:
        assert line(process).isdigit()

        urls = {running_url(name) for name in names.values()}

        assert len(urls) == 1
        assert None not in urls
        for name in names.values():
            with pytest.raises(FolderInUse):
                EmbeddedDatabase(name).start()


def test_a_server_that_was_started_through_a_link_is_found_in_the_folder_itself(folder: Path, link: Path) -> None:
    through_link = DatabaseFolder(folder)
    through_link.data = link / "postgres"
    server = Postmaster(through_link, installed_binaries(), server_account())
    try:
        server.wait_until_ready(Progress())

        assert running_url(folder) is not None
    finally:
        server.stop()
