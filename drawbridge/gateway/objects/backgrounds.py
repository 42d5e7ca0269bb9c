"""Responses in the background: what was held for one stands at its attempt until somebody asks how it ended."""

import asyncio
import logging
from typing import Final

from drawbridge.audit.acts import SYSTEM
from drawbridge.db.engine import DatabaseAway
from drawbridge.gateway.objects.kinds import Reference
from drawbridge.gateway.objects.ownership import OwnersAwayError
from drawbridge.gateway.objects.sending import Asked
from drawbridge.gateway.objects.store import VendorObjectStore
from drawbridge.gateway.snapshot import Provider
from drawbridge.gateway.wire.meter import Metered
from drawbridge.usage.errors import UnknownEventError
from drawbridge.usage.ledger.corrections import Corrections
from drawbridge.usage.pricing.rows import Offer

_SOURCE: Final = "the finished response"
_WITHIN_S: Final = 2.0
_log = logging.getLogger(__name__)


class Backgrounds:
    """Corrects the attempt that made a response in the background by the vendor's count, once."""

    def __init__(self, store: VendorObjectStore, corrections: Corrections) -> None:
        self._store = store
        self._corrections = corrections

    async def ended(self, asked: Asked, provider: Provider, metered: Metered) -> None:
        """Correct the attempt. Where it cannot be now, what was held stays taken, and the next to ask corrects it."""
        try:
            async with asyncio.timeout(_WITHIN_S):
                await self._correct(asked, provider, metered)
        except (OwnersAwayError, DatabaseAway, UnknownEventError, TimeoutError) as error:
            _log.warning("what the response %s came to is not booked now: %s", asked.call.ids[0], error)

    async def _correct(self, asked: Asked, provider: Provider, metered: Metered) -> None:
        reference = Reference(asked.call.family.kind, asked.call.ids[0])
        made = await self._store.maker_of(asked.owner, provider.name, reference)
        if made is None or metered.tokens is None:
            return
        offer = Offer(provider.name, made.upstream_model, provider.pricing_id, made.deployment)
        prices = asked.snapshot.prices
        priced = prices.price(offer, metered.tokens, made.started_at, metered.service_tier, metered.beside)
        if priced.cost_nanousd is not None:
            await self._corrections.correct(
                asked.owner.organisation_id,
                SYSTEM,
                made.attempt_id,
                priced.cost_nanousd,
                source=_SOURCE,
                reason=f"{metered.tokens.input} tokens of input, {metered.tokens.output} of output: {priced.price_id}",
            )
