"""The commands for the audit record, as an operator runs them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from drawbridge.config.secrets import master_key
from drawbridge.config.terminal import OpenInstallation
from drawbridge.db.engine import Database
from drawbridge.trail.commands import audit_app
from drawbridge.trail.entries import StreamEntry, SyslogEntry
from drawbridge.trail.signing import Signer
from tests.parts.installations import new_installation
from tests.parts.master_keys import held_keys
from tests.trail.streaming import act, add_stream

pytestmark = pytest.mark.audit

Run = Callable[..., Result]


@pytest.fixture
def installation(database_url: str) -> OpenInstallation:
    """An installation in which four acts were recorded and three are under a root."""
    opened, organisation_id = new_installation(database_url)

    async def begin(database: Database) -> None:
        await act(database, organisation_id, 3)
        await Signer(database, held_keys(master_key(bytes(32))), every=timedelta(0)).sign_due()
        await act(database, organisation_id, 1)
        await add_stream(database, organisation_id, "logs", StreamEntry(syslog=SyslogEntry(host="logs.example.com")))

    _do(database_url, begin)
    return opened


def _do(database_url: str, work: Callable[[Database], Awaitable[None]]) -> None:
    async def doing() -> None:
        database = Database(database_url)
        try:
            await work(database)
        finally:
            await database.close()

    asyncio.run(doing())


@pytest.fixture
def run(installation: OpenInstallation) -> Run:
    def running(*arguments: str) -> Result:
        return CliRunner().invoke(audit_app(installation), list(arguments))

    return running


def test_an_untouched_record_is_verified(run: Run) -> None:
    result = run("verify")

    assert result.exit_code == 0
    assert "As it was recorded: 4 events" in result.stdout
    assert "Held against 1 signed roots" in result.stdout
    assert "Without --root" in result.stderr


def test_an_export_is_verified_on_its_own_with_the_exported_roots(run: Run, tmp_path: Path) -> None:
    roots, events = tmp_path / "roots.jsonl", tmp_path / "audit.jsonl"
    assert run("roots", "--export", str(roots)).exit_code == 0
    events.write_bytes(run("export").stdout_bytes)
    key = json.loads(roots.read_text().splitlines()[0])["key"]

    result = run("verify", "--file", str(events), "--root", str(roots), "--key", key)

    assert (result.exit_code, result.stderr) == (0, "")
    # The export was an act, too.
    assert "5 events" in result.stdout
    assert key in result.stdout
    events.write_bytes(b"".join(events.read_bytes().splitlines(keepends=True)[:2]))
    cut = run("verify", "--file", str(events), "--root", str(roots))
    assert cut.exit_code == 1
    assert "Event 3 is the first that is wrong. Event 3 is missing at the end" in cut.stderr
    assert (
        "not by a key of this installation"
        in run("verify", "--file", str(events), "--root", str(roots), "--key", "0").stderr
    )


def test_a_part_is_exported_and_verified_from_where_it_begins(run: Run, tmp_path: Path) -> None:
    part = tmp_path / "part.jsonl"
    part.write_bytes(run("export", "--after-number", "2", "--since", "2026-01-01").stdout_bytes)

    assert run("verify", "--file", str(part), "--after-number", "2").exit_code == 0
    assert run("verify", "--file", str(part)).exit_code == 1


def test_a_changed_record_fails_with_the_number_and_the_reason(run: Run, superuser: psycopg.Connection[Any]) -> None:
    superuser.execute("alter table audit_event disable trigger user")
    superuser.execute("update audit_event set object_name = 'other' where number = 2")

    result = run("verify")

    assert result.exit_code == 1
    assert "Event 2 is the first that is wrong. Event 2 was changed" in result.stderr


def test_a_file_without_events_is_not_fine_unless_it_should_be_empty(run: Run, tmp_path: Path) -> None:
    nothing = tmp_path / "audit.jsonl"
    nothing.touch()

    refused = run("verify", "--file", str(nothing))
    meant = run("verify", "--file", str(nothing), "--empty")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "holds no event, so nothing was verified" in refused.stderr
    assert (meant.exit_code, meant.stdout) == (0, "There is no event in this file, as you said.\n")
    assert run("verify", "--file", str(nothing), "--json").exit_code == 1


def test_what_a_verification_finds_is_written_as_json_too(run: Run, superuser: psycopg.Connection[Any]) -> None:
    fine = run("verify", "--json")
    superuser.execute("alter table audit_event disable trigger user")
    superuser.execute("update audit_event set object_name = 'other' where number = 2")
    wrong = run("verify", "--json")

    assert (fine.exit_code, wrong.exit_code) == (0, 1)
    found, fault = json.loads(fine.stdout), json.loads(wrong.stdout)
    assert (found["as_recorded"], found["last_number"], found["roots_met"]) == (True, 4, 1)
    assert (found["first_wrong"], len(found["last_hash"])) == (None, 64)
    assert (fault["as_recorded"], fault["first_wrong"]["number"]) == (False, 2)


def test_the_platforms_record_is_exported_and_verified_too(run: Run) -> None:
    exported = run("export", "--platform", "--format", "ocsf")

    actions = [json.loads(line)["metadata"]["event_code"] for line in exported.stdout.splitlines()]
    assert actions == ["audit_key.created", "audit.exported"]
    assert run("verify", "--platform").exit_code == 0


def test_streams_are_shown_with_how_far_they_are(run: Run) -> None:
    shown = run("streams").stdout.splitlines()
    as_json = json.loads(run("streams", "--json").stdout)

    assert shown[1].split("\t") == ["logs", "tls://logs.example.com:6514", "jsonl", "4", "nothing sent yet"]
    assert (as_json[0]["name"], as_json[0]["confirmed_number"]) == ("logs", 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["verify", "--root", "/nowhere/roots.jsonl"], "cannot be read"),
        (["verify", "--file", "/nowhere/audit.jsonl"], "cannot be read"),
        (["roots", "--export", "/nowhere/roots.jsonl"], "cannot be written"),
        (["export", "--since", "yesterday"], "is no time"),
    ],
)
def test_what_cannot_be_done_is_a_message(run: Run, arguments: list[str], message: str) -> None:
    result = run(*arguments)

    assert result.exit_code == 1
    assert message in result.stderr


def test_a_file_that_is_not_one_of_roots_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "roots.jsonl").write_text("{}\n")

    result = run("verify", "--root", str(tmp_path / "roots.jsonl"))

    assert result.exit_code == 1
    assert "is no file of roots" in result.stderr
