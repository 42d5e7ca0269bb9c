"""The command line as a whole: which commands there are, what of them is on record, and what they import."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import typer.main

from drawbridge.cli import build_app
from drawbridge.settings import Settings, load_settings

pytestmark = pytest.mark.audit

RECORDED: Final = {
    "apply": "configuration.applied, and an act for each object",
    "export": "configuration.exported",
    "audit export": "audit.exported",
    "secrets set": "secret.stored",
    "secrets delete": "secret.deleted",
    "keys create": "key.created",
    "keys revoke": "key.revoked",
    "keys rotate": "key.rotated, or master_key.rotated",
    "keys unfreeze": "key.unfrozen",
    "budgets request": "budget.more_asked",
    "budgets approve": "budget.more_approved",
    "budgets refuse": "budget.more_refused",
    "budgets release-lessee": "budget.lessee_released",
    **{f"ledger {act}": "usage.corrected" for act in ("correct", "bill")},
    "ledger close": "period.closing, then period.closed",
    "ledger reopen": "period.reopened",
    **{f"people {act}": f"user.{act}d, by kind" for act in ("suspend", "reactivate", "delete")},
    "people invite": "invitation.created",
    "people sign-in-link": "sign_in_link.created",
    **{f"organisations {act}": f"organisation.{act}d" for act in ("create", "suspend", "reactivate", "delete")},
    **{f"accounts {act}": f"account.{act}d" for act in ("suspend", "reactivate", "delete")},
}
"""Commands that change or hand out something, and what the record is told."""
NOTHING_TO_RECORD: Final = {
    "up": "starts processes",
    "serve": "starts processes",
    "plan": "reads, like POST /api/plan",
    "schema": "reads nothing of an installation",
    "explain": "reads, like GET /api/explain",
    "usage": "reads a page, like GET /api/usage",
    "prices": "reads, like GET /api/prices/models",
    "budgets requests": "reads",
    "budgets lessees": "reads",
    "secrets list": "reads names",
    "keys list": "reads hints",
    "keys master": "reads counts",
    "people list": "reads",
    "people show": "reads",
    "teams list": "reads",
    "organisations list": "reads",
    "accounts list": "reads",
    "audit verify": "reads",
    "audit roots": "reads what is meant to be kept elsewhere",
    "audit streams": "reads",
    "wire convert": "reads nothing of an installation",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"DRAWBRIDGE_DATA": str(tmp_path)})


# Any: the types of commands are private to typer.
def commands_of(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands_of(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def test_every_command_has_a_verdict_for_the_record(settings: Settings) -> None:
    found = {path for path, _ in commands_of(typer.main.get_command(build_app(settings)))}

    assert found == RECORDED.keys() | NOTHING_TO_RECORD.keys()


def test_the_help_says_of_each_command_what_it_says_of_itself(settings: Settings) -> None:
    # Any: as above.
    whole: Any = typer.main.get_command(build_app(settings))
    shown: Any = typer.main.get_command(build_app(settings, ["--help"]))

    assert {name: found.get_short_help_str(500) for name, found in shown.commands.items()} == {
        name: found.get_short_help_str(500) for name, found in whole.commands.items()
    }


def test_each_command_is_there_when_it_is_asked_for(settings: Settings) -> None:
    # Any: as above.
    whole: Any = typer.main.get_command(build_app(settings))

    for name in whole.commands:
        asked: Any = typer.main.get_command(build_app(settings, ["--organisation", "acme", name, "--help"]))
        assert _shape(asked, name) == _shape(whole, name)


# Any: as above.
def _shape(app: Any, name: str) -> dict[str, list[str]]:
    """Return the parameters of a command, or of each command of a group, by their paths."""
    return {
        path: [parameter.name for parameter in command.params]
        for path, command in commands_of(app)
        if path.partition(" ")[0] == name
    }


_HELP = """
import sys

sys.argv[1:] = ["--help"]
try:
    from drawbridge.cli import main

    main()
finally:
    heavy = {"sqlalchemy", "fastapi", "psycopg", "yaml", "rich"}
    print(sorted({name.partition(".")[0] for name in sys.modules} & heavy))
"""


def test_the_help_imports_nothing_that_commands_work_with() -> None:
    said = subprocess.run([sys.executable, "-c", _HELP], capture_output=True, text=True, check=False, timeout=60)

    assert said.stdout.splitlines()[-1] == "[]", said.stderr
    assert "  audit " in said.stdout
