"""What one try costs."""

from datetime import UTC, datetime

import msgspec

from drawbridge.gateway.attempt import Attempt
from drawbridge.gateway.wire.meter import meter_for
from drawbridge.usage.events import Intent, Settlement
from drawbridge.usage.pricing.book import PriceBook
from tests.parts.clock import HeldClock
from tests.usage.attempts import make_intent


class Kept:
    def __init__(self) -> None:
        self.settlements: list[Settlement] = []

    def append_intent(self, intent: Intent) -> None:
        del intent

    def append_settlement(self, settlement: Settlement) -> bool:
        self.settlements.append(settlement)
        return True


def test_a_deployment_with_a_name_of_its_own_is_priced_by_the_model_that_its_reply_names() -> None:
    kept, meter = Kept(), meter_for("chat.completions")
    intent = msgspec.structs.replace(
        make_intent(), started_at=datetime(2026, 11, 1, tzinfo=UTC), pricing_id="azure", upstream_model="our-deployment"
    )
    usage = {"prompt_tokens": 1_000_000, "completion_tokens": 0}
    meter.reply(msgspec.json.encode({"model": "gpt-4.1-mini-2025-04-14", "usage": usage}))

    Attempt(intent, kept, HeldClock(), PriceBook()).settle_answered(meter.result())

    [settlement] = kept.settlements
    assert settlement.cost_nanousd == 400_000_000
    assert settlement.price_id is not None
    assert settlement.price_id.endswith("/azure/gpt-4.1-mini")
