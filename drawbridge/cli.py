"""The command line: `up` and `serve` run an installation, the other commands work on one."""

import dataclasses
import sys
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Final

import typer

from drawbridge import __version__
from drawbridge.core.errors import DrawbridgeError
from drawbridge.settings import MOST_WORKERS, Settings, load_settings

_HELP: Final = "Drawbridge: the AI platform that your organisation owns."
_QUICK: Final = frozenset({"up", "serve"})

_Host = Annotated[str | None, typer.Option(help="Address to listen on; localhost is both loopback addresses.")]
_Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes any free one.")]
_Workers = Annotated[int | None, typer.Option(min=1, max=MOST_WORKERS, help="Worker processes.")]


@dataclasses.dataclass(slots=True)
class _Chosen:
    """What was said before the command."""

    organisation: str = "default"


def main() -> None:
    """Run the command line. An error that is ours becomes its message, without a stack trace."""
    try:
        _build(load_settings())()
    except DrawbridgeError as error:
        print(f"drawbridge: {error.message}", file=sys.stderr)
        sys.exit(1)


def _build(settings: Settings) -> typer.Typer:
    app = typer.Typer(
        help=_HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
    )

    chosen = _Chosen()

    @app.callback()
    def root(
        _: Annotated[
            bool, typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version)
        ] = False,
        organisation: Annotated[
            str, typer.Option(help="The organisation that the command works on, where there are several.")
        ] = chosen.organisation,
    ) -> None:
        chosen.organisation = organisation

    _add_running(app, settings)
    # `up` starts every time that a machine does, so it does not wait for what only the others need.
    if not _QUICK.intersection(sys.argv[1:2]):
        _add_working(app, settings, chosen)
    del root  # The app holds it.
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


def _add_running(app: typer.Typer, settings: Settings) -> None:
    @app.command()
    def up(host: _Host = None, port: _Port = None, workers: _Workers = None) -> None:
        """Start everything on this machine.

        The database is the embedded one, unless DRAWBRIDGE_DATABASE_URL names your own.
        """
        _run(_changed(settings, host, port, workers))

    @app.command()
    def serve(host: _Host = None, port: _Port = None, workers: _Workers = None) -> None:
        """Start a node: the same as `up`."""
        _run(_changed(settings, host, port, workers))

    del up, serve  # The app holds them.


def _changed(settings: Settings, host: str | None, port: int | None, workers: int | None) -> Settings:
    return dataclasses.replace(
        settings,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
        workers=settings.workers if workers is None else workers,
    )


def _run(settings: Settings) -> None:
    from drawbridge.up import run

    run(settings)


def _add_working(app: typer.Typer, settings: Settings, chosen: _Chosen) -> None:
    from drawbridge.address import pages_url
    from drawbridge.config.commands import add_config_commands
    from drawbridge.config.master_key_commands import MasterKeyCommands
    from drawbridge.config.secret_commands import secrets_app
    from drawbridge.config.terminal import Installation
    from drawbridge.core.clock import SystemClock
    from drawbridge.gateway.known_models import StoredModels
    from drawbridge.gateway.wire.commands import wire_app
    from drawbridge.identity.commands import keys_app
    from drawbridge.identity.organisations import OrganisationPlugs
    from drawbridge.identity.organisations.commands import organisations_app
    from drawbridge.identity.people import Plugs
    from drawbridge.identity.people.commands import people_app, teams_app
    from drawbridge.identity.signin.commands import add_sign_in_commands
    from drawbridge.identity.signin.lifecycle.commands import accounts_app
    from drawbridge.identity.signin.platform_door import end_sessions
    from drawbridge.installation import open_installation, record_command
    from drawbridge.policy.administrators import Administrators
    from drawbridge.policy.commands import add_explain_command
    from drawbridge.policy.leaving import GrantsToPrincipals
    from drawbridge.preparation import furnish, furnish_inviting, is_new, key_source, sealed_rows
    from drawbridge.sections import all_sections
    from drawbridge.trail.commands import audit_app
    from drawbridge.usage.commands import add_usage_command

    clock = SystemClock()
    sections = all_sections(clock)
    administrators = Administrators()

    def opened() -> AbstractAsyncContextManager[Installation]:
        return open_installation(settings, chosen.organisation)

    add_config_commands(app, opened, sections, record_command)
    source = key_source(settings)
    app.add_typer(
        secrets_app(opened, sections, source, record_command, is_new=is_new(settings)),
        name="secrets",
    )
    master_keys = MasterKeyCommands(opened, source, sealed_rows, record_command)
    app.add_typer(keys_app(opened, clock, master_keys, administrators), name="keys")
    people_plugs = Plugs(administrators, end_sessions, GrantsToPrincipals())
    people = people_app(opened, clock, people_plugs)
    pages = pages_url(settings.public_url, settings.data, settings.port)
    add_sign_in_commands(people, opened, clock, pages)
    app.add_typer(people, name="people")
    app.add_typer(teams_app(opened), name="teams")
    plugs = OrganisationPlugs(furnish, furnish_inviting(clock), end_sessions)
    app.add_typer(organisations_app(opened, clock, plugs, pages), name="organisations")
    app.add_typer(accounts_app(opened, clock, administrators), name="accounts")
    app.add_typer(audit_app(opened), name="audit")
    app.add_typer(wire_app(), name="wire")
    add_explain_command(app, opened, clock, StoredModels())
    add_usage_command(app, opened, clock)
