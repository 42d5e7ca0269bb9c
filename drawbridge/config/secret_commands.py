"""The commands for stored secrets."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from drawbridge.config.acts import ConfigAct, Record
from drawbridge.config.apply import read_world
from drawbridge.config.document import bad_name, is_name
from drawbridge.config.errors import SecretError, SecretInUseError, UnknownSecretError
from drawbridge.config.key_sources import KeySource
from drawbridge.config.rewrapping import sealing_key
from drawbridge.config.secrets import require_master_key, seal
from drawbridge.config.sections import SECRETS, AnySection, World
from drawbridge.config.store import KeyHolders, delete_secret, master_keys_in_use, put_secret, secret_names
from drawbridge.config.terminal import OpenInstallation, is_terminal, run_command

_LARGEST_SECRET = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Commands:
    """What the commands work with."""

    open_installation: OpenInstallation
    sections: Sequence[AnySection]
    source: KeySource
    record: Record
    is_new: bool


def secrets_app(
    open_installation: OpenInstallation,
    sections: Sequence[AnySection],
    source: KeySource,
    record: Record,
    *,
    is_new: bool,
) -> typer.Typer:
    """Make the command group `secrets`. A new installation may have no master key yet."""
    app = typer.Typer(help="Credentials that are stored encrypted.", no_args_is_help=True)
    commands = _Commands(open_installation, sections, source, record, is_new)

    @app.command("set")
    def set_command(
        name: str,
        new_master_key: Annotated[
            bool, typer.Option("--new-master-key", help="The master key of the other secrets is lost: use another one.")
        ] = False,
    ) -> None:
        """Store a secret, read from standard input or typed unseen; a secret of that name is replaced."""
        run_command(_set_secret(commands, name, new_master_key=new_master_key))
        typer.echo(f"Stored. Refer to it with credential: {{stored: {name}}}", err=True)

    @app.command("list")
    def list_command() -> None:
        """List the names of the stored secrets."""
        for name in run_command(_secret_names(open_installation)):
            typer.echo(name)

    @app.command("delete")
    def delete_command(name: str) -> None:
        """Delete a secret that nothing refers to."""
        run_command(_delete_secret(commands, name))

    del set_command, list_command, delete_command  # The app holds them.
    return app


async def _set_secret(commands: _Commands, name: str, *, new_master_key: bool) -> None:
    if not is_name(name):
        raise SecretError(bad_name(name))
    secret = _read_secret()
    source = commands.source
    async with commands.open_installation() as here:
        # What takes long is read before: the change keeps all others waiting. A file is read within it, so that no key
        # is dropped between its reading and its use.
        read_before = None if source.is_cheap else await asyncio.to_thread(source.read)
        holders = await KeyHolders(here.database).alive()
        async with here.database.change(here.organisation_id) as connection:
            in_use = await master_keys_in_use(connection, here.organisation_id)
            keys = read_before or source.read(make=new_master_key or (commands.is_new and not in_use))
            if not new_master_key:
                require_master_key(keys, in_use)
            sealed = seal(sealing_key(keys, holders), here.organisation_id, name, secret)
            await put_secret(connection, here.organisation_id, name, sealed)
            await commands.record(connection, here.organisation_id, ConfigAct("secret.stored", "secret", name, {}))


def _read_secret() -> str:
    """Read a secret. A line end after it is no part of it: editors and `echo` add one."""
    typed = typer.prompt("Secret", hide_input=True, err=True) if is_terminal() else sys.stdin.read(_LARGEST_SECRET)
    secret = str(typed).rstrip("\r\n")
    if not secret or not secret.isprintable():
        raise SecretError("Nothing to store: give the secret, one line of text, on standard input.")
    return secret


async def _secret_names(open_installation: OpenInstallation) -> list[str]:
    async with open_installation() as here, here.database.organisation(here.organisation_id) as connection:
        return await secret_names(connection, here.organisation_id)


async def _delete_secret(commands: _Commands, name: str) -> None:
    async with commands.open_installation() as here, here.database.change(here.organisation_id) as connection:
        world = await read_world(connection, here.organisation_id, commands.sections)
        if users := _users_of_secret(commands.sections, world, name):
            raise SecretInUseError(f"Secret {name!r} is used by {', '.join(users)}: change that first.")
        if not await delete_secret(connection, here.organisation_id, name):
            raise UnknownSecretError(f"No secret {name!r} is stored: see `drawbridge secrets list`.")
        await commands.record(connection, here.organisation_id, ConfigAct("secret.deleted", "secret", name, {}))


def _users_of_secret(sections: Sequence[AnySection], world: World, name: str) -> list[str]:
    return [
        f"{section.name}.{user}"
        for section in sections
        for user, present in world.objects[section.name].items()
        if any(
            reference.section == SECRETS and reference.name == name for reference in section.references(present.entry)
        )
    ]
