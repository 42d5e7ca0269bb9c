"""Every way in which a start of the embedded server can fail: what is told, and that nothing is damaged."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from drawbridge.db import processes
from drawbridge.db.embedded import EmbeddedDatabase, running_url
from drawbridge.db.errors import (
    AccountUnsuitable,
    DatabaseStartError,
    DiskFull,
    FolderDamaged,
    FolderInUse,
    FolderUnusable,
    PostmasterFailed,
    WrongMajorVersion,
)
from tests.db.supervisors import (
    IS_ROOT,
    answer,
    line,
    run,
    running,
    servers_on,
    supervisor,
    until,
)

pytestmark = pytest.mark.embedded


def test_a_second_process_on_the_folder_is_told_who_holds_it(folder: Path) -> None:
    with supervisor(folder) as holder:
        pid = line(holder)

        with pytest.raises(FolderInUse, match=f"process {holder.pid}.*starting or running.*DRAWBRIDGE_DATA"):
            EmbeddedDatabase(folder).start()

        url = running_url(folder)
        assert url is not None
        assert str(run(url, "select current_user")) == "drawbridge"
        assert psutil.pid_exists(int(pid))


def test_a_lock_file_without_a_holder_is_no_obstacle(folder: Path) -> None:
    (folder / "postgres.lock").write_text(f"{os.getppid():<20}\n")

    with running(folder) as database:
        assert answer(database) == 42


@pytest.mark.parametrize("looks_like_postgres", [False, True])
def test_a_process_that_has_the_old_servers_pid_is_not_taken_for_it(folder: Path, looks_like_postgres: bool) -> None:
    with running(folder) as database:
        old = database.pid
        os.kill(old, signal.SIGKILL)
        until(lambda: not database.is_alive(), "the server is seen dead")
        pid_file, record = folder / "postgres" / "postmaster.pid", folder / "postgres.json"
    name = f"postgres -D {folder}/postgres" if looks_like_postgres else "sleep"
    other = subprocess.Popen(["/bin/bash", "-c", 'exec -a "$0" sleep 60', name])

    try:
        until(lambda: name in (processes.find_process(other.pid) or no_process()).command, "the other process runs")
        for file in (pid_file, record):
            file.write_text(file.read_text().replace(str(old), str(other.pid)))
        assert running_url(folder) is None
        with running(folder) as database:
            assert answer(database) == 42
            assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def no_process() -> processes.Process:
    return processes.Process(0, "", "")


def test_an_empty_pid_file_of_a_server_killed_in_its_first_moment_is_no_obstacle(folder: Path) -> None:
    (folder / "postgres" / "postmaster.pid").touch()

    with running(folder) as database:
        assert answer(database) == 42


@pytest.mark.parametrize("delay_s", [0.05, 0.15, 0.3, 0.45, 0.6])
def test_an_interrupted_first_start_leaves_nothing_that_stops_the_next(tmp_path: Path, delay_s: float) -> None:
    folder = tmp_path / "data"
    with supervisor(folder) as process:
        time.sleep(delay_s)
        process.kill()
        process.wait()

        with running(folder) as database:
            assert run(database.url, "select current_user") == "drawbridge"

    assert list(folder.glob("postgres.new-*")) == []
    until(lambda: servers_on(folder) == [], "the interrupted initdb ends")


def test_initdb_ends_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with supervisor(folder) as process:
        until(lambda: len(servers_on(folder)) > 0, "initdb runs")
        for one in servers_on(folder):
            one.suspend()

        process.kill()

        until(lambda: servers_on(folder) == [], "initdb ends")


def test_a_killed_initdb_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with supervisor(folder) as process:
        until(lambda: [one for one in servers_on(folder) if one.name() == "initdb"], "initdb runs")
        next(one for one in servers_on(folder) if one.name() == "initdb").kill()

        assert line(process).startswith("PostmasterFailed PostgreSQL could not make its files")

    assert not (folder / "postgres").exists()
    assert list(folder.glob("postgres.new-*")) == []
    with running(folder) as database:
        assert run(database.url, "select current_user") == "drawbridge"


@contextmanager
def small_disk(at: Path, megabytes: int) -> Generator[Path]:
    at.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(at)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mount.returncode != 0:
        pytest.skip(f"a disk of {megabytes} MB cannot be made here (it takes root): {mount.stderr.strip()}")
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)


@pytest.mark.parametrize("megabytes", [1, 8, 24])
def test_a_disk_too_small_for_the_first_start_is_told_and_nothing_is_left_on_it(tmp_path: Path, megabytes: int) -> None:
    with small_disk(tmp_path / "disk", megabytes) as disk:
        with pytest.raises(DiskFull, match=r"Free some space.*df -h"):
            EmbeddedDatabase(disk / "data").start()

        assert servers_on(disk) == []
        assert shutil.disk_usage(disk).used < 500_000


def test_a_first_start_that_found_the_disk_too_small_for_the_roles_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 40) as disk:
        with pytest.raises(DiskFull, match=r"Free some space.*df -h"):
            EmbeddedDatabase(disk / "data").start()

        subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)

        with running(disk / "data") as database:
            assert run(database.url, "select set_config('role', 'drawbridge_app', true)") == "drawbridge_app"


@pytest.mark.parametrize("left_bytes", [0, 4096, 16_384, 65_536])
def test_a_disk_that_has_become_full_is_told_and_the_data_survives(made: Path, tmp_path: Path, left_bytes: int) -> None:
    with small_disk(tmp_path / "disk", 120) as disk:
        folder = shutil.copytree(made, disk / "data")
        filler = disk / "filler"
        with filler.open("wb") as file:
            file.write(bytes(shutil.disk_usage(disk).free - left_bytes))

        with pytest.raises(DiskFull, match=r"Free some space.*the data is unharmed"), running(folder):
            pytest.skip("PostgreSQL found enough room")
        assert servers_on(folder) == []

        filler.unlink()
        with running(folder) as database:
            assert answer(database) == 42


def test_a_folder_that_may_not_be_written_is_told(folder: Path) -> None:
    # As an ordinary user of the same files: root may write anywhere.
    prefix = ("unshare", "--user", "--map-user=1") if IS_ROOT else ()
    folder.chmod(0o500)
    (folder / "postgres.lock").unlink()

    try:
        with supervisor(folder, *prefix) as process:
            told = line(process)
    finally:
        folder.chmod(0o700)

    assert told.startswith(f"FolderUnusable The folder {folder} cannot be used (Permission denied")
    assert "Make it writable" in told


def test_database_files_that_may_not_be_written_are_told(folder: Path) -> None:
    prefix = ("unshare", "--user", "--map-user=1") if IS_ROOT else ()
    (folder / "postgres" / "global" / "pg_control").chmod(0o400)

    with supervisor(folder, *prefix) as process:
        told = line(process)

    assert told.startswith("FolderUnusable PostgreSQL may not write its files")


def test_a_data_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")

    with pytest.raises(FolderUnusable, match="cannot be used"):
        EmbeddedDatabase(tmp_path / "data").start()


def test_a_database_of_another_major_version_is_told_and_not_touched(folder: Path) -> None:
    version = folder / "postgres" / "PG_VERSION"
    version.write_text("16\n")

    with pytest.raises(WrongMajorVersion, match=r"made by PostgreSQL 16; this Drawbridge carries 18.*pg_dump"):
        EmbeddedDatabase(folder).start()

    version.write_text("18\n")
    with running(folder) as database:
        assert answer(database) == 42


def test_files_that_are_no_database_are_told_and_not_touched(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "thesis.txt").write_text("years of work")

    with pytest.raises(FolderDamaged, match=r"PG_VERSION is missing.*Restore it from a backup"):
        EmbeddedDatabase(tmp_path).start()

    assert (tmp_path / "postgres" / "thesis.txt").read_text() == "years of work"


def test_a_server_that_ends_while_starting_is_told_with_the_end_of_its_log(folder: Path) -> None:
    with pytest.raises(PostmasterFailed, match=r"(?s)its log is .*postgres\.log.*shared_buffers"):
        EmbeddedDatabase(folder, settings={"shared_buffers": "nonsense"}).start()

    with running(folder) as database:
        assert answer(database) == 42


def test_a_failed_start_gives_the_folder_free(folder: Path) -> None:
    failed = EmbeddedDatabase(folder, settings={"shared_buffers": "nonsense"})
    with pytest.raises(DatabaseStartError):
        failed.start()

    with supervisor(folder) as process:
        assert line(process).isdigit()


def test_root_is_told_what_to_do_where_user_namespaces_are_refused(tmp_path: Path) -> None:
    inside = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    prefix = ("unshare", "--user", "--map-root-user", "sh", "-c", inside, "sh")

    with supervisor(tmp_path / "data", *prefix) as process:
        told = line(process)

    assert told.startswith(f"{AccountUnsuitable.__name__} PostgreSQL cannot run as root")
    assert "Start Drawbridge as another user" in told
    assert "DRAWBRIDGE_DATABASE_URL" in told
