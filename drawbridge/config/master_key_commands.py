"""The commands for master keys: a new one, what is sealed under which, and the end of the old ones."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import typer

from drawbridge.config.acts import ConfigAct, Record
from drawbridge.config.errors import RotationError
from drawbridge.config.key_sources import KeyFile, KeySource
from drawbridge.config.rewrapping import Progress, Rewrapper, SealedRows, count_rows
from drawbridge.config.secrets import MasterKeys, new_master_key
from drawbridge.config.store import KeyHolders
from drawbridge.config.terminal import Installation, OpenInstallation, run_command, show_table
from drawbridge.db.engine import Database

_COLUMNS = ("key", "state", "sealed", "workers")


@dataclass(frozen=True, slots=True)
class _Standing:
    """How far a rotation is."""

    keys: MasterKeys
    progress: Progress
    workers: Sequence[tuple[str, ...]]

    @property
    def waiting_workers(self) -> int:
        """How many workers do not yet seal under the newest key."""
        return sum(told[0] != self.keys.newest.key_id for told in self.workers)


@dataclass(frozen=True, slots=True)
class MasterKeyCommands:
    """What `drawbridge keys` does with master keys."""

    open_installation: OpenInstallation
    source: KeySource
    sealed_rows: Callable[[Database], Sequence[SealedRows]]
    record: Record

    def rotate(self, *, finish: bool) -> None:
        """Put a new key in front of the others, or drop the others."""
        if finish:
            run_command(self._finish())
        elif isinstance(self.source, KeyFile):
            run_command(self._rotate(self.source))
        else:
            # The key alone on standard output, so that it can be piped to where it is to be kept.
            typer.echo(new_master_key().decode())
            typer.echo(
                "This is a new master key; nothing is changed yet. Put it in front of those in DRAWBRIDGE_MASTER_KEY or"
                " of those that DRAWBRIDGE_MASTER_KEY_COMMAND prints, with a space between. Workers run the command"
                " again within 5 minutes; a variable needs a restart, one node after another. Then see `drawbridge keys"
                " master`.",
                err=True,
            )

    def show(self, *, as_json: bool) -> None:
        """Write which keys there are, the newest first, and how much is sealed under each."""
        standing = run_command(self._look())
        if as_json:
            rows = [dict(zip(_COLUMNS, row, strict=True)) for row in _rows(standing)]
            typer.echo(msgspec.json.format(msgspec.json.encode(rows)).decode())
        else:
            show_table(
                "Master keys", _COLUMNS, [(key, state, *map(str, rest)) for key, state, *rest in _rows(standing)]
            )

    async def _rotate(self, file: KeyFile) -> None:
        async with self.open_installation() as here:
            async with here.database.organisation(here.organisation_id) as connection:
                keys = await asyncio.to_thread(file.add_key)
                act = ConfigAct("master_key.rotated", "master_key", keys.newest.key_id, {})
                await self.record(connection, here.organisation_id, act)
            typer.echo(f"New master key {keys.newest.key_id} in {file.path}.")
            tables = self.sealed_rows(here.database)
            moved = await Rewrapper(tables, KeyHolders(here.database)).run_once(keys)
            left = (await count_rows(tables)).outside(keys.newest.key_id)
        if moved:
            typer.echo(f"{_rows_in_words(moved)} moved to it.")
        if left:
            typer.echo(
                f"{_rows_in_words(left)} to be moved, in the background, once every worker has the key: within 15 s"
                " here. Other nodes on the same database need the same file: copy it to them."
            )
        typer.echo(
            "When `drawbridge keys master` shows nothing under the old keys: drawbridge keys rotate --master --finish"
        )

    async def _finish(self) -> None:
        async with self.open_installation() as here:
            keys = await asyncio.to_thread(self.source.read)
            await Rewrapper(self.sealed_rows(here.database), KeyHolders(here.database)).run_once(keys)
            dropped = await self._drop(here, keys)
        if not dropped:
            typer.echo("There is one master key only: nothing to finish.")
        elif isinstance(self.source, KeyFile):
            typer.echo(f"Dropped {', '.join(dropped)}. The other nodes' files may be replaced by this one.")
        else:
            typer.echo(f"Nothing needs {', '.join(dropped)} any more: leave it out where the keys come from.")

    async def _drop(self, here: Installation, keys: MasterKeys) -> list[str]:
        """Drop the old keys, and return their ids."""
        newest = keys.newest.key_id
        dropped = sorted(keys.ids - {newest})
        # Holds the lock of every change: who stores a secret meanwhile reads the keys after this.
        async with here.database.change(here.organisation_id) as connection:
            _require_finished(await self._standing(here, keys))
            if dropped:
                act = ConfigAct("master_key.rotation_finished", "master_key", newest, {"dropped": dropped})
                await self.record(connection, here.organisation_id, act)
                if isinstance(self.source, KeyFile):
                    self.source.drop_old_keys(newest)
        return dropped

    async def _look(self) -> _Standing:
        async with self.open_installation() as here:
            return await self._standing(here, await asyncio.to_thread(self.source.read))

    async def _standing(self, here: Installation, keys: MasterKeys) -> _Standing:
        progress = await count_rows(self.sealed_rows(here.database))
        return _Standing(keys, progress, await KeyHolders(here.database).alive())


def _require_finished(standing: _Standing) -> None:
    newest = standing.keys.newest.key_id
    if left := standing.progress.outside(newest):
        raise RotationError(
            f"{_rows_in_words(left)} still sealed under other keys than {newest}, so nothing was dropped. They are"
            " moved in the background while Drawbridge runs, once every worker has the key. What is under a key that is"
            " missing must be stored anew. See `drawbridge keys master`."
        )
    if waiting := standing.waiting_workers:
        raise RotationError(
            f"{waiting} of {len(standing.workers)} workers do not use {newest} yet, so nothing was dropped. Try again"
            " in a minute; if a node has another key file, copy this one to it."
        )


def _rows(standing: _Standing) -> list[tuple[str, str, int, int]]:
    """Return a row for each key that is at hand, and for each that something is sealed under."""
    newest, by_key = standing.keys.newest.key_id, standing.progress.by_key
    at_hand = [key.key_id for key in standing.keys.newest_first]
    missing = sorted(set(by_key) - set(at_hand))
    return [
        (
            key_id,
            "newest" if key_id == newest else "old" if key_id in at_hand else "missing",
            sum(by_key.get(key_id, {}).values()),
            sum(key_id in told for told in standing.workers),
        )
        for key_id in (*at_hand, *missing)
    ]


def _rows_in_words(count: int) -> str:
    return "1 sealed row is" if count == 1 else f"{count} sealed rows are"
