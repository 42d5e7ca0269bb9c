"""Names with stars: whether one fits, and which of very many fit, without trying them all."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

ValueT = TypeVar("ValueT")

_GRAM = 3
"""Characters by which what stands between two stars is looked up first."""

_Place = Literal["beginning", "ending", "between"]
_Key = tuple[_Place, str]


def has_star(pattern: str) -> bool:
    """Tell whether a pattern stands for more than itself."""
    return "*" in pattern


def fits(pattern: str, name: str) -> bool:
    """Tell whether a name fits a pattern, in which `*` stands for any characters, none too."""
    return _read(pattern, None).fits(name) if has_star(pattern) else pattern == name


def meet(one: str, other: str) -> bool:
    """Tell whether some name fits both of two patterns."""
    if not has_star(one):
        return fits(other, one)
    if not has_star(other):
        return fits(one, other)
    # Whatever else must stand in between, the stars of each leave room for the other's.
    beginnings, endings = (
        (one.partition("*")[0], other.partition("*")[0]),
        (one.rpartition("*")[2], other.rpartition("*")[2]),
    )
    return _agree(str.startswith, *beginnings) and _agree(str.endswith, *endings)


def _agree(holds: Callable[[str, str], bool], one: str, other: str) -> bool:
    return holds(one, other) or holds(other, one)


@dataclass(frozen=True, slots=True)
class _Starred(Generic[ValueT]):
    """A pattern with stars, cut at them, and what it stands for."""

    beginning: str
    between: tuple[str, ...]
    ending: str
    value: ValueT

    def fits(self, name: str) -> bool:
        """Tell whether a name fits. Each part is taken where it is found first, so there is no going back."""
        if not name.startswith(self.beginning):
            return False
        at, end = len(self.beginning), len(name) - len(self.ending)
        if at > end or not name.endswith(self.ending):
            return False
        for part in self.between:
            found = name.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True


class PatternIndex(Generic[ValueT]):
    """Values by patterns, found by a name that fits.

    A pattern is looked up by the one of its parts that the fewest others have, as a whole and by where it stands. So
    the work grows with the name's length and with what fits it, hardly with the number of patterns.
    """

    def __init__(self, values: Iterable[tuple[str, ValueT]]) -> None:
        self._exact: dict[str, list[ValueT]] = {}
        self._always: list[ValueT] = []
        self._anything_after: dict[str, list[ValueT]] = {}
        self._by_beginning: dict[str, list[_Starred[ValueT]]] = {}
        self._by_ending: dict[str, list[_Starred[ValueT]]] = {}
        self._by_gram: dict[str, dict[int, dict[str, list[_Starred[ValueT]]]]] = {}
        self._file(values)
        self._anything_after_lengths: Final = _lengths(self._anything_after)
        self._beginning_lengths: Final = _lengths(self._by_beginning)
        self._ending_lengths: Final = _lengths(self._by_ending)
        self._gram_lengths: Final = _lengths(self._by_gram)

    def about(self, name: str) -> list[ValueT]:
        """Return the values of every pattern that a name fits, in no order that means anything."""
        found = [*self._always, *self._exact.get(name, ())]
        for length in self._anything_after_lengths:
            if length > len(name):
                break
            found += self._anything_after.get(name[:length], ())
        if self._by_beginning or self._by_ending or self._by_gram:
            found += [starred.value for starred in self._candidates(name) if starred.fits(name)]
        return found

    def _candidates(self, name: str) -> list[_Starred[ValueT]]:
        """Return each pattern of which the part that it is filed under stands in the name, once."""
        found: list[_Starred[ValueT]] = []
        for length in self._beginning_lengths:
            if length > len(name):
                break
            found += self._by_beginning.get(name[:length], ())
        for length in self._ending_lengths:
            if length > len(name):
                break
            found += self._by_ending.get(name[-length:], ())
        if self._by_gram:
            found += self._between(name)
        return found

    def _between(self, name: str) -> Iterable[_Starred[ValueT]]:
        found: dict[str, list[_Starred[ValueT]]] = {}
        for length in self._gram_lengths:
            for at in range(len(name) - length + 1):
                by_length = self._by_gram.get(name[at : at + length])
                if by_length is not None:
                    found.update(_parts_at(name, at, by_length))
        return (starred for same in found.values() for starred in same)

    def _file(self, values: Iterable[tuple[str, ValueT]]) -> None:
        others: list[_Starred[ValueT]] = []
        for pattern, value in values:
            beginning = pattern.rstrip("*")
            if not has_star(pattern):
                self._exact.setdefault(pattern, []).append(value)
            elif not beginning:
                self._always.append(value)
            elif has_star(beginning):
                others.append(_read(pattern, value))
            else:
                self._anything_after.setdefault(beginning, []).append(value)
        shared = Counter(key for starred in others for key in _keys(starred))
        for starred in others:
            self._put(min(_keys(starred), key=lambda key: (shared[key], -len(key[1]), key)), starred)

    def _put(self, key: _Key, starred: _Starred[ValueT]) -> None:
        place, part = key
        match place:
            case "beginning":
                self._by_beginning.setdefault(part, []).append(starred)
            case "ending":
                self._by_ending.setdefault(part, []).append(starred)
            case "between":
                by_length = self._by_gram.setdefault(part[:_GRAM], {})
                by_length.setdefault(len(part), {}).setdefault(part, []).append(starred)


def _parts_at(name: str, at: int, by_length: dict[int, dict[str, ValueT]]) -> Iterator[tuple[str, ValueT]]:
    for length, by_part in by_length.items():
        part = name[at : at + length]
        if part in by_part:
            yield part, by_part[part]


def _read(pattern: str, value: ValueT) -> _Starred[ValueT]:
    beginning, *between, ending = pattern.split("*")
    return _Starred(beginning, tuple(part for part in between if part), ending, value)


def _keys(starred: _Starred[ValueT]) -> set[_Key]:
    keys: set[_Key] = {("between", part) for part in starred.between}
    if starred.beginning:
        keys.add(("beginning", starred.beginning))
    if starred.ending:
        keys.add(("ending", starred.ending))
    return keys


def _lengths(keys: Iterable[str]) -> tuple[int, ...]:
    return tuple(sorted({len(key) for key in keys}))
