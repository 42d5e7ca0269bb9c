"""The embedded server when all goes well, and how it ends."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import text

from drawbridge.db import processes
from drawbridge.db.embedded import running_url
from tests.db.supervisors import (
    IS_ROOT,
    answer,
    guardian_of,
    line,
    opened,
    run,
    running,
    servers_on,
    socket_folder_of,
    supervisor,
    until,
)

pytestmark = pytest.mark.embedded

SOON_S = 20.0
"""Less than the minute after which PostgreSQL itself finds that its pid file is no longer its own."""


def test_a_first_start_makes_a_database_that_the_login_role_can_switch_roles_in(tmp_path: Path) -> None:
    reports: list[str] = []

    with running(tmp_path / "new" / "data", reports.append) as database, opened(database.url) as sql:
        roles = [
            sql.execute(text(f"select set_config('role', '{role}', true), session_user, current_user")).one()[1:]
            for role in ("drawbridge_owner", "drawbridge_app", "drawbridge_system")
        ]
        owner = sql.execute(text("select pg_get_userbyid(datdba) from pg_database where datname = 'drawbridge'"))

        assert [role[1] for role in roles] == ["drawbridge_owner", "drawbridge_app", "drawbridge_system"]
        assert {role[0] for role in roles} == {"drawbridge"}
        assert owner.scalar_one() == "drawbridge_owner"
    assert reports == ["Making the database (at the first start only)"]


def test_a_later_start_finds_the_data(folder: Path) -> None:
    with running(folder) as database:
        assert answer(database) == 42


def test_a_start_in_a_running_server_changes_nothing(folder: Path) -> None:
    with running(folder) as database:
        pid = database.pid

        database.start()

        assert database.pid == pid


def test_no_role_is_a_superuser_or_sees_past_the_tenancy_rules(folder: Path) -> None:
    with running(folder) as database:
        mighty = run(
            database.url,
            "select array_agg(rolname::text) from pg_roles where (rolsuper or rolbypassrls) and oid >= 16384",
        )
        inherits = run(database.url, "select rolinherit from pg_roles where rolname = 'drawbridge'")
        public = run(database.url, "select has_schema_privilege('public', 'public', 'usage')")

        assert mighty is None
        assert inherits is False
        assert public is False


def test_text_is_utf_8_and_compared_the_same_way_on_every_machine(folder: Path) -> None:
    with running(folder) as database:
        locale = run(
            database.url,
            "select row(datlocprovider, datlocale, pg_encoding_to_char(encoding))::text from pg_database"
            " where datname = 'drawbridge'",
        )

        assert locale == "(b,C.UTF-8,UTF8)"


def test_the_server_is_reached_over_a_socket_in_a_private_folder_only(folder: Path) -> None:
    with running(folder) as database:
        connections = psutil.Process(database.pid).net_connections(kind="inet")

        assert connections == []
        assert (folder / "run").stat().st_mode & 0o777 == 0o700
        assert run(database.url, "show listen_addresses") == ""


def test_only_the_login_role_and_the_superuser_are_open_to_this_user(folder: Path) -> None:
    with running(folder) as database:
        url = database.url.replace("//drawbridge@", "//drawbridge_owner@")

        with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
            run(url, "select 1")
        assert "trust" not in (folder / "postgres" / "pg_hba.conf").read_text()


@pytest.mark.skipif(not IS_ROOT, reason="only root can become another user")
def test_another_user_is_refused_even_where_the_socket_is_open_to_all() -> None:
    folder = Path(tempfile.mkdtemp(prefix="open-", dir="/tmp"))
    become_another = "import os, psycopg, sys; os.setgid(54321); os.setuid(54321); psycopg.connect(sys.argv[1])"

    try:
        with running(folder, settings={"unix_socket_permissions": "0777"}) as database:
            folder.chmod(0o755)
            (folder / "run").chmod(0o755)
            url = database.url.replace("+psycopg", "")
            attempt = subprocess.run(
                [sys.executable, "-c", become_another, url], capture_output=True, text=True, check=False, timeout=30
            )
    finally:
        shutil.rmtree(folder)

    assert attempt.returncode != 0
    assert "authentication failed" in attempt.stderr


def test_nothing_changes_owner_or_mode_outside_and_all_inside_is_private(tmp_path: Path) -> None:
    parents = [path for path in (tmp_path, *tmp_path.parents) if path.exists()]
    before = [(path.stat().st_mode, path.stat().st_uid) for path in parents]

    with running(tmp_path / "data"):
        inside = [path.lstat() for path in (tmp_path / "data").rglob("*")]

    assert [(path.stat().st_mode, path.stat().st_uid) for path in parents] == before
    assert {status.st_uid for status in inside} == {os.geteuid()}
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert all(status.st_mode & 0o077 == 0 for status in inside if not stat.S_ISSOCK(status.st_mode))


@pytest.mark.parametrize("name", ["with, comma", 'a "quoted" name', "ein schöner Ort", "x" * 120, "it's 50% \\ off"])
def test_any_name_will_do_for_the_data_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name

    with running(folder) as database, opened(database.url) as sql:
        assert sql.execute(text("select current_user")).scalar_one() == "drawbridge"
        assert running_url(folder) == database.url
        socket_folder = socket_folder_of(database)

    assert not socket_folder.exists()


def test_a_server_that_runs_is_found_by_others_and_one_that_does_not_is_not(folder: Path) -> None:
    with supervisor(folder) as process:
        pid = line(process)
        assert pid.isdigit()
        url = running_url(folder)
        assert url is not None
        assert run(url, "select current_user") == "drawbridge"
        process.communicate("stop\n")

    assert running_url(folder) is None
    assert running_url(folder / "elsewhere") is None


@pytest.mark.parametrize(
    "prefix",
    [(), ("unshare", "--user", "--map-user=1"), ("unshare", "--user", "--map-user=54321", "--map-group=54321")],
)
def test_it_runs_as_any_user_named_or_not(tmp_path: Path, prefix: tuple[str, ...]) -> None:
    with supervisor(tmp_path / "data", *prefix) as process:
        pid = line(process)

        assert pid.isdigit(), pid


def test_a_terminals_interrupt_does_not_reach_the_server(folder: Path) -> None:
    with running(folder) as database:
        assert os.getsid(database.pid) != os.getsid(0)
        assert os.getpgid(database.pid) != os.getpgid(0)


def test_a_stop_is_clean_and_may_be_repeated(folder: Path) -> None:
    with running(folder) as database:
        database.stop()
        database.stop()

        assert not database.is_alive()
    assert "database system is shut down" in (folder / "postgres.log").read_text()
    assert servers_on(folder) == []


def test_the_server_ends_when_its_supervisor_is_killed(folder: Path) -> None:
    with supervisor(folder) as process:
        pid = int(line(process))

        process.kill()

        until(lambda: processes.find_process(pid) is None, "the server ends")
    assert "received fast shutdown request" in (folder / "postgres.log").read_text()


def test_a_server_that_a_killed_supervisor_left_is_stopped_and_started_anew(folder: Path) -> None:
    reports: list[str] = []
    with supervisor(folder) as process:
        left = int(line(process))
        guardian_of(process).kill()
        process.kill()
        process.wait()

        began = time.monotonic()
        with running(folder, reports.append) as database:
            assert time.monotonic() - began < SOON_S
            assert database.pid != left
            assert processes.find_process(left) is None
            assert answer(database) == 42
    assert reports == [f"Stopping the PostgreSQL server (process {left}) that an earlier start left behind"]


def test_a_left_server_that_has_not_yet_written_its_pid_file_is_recognised(folder: Path) -> None:
    with supervisor(folder) as process:
        left = int(line(process))
        guardian_of(process).kill()
        process.kill()
        process.wait()
        (folder / "postgres" / "postmaster.pid").write_text("")

        began = time.monotonic()
        with running(folder) as database:
            assert time.monotonic() - began < SOON_S
            assert processes.find_process(left) is None
            assert answer(database) == 42


def test_after_the_server_was_killed_a_start_recovers_what_was_committed(folder: Path) -> None:
    with running(folder) as database:
        run(database.superuser_url, "create table later as select 7 as answer")
        os.kill(database.pid, signal.SIGKILL)
        until(lambda: not database.is_alive(), "the server is seen dead")

        database.start()

        assert database.is_alive()
        assert run(database.superuser_url, "select answer from later") == 7


def test_a_start_waits_for_the_processes_of_a_killed_server(folder: Path) -> None:
    with running(folder) as database:
        with psycopg.connect(database.url.replace("+psycopg", "")) as connection:
            backend = connection.info.backend_pid
            os.kill(backend, signal.SIGSTOP)
            os.kill(database.pid, signal.SIGKILL)
            until(lambda: not database.is_alive(), "the server is seen dead")
            threading.Timer(1.0, os.kill, (backend, signal.SIGCONT)).start()

            database.start()

        assert processes.find_process(backend) is None
        assert answer(database) == 42


def test_a_slow_start_is_reported_and_not_given_up(folder: Path) -> None:
    reports: list[str] = []
    slow = {"wal_level": "replica", "restore_command": "sleep 2; false"}
    with running(folder, settings={"wal_level": "replica"}) as database:
        run(database.superuser_url, "checkpoint")
    (folder / "postgres" / "recovery.signal").touch()

    with running(folder, reports.append, slow) as database:
        assert answer(database) == 42

    assert reports
    assert reports[0].startswith("PostgreSQL is not ready after 3 s: ")


def test_the_address_of_a_socket_fits_into_what_the_kernel_allows(tmp_path: Path) -> None:
    with running(tmp_path / ("y" * 200)) as database:
        path = socket_folder_of(database) / ".s.PGSQL.5432"

        assert path.is_socket()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
        assert path.parent.stat().st_mode & 0o777 == 0o700
