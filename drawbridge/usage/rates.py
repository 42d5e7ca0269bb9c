"""Prices worked out beforehand, so that reckoning a call costs a few multiplications instead of a search.

What a call costs is a sum for the request and a rate for each kind of token, between the thresholds at which long
prompts become dearer, and a rate for each thing beside tokens. All of them are whole numbers of one small unit, so
nothing is rounded before the end.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from math import gcd
from operator import itemgetter
from typing import Final

import msgspec

from drawbridge.core.money import Nanousd
from drawbridge.usage.events import Tokens

Ask = Callable[[Tokens], Decimal | None]
"""The price data: what these tokens cost in USD; None where it cannot tell."""

_YOCTOUSD_PER_USD: Final = 10**24
_YOCTOUSD_PER_NANOUSD: Final = 10**15
_MANY: Final = 1_000_000


class Extras(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is charged for beside tokens."""

    duration_ms: int = 0
    """How long the attempt took: of hardware that is paid by the hour."""
    web_searches: int = 0
    images: int = 0
    audio_ms: int = 0
    pages: int = 0
    cached_token_hours: int = 0
    """Tokens kept in a vendor's cache, times the hours of that."""


NO_EXTRAS: Final = Extras()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket:
    """Units for the request and for each token, for prompts of a range of lengths.

    Behind `input` stands what comes on top of it for the tokens that are a part of the input, and behind `output` what
    comes on top of that for a part of the output. A discount is below zero.
    """

    request: int
    input: int
    cached: int
    write_5m: int
    write_1h: int
    input_audio: int
    input_image: int
    output: int
    reasoning: int
    output_audio: int
    output_image: int


@dataclass(frozen=True, slots=True)
class Rates:
    """What one model costs at one time."""

    thresholds: tuple[int, ...]
    """Above so many input tokens the next bracket holds, for all tokens of the call."""
    brackets: tuple[Bracket | None, ...]
    """One more than there are thresholds; None where the price data must be asked for each call."""
    units_per_nanousd: int = _YOCTOUSD_PER_NANOUSD
    extras: Extras | None = None
    """Units for each thing beside tokens; None where nothing of that is charged."""
    tells_all_parts: bool = False
    """Whether these rates suffice for sound and pictures too, and for parts that overlap."""
    is_nothing_by_tokens: bool = field(init=False)
    """Whether neither tokens nor the request cost anything."""

    def __post_init__(self) -> None:
        brackets = (bracket is not None and not any(asdict(bracket).values()) for bracket in self.brackets)
        object.__setattr__(self, "is_nothing_by_tokens", all(brackets))

    def cost(self, tokens: Tokens, more: Extras = NO_EXTRAS) -> Nanousd | None:
        """Reckon a call, rounded half to even; None where these rates do not suffice."""
        given, made = tokens.input, tokens.output
        bracket = self.brackets[bisect_left(self.thresholds, given) if self.thresholds else 0]
        if bracket is None:
            return None
        units = bracket.request + given * bracket.input + made * bracket.output
        part = tokens.input_cached + tokens.input_cache_write_5m + tokens.input_cache_write_1h
        has_media = tokens.input_audio or tokens.input_image or tokens.output_audio or tokens.output_image
        if has_media or part > given:
            if not self.tells_all_parts:
                return None
            units += _of_all_parts(tokens, bracket)
        else:
            if part:
                units += tokens.input_cached * bracket.cached
                units += tokens.input_cache_write_5m * bracket.write_5m
                units += tokens.input_cache_write_1h * bracket.write_1h
            if bracket.reasoning:
                units += min(tokens.output_reasoning, made) * bracket.reasoning
        if more is not NO_EXTRAS:
            units += self.beside(more)
        return rounded(units, self.units_per_nanousd)

    def beside(self, more: Extras) -> int:
        """Return the units of what is charged beside tokens."""
        rates = self.extras
        if rates is None:
            return 0
        return (
            more.duration_ms * rates.duration_ms
            + more.web_searches * rates.web_searches
            + more.images * rates.images
            + more.audio_ms * rates.audio_ms
            + more.pages * rates.pages
            + more.cached_token_hours * rates.cached_token_hours
        )

    def dearest(self, most: Tokens, more: Extras = NO_EXTRAS) -> Nanousd | None:
        """Reckon the most that a call within these counts can cost, however the vendor counts them.

        What is cached or thought is any part of the totals; sound and pictures are no more than stated. None where
        these rates do not suffice.
        """
        tops = (*self.thresholds, most.input)
        units = 0
        for top, bracket in zip(tops, self.brackets, strict=True):
            if bracket is None:
                return None
            units = max(units, _most(bracket, min(top, most.input), most))
            if most.input <= top:
                break
        units += self.beside(more)
        # Upwards: a part of a nano-dollar may be rounded up.
        return Nanousd(-(-units // self.units_per_nanousd))

    def times(self, factor: Fraction) -> "Rates":
        """Return these rates with each price that many times as high."""
        return self._with_each(
            lambda units: units * factor.numerator, units_per_nanousd=self.units_per_nanousd * factor.denominator
        )

    def in_large_units(self) -> "Rates":
        """Return the same rates in the largest unit in which all are whole: small numbers are reckoned faster."""
        every = [units for bracket in self.brackets if bracket is not None for units in asdict(bracket).values()]
        every += [] if self.extras is None else msgspec.structs.astuple(self.extras)
        larger = gcd(self.units_per_nanousd, *every)
        return self._with_each(lambda units: units // larger, units_per_nanousd=self.units_per_nanousd // larger)

    def _with_each(self, change: Callable[[int], int], *, units_per_nanousd: int) -> "Rates":
        brackets = tuple(
            None if bracket is None else Bracket(**{name: change(units) for name, units in asdict(bracket).items()})
            for bracket in self.brackets
        )
        extras = self.extras
        if extras is not None:
            extras = Extras(**{name: change(units) for name, units in msgspec.structs.asdict(extras).items()})
        return replace(self, brackets=brackets, units_per_nanousd=units_per_nanousd, extras=extras)


def work_out(ask: Ask, thresholds: tuple[int, ...], usd_per_web_search: Decimal | None = None) -> Rates:
    """Find the rates behind what the price data answers. `thresholds` are all at which it changes, in order."""
    search = _units(usd_per_web_search)
    extras = None if search is None else Extras(web_searches=search)
    lengths = [min(thresholds, default=_MANY) - 1, *(threshold + 1 for threshold in thresholds)]
    return Rates(thresholds, tuple(_bracket(ask, length) for length in lengths), extras=extras).in_large_units()


def rounded(units: int, units_per_nanousd: int) -> Nanousd:
    """Round half to even, once."""
    nanousd, rest = divmod(units, units_per_nanousd)
    twice = 2 * rest
    return Nanousd(nanousd + (twice > units_per_nanousd or (twice == units_per_nanousd and nanousd % 2 == 1)))


def _of_all_parts(tokens: Tokens, bracket: Bracket) -> int:
    """Reckon what parts cost on top. Where they overlap, nobody tells how: they are taken in the dearest way."""
    given = (
        (tokens.input_cached, bracket.cached),
        (tokens.input_cache_write_5m, bracket.write_5m),
        (tokens.input_cache_write_1h, bracket.write_1h),
        (tokens.input_audio, bracket.input_audio),
        (tokens.input_image, bracket.input_image),
    )
    made = (
        (tokens.output_reasoning, bracket.reasoning),
        (tokens.output_audio, bracket.output_audio),
        (tokens.output_image, bracket.output_image),
    )
    return _on_top(given, tokens.input) + _on_top(made, tokens.output)


def _on_top(parts: tuple[tuple[int, int], ...], total: int) -> int:
    if sum(count for count, _ in parts) <= total:
        return sum(count * rate for count, rate in parts)
    units = 0
    for count, rate in sorted(parts, key=itemgetter(1), reverse=True):
        taken = min(count, total)
        units += taken * max(0, rate)
        total -= taken
    return units


def _most(bracket: Bracket, length: int, most: Tokens) -> int:
    written = max(0, bracket.cached, bracket.write_5m, bracket.write_1h)
    units = bracket.request + length * (bracket.input + written)
    units += most.output * (bracket.output + max(0, bracket.reasoning))
    units += min(length, most.input_audio) * max(0, bracket.input_audio)
    units += min(length, most.input_image) * max(0, bracket.input_image)
    units += min(most.output, most.output_audio) * max(0, bracket.output_audio)
    return units + min(most.output, most.output_image) * max(0, bracket.output_image)


def _bracket(ask: Ask, length: int) -> Bracket | None:
    """Compare a prompt of `length` tokens with others: the next longer one has to be in the bracket too."""
    plain = _units(ask(Tokens(input=length)))
    longer = _units(ask(Tokens(input=length + 1)))
    if plain is None or longer is None:
        return None
    on_top = [
        None if (asked := _units(ask(counted))) is None else asked - plain
        for counted in (
            Tokens(input=length, input_cached=1),
            Tokens(input=length, input_cache_write_5m=1),
            Tokens(input=length, input_cache_write_1h=1),
            Tokens(input=length, input_audio=1),
            Tokens(input=length, input_image=1),
            Tokens(input=length, output=1),
            Tokens(input=length, output=1, output_reasoning=1),
            Tokens(input=length, output=1, output_audio=1),
            Tokens(input=length, output=1, output_image=1),
        )
    ]
    known = [rate for rate in on_top if rate is not None]
    if len(known) < len(on_top):
        return None
    cached, write_5m, write_1h, input_audio, input_image, output, reasoning, output_audio, output_image = known
    rate = longer - plain
    return Bracket(
        request=plain - length * rate,
        input=rate,
        cached=cached,
        write_5m=write_5m,
        write_1h=write_1h,
        input_audio=input_audio,
        input_image=input_image,
        output=output,
        reasoning=reasoning - output,
        output_audio=output_audio - output,
        output_image=output_image - output,
    )


def _units(usd: Decimal | None) -> int | None:
    """Return a cost in yoctodollars; None where it is no whole number of them, or there is no cost."""
    if usd is None:
        return None
    units = usd * _YOCTOUSD_PER_USD
    return int(units) if units == int(units) else None
