"""The commands for keys: create, list, rotate, revoke, and those for master keys."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
import typer

from drawbridge.config.master_key_commands import MasterKeyCommands
from drawbridge.config.terminal import OpenInstallation, run_command, show_table
from drawbridge.core.clock import Clock
from drawbridge.core.ids import KeyId
from drawbridge.core.paging import LARGEST_PAGE_SIZE, PageRequest, decode_cursor
from drawbridge.core.text import require_printable
from drawbridge.identity import store
from drawbridge.identity.administration import StillAdministered
from drawbridge.identity.keyring import IssuedKey, KeyRequest, Keyring, parse_lifetime
from drawbridge.identity.records import KeyFilter, KeyRecord, KeyState

_Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]
_COLUMNS = ("id", "key", "name", "owner", "admin", "state", "expires")


def keys_app(
    open_installation: OpenInstallation,
    clock: Clock,
    master_keys: MasterKeyCommands,
    still_administered: StillAdministered = store.has_admin_key,
) -> typer.Typer:
    """Make the command group `keys`."""
    app = typer.Typer(help="API keys, and the master keys that seal what is stored.", no_args_is_help=True)
    _add_reading(app, open_installation, clock)
    _add_writing(app, open_installation, clock)
    _add_revoking(app, open_installation, clock, still_administered)
    _add_rotating(app, open_installation, clock, master_keys)
    return app


def _add_reading(app: typer.Typer, open_installation: OpenInstallation, clock: Clock) -> None:
    @app.command("list")
    def list_command(
        owner: Annotated[str | None, typer.Option(help="Only keys of this user or service account.")] = None,
        state: Annotated[KeyState | None, typer.Option(help="Only keys in this state.")] = None,
        as_json: _Json = False,
    ) -> None:
        """List keys, the newest first."""
        keys = run_command(_list(open_installation, KeyFilter(owner=owner, state=state), clock.now()))
        if as_json:
            _write_json([_as_mapping(key, clock.now()) for key in keys])
        else:
            show_table("Keys", _COLUMNS, [_as_row(key, clock.now()) for key in keys])

    del list_command  # The app holds it.


def _add_writing(app: typer.Typer, open_installation: OpenInstallation, clock: Clock) -> None:
    @app.command("create")
    def create_command(
        owner: Annotated[str, typer.Option(help="The user or service account that it speaks for.")],
        name: Annotated[str, typer.Option(help="What it is for.")] = "",
        admin: Annotated[bool, typer.Option(help="Let it administer the organisation.")] = False,
        strict: Annotated[
            bool,
            typer.Option("--strict", help="Refuse calls of which a vendor of another dialect would not be told all."),
        ] = False,
        expires: Annotated[
            str | None, typer.Option(help="When it ends, such as 30d or 12h; never if left out.")
        ] = None,
        project: Annotated[str | None, typer.Option(help="The project that its calls belong to.")] = None,
        as_json: _Json = False,
    ) -> None:
        """Create a key. It is shown this once."""
        wanted = KeyRequest(owner, name, admin, strict=strict, project=project)
        _show_issued(run_command(_create(open_installation, clock, wanted, expires)), clock, as_json)

    del create_command  # The app holds it.


def _add_revoking(
    app: typer.Typer, open_installation: OpenInstallation, clock: Clock, still_administered: StillAdministered
) -> None:
    @app.command("revoke")
    def revoke_command(key_id: Annotated[UUID, typer.Argument(metavar="ID")], as_json: _Json = False) -> None:
        """End a key at once and for good."""
        key = run_command(_revoke(open_installation, clock, KeyId(key_id), still_administered))
        if as_json:
            _write_json(_as_mapping(key, clock.now()))
        else:
            typer.echo(f"Revoked {key.hint} of {key.principal_name}.")

    @app.command("unfreeze")
    def unfreeze_command(key_id: Annotated[UUID, typer.Argument(metavar="ID")], as_json: _Json = False) -> None:
        """Let a key make calls again that was frozen because one of its calls cost more than was held for it."""
        key = run_command(_unfreeze(open_installation, clock, KeyId(key_id)))
        if as_json:
            _write_json(_as_mapping(key, clock.now()))
        else:
            typer.echo(f"{key.hint} of {key.principal_name} makes calls again.")

    del revoke_command, unfreeze_command  # The app holds them.


def _add_rotating(
    app: typer.Typer, open_installation: OpenInstallation, clock: Clock, master_keys: MasterKeyCommands
) -> None:
    @app.command("rotate")
    def rotate_command(
        key_id: Annotated[UUID | None, typer.Argument(metavar="ID")] = None,
        grace: Annotated[str, typer.Option(help="How long the old key still works, such as 1h.")] = "0s",
        expires: Annotated[
            str | None, typer.Option(help="When the new key ends; if left out, it lives as long as the old one.")
        ] = None,
        master: Annotated[
            bool, typer.Option("--master", help="Not an API key, but the master key that seals what is stored.")
        ] = False,
        finish: Annotated[
            bool, typer.Option("--finish", help="With --master: drop the old keys, once nothing needs them.")
        ] = False,
        as_json: _Json = False,
    ) -> None:
        """Replace a key, which is shown this once; with --master, the key that seals what is stored."""
        if master == (key_id is not None) or (finish and not master):
            raise typer.BadParameter("Give either the ID of an API key, or --master, which --finish may follow.")
        if master:
            master_keys.rotate(finish=finish)
        else:
            assert key_id is not None
            _show_issued(run_command(_rotate(open_installation, clock, KeyId(key_id), grace, expires)), clock, as_json)

    @app.command("master")
    def master_command(as_json: _Json = False) -> None:
        """Show the master keys, and how much is sealed under each."""
        master_keys.show(as_json=as_json)

    del rotate_command, master_command  # The app holds them.


async def _list(open_installation: OpenInstallation, wanted: KeyFilter, now: datetime) -> list[KeyRecord]:
    require_printable(wanted.owner or "", "--owner")
    keys: list[KeyRecord] = []
    cursor: str | None = ""
    async with open_installation() as here, here.database.organisation(here.organisation_id) as connection:
        while cursor is not None:
            request = PageRequest(LARGEST_PAGE_SIZE, decode_cursor(cursor) if cursor else None)
            page = await store.list_keys(connection, here.organisation_id, wanted, request, now)
            keys.extend(page.items)
            cursor = page.next_cursor
    return keys


async def _create(
    open_installation: OpenInstallation, clock: Clock, wanted: KeyRequest, expires: str | None
) -> IssuedKey:
    request = replace(wanted, expires_at=_ends_at(clock, expires))
    async with open_installation() as here:
        return await Keyring(here.database, clock).create(here.organisation_id, request)


async def _rotate(
    open_installation: OpenInstallation, clock: Clock, key_id: KeyId, grace: str, expires: str | None
) -> IssuedKey:
    length, ends_at = parse_lifetime(grace), _ends_at(clock, expires)
    async with open_installation() as here:
        keyring = Keyring(here.database, clock)
        return await keyring.rotate(here.organisation_id, key_id, grace=length, expires_at=ends_at)


async def _revoke(
    open_installation: OpenInstallation, clock: Clock, key_id: KeyId, still_administered: StillAdministered
) -> KeyRecord:
    async with open_installation() as here:
        return await Keyring(here.database, clock, still_administered).revoke(here.organisation_id, key_id)


async def _unfreeze(open_installation: OpenInstallation, clock: Clock, key_id: KeyId) -> KeyRecord:
    async with open_installation() as here:
        return await Keyring(here.database, clock).unfreeze(here.organisation_id, key_id)


def _ends_at(clock: Clock, expires: str | None) -> datetime | None:
    return None if expires is None else clock.now() + parse_lifetime(expires)


def _show_issued(issued: IssuedKey, clock: Clock, as_json: bool) -> None:
    """Write a new key: its text alone on standard output, so that it can be piped, the rest on standard error."""
    if as_json:
        _write_json({"key": issued.text, **_as_mapping(issued.record, clock.now())})
        return
    record = issued.record
    ends = "" if record.expires_at is None else f", until {_as_time(record.expires_at)}"
    kind = "admin key" if record.admin else "key"
    typer.echo(f"New {kind} {record.id} of {record.principal_name}{ends}. It is shown this once:", err=True)
    typer.echo(issued.text)


def _as_mapping(key: KeyRecord, now: datetime) -> dict[str, object]:
    return {
        "id": key.id,
        "owner": key.principal_name,
        "owner_kind": key.principal_kind,
        "name": key.name,
        "hint": key.hint,
        "admin": key.admin,
        "strict": key.strict,
        "project": key.project_name,
        "state": key.state(now),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "frozen_at": key.frozen_at,
        "replaces": key.replaces,
    }


def _as_row(key: KeyRecord, now: datetime) -> tuple[str, ...]:
    expires = "never" if key.expires_at is None else key.expires_at.strftime("%Y-%m-%d %H:%M")
    admin = "yes" if key.admin else "no"
    state = key.state(now)
    shown = "frozen" if key.frozen_at is not None and state == "active" else state
    return (str(key.id), key.hint, key.name, key.principal_name, admin, shown, expires)


def _as_time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _write_json(value: object) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(value)).decode())
