"""What is known of a model: from its vendor's words, the price data, and its deployment's entry over both."""

import msgspec
import pytest

from drawbridge.gateway.entries import ProfileEntry
from drawbridge.gateway.providers.presets import PRESETS
from drawbridge.gateway.providers.profiles import find_profile
from drawbridge.gateway.snapshot import Deployment, Provider
from drawbridge.gateway.wire.profiles import UNKNOWN, Profile


def profile_of(vendor: str | None, model: str, said: ProfileEntry | None = None) -> Profile:
    provider = Provider("p", frozenset({"openai-chat"}), "https://vendor.example", pricing_id=vendor)
    return find_profile(Deployment("d", provider, model, said))


def test_of_a_model_that_nobody_knows_nothing_is_claimed() -> None:
    assert profile_of(None, "anything") == UNKNOWN
    assert profile_of("openai", "no-such-model") == UNKNOWN


@pytest.mark.parametrize(
    ("vendor", "model", "tokens"),
    [
        ("openai", "gpt-5-mini", 400_000),
        ("anthropic", "claude-sonnet-4-5", 200_000),
        ("google", "gemini-2.5-flash", 1_048_576),
    ],
)
def test_how_much_a_model_reads_is_known_from_the_price_data(vendor: str, model: str, tokens: int) -> None:
    assert profile_of(vendor, model).context_tokens == tokens


@pytest.mark.parametrize(
    ("vendor", "model", "style"),
    [
        ("openai", "gpt-5", "effort"),
        ("openai", "gpt-4o", "none"),
        ("anthropic", "claude-sonnet-4-5", "budget"),
        ("anthropic", "claude-opus-4-7", "adaptive"),
        ("google", "gemini-2.5-pro", "budget"),
        ("google", "gemini-3-pro", "effort"),
    ],
)
def test_each_model_is_told_to_think_in_its_own_way(vendor: str, model: str, style: str) -> None:
    assert profile_of(vendor, model).thinking == style


def test_of_xais_models_only_some_take_an_effort() -> None:
    assert "reasoning_effort" in profile_of("x-ai", "grok-4").refuses
    assert "reasoning_effort" not in profile_of("x-ai", "grok-3-mini").refuses
    assert "reasoning_effort" not in profile_of("x-ai", "grok-4.3").refuses
    assert "stop" not in profile_of("x-ai", "grok-4-fast-non-reasoning").refuses


def test_mistral_takes_documents_by_their_address_and_no_seed() -> None:
    mistral = profile_of("mistral", "mistral-large-latest")

    assert "document_url" in mistral.extensions
    assert "seed" in mistral.refuses


def test_what_a_deployment_says_stands_over_what_is_known_and_leaves_the_rest() -> None:
    said = profile_of("openai", "gpt-3.5-turbo", ProfileEntry(images=True, refuses=("store", "user")))

    assert said == msgspec.structs.replace(
        profile_of("openai", "gpt-3.5-turbo"), images=True, refuses=frozenset({"store", "user"})
    )
    assert said.documents is False


def test_an_entry_can_say_all_that_a_profile_holds() -> None:
    assert ProfileEntry.__struct_fields__ == Profile.__struct_fields__


def test_what_is_known_belongs_to_vendors_that_there_are_presets_for() -> None:
    known = {preset.traits.pricing_id for preset in PRESETS.values()}

    assert {"openai", "azure", "anthropic", "google", "x-ai", "mistral", "deepseek", "cerebras"} <= known
