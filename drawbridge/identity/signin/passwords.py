"""Which passwords are taken, and how they are hashed: argon2id, a few at a time.

Memory and passes are those that OWASP's Password Storage Cheat Sheet asks for at least (read 2026-11-23): a flood of
sign-ins at more each would itself be an attack.
"""

import asyncio
import itertools
import unicodedata
from collections import Counter
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from drawbridge.identity.signin.errors import SignInBusyError, WeakPasswordError

_ResultT = TypeVar("_ResultT")

_MEMORY_KIB: Final = 19 * 1024
_PASSES: Final = 2
_AT_ONCE: Final = 2
_WAITING: Final = 64
_WAITING_OF_A_SOURCE: Final = 8

SHORTEST: Final = 12
LONGEST: Final = 256
_FEWEST_CHARACTERS: Final = 5
_COMMON: Final = frozenset(
    {
        "password",
        "passwort",
        "passw0rd",
        "p@ssw0rd",
        "drawbridge",
        "administrator",
        "letmein",
        "iloveyou",
        "welcome",
        "qwertyuiop",
        "qwerty",
        "asdfghjkl",
        "zxcvbnm",
        "1q2w3e4r5t",
        "monkey",
        "dragon",
        "football",
        "baseball",
        "changeme",
        "secret",
        "sunshine",
        "princess",
        "superman",
        "trustno1",
        "abc123",
        "hello",
        "admin",
        "login",
        "master",
    }
)
_ROWS: Final = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
)
_SHORTEST_WORD: Final = 4
_LEFT_OVER: Final = 6
"""So many characters beside a word that everybody knows make a password of it."""


_NOBODYS: Final = "$argon2id$v=19$m=19456,t=2,p=1$CPXrZAIIoRYwpQpZomrQcw$hOcQubayCD5Kvpa5EanqBXLGSZnd/OkduOte0TRPFBA"
"""The hash of random characters that nobody kept: compared with where there is no account."""


class Hashing(Protocol):
    """The two costly steps, which block."""

    def hash(self, password: str) -> str: ...

    def verify(self, hashed: str, password: str) -> bool: ...


class Argon2:
    """Argon2id."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=1)

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False


class Passwords:
    """Hashes and checks passwords in threads, few at a time, behind a queue that is bounded for all and for each."""

    def __init__(self, hashing: Hashing) -> None:
        self._hashing = hashing
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._waiting: Counter[str] = Counter()

    async def hash(self, password: str, source: str) -> str:
        """Return what is stored of a password. Raises SignInBusyError."""
        return await self._run(source, lambda: self._hashing.hash(_normal(password)))

    async def verify(self, hashed: str | None, password: str, source: str) -> bool:
        """Tell whether a password is right. With no hash to compare with, the work is the same, and the answer no.

        Raises SignInBusyError.
        """
        # Cut, not refused: an answer at once would tell that nothing was compared.
        shown = _normal(password[: 2 * LONGEST])
        is_right = await self._run(source, lambda: self._hashing.verify(hashed or _NOBODYS, shown))
        return is_right and hashed is not None

    async def _run(self, source: str, work: Callable[[], _ResultT]) -> _ResultT:
        if self._waiting[source] >= _WAITING_OF_A_SOURCE or self._waiting.total() >= _WAITING:
            raise SignInBusyError
        self._waiting[source] += 1
        try:
            async with self._free:
                return await asyncio.to_thread(work)
        finally:
            self._waiting[source] -= 1
            self._waiting += Counter()  # Forgets the sources of which nobody waits.


def require_strong(password: str, *known: str) -> None:
    """Check a new password; `known` is what others know of the person, such as the e-mail address and the name.

    No rule says which kinds of characters to use (NIST SP 800-63B-4, section 3.1.1.2, read 2026-11-23).

    Raises WeakPasswordError.
    """
    normal = _normal(password)
    if len(normal) < SHORTEST:
        raise WeakPasswordError(f"Choose a password of at least {SHORTEST} characters: a few words do well.")
    if len(normal) > LONGEST:
        raise WeakPasswordError(f"Choose a password of at most {LONGEST} characters.")
    if _is_guessed_first(normal.casefold(), known):
        raise WeakPasswordError(
            "This password is among the first that are tried: it repeats itself, counts up, or is little more than a"
            " common word, your name or your address. A few words that do not belong together do well."
        )


def _is_guessed_first(password: str, known: tuple[str, ...]) -> bool:
    if len(set(password)) < _FEWEST_CHARACTERS:
        return True
    words = {part for text in known for part in _words(text)} | _COMMON
    rest = password
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return len(_without_runs(rest)) < min(_LEFT_OVER, len(password)) or _repeats(password)


def _words(text: str) -> set[str]:
    """Return the words of a name or address that are long enough to be recognised."""
    parts = "".join(mark if mark.isalnum() else " " for mark in text.casefold()).split()
    return {part for part in (*parts, text.casefold()) if len(part) >= _SHORTEST_WORD}


def _without_runs(text: str) -> str:
    """Shorten what runs along a row of the keyboard, up or down, to its first character."""
    kept = text[:1]
    for before, mark in itertools.pairwise(text):
        pair = before + mark
        if mark != before and not any(pair in row or pair in row[::-1] for row in _ROWS):
            kept += mark
    return kept


def _repeats(text: str) -> bool:
    """Tell whether a text is a short piece over and over."""
    return any(
        text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 2 + 1) if size < _LEFT_OVER
    )


def _normal(password: str) -> str:
    """Return one form of what different keyboards send for the same characters."""
    return unicodedata.normalize("NFKC", password)
