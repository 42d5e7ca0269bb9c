import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner, Result

from drawbridge.config import commands
from drawbridge.config.acts import ConfigAct
from drawbridge.config.commands import add_config_commands
from drawbridge.config.key_sources import KeyFile
from drawbridge.config.secret_commands import secrets_app
from drawbridge.config.secrets import unseal
from drawbridge.config.store import load_secrets
from drawbridge.config.terminal import OpenInstallation
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection
from tests.config.documents import EXAMPLE, SECTIONS
from tests.parts.installations import new_installation

Run = Callable[..., Result]


@pytest.fixture
def opened(database_url: str) -> OpenInstallation:
    return new_installation(database_url)[0]


@pytest.fixture
def acts() -> list[ConfigAct]:
    return []


@pytest.fixture
def run(opened: OpenInstallation, tmp_path: Path, acts: list[ConfigAct]) -> Run:
    app = typer.Typer()

    async def recorded(connection: AsyncConnection, organisation_id: OrganisationId, act: ConfigAct) -> None:
        del connection, organisation_id
        acts.append(act)

    add_config_commands(app, opened, SECTIONS, recorded)
    app.add_typer(
        secrets_app(opened, SECTIONS, KeyFile(tmp_path / "master.key"), recorded, is_new=True), name="secrets"
    )

    def run(*arguments: str | Path, stdin: str = "", exit_code: int = 0) -> Result:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)
        assert result.exit_code == exit_code, (result.output, result.exception)
        return result

    return run


async def unrecorded(connection: AsyncConnection, organisation_id: OrganisationId, act: ConfigAct) -> None:
    del connection, organisation_id, act


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "drawbridge.yaml"
    path.write_text(EXAMPLE)
    return path


def test_a_file_is_planned_applied_and_exported(run: Run, file: Path) -> None:
    planned = run("plan", "-f", file)
    applied = run("apply", "-f", file)
    again = run("apply", "-f", file)

    assert planned.stdout.splitlines()[:2] == ["change\tsection\tname\tdetails", "+ create\tusers\tana\t"]
    assert applied.stdout.splitlines()[-1] == "Applied 8 changes."
    assert again.stdout == "No changes.\n"
    exported = run("export").stdout
    file.write_text(exported)
    assert yaml.safe_load(exported)["models"]["mixed"] == {
        "route": [{"deployment": "gpt-5-main", "weight": 3}, "lab-main"]
    }
    assert run("plan", "-f", file, "--detailed-exitcode").stdout == "No changes.\n"


def test_a_detailed_exit_code_tells_of_changes(run: Run, file: Path) -> None:
    run("plan", "-f", file, exit_code=0)
    run("plan", "-f", file, "--detailed-exitcode", exit_code=2)
    file.write_text("version: 3")
    run("plan", "-f", file, "--detailed-exitcode", exit_code=1)


def test_a_file_may_come_by_standard_input(run: Run) -> None:
    assert "Applied 8 changes." in run("apply", "-f", "-", stdin=EXAMPLE).stdout


def test_without_a_terminal_a_deletion_needs_yes_and_asks_nothing(run: Run, file: Path) -> None:
    run("apply", "-f", file)
    file.write_text(EXAMPLE.replace("  ana: {display_name: Ana}\n", ""))

    refused = run("apply", "-f", file, stdin="y\n", exit_code=1)

    assert refused.stdout.splitlines()[1] == "- delete\tusers\tana\t"
    assert refused.stderr == f"This deletes 1 object, so nothing was applied. To go on: drawbridge apply {file} --yes\n"
    assert "ana" in run("export").stdout
    assert "Applied 1 change." in run("apply", "-f", file, "--yes").stdout
    assert "ana" not in run("export").stdout


def test_at_a_terminal_a_deletion_is_asked_for(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("apply", "-f", file)
    file.write_text(EXAMPLE.replace("  ana: {display_name: Ana}\n", ""))
    monkeypatch.setattr(commands, "is_terminal", lambda: True)

    declined = run("apply", "-f", file, stdin="n\n", exit_code=1)
    agreed = run("apply", "-f", file, stdin="y\n")

    assert "Delete 1 object?" in declined.output
    assert "Nothing was applied." in declined.stderr
    assert "Applied 1 change." in agreed.stdout


def test_mistakes_come_as_messages_with_lines_and_no_stack_trace(run: Run, file: Path) -> None:
    file.write_text("version: 1\nuser: {}\n")

    refused = run("apply", "-f", file, exit_code=1)

    assert refused.stdout == ""
    assert refused.stderr.startswith(f"{file}:2: user: there is no setting 'user' here.")


@pytest.mark.parametrize(
    ("content", "message"), [(None, "cannot be read: No such file"), (b"\xff", "is not UTF-8 text")]
)
def test_a_file_that_cannot_be_read_is_a_message(run: Run, tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "other.yaml"
    if content is not None:
        path.write_bytes(content)

    assert message in run("plan", "-f", path, exit_code=1).stderr


def test_a_file_is_named_once(run: Run, file: Path) -> None:
    assert run("plan", file).stdout == run("plan", "-f", file).stdout
    assert "either with -f or without" in run("plan", file, "-f", file, exit_code=1).stderr
    assert "Name the file or folder" in run("apply", exit_code=1).stderr


def test_a_plan_as_json_holds_values_before_and_after(run: Run, file: Path) -> None:
    created = json.loads(run("plan", file, "--json").stdout)
    run("apply", file)
    file.write_text(EXAMPLE.replace("display_name: Ana", "display_name: Anna").replace("  ci-bot: {", "  bot: {"))

    changed = json.loads(run("plan", file, "--json", "--detailed-exitcode", exit_code=2).stdout)

    assert created["changes"][0]["action"] == "create"
    nothing: dict[str, object] = {"differences": [], "goes_with_it": None}
    assert changed["changes"] == [
        {"action": "delete", "section": "service_accounts", "name": "ci-bot", **nothing},
        {
            "action": "update",
            "section": "users",
            "name": "ana",
            "differences": [{"field": "display_name", "before": "Ana", "after": "Anna"}],
            "goes_with_it": None,
        },
        {"action": "create", "section": "service_accounts", "name": "bot", **nothing},
    ]
    run("apply", file, "--yes")
    assert json.loads(run("plan", file, "--json", "--detailed-exitcode").stdout)["changes"] == []


def test_each_change_is_recorded_with_what_changed_and_the_apply_itself(
    run: Run, file: Path, acts: list[ConfigAct]
) -> None:
    run("apply", file)
    first = list(acts)
    acts.clear()
    run("apply", file)
    assert acts == []
    file.write_text(
        EXAMPLE.replace("display_name: Ana", "display_name: Anna").replace("  ci-bot: {display_name: CI}\n", "")
    )
    run("apply", file, "--yes")

    assert [(act.action, act.object_kind, act.object_name) for act in first[:3]] == [
        ("configuration.applied", "configuration", str(file)),
        ("user.created", "user", "ana"),
        ("service_account.created", "service_account", "ci-bot"),
    ]
    assert (first[0].detail, first[1].detail) == ({"create": 8}, {"entry": {"display_name": "Ana"}})
    assert [(act.action, act.detail) for act in acts] == [
        ("configuration.applied", {"delete": 1, "update": 1}),
        ("service_account.deleted", {}),
        ("user.updated", {"changed": {"display_name": {"before": "Ana", "after": "Anna"}}}),
    ]


def test_an_export_is_recorded(run: Run, acts: list[ConfigAct]) -> None:
    run("export")
    run("export", "--all")

    assert [(act.action, act.detail) for act in acts] == [
        ("configuration.exported", {"everything": False}),
        ("configuration.exported", {"everything": True}),
    ]


def test_what_was_applied_is_written_as_json_and_nothing_else_is(run: Run, file: Path) -> None:
    planned = json.loads(run("plan", file, "--json").stdout)
    applied = json.loads(run("apply", file, "--json").stdout)
    again = json.loads(run("apply", file, "--json").stdout)
    file.write_text("version: 1\n")
    refused = run("apply", file, "--json", exit_code=1)

    assert applied == planned
    assert (len(applied["changes"]), again["changes"]) == (8, [])
    assert "--yes" in refused.stderr
    assert refused.stdout == ""


def test_an_apply_that_is_refused_is_not_recorded(run: Run, file: Path, acts: list[ConfigAct]) -> None:
    file.write_text(EXAMPLE.replace("route: [gpt-5-main]", "route: [gone]"))

    run("apply", file, exit_code=1)

    assert acts == []


def test_what_is_too_long_for_the_record_is_named_without_values(run: Run, file: Path, acts: list[ConfigAct]) -> None:
    names = [f"model-{number}-" for number in range(2000)]
    file.write_text(EXAMPLE.replace("{usage_in_stream: always}", json.dumps({"model_patterns": names})))
    run("apply", file)
    file.write_text(EXAMPLE.replace("{usage_in_stream: always}", json.dumps({"model_patterns": names[1:]})))
    run("apply", file)

    [created] = [act for act in acts if (act.action, act.object_name) == ("provider.created", "lab")]
    [updated] = [act for act in acts if act.action == "provider.updated"]

    assert created.detail == {"too_long_to_show": True}
    assert updated.detail == {"too_long_to_show": ["quirks"]}


def test_an_export_says_what_it_leaves_out(run: Run, file: Path) -> None:
    run("apply", "-f", file)

    of_the_file, everything = run("export"), run("export", "--all")

    # What every organisation begins with.
    assert of_the_file.stderr == "Left out: 5 not managed by file. Include them with --all.\n"
    assert everything.stderr == ""
    assert "everyone-is-a-member" not in of_the_file.stdout
    assert "everyone-is-a-member" in everything.stdout


def test_the_schema_is_json(run: Run) -> None:
    assert json.loads(run("schema").stdout)["title"] == "drawbridge.yaml"


def test_a_secret_is_stored_sealed_and_used_by_reference(
    run: Run, file: Path, tmp_path: Path, opened: OpenInstallation
) -> None:
    run("secrets", "set", "openai-key", stdin="sk-live-1234\n")
    file.write_text(EXAMPLE.replace("{env: OPENAI_API_KEY}", "{stored: openai-key}"))

    run("apply", "-f", file)

    exported = run("export").stdout
    assert "stored: openai-key" in exported
    assert "sk-live" not in exported
    assert run("secrets", "list").stdout == "openai-key\n"
    assert asyncio.run(_opened_secret(opened, tmp_path / "master.key")) == "sk-live-1234"


async def _opened_secret(opened: OpenInstallation, key_file: Path) -> str:
    async with opened() as here, here.database.organisation(here.organisation_id) as connection:
        stored = await load_secrets(connection, here.organisation_id)
    return unseal(KeyFile(key_file).read(), here.organisation_id, "openai-key", stored["openai-key"])


def test_a_secret_in_use_is_not_deleted(run: Run, file: Path, acts: list[ConfigAct]) -> None:
    run("secrets", "set", "key", stdin="sk-1")
    assert [(act.action, act.object_name, act.detail) for act in acts] == [("secret.stored", "key", {})]
    file.write_text("version: 1\nproviders: {x: {preset: openai, credential: {stored: key}}}\n")
    run("apply", "-f", file)

    refused = run("secrets", "delete", "key", exit_code=1)

    assert refused.stderr == "Secret 'key' is used by providers.x: change that first.\n"
    file.write_text("version: 1\n")
    run("apply", "-f", file, "--yes")
    acts.clear()
    run("secrets", "delete", "key")
    assert [(act.action, act.object_name, act.detail) for act in acts] == [("secret.deleted", "key", {})]
    assert "No secret 'key' is stored" in run("secrets", "delete", "key", exit_code=1).stderr


@pytest.mark.parametrize("stdin", ["", "\n", "two\nlines\n", "tab\t"])
def test_what_is_no_secret_is_not_stored(run: Run, stdin: str) -> None:
    assert "Nothing to store" in run("secrets", "set", "key", stdin=stdin, exit_code=1).stderr


def test_a_secret_is_not_sealed_under_another_master_key_than_the_others(
    run: Run, opened: OpenInstallation, tmp_path: Path
) -> None:
    run("secrets", "set", "first", stdin="sk-1")
    other = typer.Typer()
    wrong_key = KeyFile(tmp_path / "wrong.key")
    other.add_typer(secrets_app(opened, SECTIONS, wrong_key, unrecorded, is_new=True), name="secrets")
    arguments = ["secrets", "set", "second"]

    missing = CliRunner().invoke(other, arguments, input="sk-2")
    assert not (tmp_path / "wrong.key").exists()
    wrong_key.read(make=True)
    wrong = CliRunner().invoke(other, arguments, input="sk-2")
    anew = CliRunner().invoke(other, [*arguments, "--new-master-key"], input="sk-2")

    assert (missing.exit_code, wrong.exit_code, anew.exit_code) == (1, 1, 0)
    assert f"There is no master key at {tmp_path / 'wrong.key'}" in missing.stderr
    assert "Put the right key back" in wrong.stderr
    assert run("secrets", "list").stdout == "first\nsecond\n"


def test_only_a_new_installation_or_a_wish_makes_a_master_key(opened: OpenInstallation, tmp_path: Path) -> None:
    key_file = KeyFile(tmp_path / "master.key")
    used = typer.Typer()
    used.add_typer(secrets_app(opened, SECTIONS, key_file, unrecorded, is_new=False), name="secrets")
    arguments = ["secrets", "set", "first"]

    missing = CliRunner().invoke(used, arguments, input="sk-1")
    made = key_file.path.exists()
    anew = CliRunner().invoke(used, [*arguments, "--new-master-key"], input="sk-1")

    assert (missing.exit_code, made, anew.exit_code) == (1, False, 0)
    assert "drawbridge secrets set NAME --new-master-key" in missing.stderr
    assert key_file.read()


def test_a_wrong_option_is_not_taken_for_changes(run: Run, file: Path) -> None:
    for arguments in (["plan"], ["plan", "-f", file, "--detailed-exit-code"], ["plan", "-f", file, "more"]):
        run(*arguments, exit_code=1)


def test_a_provider_without_quirks_is_exported_without_them(run: Run, file: Path) -> None:
    run("apply", "-f", file)

    exported = run("export").stdout

    assert "quirks: {}" not in exported
    file.write_text(exported)
    assert run("plan", "-f", file).stdout == "No changes.\n"
    assert yaml.safe_load(exported)["providers"]["lab"]["quirks"] == {"usage_in_stream": "always"}
