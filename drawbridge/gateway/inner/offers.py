"""The models that somebody may ask, as a person chooses among them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from drawbridge.gateway.inner.asked import Offer
from drawbridge.gateway.permission import Asking, shown_to
from drawbridge.gateway.price_list import list_prices
from drawbridge.gateway.providers.profiles import find_profile
from drawbridge.gateway.routing import conversed_in, listed_models, model_at
from drawbridge.gateway.snapshot import Deployment, Model, OrganisationSnapshot
from drawbridge.gateway.wire.profiles import Profile, ThinkingStyle
from drawbridge.usage.pricing.shown import ShownPrice

MAKES_VECTORS: Final = re.compile(r"embed|(?:^|[/-])(?:bge|e5|gte|minilm)-", re.IGNORECASE)
"""Names of models that make vectors, as vendors and the collections of open ones have them (2026-11-23)."""
_WORDLESS: Final = re.compile(
    # Verdicts.
    r"rerank|moderation|guard(?:-|$)|shieldgemma"
    # Sound, pictures and films.
    r"|whisper|transcribe|realtime|-voice-|(?:^|[/-])tts(?:-|$)|gpt-audio|audio-preview|orpheus|sonic|lyria|-live(?:-|$)"
    r"|[/-](?:image|video)(?:-|$)|dall-e|(?:^|[/-])(?:imagen|veo|sora|flux|stable-diffusion|sdxl)(?:[.\d-]|$)|nano-banana"
    # Reading only, acting only, and what only continues a text.
    r"|-ocr|computer-use|(?:^|/)(?:text-)?(?:ada|babbage|curie|davinci)(?:-|$)|turbo-instruct",
    re.IGNORECASE,
)
"""Names of models that hold no conversations, among those that the price data knows (genai-prices, 2026-11-23), and of
those that local servers often have."""

_EFFORTS: Final[Mapping[ThinkingStyle, tuple[str, ...]]] = {
    "none": (),
    "budget": ("none", "low", "medium", "high"),
    "adaptive": ("none", "low", "medium", "high", "max"),
    # Whether less and more than these is taken differs from model to model.
    "effort": ("low", "medium", "high"),
}

_Prices = Mapping[tuple[str, str], Mapping[str, str]]
"""Dollars for a million tokens by their kind, by the names of model and deployment."""


def offers_to(asking: Asking, served: Mapping[str, Iterable[str]]) -> list[Offer]:
    """Return the models that policy lets somebody ask, those listed first, then those that open providers serve.

    `served` has their names, by provider. A model whose name tells that it makes no words is left out. It can be asked
    all the same: the list is for people.
    """
    is_shown = shown_to(asking)
    listed = listed_models(asking.snapshot, is_shown)
    models = [*listed, *filter(is_shown, _unlisted(asking.snapshot, served))]
    priced = replace(asking.snapshot, models={model.name: model for model in models})
    prices = _short_prompts(list_prices(priced, asking.now))
    return [_offer(model, answering, prices) for model in models if (answering := _answering(model))]


def _unlisted(snapshot: OrganisationSnapshot, served: Mapping[str, Iterable[str]]) -> Iterator[Model]:
    """Yield what open providers serve beside the listed models, by names that lead to it whoever else claims them."""
    legs = [leg.deployment for model in snapshot.models.values() for leg in model.route]
    listed = {(deployment.provider.name, deployment.upstream_model) for deployment in legs}
    for provider, names in served.items():
        for name in names:
            if (provider, name) not in listed:
                yield model_at(snapshot.providers[provider], name)


def _short_prompts(prices: Iterable[ShownPrice]) -> _Prices:
    return {
        (price.model, price.deployment): price.per_million
        for price in prices
        if price.tier == "standard" and price.above_input_tokens == 0
    }


def _answering(model: Model) -> list[Deployment]:
    return [leg.deployment for leg in model.route if _converses(leg.deployment)]


def _converses(deployment: Deployment) -> bool:
    return conversed_in(deployment) is not None and not _makes_no_words(deployment.upstream_model)


def _makes_no_words(upstream_model: str) -> bool:
    """Tell by its name whether a model holds no conversations."""
    return any(names.search(upstream_model) for names in (MAKES_VECTORS, _WORDLESS))


def _offer(model: Model, answering: Sequence[Deployment], prices: _Prices) -> Offer:
    profiles = [find_profile(deployment) for deployment in answering]
    priced = [prices.get((model.name, deployment.name), {}) for deployment in answering]
    takes_temperature, efforts = parameters_taken(profiles)
    return Offer(
        model=model.name,
        vendors=tuple(dict.fromkeys(each.provider.vendor or each.provider.name for each in answering)),
        input_usd_per_million=_dearest(priced, "input"),
        output_usd_per_million=_dearest(priced, "output"),
        context_tokens=_least(profile.context_tokens for profile in profiles),
        max_output_tokens=_least(profile.max_output_tokens for profile in profiles),
        tools=_all(profile.tools for profile in profiles),
        images=_all(profile.images for profile in profiles),
        documents=_all(profile.documents for profile in profiles),
        audio=_all(profile.audio for profile in profiles),
        video=_all(profile.video for profile in profiles),
        thinks=_all(_thinks(profile) for profile in profiles),
        takes_temperature=takes_temperature,
        efforts=efforts,
    )


def _dearest(priced: Iterable[Mapping[str, str]], kind: str) -> str | None:
    """Return the dearest of several prices; None where one of them is not known."""
    each = [amounts.get(kind) for amounts in priced]
    known = [amount for amount in each if amount is not None]
    return max(known, key=Decimal) if len(known) == len(each) else None


def _thinks(profile: Profile) -> bool | None:
    return None if profile.thinking is None else profile.thinking != "none"


def parameters_taken(profiles: Sequence[Profile]) -> tuple[bool | None, tuple[str, ...] | None]:
    """Return whether a temperature reaches every deployment, and the efforts that do, as `Offer` has them."""
    return _all(_takes_temperature(each) for each in profiles), _shared([_efforts(each) for each in profiles])


def _takes_temperature(profile: Profile) -> bool | None:
    return False if "temperature" in profile.refuses else profile.takes_sampling


def _efforts(profile: Profile) -> tuple[str, ...] | None:
    if "reasoning_effort" in profile.refuses:
        return ()
    return None if profile.thinking is None else _EFFORTS[profile.thinking]


def _shared(several: Sequence[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    """Return the efforts that every deployment takes; None where that is not known of one."""
    known = [each for each in several if each is not None]
    if len(known) < len(several):
        return () if () in known else None
    return tuple(effort for effort in known[0] if all(effort in each for each in known))


def _all(able: Iterable[bool | None]) -> bool | None:
    """Return what is known of every deployment: one that is not able is enough for not."""
    each = list(able)
    if False in each:
        return False
    return None if None in each else True


def _least(amounts: Iterable[int | None]) -> int | None:
    return min((amount for amount in amounts if amount is not None), default=None)
