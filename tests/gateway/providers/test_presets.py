from typing import get_args

import pytest
from genai_prices.data import providers as priced_providers

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.entries import ProviderEntry, Quirks, provider_in_full, provider_in_short, traits_of
from drawbridge.gateway.providers.presets import PRESETS, Preset, PresetName

EVERY = list(PRESETS.values())


def test_the_names_that_a_file_may_use_are_those_that_exist() -> None:
    assert set(get_args(PresetName)) == set(PRESETS)
    assert [preset.name for preset in EVERY] == list(PRESETS)


@pytest.mark.parametrize("preset", EVERY, ids=lambda preset: preset.name)
def test_a_preset_is_whole(preset: Preset) -> None:
    assert preset.dialects
    assert set(preset.dialects) <= set(get_args(Dialect))
    assert len(set(preset.dialects)) == len(preset.dialects)
    assert preset.base_url is None or not preset.base_url.endswith("/")
    assert (preset.traits.auth == "none") <= (not preset.environment)


@pytest.mark.parametrize("preset", [preset for preset in EVERY if preset.environment], ids=lambda preset: preset.name)
def test_a_hosted_vendors_prices_are_in_the_price_data(preset: Preset) -> None:
    assert preset.traits.pricing_id in {provider.id for provider in priced_providers}


def test_what_runs_on_ones_own_machines_has_no_price() -> None:
    unpriced = {preset.name for preset in EVERY if preset.traits.pricing_id is None}

    assert unpriced == {"ollama", "vllm", "llama-cpp", "lm-studio", "tgi"}


def test_only_the_rehearsal_speaks_every_dialect_and_no_vendor_is_near_it() -> None:
    rehearsal = PRESETS["rehearsal"]

    # It keeps nothing, so it has nothing to upload to or to come back for.
    keeping = {dialect for dialect in get_args(Dialect) if dialect.endswith(("-files", "-batches", "-caches"))}
    assert set(rehearsal.dialects) == set(get_args(Dialect)) - keeping
    assert rehearsal.base_url == "rehearsal:"
    assert [preset.name for preset in EVERY if preset.base_url == "rehearsal:"] == ["rehearsal"]


@pytest.mark.parametrize("preset", EVERY, ids=lambda preset: preset.name)
def test_an_entry_in_full_is_the_entry_in_short_again(preset: Preset) -> None:
    entry = ProviderEntry(preset=preset.name, base_url=None if preset.base_url else "http://localhost:8000/v1")

    full = provider_in_full(entry)

    assert full.base_url
    assert full.dialects == preset.dialects
    assert provider_in_full(full) == full
    assert provider_in_short(full) == entry


def test_the_credential_is_by_default_in_the_vendors_own_variable() -> None:
    full = provider_in_full(ProviderEntry(preset="gemini"))

    assert full.credential is not None
    assert full.credential.env == "GEMINI_API_KEY"
    assert provider_in_full(ProviderEntry(preset="gemini", quirks=Quirks(auth="none"))).credential is None
    assert provider_in_full(ProviderEntry(preset="ollama")).credential is None


def test_a_slash_at_the_end_of_an_address_does_not_matter() -> None:
    assert provider_in_full(ProviderEntry(preset="vllm", base_url="http://x/v1/")).base_url == "http://x/v1"


def test_quirks_go_before_the_preset() -> None:
    usual = traits_of("anthropic", Quirks())
    changed = traits_of("anthropic", Quirks(auth="bearer", model_patterns=()))

    assert (usual.auth, usual.model_patterns, usual.pricing_id) == ("x-api-key", ("claude-",), "anthropic")
    assert (changed.auth, changed.model_patterns, changed.pricing_id) == ("bearer", (), "anthropic")


def test_a_provider_without_preset_is_asked_for_usage_and_sent_a_bearer() -> None:
    traits = traits_of(None, Quirks())

    assert (traits.auth, traits.usage_in_stream, traits.pricing_id) == ("bearer", "asked", None)
