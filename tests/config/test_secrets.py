import dataclasses
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.config.errors import MasterKeyError, SealBrokenError, WrongMasterKeyError
from drawbridge.config.secrets import MasterKey, load_master_key, master_key, seal, unseal
from drawbridge.core.ids import OrganisationId, uuid7

KEY = master_key(bytes(range(32)))
OURS = OrganisationId(uuid7())
THEIRS = OrganisationId(uuid7())


@given(st.text(), st.text(min_size=1))
def test_a_sealed_secret_opens_again(secret: str, name: str) -> None:
    assert unseal(KEY, OURS, name, seal(KEY, OURS, name, secret)) == secret


def test_a_secret_moved_to_another_organisation_does_not_open() -> None:
    sealed = seal(KEY, OURS, "openai", "sk-1")

    with pytest.raises(SealBrokenError):
        unseal(KEY, THEIRS, "openai", sealed)


def test_a_secret_moved_to_another_name_does_not_open() -> None:
    sealed = seal(KEY, OURS, "openai", "sk-1")

    with pytest.raises(SealBrokenError):
        unseal(KEY, OURS, "anthropic", sealed)


@pytest.mark.parametrize("part", ["wrapped_key", "nonce", "ciphertext"])
@pytest.mark.parametrize("damage", ["flip the first bit", "flip the last bit", "cut", "empty"])
def test_a_row_altered_anywhere_does_not_open(part: str, damage: str) -> None:
    sealed = seal(KEY, OURS, "openai", "sk-1")
    content: bytes = getattr(sealed, part)
    altered = {
        "flip the first bit": bytes([content[0] ^ 1]) + content[1:],
        "flip the last bit": content[:-1] + bytes([content[-1] ^ 1]),
        "cut": content[:-1],
        "empty": b"",
    }[damage]

    with pytest.raises(SealBrokenError):
        unseal(KEY, OURS, "openai", dataclasses.replace(sealed, **{part: altered}))


def test_parts_of_two_secrets_of_one_name_cannot_be_mixed() -> None:
    first, second = seal(KEY, OURS, "openai", "sk-1"), seal(KEY, OURS, "openai", "sk-2")

    with pytest.raises(SealBrokenError):
        unseal(KEY, OURS, "openai", dataclasses.replace(first, ciphertext=second.ciphertext, nonce=second.nonce))


def test_the_wrong_master_key_is_named_with_what_to_do() -> None:
    sealed = seal(master_key(bytes(32)), OURS, "openai", "sk-1")

    with pytest.raises(WrongMasterKeyError, match=r"Put the right key file back.*secrets set openai"):
        unseal(KEY, OURS, "openai", sealed)


def test_the_same_secret_is_never_sealed_the_same_twice() -> None:
    first, second = seal(KEY, OURS, "openai", "sk-1"), seal(KEY, OURS, "openai", "sk-1")

    assert first.ciphertext != second.ciphertext
    assert first.wrapped_key != second.wrapped_key


def test_neither_key_nor_secret_shows_in_a_log() -> None:
    assert repr(bytes(range(32)))[2:-1] not in repr(KEY)
    assert "ciphertext" not in repr(seal(KEY, OURS, "openai", "sk-1"))


def test_the_key_file_is_made_for_its_owner_only_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "master.key"

    made = load_master_key(path, make=True)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_master_key(path) == made
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_at_once_use_one_key(tmp_path: Path) -> None:
    keys: list[MasterKey] = []
    together = threading.Barrier(8)

    def start() -> None:
        together.wait()
        keys.append(load_master_key(tmp_path / "master.key", make=True))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({key.key_id for key in keys}) == 1
    assert list(tmp_path.iterdir()) == [tmp_path / "master.key"]


def test_a_missing_key_is_not_made_where_there_must_have_been_one(tmp_path: Path) -> None:
    path = tmp_path / "wrong" / "master.key"

    with pytest.raises(MasterKeyError, match=r"(?s)no master key at .*DRAWBRIDGE_MASTER_KEY_FILE.*--new-master-key"):
        load_master_key(path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o604, 0o620, 0o666])
def test_a_key_file_open_to_others_is_refused_with_the_command_that_closes_it(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.key"
    load_master_key(path, make=True)
    path.chmod(mode)

    with pytest.raises(MasterKeyError, match=f"chmod 600 {path}"):
        load_master_key(path)


@pytest.mark.parametrize("content", [b"", b"short", b"c2hvcnQ=", b"\xff" * 44])
def test_a_file_that_is_no_key_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(MasterKeyError, match="holds no master key"):
        load_master_key(path)

    assert path.read_bytes() == content


def test_a_folder_in_the_key_files_place_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyError, match="cannot be used"):
        load_master_key(tmp_path)
