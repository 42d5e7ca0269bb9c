"""The commands for configuration: apply, plan, export, schema, secrets."""

import sys
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from typer.core import TyperCommand
from typer.exceptions import TyperException

from drawbridge.config.apply import apply_document, plan_document, read_world
from drawbridge.config.document import Document, bad_name, is_name, parse_document
from drawbridge.config.errors import (
    ConfigError,
    ConfirmationError,
    SecretError,
    SecretInUseError,
    UnknownSecretError,
)
from drawbridge.config.export import export_document, unmanaged_count
from drawbridge.config.plan import Change, Plan
from drawbridge.config.schema import document_schema
from drawbridge.config.secrets import MasterKey, load_master_key, require_master_key, seal
from drawbridge.config.sections import SECRETS, AnySection, World
from drawbridge.config.store import delete_secret, master_keys_in_use, put_secret, secret_names
from drawbridge.config.terminal import OpenInstallation, is_terminal, run_command, show_table

_LARGEST_FILE_BYTES = 10 * 1024 * 1024
_EXIT_WITH_CHANGES = 2
_SIGNS = {"delete": "-", "create": "+", "update": "~", "adopt": "*"}

_File = Annotated[Path, typer.Option("-f", "--file", help="The drawbridge.yaml to read; - reads standard input.")]


class _PlanCommand(TyperCommand):
    """A command whose exit code 2 means one thing only: there are changes. A wrong option is an error like others."""

    # Any: the types of the arguments are private to typer.
    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """Read the command's arguments."""
        try:
            return super().make_context(*arguments, **options)
        except TyperException as error:
            error.exit_code = 1
            raise


def add_config_commands(app: typer.Typer, open_installation: OpenInstallation, sections: Sequence[AnySection]) -> None:
    """Add `apply`, `plan`, `export` and `schema` to a command line."""

    @app.command("plan", cls=_PlanCommand)
    def plan_command(
        file: _File,
        detailed_exitcode: Annotated[
            bool, typer.Option(help="Exit with 2 when there are changes, 0 when there are none, 1 on errors.")
        ] = False,
    ) -> None:
        """Show what applying a file would change, deletions first. Changes nothing."""
        plan = run_command(_plan(open_installation, sections, file))
        show_plan(plan)
        if detailed_exitcode and plan.changes:
            raise typer.Exit(_EXIT_WITH_CHANGES)

    @app.command("apply")
    def apply_command(
        file: _File, yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False
    ) -> None:
        """Make the installation agree with a file, in one transaction."""
        run_command(_apply(open_installation, sections, file, yes=yes))

    @app.command("export")
    def export_command(
        everything: Annotated[bool, typer.Option("--all", help="Also what is not managed by file.")] = False,
    ) -> None:
        """Write what exists as a file that, applied again, changes nothing. Secrets appear by reference only."""
        world = run_command(_world(open_installation, sections))
        typer.echo(export_document(sections, world, everything=everything), nl=False)
        left_out = 0 if everything else unmanaged_count(world)
        if left_out:
            typer.echo(f"Left out: {left_out} not managed by file. Include them with --all.", err=True)

    @app.command("schema")
    def schema_command() -> None:
        """Write the JSON schema of drawbridge.yaml, for editors."""
        typer.echo(msgspec.json.format(msgspec.json.encode(document_schema(sections))).decode())

    del plan_command, apply_command, export_command, schema_command  # The app holds them.


def secrets_app(
    open_installation: OpenInstallation, sections: Sequence[AnySection], master_key_file: Path, *, is_new: bool
) -> typer.Typer:
    """Make the command group `secrets`. A new installation may have no master key yet."""
    app = typer.Typer(help="Credentials that are stored encrypted.", no_args_is_help=True)

    @app.command("set")
    def set_command(
        name: str,
        new_master_key: Annotated[
            bool, typer.Option("--new-master-key", help="The master key of the other secrets is lost: use another one.")
        ] = False,
    ) -> None:
        """Store a secret, read from standard input or typed unseen; a secret of that name is replaced."""
        load_key = partial(_load_key, master_key_file, is_new=is_new, new_master_key=new_master_key)
        run_command(_set_secret(open_installation, load_key, name))
        typer.echo(f"Stored. Refer to it with credential: {{stored: {name}}}", err=True)

    @app.command("list")
    def list_command() -> None:
        """List the names of the stored secrets."""
        for name in run_command(_secret_names(open_installation)):
            typer.echo(name)

    @app.command("delete")
    def delete_command(name: str) -> None:
        """Delete a secret that nothing refers to."""
        run_command(_delete_secret(open_installation, sections, name))

    del set_command, list_command, delete_command  # The app holds them.
    return app


def show_plan(plan: Plan) -> None:
    """Write a plan: one line for each change, deletions first, with the fields that change."""
    if not plan.changes:
        typer.echo("No changes.")
        return
    rows = [
        (f"{_SIGNS[change.action]} {change.action}", change.section, change.name, _details(change))
        for change in plan.changes
    ]
    show_table("Plan", ("change", "section", "name", "details"), rows)


def _details(change: Change) -> str:
    if change.goes_with_it:
        return f"and with it {change.goes_with_it}"
    return "; ".join(
        f"{difference.field}: {difference.before or 'none'} -> {difference.after or 'none'}"
        for difference in change.differences
    )


async def _plan(open_installation: OpenInstallation, sections: Sequence[AnySection], file: Path) -> Plan:
    document = _read(file, sections)
    async with open_installation() as here:
        return await plan_document(here.database, here.organisation_id, sections, document)


async def _apply(open_installation: OpenInstallation, sections: Sequence[AnySection], file: Path, *, yes: bool) -> None:
    document = _read(file, sections)
    async with open_installation() as here:
        plan = await plan_document(here.database, here.organisation_id, sections, document)
        show_plan(plan)
        if not plan.changes:
            return
        _confirm(plan, file, yes=yes)
        await apply_document(here.database, here.organisation_id, sections, document, expected=plan)
    typer.echo(f"Applied {len(plan.changes)} {'change' if len(plan.changes) == 1 else 'changes'}.")


def _confirm(plan: Plan, file: Path, *, yes: bool) -> None:
    """Ask before a deletion. Without a terminal there is nobody to ask, so --yes is needed."""
    count = len(plan.deletions)
    if not count or yes:
        return
    what = "1 object" if count == 1 else f"{count} objects"
    if not is_terminal():
        raise ConfirmationError(
            f"This deletes {what}, so nothing was applied. To go on: drawbridge apply -f {file} --yes"
        )
    if not typer.confirm(f"Delete {what}?"):
        raise ConfirmationError("Nothing was applied.")


async def _world(open_installation: OpenInstallation, sections: Sequence[AnySection]) -> World:
    async with open_installation() as here, here.database.organisation(here.organisation_id) as connection:
        return await read_world(connection, here.organisation_id, sections)


async def _set_secret(
    open_installation: OpenInstallation, load_key: Callable[[Collection[str]], MasterKey], name: str
) -> None:
    if not is_name(name):
        raise SecretError(bad_name(name))
    secret = _read_secret()
    async with open_installation() as here, here.database.change(here.organisation_id) as connection:
        key = load_key(await master_keys_in_use(connection, here.organisation_id))
        sealed = seal(key, here.organisation_id, name, secret)
        await put_secret(connection, here.organisation_id, name, sealed)


def _load_key(file: Path, in_use: Collection[str], *, is_new: bool, new_master_key: bool) -> MasterKey:
    """Return the key to seal with: that of the other secrets, unless another one is asked for."""
    if new_master_key:
        return load_master_key(file, make=True)
    key = load_master_key(file, make=is_new and not in_use)
    require_master_key(key, in_use)
    return key


def _read_secret() -> str:
    """Read a secret. A line end after it is no part of it: editors and `echo` add one."""
    typed = typer.prompt("Secret", hide_input=True, err=True) if is_terminal() else sys.stdin.read(_LARGEST_FILE_BYTES)
    secret = str(typed).rstrip("\r\n")
    if not secret or not secret.isprintable():
        raise SecretError("Nothing to store: give the secret, one line of text, on standard input.")
    return secret


async def _secret_names(open_installation: OpenInstallation) -> list[str]:
    async with open_installation() as here, here.database.organisation(here.organisation_id) as connection:
        return await secret_names(connection, here.organisation_id)


async def _delete_secret(open_installation: OpenInstallation, sections: Sequence[AnySection], name: str) -> None:
    async with open_installation() as here, here.database.change(here.organisation_id) as connection:
        world = await read_world(connection, here.organisation_id, sections)
        if users := _users_of_secret(sections, world, name):
            raise SecretInUseError(f"Secret {name!r} is used by {', '.join(users)}: change that first.")
        if not await delete_secret(connection, here.organisation_id, name):
            raise UnknownSecretError(f"No secret {name!r} is stored: see `drawbridge secrets list`.")


def _users_of_secret(sections: Sequence[AnySection], world: World, name: str) -> list[str]:
    return [
        f"{section.name}.{user}"
        for section in sections
        for user, present in world.objects[section.name].items()
        if any(
            reference.section == SECRETS and reference.name == name for reference in section.references(present.entry)
        )
    ]


def _read(file: Path, sections: Sequence[AnySection]) -> Document:
    source = "standard input" if file == Path("-") else str(file)
    try:
        if file == Path("-"):
            content = sys.stdin.buffer.read(_LARGEST_FILE_BYTES + 1)
        else:
            with file.open("rb") as opened:
                content = opened.read(_LARGEST_FILE_BYTES + 1)
        if len(content) > _LARGEST_FILE_BYTES:
            raise ConfigError(
                f"{source} is larger than {_LARGEST_FILE_BYTES // 1024**2} MiB: that is no drawbridge.yaml."
            )
        return parse_document(content.decode("utf-8-sig"), source, sections)
    except OSError as error:
        raise ConfigError(f"{source} cannot be read: {error.strerror}. Name the file: -f drawbridge.yaml") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{source} is not UTF-8 text: save it as UTF-8.") from error
