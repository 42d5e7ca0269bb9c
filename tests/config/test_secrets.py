import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.config.errors import MasterKeyError, SealBrokenError, WrongMasterKeyError
from drawbridge.config.secrets import (
    MasterKeys,
    WrappedKey,
    master_key,
    new_master_key,
    parse_master_keys,
    seal,
    unseal,
    wrap_anew,
)
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

    with pytest.raises(WrongMasterKeyError, match=r"Put the right key back.*secrets set openai"):
        unseal(KEY, OURS, "openai", sealed)


def test_the_same_secret_is_never_sealed_the_same_twice() -> None:
    first, second = seal(KEY, OURS, "openai", "sk-1"), seal(KEY, OURS, "openai", "sk-1")

    assert first.ciphertext != second.ciphertext
    assert first.wrapped_key != second.wrapped_key


def test_neither_key_nor_secret_shows_in_a_log() -> None:
    assert repr(bytes(range(32)))[2:-1] not in repr(KEY)
    assert "ciphertext" not in repr(seal(KEY, OURS, "openai", "sk-1"))


def test_what_was_sealed_under_any_of_the_keys_opens() -> None:
    old, new = master_key(bytes(32)), KEY

    sealed = [seal(key, OURS, "openai", "sk-1") for key in (old, new)]

    assert [unseal(MasterKeys((new, old)), OURS, "openai", one) for one in sealed] == ["sk-1", "sk-1"]
    with pytest.raises(WrongMasterKeyError):
        unseal(MasterKeys((new,)), OURS, "openai", sealed[0])


@given(st.text(), st.text(min_size=1))
def test_a_key_that_is_wrapped_anew_opens_the_same_secret_under_the_new_master_key_alone(
    secret: str, name: str
) -> None:
    old, new = master_key(bytes(32)), KEY
    sealed = seal(old, OURS, name, secret)

    moved = wrap_anew(MasterKeys((new, old)), new, OURS, name, WrappedKey(sealed.key_id, sealed.wrapped_key))

    again = dataclasses.replace(sealed, key_id=moved.key_id, wrapped_key=moved.wrapped_key)
    assert unseal(new, OURS, name, again) == secret
    assert (again.nonce, again.ciphertext) == (sealed.nonce, sealed.ciphertext)


def test_the_key_of_another_owner_or_name_is_not_wrapped_anew() -> None:
    sealed = seal(KEY, OURS, "openai", "sk-1")
    wrapped = WrappedKey(sealed.key_id, sealed.wrapped_key)

    for owner, name in ((THEIRS, "openai"), (OURS, "anthropic")):
        with pytest.raises(SealBrokenError):
            wrap_anew(MasterKeys((KEY,)), KEY, owner, name, wrapped)


def test_keys_are_read_the_newest_first_and_once_each() -> None:
    written = [new_master_key() for _ in range(3)]

    keys = parse_master_keys(b" \n".join([*written, written[0]]))

    assert len(keys.newest_first) == 3
    assert keys.newest == parse_master_keys(written[0]).newest


@pytest.mark.parametrize("written", [b"", b" \n", b"short", b"c2hvcnQ=", b"\xff" * 44, b"A" * 43 + b"= x"])
def test_what_is_no_key_is_refused_without_being_repeated(written: bytes) -> None:
    with pytest.raises(MasterKeyError) as raised:
        parse_master_keys(written)

    assert "short" not in raised.value.message
