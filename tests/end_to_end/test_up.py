"""The real command line: what an operator reads, and what becomes of calls when it is stopped or killed."""

import http.client
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from drawbridge import __version__
from tests.db.servers import OperatorsServer, claiming_server, free_port, installed_versions, operators_server
from tests.end_to_end.command_line import (
    CHAT,
    PATIENCE_S,
    CommandLine,
    Finished,
    Running,
    are_gone,
    ask,
    chat,
    end,
    until,
)

pytestmark = pytest.mark.xdist_group("installation")

_QUIETLY = "--silent --show-error --fail"
_VENDOR_KEYS = {"OPENAI_API_KEY": "sk-not-to-be-copied-1", "GOOGLE_API_KEY": "AIza-not-to-be-copied-2"}


@dataclass(frozen=True, slots=True)
class Made:
    """An installation that was started once, and stopped."""

    command_line: CommandLine
    key: str
    greeting: str
    curl_said: str
    exit_code: int | None


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    command_line = CommandLine(tmp_path_factory.mktemp("made") / "data")
    with command_line.up() as running:
        curl = _shell(f"{running.curl} {_QUIETLY}", os.environ)
    return Made(command_line, running.key, running.greeting, curl.stdout, running.process.returncode)


def _shell(command: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    finished = subprocess.run(
        ["sh", "-c", command], env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert finished.returncode == 0, finished
    return finished


@pytest.fixture(scope="module")
def running(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    """A second start, with two workers and with vendors' keys in the environment."""
    copied = made.command_line.copied_to(tmp_path_factory.mktemp("running") / "data")
    with CommandLine(copied.data, _VENDOR_KEYS).up("--port", "0", "--workers", "2", command="serve") as running:
        yield running


@pytest.fixture
def stopped(made: Made, tmp_path: Path) -> CommandLine:
    """A copy of an installation that was started once, and stopped."""
    return made.command_line.copied_to(tmp_path / "data")


def test_the_first_start_prints_the_address_the_key_and_a_curl_line_that_works(made: Made) -> None:
    lines = made.greeting.splitlines()

    assert lines[0].startswith("Drawbridge is up at http://localhost:")
    assert lines.count(f"Your admin key, shown this once: {made.key}") == 1
    answer = json.loads(made.curl_said)
    assert answer["choices"][0]["message"]["content"]
    assert answer["model"] == "rehearsal"


def test_a_stopped_installation_leaves_nothing_undone(made: Made) -> None:
    assert made.exit_code == 0
    assert made.command_line.undrained() == []
    assert "Traceback" not in made.command_line.errors()


def test_a_later_start_shows_no_key_and_says_how_to_get_one(running: Running) -> None:
    assert "shown this once" not in running.greeting
    assert "dbk_" not in running.greeting
    [command] = re.findall(r"^No key at hand\? `(.+)` makes one\.$", running.greeting, re.MULTILINE)

    created = _shell(command, running.command_line.environment)

    answer = _shell(f"{running.curl} {_QUIETLY}", {**os.environ, "DRAWBRIDGE_KEY": created.stdout.strip()})
    assert json.loads(answer.stdout)["model"] == "rehearsal"


def test_keys_of_vendors_in_the_environment_are_named_used_by_reference_and_never_copied(running: Running) -> None:
    for provider, variable in (("openai", "OPENAI_API_KEY"), ("gemini", "GOOGLE_API_KEY")):
        assert f"Using {variable} from the environment for provider {provider}, by reference." in running.greeting

    data = running.command_line.data
    kept = b"".join(path.read_bytes() for path in [*data.rglob("*"), data.parent / "stderr.log"] if path.is_file())
    assert b"OPENAI_API_KEY" in kept
    assert [key for key in _VENDOR_KEYS.values() if key.encode() in kept or key in running.greeting] == []


def test_nothing_is_contacted_that_nobody_asked_for(running: Running) -> None:
    opened = [one for process in running.processes() for one in process.net_connections("inet")]

    assert {one.raddr.ip for one in opened if one.raddr} <= {"127.0.0.1", "::1"}
    assert {one.laddr.port for one in opened} == {running.port}


def test_the_version_and_the_help_are_readable() -> None:
    anywhere = CommandLine(Path("/nonexistent"))

    assert anywhere.succeed("--version") == f"{__version__}\n"
    help_text = anywhere.succeed("--help")
    for command in ("up", "serve", "plan", "apply", "export", "usage", "secrets", "keys"):
        [line] = [line for line in help_text.splitlines() if line.startswith(f"  {command} ")]
        assert line.endswith(".")
    assert max(map(len, help_text.splitlines())) <= 80


@pytest.fixture(scope="module")
def operators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatorsServer]:
    """An operator's own server, of the oldest version that this machine has."""
    _, programs = min(installed_versions().items())
    with operators_server(programs, tmp_path_factory.mktemp("operators")) as server:
        server.run(
            "create role shopkeeper login createrole password 'p@ss word'", "create database shop owner shopkeeper"
        )
        yield server


@pytest.fixture(scope="module")
def refused(
    running: Running, operators: OperatorsServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Finished]:
    """Starts that cannot succeed, all at once: some wait a few seconds before they give up."""
    data = tmp_path_factory.mktemp("refused") / "data"
    used = tmp_path_factory.mktemp("used")
    (used / "usage").mkdir()
    own = "DRAWBRIDGE_DATABASE_URL"
    with ExitStack() as stack, ThreadPoolExecutor() as threads:
        old = stack.enter_context(claiming_server(server_version="13.4", server_encoding="UTF8"))
        starts: dict[str, tuple[Path, dict[str, str]]] = {
            "taken port": (data, {"DRAWBRIDGE_PORT": str(running.port)}),
            "the same again": (running.command_line.data, {"DRAWBRIDGE_PORT": str(running.port)}),
            "bad port": (data, {"DRAWBRIDGE_PORT": "abc"}),
            "port too high": (data, {"DRAWBRIDGE_PORT": "70000"}),
            "bad timeout": (data, {"DRAWBRIDGE_DRAIN_TIMEOUT_S": "soon"}),
            "held folder": (running.command_line.data, {}),
            "bad folder": (Path("/dev/null/data"), {}),
            "open master key": (data, {"DRAWBRIDGE_MASTER_KEY_FILE": "/etc/passwd"}),
            "missing master key": (used, {"DRAWBRIDGE_MASTER_KEY_FILE": str(used / "wrong.key")}),
            "unreachable": (data, {own: f"postgresql://alice:s3cret@127.0.0.1:{free_port()}/shop"}),
            "too old": (data, {own: f"postgresql://alice@127.0.0.1:{old}/shop?sslmode=disable&gssencmode=disable"}),
            "wrong password": (data, {own: operators.url("shopkeeper", "s3cret", "shop")}),
            "bad url": (data, {own: "mysql://alice:s3cret@127.0.0.1/shop"}),
        }
        running_starts = {
            name: threads.submit(CommandLine(folder, {"DRAWBRIDGE_PORT": "0", **more}).run, "up")
            for name, (folder, more) in starts.items()
        }
        return {name: start.result() for name, start in running_starts.items()}


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("taken port", "is taken by another process. Stop it (`lsof -i :"),
        ("the same again", "This Drawbridge runs already, at http://localhost:"),
        ("bad port", "DRAWBRIDGE_PORT is 'abc': give a whole number"),
        ("port too high", "DRAWBRIDGE_PORT is '70000': give a whole number"),
        ("bad timeout", "DRAWBRIDGE_DRAIN_TIMEOUT_S is 'soon': give a number of at least 0.001, or unset it."),
        ("held folder", "already uses the folder"),
        ("bad folder", "choose another one: set DRAWBRIDGE_DATA."),
        ("open master key", "The master key /etc/passwd is open to others. Close it: chmod 600 /etc/passwd"),
        ("missing master key", "/wrong.key, and this installation is not new. Put the file back, or name it in"),
        ("unreachable", "No usable PostgreSQL answers at 127.0.0.1, port "),
        ("too old", "is PostgreSQL 13.4; Drawbridge needs 15 or newer."),
        ("wrong password", 'refuses the login "shopkeeper". Correct user and password in DRAWBRIDGE_DATABASE_URL'),
        ("bad url", "Write it as postgresql://user:password@host:5432/database."),
    ],
)
def test_a_start_that_cannot_succeed_says_why_and_what_to_do(
    refused: dict[str, Finished], start: str, words: str
) -> None:
    finished = refused[start]

    assert words in finished.stderr
    assert finished.exit_code == 1
    assert "Traceback" not in finished.stderr
    assert "s3cret" not in finished.stderr
    assert finished.stdout == ""


def test_a_taken_port_names_the_command_that_takes_another(refused: dict[str, Finished], running: Running) -> None:
    said = refused["taken port"].stderr

    assert f"Port {running.port} on localhost is taken" in said
    assert f"`make up ARGS='--port {running.port + 1}'` or `drawbridge up --port {running.port + 1}`" in said


def test_a_second_start_on_a_folder_names_the_process_that_holds_it(
    refused: dict[str, Finished], running: Running
) -> None:
    said = refused["held folder"].stderr

    assert (
        f"Another Drawbridge (process {running.process.pid}) already uses the folder {running.command_line.data}"
        in said
    )
    assert "it is starting or running" in said
    assert running.process.poll() is None


def test_commands_work_beside_a_running_installation(made: Made, running: Running, tmp_path: Path) -> None:
    here, file = running.command_line, tmp_path / "drawbridge.yaml"
    file.write_text("version: 1\nusers:\n  ana: {display_name: Ana}\n")

    planned = here.succeed("plan", "-f", str(file))
    applied = here.succeed("apply", "-f", str(file))
    again = here.succeed("apply", "-f", str(file))
    exported = here.succeed("export")
    key = here.succeed("keys", "create", "--owner", "ana").strip()
    listed = json.loads(here.succeed("keys", "list", "--owner", "ana", "--json"))
    running.call(key, CHAT, chat(), session="beside")
    until(lambda: running.events(made.key, "beside"), "the call is booked")
    used = json.loads(here.succeed("usage", "--session", "beside", "--json"))

    assert "+ create\tusers\tana" in planned
    assert "Applied 1 change." in applied
    assert again == "No changes.\n"
    assert "ana" in exported
    assert [(each["owner"], each["state"]) for each in listed] == [("ana", "active")]
    assert json.dumps(used).count('"beside"') == 1


def test_nothing_that_the_api_shows_fails_with_the_rights_of_an_installation(made: Made, running: Running) -> None:
    description = running.call(made.key, "/api/openapi.json")
    shown = [path for path, operations in description["paths"].items() if "get" in operations and "{" not in path]

    failed: dict[str, int] = {}
    for path in shown:
        with running.connection() as connection:
            answer = ask(connection, made.key, path)
            answer.read()
        if answer.status >= 500:
            failed[path] = answer.status

    assert len(shown) > 30
    assert failed == {}


def test_links_that_commands_print_lead_to_the_port_of_the_running_installation(running: Running) -> None:
    link = running.command_line.succeed("people", "invite", "cy@example.com")

    assert link.startswith(f"http://localhost:{running.port}/invitation#")


def test_commands_work_without_a_running_installation(stopped: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "drawbridge.yaml"
    file.write_text("version: 1\nusers:\n  ana: {display_name: Ana}\n")

    applied = stopped.succeed("apply", "-f", str(file))
    exported = stopped.run("export", "--all")

    assert "Applied 1 change." in applied
    assert exported.exit_code == 0
    assert "rehearsal" in exported.stdout
    assert "ana" in exported.stdout
    assert not (stopped.data / "postgres" / "postmaster.pid").exists()


def test_commands_work_on_the_organisation_that_is_named(running: Running) -> None:
    here = running.command_line
    key = here.succeed("organisations", "create", "acme").strip()

    theirs = json.loads(here.succeed("--organisation", "acme", "keys", "list", "--json"))
    gone = here.run("--organisation", "gone", "keys", "list")

    assert [each["name"] for each in theirs] == ["first admin key"]
    assert key.endswith(theirs[0]["hint"][-4:])
    assert theirs[0]["id"] not in here.succeed("keys", "list", "--json")
    assert gone.exit_code == 1
    assert "There is no organisation 'gone'" in gone.stderr
    with running.connection() as connection:
        until(lambda: _status(connection, key) == 200, "the new organisation is served")
        here.succeed("organisations", "suspend", "acme")
        until(lambda: _status(connection, key) == 401, "the suspension is in force", timeout_s=10)


def test_a_command_on_a_new_folder_makes_the_installation_and_shows_its_key(tmp_path: Path) -> None:
    finished = CommandLine(tmp_path / "data").run("keys", "list", "--json")

    assert [key["admin"] for key in json.loads(finished.stdout)] == [True]
    assert "New installation. Its admin key, shown this once: dbk_" in finished.stderr


def test_a_revoked_key_is_refused_by_every_worker_within_a_second(made: Made, running: Running) -> None:
    issued = json.loads(running.command_line.succeed("keys", "create", "--owner", "admin", "--json"))
    with ExitStack() as stack:
        connections = _one_connection_to_each_worker(stack, running, issued["key"])

        running.call(made.key, f"/api/keys/{issued['id']}/revoke", {})
        revoked = time.monotonic()

        refused_after_s = [_refused_at(connection, issued["key"]) - revoked for connection in connections]
    assert len(refused_after_s) == 2
    assert max(refused_after_s) < 1.0


def _one_connection_to_each_worker(stack: ExitStack, running: Running, key: str) -> list[http.client.HTTPConnection]:
    """Open a connection to each worker, and see that the key is accepted there."""
    found: dict[int, http.client.HTTPConnection] = {}
    while len(found) < 2:
        connection = stack.enter_context(running.connection())
        assert _status(connection, key) == 200
        worker = running.worker_of(connection)
        assert worker is not None
        found.setdefault(worker.pid, connection)
    return list(found.values())


def _status(connection: http.client.HTTPConnection, key: str) -> int:
    answer = ask(connection, key, CHAT, chat())
    answer.read()
    return answer.status


def _refused_at(connection: http.client.HTTPConnection, key: str) -> float:
    until(lambda: _status(connection, key) == 401, "the key is refused", timeout_s=10)
    return time.monotonic()


def test_workers_have_even_shares_of_the_callers_that_come_together(running: Running) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(running.connection()) for _ in range(60)]
        for connection in connections:
            connection.request("GET", "/healthz")
        for connection in connections:
            assert connection.getresponse().read() == b"ok\n"
        ports = {connection.sock.getsockname()[1] for connection in connections}
        numbers = [
            sum(bool(one.raddr) and one.raddr.port in ports for one in worker.net_connections("tcp"))
            for worker in running.workers()
        ]

    assert sum(numbers) == 60
    assert max(numbers) <= 40


def test_a_killed_worker_is_replaced_and_its_call_is_booked_by_a_sibling(made: Made, running: Running) -> None:
    with running.connection() as connection:
        answer = ask(connection, made.key, CHAT, chat("[slow 0.5] Hello!", stream=True), session="killed")
        assert answer.read1()
        victim = running.worker_of(connection)
        assert victim is not None

        victim.kill()

    until(lambda: running.events(made.key, "killed"), "the call is booked")
    [event] = running.events(made.key, "killed")
    assert (event["outcome"], event["estimated"]) == ("lost", True)
    until(lambda: len(running.workers()) == 2, "there are two workers again")
    assert victim.pid not in [worker.pid for worker in running.workers()]
    assert "ended (killed by SIGKILL): starting another." in running.command_line.errors()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_lets_a_running_stream_finish_and_leaves_nothing(
    made: Made, stopped: CommandLine, number: signal.Signals
) -> None:
    with stopped.up() as running, running.stream(made.key, "last", pause_s=0.05) as stream:
        processes, workers = running.processes(), running.workers()
        came = stream.read1()

        end(running.process, number)
        until(lambda: _is_refused(running), "new callers are refused")
        is_still_served = not are_gone(workers)
        came += stream.read()
        exit_code = running.process.wait(30)

    assert is_still_served
    assert b"data: [DONE]\n\n" in came
    assert exit_code == 0
    assert are_gone(processes)
    assert stopped.undrained() == []
    assert stopped.errors() == ""
    [event] = json.loads(stopped.succeed("usage", "--session", "last", "--json"))
    assert (event["outcome"], event["estimated"]) == ("ok", False)


def _is_refused(running: Running) -> bool:
    try:
        with running.connection():
            return False
    except ConnectionRefusedError:
        return True


def test_a_stop_in_the_middle_of_the_first_start_does_not_cost_the_key(tmp_path: Path) -> None:
    command_line = CommandLine(tmp_path / "data")
    with command_line.starting("up", "--port", "0") as process:
        until(lambda: list(command_line.data.glob("postgres.new-*")), "the database is being made")
        end(process, signal.SIGINT)
        exit_code = process.wait(30)

    assert exit_code == 0
    with command_line.up() as running:
        assert running.key


def test_when_the_parent_is_killed_all_processes_end_and_the_next_start_goes_on(
    made: Made, stopped: CommandLine
) -> None:
    arguments = ("--port", "0", "--workers", "2")
    with stopped.up(*arguments) as running, running.stream(made.key, "orphan", pause_s=0.05) as stream:
        port, processes = running.port, running.processes()
        came = stream.read1()

        running.process.kill()
        came += stream.read()
        until(lambda: are_gone(processes), "every process has ended")

    assert b"data: [DONE]\n\n" in came
    with stopped.up("--port", str(port)) as running:
        running.call(made.key, CHAT, chat())
        until(lambda: running.events(made.key, "orphan"), "the call is booked")
        [event] = running.events(made.key, "orphan")
    assert (event["outcome"], event["estimated"]) == ("ok", False)
    assert "Traceback" not in stopped.errors()


def test_an_operators_own_server_is_used_instead_of_the_embedded_one(
    operators: OperatorsServer, tmp_path: Path
) -> None:
    url = operators.url("shopkeeper", "p%40ss%20word", "shop")
    command_line = CommandLine(tmp_path / "data", {"DRAWBRIDGE_DATABASE_URL": url})

    with command_line.up() as running:
        running.call(running.key, CHAT, chat(), session="own")
        until(lambda: running.events(running.key, "own"), "the call is booked")
        listed = json.loads(command_line.succeed("keys", "list", "--json"))
        shown = [" ".join(one.cmdline()) for one in running.processes()]

    assert [key["owner"] for key in listed] == ["admin"]
    assert sorted(path.name for path in command_line.data.iterdir()) == ["master.key", "port", "usage"]
    assert [line for line in shown if "p%40ss" in line or "postgres" in line] == []
