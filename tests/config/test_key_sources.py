import os
import random
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from drawbridge.config.errors import MasterKeyError
from drawbridge.config.key_sources import KeyCommand, KeyFile, KeyVariable
from drawbridge.config.secrets import MasterKeys, new_master_key, parse_master_keys
from tests.parts.size import pick


def test_the_key_file_is_made_for_its_owner_only_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "master.key"

    made = KeyFile(path).read(make=True)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KeyFile(path).read() == made
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_at_once_use_one_key(tmp_path: Path) -> None:
    keys: list[MasterKeys] = []
    together = threading.Barrier(8)

    def start() -> None:
        together.wait()
        keys.append(KeyFile(tmp_path / "master.key").read(make=True))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({found.newest.key_id for found in keys}) == 1
    assert list(tmp_path.iterdir()) == [tmp_path / "master.key"]


def test_a_missing_key_is_not_made_where_there_must_have_been_one(tmp_path: Path) -> None:
    path = tmp_path / "wrong" / "master.key"

    with pytest.raises(MasterKeyError, match=r"(?s)no master key at .*DRAWBRIDGE_MASTER_KEY_FILE.*--new-master-key"):
        KeyFile(path).read()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o604, 0o620, 0o666])
def test_a_key_file_open_to_others_is_refused_with_the_command_that_closes_it(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.key"
    KeyFile(path).read(make=True)
    path.chmod(mode)

    with pytest.raises(MasterKeyError, match=f"chmod 600 {path}"):
        KeyFile(path).read()


@pytest.mark.parametrize("content", [b"", b"short", b"c2hvcnQ=", b"\xff" * 44])
def test_a_file_that_is_no_key_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(MasterKeyError, match="holds no master key"):
        KeyFile(path).read()

    assert path.read_bytes() == content


def test_a_folder_in_the_key_files_place_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyError, match="cannot be used"):
        KeyFile(tmp_path).read()


def test_a_new_key_comes_in_front_and_the_others_stay(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "master.key")
    first = file.read(make=True)
    file.path.chmod(0o640)

    second = file.add_key()

    assert file.read() == second
    assert second.newest_first[1:] == first.newest_first
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [file.path]


def test_old_keys_are_dropped_unless_the_file_was_changed_meanwhile(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "master.key")
    file.read(make=True)
    second, third = file.add_key(), file.add_key()

    with pytest.raises(MasterKeyError, match="was changed meanwhile"):
        file.drop_old_keys(second.newest.key_id)
    left = file.drop_old_keys(third.newest.key_id)

    assert left == file.read() == MasterKeys((third.newest,))


def test_a_link_to_the_key_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    file = KeyFile(tmp_path / "real" / "master.key")
    file.read(make=True)
    (tmp_path / "link.key").symlink_to(file.path)

    keys = KeyFile(tmp_path / "link.key").add_key()

    assert (tmp_path / "link.key").is_symlink()
    assert file.read() == keys


def test_keys_that_are_added_at_once_are_all_kept(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "master.key")
    file.read(make=True)
    threads = [threading.Thread(target=file.add_key) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(file.read().newest_first) == 9


def test_a_file_that_cannot_be_written_says_how_to_change_it(tmp_path: Path) -> None:
    # Root may write anywhere but where nothing can be written.
    file = KeyFile(Path("/proc/self/environ"))
    gone = KeyFile(tmp_path / "master.key")

    with pytest.raises(MasterKeyError):
        file.add_key()
    with pytest.raises(MasterKeyError, match="There is no master key at"):
        gone.add_key()


def test_kill_9_while_keys_are_added_leaves_every_key_that_was_there(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "master.key")
    first = file.read(make=True).newest
    chance = random.Random(20261123)
    program = (
        "import sys; from pathlib import Path; from drawbridge.config.key_sources import KeyFile\n"
        "file = KeyFile(Path(sys.argv[1])); print(flush=True)\n"
        "while True:\n    file.drop_old_keys(file.read().newest.key_id); file.add_key()\n"
    )

    for _ in range(pick(5, full=50)):
        with subprocess.Popen([sys.executable, "-c", program, str(file.path)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0.0, 0.2))
            process.kill()
        found = file.read()
        assert 1 <= len(found.newest_first) <= 2

    assert first not in file.read().newest_first
    file.add_key()
    assert list(tmp_path.iterdir()) == [file.path]


def test_keys_in_the_environment_are_read_and_never_shown() -> None:
    written = f"{new_master_key().decode()} {new_master_key().decode()}"

    assert KeyVariable(written).read() == parse_master_keys(written.encode())
    assert written not in repr(KeyVariable(written))
    with pytest.raises(MasterKeyError, match="DRAWBRIDGE_MASTER_KEY holds no master key") as raised:
        KeyVariable("hunter2").read()
    assert "hunter2" not in raised.value.message


def command(tmp_path: Path, script: str) -> KeyCommand:
    path = tmp_path / "print key"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return KeyCommand(f"'{path}' argument", deadline_s=0.5)


def test_a_command_prints_the_keys_and_no_shell_reads_it(tmp_path: Path) -> None:
    keys = [new_master_key().decode() for _ in range(2)]

    found = command(tmp_path, f"printf '{keys[0]}\\n{keys[1]}\\n'").read()

    assert found == parse_master_keys(" ".join(keys).encode())
    with pytest.raises(MasterKeyError, match=r"printed none"):
        KeyCommand(f"echo $(echo {keys[0]})").read()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo no credential >&2; exit 3", "failed with exit code 3. It said: no credential"),
        ("exit 1", "failed with exit code 1. It said nothing"),
        ("printf 'two\\nlines\\033[2J' >&2; exit 1", "It said: two\\\\nlines\\\\x1b"),
        ("kill -9 $$", "failed with exit code -9"),
        ("echo waiting >&2; sleep 60", "was not done within 0.5 s. It said: waiting"),
        ("sleep 60 & exit 0", "was not done within 0.5 s"),
        ("exec >&- 2>&-; sleep 60", "was not done within 0.5 s"),
        ("yes hunter2", "prints no end of text"),
        ("yes >&2", "was not done within 0.5 s. It said: .*y"),
        ("echo hunter2", "printed none. There is no master key"),
        ("true", "printed none. There is no master key"),
    ],
)
def test_a_command_that_goes_wrong_is_a_message_without_what_it_printed(
    tmp_path: Path, script: str, message: str
) -> None:
    before = len(psutil.Process().children(recursive=True))

    with pytest.raises(MasterKeyError, match=message) as raised:
        command(tmp_path, script).read()

    assert "hunter2" not in raised.value.message
    assert "argument" not in raised.value.message
    assert len(psutil.Process().children(recursive=True)) == before


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("/nowhere/at-all", "cannot be started: No such file"),
        ("'unclosed", "cannot be cut into words"),
        ("  ", "names no program"),
        (os.devnull, "cannot be started: Permission denied"),
    ],
)
def test_a_command_that_cannot_be_started_is_a_message(written: str, message: str) -> None:
    with pytest.raises(MasterKeyError, match=message):
        KeyCommand(written).read()


def test_a_killed_command_takes_what_it_started_with_it(tmp_path: Path) -> None:
    mark = tmp_path / "pid"

    with pytest.raises(MasterKeyError, match="was not done"):
        command(tmp_path, f"sleep 61 & echo $! > '{mark}'; wait").read()

    deadline = time.monotonic() + 5
    while psutil.pid_exists(int(mark.read_text())) and time.monotonic() < deadline:
        if psutil.Process(int(mark.read_text())).status() == psutil.STATUS_ZOMBIE:
            break
        time.sleep(0.01)
    assert time.monotonic() < deadline
