"""Which passwords are taken, and how they are kept."""

import pytest

from drawbridge.identity.signin.errors import WeakPasswordError
from drawbridge.identity.signin.passwords import LONGEST, Argon2, Passwords, require_strong

_KNOWN = ("ana.arden@example.com", "Ana Arden")


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevenchars",
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "abcabcabcabcabc",
        "123456789012345",
        "qwertyuiopasdf",
        "zyxwvutsrqponm",
        "password123456",
        "Drawbridge2026",
        "ana.arden@example.com",
        "AnaArden1234567",
        "x" * (LONGEST + 1),
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(WeakPasswordError):
        require_strong(password, *_KNOWN)


@pytest.mark.parametrize(
    "password",
    ["orbit lantern velvet", "correct horse battery staple", "пароль из слов", "kV8#mQ2!zL0p", "ana likes tall lilies"],
)
def test_a_few_words_or_random_characters_are_taken(password: str) -> None:
    require_strong(password, *_KNOWN)


async def test_the_hash_is_argon2id_of_nineteen_mebibytes_and_knows_its_password() -> None:
    passwords = Passwords(Argon2())

    hashed = await passwords.hash("orbit lantern velvet", "here")

    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify(hashed, "orbit lantern velvet", "here")
    assert not await passwords.verify(hashed, "orbit lantern velour", "here")
    assert not await passwords.verify(None, "orbit lantern velvet", "here")


async def test_two_keyboards_that_write_a_character_differently_write_the_same_password() -> None:
    passwords = Passwords(Argon2())

    hashed = await passwords.hash("cafe\N{COMBINING ACUTE ACCENT} au lait noir", "here")

    assert await passwords.verify(hashed, "caf\N{LATIN SMALL LETTER E WITH ACUTE} au lait noir", "here")
