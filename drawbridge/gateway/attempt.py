"""One try at one deployment: on disk before its first byte leaves, settled exactly once."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from msgspec import structs

from drawbridge.core.clock import Clock
from drawbridge.core.money import Nanousd
from drawbridge.gateway.snapshot import Snapshots
from drawbridge.gateway.wire.meter import Metered
from drawbridge.usage.budgets.holds import Hold
from drawbridge.usage.errors import WriteAheadError
from drawbridge.usage.estimates import ASSUMED_DURATION_MS, estimate_cut, most_within
from drawbridge.usage.events import Intent, Outcome, Settlement, Tokens
from drawbridge.usage.limits.allowances import Taking
from drawbridge.usage.lost import REPLY_LOST_BYTES, REQUEST_LOST_BYTES, LostLeaf, keep_lost
from drawbridge.usage.prices import UNPRICED, Priced
from drawbridge.usage.pricing.book import PriceBook
from drawbridge.usage.pricing.rows import Offer
from drawbridge.usage.rates import NO_EXTRAS, Extras

_log = logging.getLogger(__name__)

_NOTHING: Final = Tokens()
_FREE: Final = Priced(Nanousd(0), None)
_REQUEST_ID_HEADERS: Final = (b"x-request-id", b"request-id", b"apim-request-id")


class UsageRecord(Protocol):
    """Where intents and settlements are kept safe: the write-ahead file."""

    def append_intent(self, intent: Intent) -> None:
        """Keep an intent. Raises WriteAheadError when there is no room: then nothing may be sent."""
        ...

    def append_settlement(self, settlement: Settlement) -> bool:
        """Keep how an attempt ended. Return False if that was known already."""
        ...


@dataclass(slots=True)
class Attempt:
    """What is known of a try so far. Its methods follow the order of events."""

    intent: Intent
    record: UsageRecord
    clock: Clock
    prices: PriceBook
    """Of the organisation whose call it is."""
    is_free: bool = False
    """The vendor runs no model for it, and charges nothing."""
    stops_when_cut: bool = False
    """Whether the vendor makes no more of the answer when nobody listens any more: a stream of one answer."""
    is_background: bool = False
    """Whether the vendor may still be at it when its reply is whole."""
    is_unpriced: bool = False
    """The vendor will charge for it, and this reply does not tell what."""
    began: float = 0.0
    is_begun: bool = False
    settled: bool = False
    status: int | None = None
    cost_nanousd: Nanousd | None = None
    """What it cost, once it is settled; None where nobody knows."""
    settlement: Settlement | None = None
    """How it ended, once it is settled."""
    first_byte_ms: int | None = None
    provider_request_id: str | None = None
    hold: Hold | None = None
    """What is held for it of budgets; None where nothing is."""
    taking: Taking | None = None
    """What it has taken of rate limits; None where there are none."""
    limit_headers: tuple[tuple[bytes, bytes], ...] = ()
    """What the reply tells of them."""
    reply_losses: Iterable[LostLeaf] | None = None
    """What a translation has lost of the reply so far; None where there is none."""

    def translates(self, request_losses: Iterable[LostLeaf], reply_losses: Iterable[LostLeaf]) -> None:
        """Note what is lost in translation, before `begin`: the second is looked at when the attempt settles."""
        self.intent = structs.replace(self.intent, lost=keep_lost(request_losses, REQUEST_LOST_BYTES))
        self.reply_losses = reply_losses

    def begin(self) -> None:
        """Put the intent on disk. Raises WriteAheadError: then nothing may be sent."""
        self.record.append_intent(self.intent)
        self.began = self.clock.monotonic()
        self.is_begun = True

    def abandon(self) -> None:
        """Free what is held for an attempt that was never begun."""
        if self.is_begun:
            return
        if self.hold is not None:
            self.hold.release()
        if self.taking is not None:
            self.taking.release()

    def answered(self, status: int, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        """Note the head of the vendor's reply. Names of headers come in lower case."""
        self.status = status
        self.first_byte_ms = self._elapsed_ms()
        by_name = dict(headers)
        for name in _REQUEST_ID_HEADERS:
            if name in by_name:
                self.provider_request_id = by_name[name].decode("latin-1")
                return

    def settle_refused(self) -> None:
        """Settle a reply that is an error: vendors do not charge for those, and after a 5xx some do all the same."""
        if (self.status or 0) < 500:
            self._settle("refused_by_provider", _NOTHING, estimated=False)
        else:
            self._settle("provider_failed", _NOTHING, estimated=not self.is_free)

    def settle_fetched(self) -> None:
        """Settle a whole reply that no model was run for."""
        status = self.status or 0
        self._settle(
            "ok" if status < 300 else "refused_by_provider" if status < 500 else "provider_failed",
            _NOTHING,
            estimated=False,
        )

    def settle_unsent(self) -> None:
        """Settle an attempt that certainly never reached the vendor."""
        self._settle("provider_failed", _NOTHING, estimated=False)

    def settle_unheard(self, outcome: Outcome) -> None:
        """Settle an attempt that was sent, and of whose answer nothing came back."""
        if self.is_free:
            self._settle(outcome, _NOTHING, estimated=False)
        else:
            self._settle(outcome, self.intent.estimate, estimated=True, is_open=True)

    def settle_answered(self, metered: Metered) -> None:
        """Settle a reply that arrived whole."""
        if self.is_free:
            self._settle("ok", _NOTHING, estimated=False)
            return
        outcome: Outcome = "provider_failed" if metered.failed else "ok"
        if metered.exact and metered.tokens is not None:
            self._settle(outcome, metered.tokens, estimated=False, metered=metered)
        elif self.is_background and not metered.complete:
            self._settle(outcome, self.intent.estimate, estimated=True, metered=metered, is_open=True)
        else:
            self._settle_seen(outcome, metered)

    def settle_cut(self, outcome: Outcome, metered: Metered) -> None:
        """Settle a reply that broke off after it had begun, perhaps only behind its last word."""
        if metered.exact and metered.tokens is not None:
            self._settle(outcome, metered.tokens, estimated=False, metered=metered)
        else:
            is_open = not (self.stops_when_cut and _tells_all_the_time(self.intent, metered))
            self._settle_seen(outcome, metered, is_open=is_open)

    def _settle_seen(self, outcome: Outcome, metered: Metered, *, is_open: bool = False) -> None:
        tokens = estimate_cut(self.intent.estimate, metered.tokens, metered.seen_output_bytes)
        self._settle(outcome, tokens, estimated=True, metered=metered, is_open=is_open)

    def _settle(
        self,
        outcome: Outcome,
        tokens: Tokens,
        *,
        estimated: bool,
        metered: Metered | None = None,
        is_open: bool = False,
    ) -> None:
        """Settle it once. `is_open`: the vendor may have made more of it than anybody saw."""
        if self.settled:
            return
        self.settled = True
        if self.taking is not None:
            self.taking.settle(tokens.input + tokens.output)
        duration_ms = self._elapsed_ms()
        priced = self._price(tokens, metered, duration_ms)
        self.cost_nanousd = priced.cost_nanousd
        unsure = self._unsure(tokens, priced.cost_nanousd, duration_ms) if is_open else 0
        settlement = Settlement(
            attempt_id=self.intent.attempt_id,
            outcome=outcome,
            status=self.status,
            tokens=tokens,
            estimated=estimated,
            cost_nanousd=priced.cost_nanousd,
            price_id=priced.price_id,
            time_to_first_byte_ms=self.first_byte_ms,
            duration_ms=duration_ms,
            provider_request_id=self.provider_request_id,
            lost=None if self.reply_losses is None else keep_lost(self.reply_losses, REPLY_LOST_BYTES),
            suspense_nanousd=Nanousd(unsure) if unsure else None,
        )
        self.settlement = settlement
        try:
            self.record.append_settlement(settlement)
        except WriteAheadError:
            if self.hold is not None:
                self.hold.keep()
            # The caller has paid for its answer: it gets it. The intent is kept, and is booked as lost at the end.
            _log.exception("attempt %s could not be settled and will be booked as lost", settlement.attempt_id)
            return
        if self.hold is not None:
            self.hold.settle(None if priced.cost_nanousd is None else priced.cost_nanousd + unsure)

    def _unsure(self, tokens: Tokens, cost: Nanousd | None, duration_ms: int) -> int:
        """Return how much more than its estimate an attempt may have come to, within what is held of hard budgets."""
        if self.hold is None or not self.hold.is_hard:
            return 0
        most, seen = int(self.hold.amount), cost or 0
        if self.stops_when_cut:
            made = most_within(self.intent.estimate, tokens, duration_ms)
            by_now = self.prices.dearest(offer_of(self.intent), made, self.intent.started_at)
            most = most if by_now is None else min(most, by_now)
        return max(0, most - seen)

    def _price(self, tokens: Tokens, metered: Metered | None, duration_ms: int) -> Priced:
        if metered is None and tokens == _NOTHING:
            return self._without_tokens()
        intent, prices = self.intent, self.prices
        tier = metered.service_tier if metered else None
        price = prices.find(offer_of(intent), intent.started_at, tier)
        if price is None and metered is not None and metered.reply_model is not None:
            # Azure's deployments have names of their own: the reply tells whose price it is.
            renamed = offer_of(intent)._replace(upstream_model=metered.reply_model)
            price = prices.find(renamed, intent.started_at, tier)
        if tokens == _NOTHING and (price is None or price.origin != "own"):
            return self._without_tokens()
        beside = NO_EXTRAS if metered is None else metered.beside
        if price is not None and price.is_by_the_hour:
            beside = structs.replace(beside, duration_ms=duration_ms)
        return prices.reckon(price, tokens, beside)

    def _without_tokens(self) -> Priced:
        return UNPRICED if self.is_unpriced and (self.status or 0) < 300 else _FREE

    def _elapsed_ms(self) -> int:
        return round((self.clock.monotonic() - self.began) * 1000)


def _tells_all_the_time(intent: Intent, metered: Metered) -> bool:
    """Tell whether a stream counts its output as it goes, thoughts included: Anthropic's counts at its end alone."""
    counted = metered.tokens
    return counted is not None and counted.output > 0 and intent.dialect != "anthropic-messages"


def offer_of(intent: Intent) -> Offer:
    """Return what an attempt buys, as prices are found by it."""
    return Offer(intent.provider, intent.upstream_model, intent.pricing_id, intent.deployment)


def price_lost(snapshots: Snapshots, intent: Intent, tokens: Tokens) -> tuple[Nanousd | None, str | None]:
    """Reckon the cost of an attempt whose process died, as recovery books it."""
    snapshot = snapshots.get(intent.organisation_id)
    prices = PriceBook() if snapshot is None else snapshot.prices
    more = Extras(duration_ms=ASSUMED_DURATION_MS)
    priced = prices.price(offer_of(intent), tokens, intent.started_at, more=more)
    return priced.cost_nanousd, priced.price_id
