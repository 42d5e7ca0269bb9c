"""The commands that work on an installation: what the help shows of each, and where it comes from.

A command imports what it needs only when it is asked for: all together that takes more than a second.
"""

import dataclasses
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Final

import typer

from drawbridge.settings import Settings

if TYPE_CHECKING:
    from drawbridge.config.terminal import Installation


@dataclasses.dataclass(slots=True)
class Place:
    """What the commands work on."""

    settings: Settings
    organisation: str = "default"
    """As it was said before the command."""

    def opened(self) -> "AbstractAsyncContextManager[Installation]":
        """Open the installation for one command."""
        from drawbridge.installation import open_installation

        return open_installation(self.settings, self.organisation)


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """Commands that are added together."""

    shown: Mapping[str, str]
    """What the help says of each, by name: the first line of what it says of itself."""
    add: Callable[[typer.Typer, Place], None]


def _add_config(app: typer.Typer, place: Place) -> None:
    from drawbridge.config.commands import add_config_commands
    from drawbridge.core.clock import SystemClock
    from drawbridge.installation import record_command
    from drawbridge.sections import all_sections

    add_config_commands(app, place.opened, all_sections(SystemClock()), record_command)


def _add_explain(app: typer.Typer, place: Place) -> None:
    from drawbridge.core.clock import SystemClock
    from drawbridge.gateway.known_models import StoredModels
    from drawbridge.policy.commands import add_explain_command

    add_explain_command(app, place.opened, SystemClock(), StoredModels())


def _add_usage(app: typer.Typer, place: Place) -> None:
    from drawbridge.core.clock import SystemClock
    from drawbridge.usage.commands import add_usage_command

    add_usage_command(app, place.opened, SystemClock())


def _add_prices(app: typer.Typer, place: Place) -> None:
    from drawbridge.core.clock import SystemClock
    from drawbridge.gateway.price_commands import add_prices_command

    add_prices_command(app, place.opened, SystemClock())


def _add_ledger(app: typer.Typer, place: Place) -> None:
    from drawbridge.core.clock import SystemClock
    from drawbridge.usage.ledger.commands import ledger_app

    app.add_typer(ledger_app(place.opened, SystemClock()), name="ledger")


def _add_budgets(app: typer.Typer, place: Place) -> None:
    from drawbridge.core.clock import SystemClock
    from drawbridge.usage.budgets.commands import budgets_app

    app.add_typer(budgets_app(place.opened, SystemClock()), name="budgets")


def _add_secrets(app: typer.Typer, place: Place) -> None:
    from drawbridge.config.secret_commands import secrets_app
    from drawbridge.core.clock import SystemClock
    from drawbridge.installation import record_command
    from drawbridge.preparation import is_new, key_source
    from drawbridge.sections import all_sections

    source, new = key_source(place.settings), is_new(place.settings)
    secrets = secrets_app(place.opened, all_sections(SystemClock()), source, record_command, is_new=new)
    app.add_typer(secrets, name="secrets")


def _add_keys(app: typer.Typer, place: Place) -> None:
    from drawbridge.config.master_key_commands import MasterKeyCommands
    from drawbridge.core.clock import SystemClock
    from drawbridge.identity.commands import keys_app
    from drawbridge.installation import record_command
    from drawbridge.policy.administrators import Administrators
    from drawbridge.preparation import key_source, sealed_rows

    master_keys = MasterKeyCommands(place.opened, key_source(place.settings), sealed_rows, record_command)
    app.add_typer(keys_app(place.opened, SystemClock(), master_keys, Administrators()), name="keys")


def _add_people(app: typer.Typer, place: Place) -> None:
    from drawbridge.address import pages_url
    from drawbridge.core.clock import SystemClock
    from drawbridge.identity.people import Plugs
    from drawbridge.identity.people.commands import people_app
    from drawbridge.identity.signin.commands import add_sign_in_commands
    from drawbridge.identity.signin.platform_door import end_sessions
    from drawbridge.policy.administrators import Administrators
    from drawbridge.policy.leaving import GrantsToPrincipals

    clock, settings = SystemClock(), place.settings
    people = people_app(place.opened, clock, Plugs(Administrators(), end_sessions, GrantsToPrincipals()))
    pages = pages_url(settings.public_url, settings.data, settings.port)
    add_sign_in_commands(people, place.opened, clock, pages)
    app.add_typer(people, name="people")


def _add_teams(app: typer.Typer, place: Place) -> None:
    from drawbridge.identity.people.commands import teams_app

    app.add_typer(teams_app(place.opened), name="teams")


def _add_organisations(app: typer.Typer, place: Place) -> None:
    from drawbridge.address import pages_url
    from drawbridge.core.clock import SystemClock
    from drawbridge.identity.organisations import OrganisationPlugs
    from drawbridge.identity.organisations.commands import organisations_app
    from drawbridge.identity.signin.platform_door import end_sessions
    from drawbridge.preparation import furnish, furnish_inviting

    clock = SystemClock()
    plugs = OrganisationPlugs(furnish, furnish_inviting(clock), end_sessions)
    pages = pages_url(place.settings.public_url, place.settings.data, place.settings.port)
    app.add_typer(organisations_app(place.opened, clock, plugs, pages), name="organisations")


def _add_accounts(app: typer.Typer, place: Place) -> None:
    from drawbridge.core.clock import SystemClock
    from drawbridge.identity.signin.lifecycle.commands import accounts_app
    from drawbridge.policy.administrators import Administrators

    app.add_typer(accounts_app(place.opened, SystemClock(), Administrators()), name="accounts")


def _add_audit(app: typer.Typer, place: Place) -> None:
    from drawbridge.trail.commands import audit_app

    app.add_typer(audit_app(place.opened), name="audit")


def _add_wire(app: typer.Typer, place: Place) -> None:
    from drawbridge.gateway.wire.commands import wire_app

    app.add_typer(wire_app(), name="wire")


WORKING: Final = (
    Part(
        {
            "plan": "Show what applying a file or folder would change, deletions first. Changes nothing.",
            "apply": "Make the installation agree with a file or folder, in one transaction.",
            "export": "Write what exists as a file that, applied again, changes nothing. Secrets appear by reference"
            " only.",
            "schema": "Write the JSON schema of drawbridge.yaml, for editors.",
        },
        _add_config,
    ),
    Part(
        {"explain": "Say whether somebody may do something, by which rules, and the least that would turn the answer."},
        _add_explain,
    ),
    Part({"usage": "Show what was used and what it cost."}, _add_usage),
    Part({"prices": "Show what models cost, in dollars, and where each price comes from."}, _add_prices),
    Part({"ledger": "What was booked: balances by account and month, corrections, bills."}, _add_ledger),
    Part({"budgets": "Budgets: how they stand, and requests for more."}, _add_budgets),
    Part({"secrets": "Credentials that are stored encrypted."}, _add_secrets),
    Part({"keys": "API keys, and the master keys that seal what is stored."}, _add_keys),
    Part({"people": "People, service accounts and agents."}, _add_people),
    Part({"teams": "Teams."}, _add_teams),
    Part({"organisations": "The organisations of this installation."}, _add_organisations),
    Part({"accounts": "What people sign in with."}, _add_accounts),
    Part({"audit": "Who did what, and the proof of it."}, _add_audit),
    Part({"wire": "How calls are translated between dialects."}, _add_wire),
)
"""In the order of the help."""
