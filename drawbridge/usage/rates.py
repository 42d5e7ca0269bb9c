"""List prices worked out beforehand, so that reckoning a call costs a few multiplications instead of a search.

What a call costs is a sum for the request and a rate for each kind of token, between the thresholds at which long
prompts become dearer. So a few sums asked of the price data tell them all, and hold for as long as the price does.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from drawbridge.core.money import Nanousd
from drawbridge.usage.events import Tokens

Ask = Callable[[Tokens], Decimal | None]
"""The price data: what these tokens cost in USD; None where it cannot tell."""

_ATTOUSD_PER_USD: Final = 10**18
_ATTOUSD_PER_NANOUSD: Final = 10**9
_MANY: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class _Bracket:
    """Attodollars (10^-18 USD) for the request and for each token, for prompts of a range of lengths.

    The last three come on top of `input`, of which their tokens are a part: a discount is below zero.
    """

    request: int
    input: int
    output: int
    cached: int
    write_5m: int
    write_1h: int


@dataclass(frozen=True, slots=True)
class Rates:
    """What one model costs at one time."""

    thresholds: tuple[int, ...]
    """Above so many input tokens the next bracket holds, for all tokens of the call."""
    brackets: tuple[_Bracket | None, ...]
    """One more than there are thresholds; None where the price data must be asked for each call."""

    def cost(self, tokens: Tokens) -> Nanousd | None:
        """Reckon a call, rounded half to even; None where these rates do not suffice."""
        part = tokens.input_cached + tokens.input_cache_write_5m + tokens.input_cache_write_1h
        if tokens.input_audio or tokens.input_image or tokens.output_audio or tokens.output_image:
            return None
        bracket = self.brackets[bisect_left(self.thresholds, tokens.input)]
        if bracket is None or part > tokens.input:
            return None
        attousd = bracket.request + tokens.input * bracket.input + tokens.output * bracket.output
        if part:
            attousd += tokens.input_cached * bracket.cached
            attousd += tokens.input_cache_write_5m * bracket.write_5m + tokens.input_cache_write_1h * bracket.write_1h
        return _rounded(attousd)


def work_out(ask: Ask, thresholds: tuple[int, ...]) -> Rates:
    """Find the rates behind what the price data answers. `thresholds` are all at which it changes, in order."""
    lengths = [min(thresholds, default=_MANY) - 1, *(threshold + 1 for threshold in thresholds)]
    return Rates(thresholds, tuple(_bracket(ask, length) for length in lengths))


def _bracket(ask: Ask, length: int) -> _Bracket | None:
    """Compare a prompt of `length` tokens with others: the next longer one has to be in the bracket too."""
    plain = _attousd(ask(Tokens(input=length)))
    longer = _attousd(ask(Tokens(input=length + 1)))
    answered = _attousd(ask(Tokens(input=length, output=1)))
    cached = _attousd(ask(Tokens(input=length, input_cached=1)))
    write_5m = _attousd(ask(Tokens(input=length, input_cache_write_5m=1)))
    write_1h = _attousd(ask(Tokens(input=length, input_cache_write_1h=1)))
    if plain is None or longer is None or answered is None or cached is None or write_5m is None or write_1h is None:
        return None
    rate = longer - plain
    return _Bracket(plain - length * rate, rate, answered - plain, cached - plain, write_5m - plain, write_1h - plain)


def _attousd(usd: Decimal | None) -> int | None:
    """Return a cost in attodollars; None where it is no whole number of them, or there is no cost."""
    if usd is None:
        return None
    attousd = usd * _ATTOUSD_PER_USD
    return int(attousd) if attousd == int(attousd) else None


def _rounded(attousd: int) -> Nanousd:
    nanousd, rest = divmod(attousd, _ATTOUSD_PER_NANOUSD)
    half = _ATTOUSD_PER_NANOUSD // 2
    return Nanousd(nanousd + (rest > half or (rest == half and nanousd % 2 == 1)))
