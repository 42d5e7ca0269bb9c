"""The commands for configuration: apply, plan, export, schema."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from typer.core import TyperCommand
from typer.exceptions import TyperException

from drawbridge.config.acts import Record, export_act
from drawbridge.config.apply import apply_document, plan_document, read_world
from drawbridge.config.errors import ConfigError, ConfirmationError
from drawbridge.config.export import export_document, export_to_folder, unmanaged_count
from drawbridge.config.plan import Change, Plan
from drawbridge.config.reading import read_document
from drawbridge.config.schema import document_schema
from drawbridge.config.sections import AnySection, World
from drawbridge.config.terminal import OpenInstallation, is_terminal, run_command, show_table, write_out
from drawbridge.config.written_plan import plan_as_json

_EXIT_WITH_CHANGES = 2
_SIGNS = {"delete": "-", "create": "+", "update": "~", "adopt": "*"}

_Where = Annotated[
    Path | None,
    typer.Argument(metavar="FILE_OR_FOLDER", help="A drawbridge.yaml, or a folder of such; - reads standard input."),
]
_File = Annotated[Path | None, typer.Option("-f", "--file", help="The same as FILE_OR_FOLDER.")]


@dataclass(frozen=True, slots=True)
class _Commands:
    """What the commands work with."""

    open_installation: OpenInstallation
    sections: Sequence[AnySection]
    record: Record


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


def add_config_commands(
    app: typer.Typer, open_installation: OpenInstallation, sections: Sequence[AnySection], record: Record
) -> None:
    """Add `apply`, `plan`, `export` and `schema` to a command line. `record` takes down what an apply does."""
    commands = _Commands(open_installation, sections, record)
    _add_plan(app, commands)
    _add_apply(app, commands)
    _add_export(app, commands)

    @app.command("schema")
    def schema_command() -> None:
        """Write the JSON schema of drawbridge.yaml, for editors."""
        typer.echo(msgspec.json.format(msgspec.json.encode(document_schema(sections))).decode())

    del schema_command  # The app holds it.


def _add_plan(app: typer.Typer, commands: _Commands) -> None:
    @app.command("plan", cls=_PlanCommand)
    def plan_command(
        where: _Where = None,
        file: _File = None,
        detailed_exitcode: Annotated[
            bool, typer.Option(help="Exit with 2 when there are changes, 0 when there are none, 1 on errors.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    ) -> None:
        """Show what applying a file or folder would change, deletions first. Changes nothing."""
        plan = run_command(_plan(commands, where, file))
        if as_json:
            _write_json(plan)
        else:
            show_plan(plan)
        if detailed_exitcode and plan.changes:
            raise typer.Exit(_EXIT_WITH_CHANGES)

    del plan_command  # The app holds it.


def _add_apply(app: typer.Typer, commands: _Commands) -> None:
    @app.command("apply")
    def apply_command(
        where: _Where = None,
        file: _File = None,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Write what was applied as JSON.")] = False,
    ) -> None:
        """Make the installation agree with a file or folder, in one transaction."""
        plan = run_command(_apply(commands, where, file, yes=yes, as_json=as_json))
        if as_json:
            _write_json(plan)
        elif plan.changes:
            typer.echo(f"Applied {len(plan.changes)} {'change' if len(plan.changes) == 1 else 'changes'}.")

    del apply_command  # The app holds it.


def _add_export(app: typer.Typer, commands: _Commands) -> None:
    @app.command("export")
    def export_command(
        everything: Annotated[bool, typer.Option("--all", help="Also what is not managed by file.")] = False,
        folder: Annotated[
            Path | None, typer.Option(help="Write one file for each section into this folder, which is made.")
        ] = None,
        replace: Annotated[
            bool, typer.Option("--replace", help="Overwrite the files of an earlier export in the folder.")
        ] = False,
    ) -> None:
        """Write what exists as a file that, applied again, changes nothing. Secrets appear by reference only."""
        world = run_command(_export(commands, folder, everything=everything, replace=replace))
        left_out = 0 if everything else unmanaged_count(world)
        if left_out:
            typer.echo(f"Left out: {left_out} not managed by file. Include them with --all.", err=True)

    del export_command  # The app holds it.


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


async def _plan(commands: _Commands, where: Path | None, file: Path | None) -> Plan:
    document = read_document(_one_of(where, file), commands.sections)
    async with commands.open_installation() as here:
        return await plan_document(here.database, here.organisation_id, commands.sections, document)


async def _apply(commands: _Commands, where: Path | None, file: Path | None, *, yes: bool, as_json: bool) -> Plan:
    source = _one_of(where, file)
    document = read_document(source, commands.sections)
    async with commands.open_installation() as here:
        plan = await plan_document(here.database, here.organisation_id, commands.sections, document)
        if not as_json:
            show_plan(plan)
        if not plan.changes:
            return plan
        _confirm(plan, source, yes=yes, may_ask=not as_json)
        return await apply_document(
            here.database,
            here.organisation_id,
            commands.sections,
            document,
            expected=plan,
            record=commands.record,
        )


def _one_of(where: Path | None, file: Path | None) -> Path:
    if where is not None and file is not None:
        raise ConfigError("Name one file or folder, either with -f or without.")
    named = where or file
    if named is None:
        raise ConfigError("Name the file or folder, such as drawbridge.yaml; - reads standard input.")
    return named


def _write_json(plan: Plan) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(plan_as_json(plan))).decode())


def _confirm(plan: Plan, source: Path, *, yes: bool, may_ask: bool) -> None:
    """Ask before a deletion. Without a terminal there is nobody to ask, so --yes is needed."""
    count = len(plan.deletions)
    if not count or yes:
        return
    what = "1 object" if count == 1 else f"{count} objects"
    if not (may_ask and is_terminal()):
        again = f"drawbridge apply {shlex.quote(str(source))} --yes"
        raise ConfirmationError(f"This deletes {what}, so nothing was applied. To go on: {again}")
    if not typer.confirm(f"Delete {what}?"):
        raise ConfirmationError("Nothing was applied.")


async def _export(commands: _Commands, folder: Path | None, *, everything: bool, replace: bool) -> World:
    async with commands.open_installation() as here:
        async with here.database.organisation(here.organisation_id) as connection:
            await commands.record(connection, here.organisation_id, export_act(everything=everything))
        async with here.database.organisation(here.organisation_id, steady=True) as connection:
            world = await read_world(connection, here.organisation_id, commands.sections)
    if folder is None:
        write_out(export_document(commands.sections, world, everything=everything).encode(), last=True)
    else:
        export_to_folder(folder, commands.sections, world, everything=everything, replace=replace)
    return world
