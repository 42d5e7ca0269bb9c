"""The master key is replaced: what moves, what waits, and what a running gateway makes of it."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
import typer
from typer.testing import CliRunner, Result

from drawbridge.config.acts import ConfigAct
from drawbridge.config.held_keys import HeldKeys, KeyWatch
from drawbridge.config.key_sources import KeyFile, KeyVariable
from drawbridge.config.master_key_commands import MasterKeyCommands
from drawbridge.config.rewrapping import Rewrapper, count_rows, sealing_key
from drawbridge.config.secrets import MasterKeys, master_key, seal, unseal
from drawbridge.config.store import KeyHolders, StoredSecrets, load_secrets, put_secret
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.gateway.entries import Credential, ProviderEntry, Quirks, provider_in_full
from drawbridge.gateway.store import create_provider
from drawbridge.identity.commands import keys_app
from drawbridge.identity.signin.records import TOTP_SECRET
from drawbridge.identity.signin.sealed import sealed_totps
from drawbridge.identity.signin.store import find_totp, insert_account, set_totp, signing_in
from tests.parts.clock import HeldClock
from tests.parts.gateway import running_gateway
from tests.parts.installations import new_installation
from tests.parts.organisations import make_organisation
from tests.parts.size import pick
from tests.parts.vendor import ScriptedVendor

OLD, NEW, OTHER = (master_key(bytes([number]) * 32) for number in range(3))


async def store(database: Database, organisation_id: OrganisationId, names: list[str], key: str = "old") -> None:
    sealing = {"old": OLD, "new": NEW, "other": OTHER}[key]
    async with database.change(organisation_id) as connection:
        for name in names:
            await put_secret(connection, organisation_id, name, seal(sealing, organisation_id, name, f"sk-{name}"))


async def opened(database: Database, organisation_id: OrganisationId, keys: MasterKeys) -> dict[str, str]:
    async with database.organisation(organisation_id) as connection:
        sealed = await load_secrets(connection, organisation_id)
    return {name: unseal(keys, organisation_id, name, one) for name, one in sealed.items()}


def rewrapper(database: Database, *, batch: int = 2) -> Rewrapper:
    return Rewrapper([StoredSecrets(database), sealed_totps(database)], KeyHolders(database), batch=batch)


async def test_everything_of_every_organisation_moves_to_the_newest_key(database: Database) -> None:
    ours, theirs = await make_organisation(database, "ours"), await make_organisation(database, "theirs")
    await store(database, ours, ["a", "b", "c", "d", "e"])
    await store(database, theirs, ["a"])
    await store(database, ours, ["f"], key="new")

    moved = await rewrapper(database).run_once(MasterKeys((NEW, OLD)))

    assert moved == 6
    assert await opened(database, ours, MasterKeys((NEW,))) == {name: f"sk-{name}" for name in "abcdef"}
    assert await opened(database, theirs, MasterKeys((NEW,))) == {"a": "sk-a"}
    assert await rewrapper(database).run_once(MasterKeys((NEW, OLD))) == 0


async def test_secrets_for_one_time_codes_move_too(database: Database) -> None:
    async with signing_in(database) as connection:
        account_id = await insert_account(connection, "ana@example.com", "Ana")
        assert account_id is not None
        await set_totp(connection, account_id, seal(OLD, account_id, TOTP_SECRET, "JBSWY3DP"), 7)

    moved = await rewrapper(database).run_once(MasterKeys((NEW, OLD)))

    async with signing_in(database) as connection:
        sealed = await find_totp(connection, account_id)
    assert moved == 1
    assert sealed is not None
    assert unseal(NEW, account_id, TOTP_SECRET, sealed) == "JBSWY3DP"


async def test_what_does_not_open_is_left_alone_and_holds_nothing_up(database: Database) -> None:
    ours = await make_organisation(database)
    await store(database, ours, ["a", "b", "c"], key="other")
    await store(database, ours, ["d", "e"])

    moved = await rewrapper(database, batch=1).run_once(MasterKeys((NEW, OLD)))

    progress = await count_rows([StoredSecrets(database)])
    assert moved == 2
    assert progress.by_key == {NEW.key_id: {"stored secrets": 2}, OTHER.key_id: {"stored secrets": 3}}
    assert progress.outside(NEW.key_id) == 3


async def test_a_secret_that_is_stored_anew_meanwhile_stays_as_it_was_stored(database: Database) -> None:
    ours = await make_organisation(database)
    await store(database, ours, ["a"])

    class Overtaken(StoredSecrets):
        async def replace(self, rows: object) -> int:
            await store(database, ours, ["a"], key="old")
            return await StoredSecrets(database).replace(rows)  # pyright: ignore[reportArgumentType]

    moved = await Rewrapper([Overtaken(database)], KeyHolders(database)).run_once(MasterKeys((NEW, OLD)))

    assert moved == 0
    assert await opened(database, ours, MasterKeys((OLD,))) == {"a": "sk-a"}


async def test_nothing_moves_before_every_worker_has_the_new_key(database: Database) -> None:
    ours, holders, late = await make_organisation(database), KeyHolders(database), uuid7()
    await store(database, ours, ["a"])
    await holders.report(uuid7(), [NEW.key_id, OLD.key_id])
    await holders.report(late, [OLD.key_id])

    before = await rewrapper(database).run_once(MasterKeys((NEW, OLD)))
    await holders.report(late, [OLD.key_id, NEW.key_id])
    after = await rewrapper(database).run_once(MasterKeys((NEW, OLD)))

    assert (before, after) == (0, 1)


async def test_of_two_that_would_move_rows_one_does(database: Database) -> None:
    ours = await make_organisation(database)
    await store(database, ours, ["a"])

    async with KeyHolders(database).sole_rewrapper() as is_sole:
        meanwhile = await rewrapper(database).run_once(MasterKeys((NEW, OLD)))

    assert is_sole
    assert meanwhile == 0
    assert await rewrapper(database).run_once(MasterKeys((NEW, OLD))) == 1


@pytest.mark.parametrize(
    ("holders", "expected"),
    [
        ([], NEW),
        ([(NEW.key_id, OLD.key_id)], NEW),
        ([(NEW.key_id, OLD.key_id), (OLD.key_id,)], OLD),
        ([(NEW.key_id,), (OTHER.key_id,)], NEW),
        ([(NEW.key_id,), (OLD.key_id,)], NEW),
        # Who has none of the keys is not waited for, and keeps nobody from waiting for the others.
        ([(OLD.key_id,), (OTHER.key_id,)], OLD),
    ],
)
def test_sealed_is_under_the_newest_key_that_all_have(holders: list[tuple[str, ...]], expected: object) -> None:
    assert sealing_key(MasterKeys((NEW, OLD)), holders) == expected


@dataclass(slots=True)
class CountingSource:
    """A source that is dear to read, and counts how often it is."""

    keys: MasterKeys
    is_cheap: bool = False
    reads: int = 0

    def read(self, *, make: bool = False) -> MasterKeys:
        del make
        self.reads += 1
        return self.keys


def test_until_others_are_heard_of_the_key_is_used_that_all_are_sure_to_have() -> None:
    keys = MasterKeys((NEW, OLD))

    held = HeldKeys(CountingSource(keys), keys, HeldClock())

    assert held.sealing == OLD


async def test_a_key_that_was_looked_for_in_vain_is_looked_for_again_only_after_a_while() -> None:
    source, clock = CountingSource(MasterKeys((OLD,))), HeldClock()
    held = HeldKeys(source, source.keys, clock)

    for _ in range(3):
        await held.opening({NEW.key_id, OLD.key_id})
    at_once = source.reads
    clock.advance(timedelta(seconds=31))
    source.keys = MasterKeys((NEW, OLD))
    found = await held.opening({NEW.key_id})
    await held.opening({NEW.key_id, OLD.key_id})

    assert (at_once, source.reads) == (1, 2)
    assert NEW.key_id in found.ids


async def test_a_key_that_another_worker_has_is_looked_for_at_once() -> None:
    source = CountingSource(MasterKeys((OLD,)))
    held = HeldKeys(source, source.keys, HeldClock())
    source.keys = MasterKeys((NEW, OLD))

    await held.heard_of([(NEW.key_id, OLD.key_id)])

    assert held.sealing == NEW


async def test_a_worker_takes_up_a_new_key_tells_of_it_and_then_seals_under_it(
    database: Database, tmp_path: Path
) -> None:
    file = KeyFile(tmp_path / "master.key")
    first = file.read(make=True)
    held = HeldKeys(file, first, HeldClock())
    watch = KeyWatch(held, uuid7(), KeyHolders(database), rewrapper(database))
    await watch.look()
    second = file.add_key()

    await watch.look()
    sealing_before_it_was_told = held.sealing
    await watch.look()

    assert held.now == second
    assert (sealing_before_it_was_told, held.sealing) == (first.newest, second.newest)
    assert await KeyHolders(database).alive() == [(first.newest.key_id, second.newest.key_id)]
    await watch.finish(5.0)
    assert await KeyHolders(database).alive() == []


async def test_a_row_under_an_unknown_key_has_the_keys_read_again_at_once_but_not_again_and_again(
    tmp_path: Path,
) -> None:
    file = KeyFile(tmp_path / "master.key")
    clock = HeldClock()
    held = HeldKeys(file, file.read(make=True), clock)
    second = file.add_key()

    found = await held.opening({second.newest.key_id})
    file.path.unlink()
    missed = await held.opening({OTHER.key_id})
    (tmp_path / "master.key").write_bytes(b"not read at all")

    assert found == missed == second == await held.opening({OTHER.key_id})


_KILLED = """
import asyncio, sys

from drawbridge.config.rewrapping import Rewrapper
from drawbridge.config.secrets import MasterKeys
from drawbridge.config.store import KeyHolders, StoredSecrets
from drawbridge.db.engine import Database
from tests.config.test_rotation import NEW, OLD

async def main():
    database = Database(sys.argv[1])
    print(flush=True)
    await Rewrapper([StoredSecrets(database)], KeyHolders(database), batch=3).run_once(MasterKeys((NEW, OLD)))

asyncio.run(main())
"""


async def test_kill_9_while_rows_are_moved_loses_none_and_the_next_one_goes_on(
    database: Database, database_url: str
) -> None:
    ours = await make_organisation(database)
    names = [f"secret-{number}" for number in range(100)]
    await store(database, ours, names)
    both = MasterKeys((NEW, OLD))
    seen: set[int] = set()

    for turn in range(pick(4, full=20)):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _KILLED, database_url, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        await process.stdout.readline()
        await asyncio.sleep(0.05 * (turn + 1))
        if process.returncode is None:
            process.kill()
        await process.wait()
        assert await opened(database, ours, both) == {name: f"sk-{name}" for name in names}
        seen.add((await count_rows([StoredSecrets(database)])).outside(NEW.key_id))
    async with asyncio.timeout(60):
        # The server ends what a killed process had begun when it notices, and only then another one may go on.
        while (await count_rows([StoredSecrets(database)])).outside(NEW.key_id):
            await rewrapper(database).run_once(both)
            await asyncio.sleep(0.05)

    assert await opened(database, ours, MasterKeys((NEW,))) == {name: f"sk-{name}" for name in names}
    print(f"\nleft after each kill: {sorted(seen)}")


# The commands.


@dataclass(frozen=True, slots=True)
class Commands:
    """`drawbridge keys` on an installation."""

    app: typer.Typer
    file: KeyFile
    url: str
    organisation_id: OrganisationId
    acts: list[ConfigAct] = field(default_factory=list[ConfigAct])

    def run(self, *arguments: str, exit_code: int = 0) -> Result:
        result = CliRunner().invoke(self.app, arguments)
        assert result.exit_code == exit_code, (result.output, result.exception)
        return result

    def database(self, work: Callable[[Database], object]) -> None:
        asyncio.run(_with_database(self.url, work))


async def _with_database(url: str, work: Callable[[Database], object]) -> None:
    database = Database(url, pool_size=1)
    try:
        await work(database)  # pyright: ignore[reportGeneralTypeIssues]
    finally:
        await database.close()


@pytest.fixture
def commands(database_url: str, tmp_path: Path) -> Commands:
    open_installation, organisation_id = new_installation(database_url)
    file = KeyFile(tmp_path / "master.key")
    file.read(make=True)
    acts: list[ConfigAct] = []

    async def recorded(connection: AsyncConnection, organisation_id: OrganisationId, act: ConfigAct) -> None:
        del connection, organisation_id
        acts.append(act)

    master_keys = MasterKeyCommands(open_installation, file, lambda database: [StoredSecrets(database)], recorded)
    return Commands(keys_app(open_installation, HeldClock(), master_keys), file, database_url, organisation_id, acts)


async def _seal_one(database: Database, organisation_id: OrganisationId, keys: MasterKeys) -> None:
    async with database.change(organisation_id) as connection:
        await put_secret(connection, organisation_id, "a", seal(keys.newest, organisation_id, "a", "sk-1"))


def test_without_workers_the_command_moves_the_rows_itself_and_finish_drops_the_old_key(commands: Commands) -> None:
    old = commands.file.read()
    commands.database(lambda database: _seal_one(database, commands.organisation_id, old))

    rotated = commands.run("rotate", "--master")
    shown = commands.run("master").stdout.splitlines()
    finished = commands.run("rotate", "--master", "--finish")

    new = commands.file.read()
    assert "1 sealed row is moved to it." in rotated.stdout
    assert shown[1:] == [f"{new.newest.key_id}\tnewest\t1\t0", f"{old.newest.key_id}\told\t0\t0"]
    assert f"Dropped {old.newest.key_id}." in finished.stdout
    assert new.newest_first == (new.newest,)
    assert new.newest != old.newest
    assert [act.action for act in commands.acts] == ["master_key.rotated", "master_key.rotation_finished"]
    assert "nothing to finish" in commands.run("rotate", "--master", "--finish").stdout


def test_finish_is_refused_while_a_worker_or_a_row_needs_the_old_key(commands: Commands) -> None:
    old, worker = commands.file.read().newest.key_id, uuid7()
    commands.database(lambda database: KeyHolders(database).report(worker, [old]))
    commands.database(lambda database: _seal_one(database, commands.organisation_id, commands.file.read()))
    rotated = commands.run("rotate", "--master")
    new = commands.file.read().newest.key_id

    by_row = commands.run("rotate", "--master", "--finish", exit_code=1)
    commands.database(lambda database: KeyHolders(database).report(worker, [old, new]))
    by_worker = commands.run("rotate", "--master", "--finish", exit_code=1)
    both = commands.file.read()
    commands.database(lambda database: KeyHolders(database).report(worker, [new, old]))
    commands.run("rotate", "--master", "--finish")

    assert "1 sealed row is to be moved, in the background" in rotated.stdout
    assert f"1 sealed row is still sealed under other keys than {new}, so nothing was dropped" in by_row.stderr
    assert f"1 of 1 workers do not use {new} yet, so nothing was dropped" in by_worker.stderr
    assert both.ids == {old, new}
    assert commands.file.read().ids == {new}


def test_keys_that_come_from_elsewhere_are_only_printed(database_url: str) -> None:
    open_installation, _ = new_installation(database_url)
    master_keys = MasterKeyCommands(open_installation, KeyVariable("x"), lambda _: [], _never)
    app = keys_app(open_installation, HeldClock(), master_keys)

    printed = CliRunner().invoke(app, ["rotate", "--master"])

    assert KeyVariable(printed.stdout).read()
    assert "nothing is changed yet" in printed.stderr
    assert "holds no master key" in CliRunner().invoke(app, ["master"]).stderr


async def _never(connection: AsyncConnection, organisation_id: OrganisationId, act: ConfigAct) -> None:
    raise AssertionError(act)


# A running gateway.


async def test_calls_with_a_stored_credential_never_fail_while_the_key_is_replaced(
    tmp_path: Path, database_url: str
) -> None:
    file = KeyFile(tmp_path / "data" / "master.key")
    async with ScriptedVendor() as vendor, running_gateway(tmp_path / "data", database_url, vendor.url) as gateway:
        await _use_stored_credential(gateway.database, gateway.organisation_id, vendor.url, file)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            calling = group.create_task(_call_on(gateway.url, gateway.key, stop))
            file.add_key()
            await _until_all_under(gateway.database, file.read().newest.key_id)
            dropped = file.drop_old_keys(file.read().newest.key_id)
            await _touch(gateway.database, gateway.organisation_id)
            await asyncio.sleep(1.0)
            stop.set()
        credentials = {
            request.header("authorization") for request in vendor.requests if request.target.startswith("/stored")
        }

    assert calling.result() > 20
    assert credentials == {"Bearer sk-stored"}
    assert len(dropped.newest_first) == 1


async def _use_stored_credential(
    database: Database, organisation_id: OrganisationId, vendor_url: str, file: KeyFile
) -> None:
    entry = ProviderEntry(
        base_url=f"{vendor_url}/stored/v1",
        dialects=("openai-chat",),
        credential=Credential(stored="vendor"),
        quirks=Quirks(model_patterns=("stored-",)),
        models="any",
    )
    async with database.change(organisation_id) as connection:
        sealed = seal(file.read().newest, organisation_id, "vendor", "sk-stored")
        await put_secret(connection, organisation_id, "vendor", sealed)
        await create_provider(connection, organisation_id, "stored", provider_in_full(entry), managed_by_file=False)


async def _call_on(url: str, key: str, stop: asyncio.Event) -> int:
    """Call until told to stop, and return how often. Every call must be answered."""
    count = 0
    headers = {"authorization": f"Bearer {key}"}
    body = {"model": "stored/stored-1", "messages": [{"role": "user", "content": "Hi"}]}
    async with aiohttp.ClientSession(headers=headers) as session:
        while not stop.is_set():
            async with session.post(f"{url}/v1/chat/completions", json=body) as reply:
                content = await reply.text()
                is_known = reply.status == 200 or (count == 0 and reply.status == 404)
                assert is_known, content
                count += reply.status == 200
            await asyncio.sleep(0.02)
    return count


async def _until_all_under(database: Database, key_id: str) -> None:
    for _ in range(600):
        if not (await count_rows([StoredSecrets(database)])).outside(key_id):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the rows were never moved")


async def _touch(database: Database, organisation_id: OrganisationId) -> None:
    """Make every worker load the organisation again."""
    async with database.change(organisation_id):
        pass
