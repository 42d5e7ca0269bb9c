"""The gateway's entries in `drawbridge.yaml`, and what each means in full."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from drawbridge.gateway.dialects import AuthStyle, Dialect, UsageInStream
from drawbridge.gateway.providers.presets import PRESETS, PresetName, Traits
from drawbridge.gateway.wire.profiles import OutputLimitMember, Profile, ThinkingStyle

LARGEST_WEIGHT = 1_000_000

_Text = Annotated[str, Meta(min_length=1)]
_CEILING = 'What a call is held at where nobody can tell what it costs at most, such as "0.50".'


class Credential(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Where a credential is: exactly one of the three. Never the credential itself."""

    env: Annotated[str | None, Meta(description="Name of an environment variable of the Drawbridge process.")] = None
    file: Annotated[str | None, Meta(description="Absolute path of a file, read by the Drawbridge process.")] = None
    stored: Annotated[str | None, Meta(description="Name of a secret stored by `drawbridge secrets set`.")] = None


class Quirks(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """How the provider differs from its preset."""

    auth: Annotated[AuthStyle | None, Meta(description="Where the credential goes.")] = None
    usage_in_stream: Annotated[
        UsageInStream | None, Meta(description="Whether chat streams tell their usage: when asked, always, never.")
    ] = None
    model_patterns: Annotated[
        tuple[str, ...] | None, Meta(description="Beginnings of the model names claimed with `models: any`.")
    ] = None
    max_body_bytes: Annotated[int, Meta(ge=1, description="The largest request the provider takes.")] | None = None
    pricing_id: Annotated[str | None, Meta(description="The vendor's id in the price data.")] = None
    ceiling_usd: Annotated[str | None, Meta(description=_CEILING)] = None


class ProviderEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A vendor's account and base URL."""

    preset: Annotated[PresetName | None, Meta(description="Fills in what is known of a vendor.")] = None
    base_url: Annotated[
        str | None, Meta(description="The API's root with its version, such as http://10.0.0.5:8000/v1.")
    ] = None
    dialects: Annotated[tuple[Dialect, ...], Meta(min_length=1, description="The wire formats it speaks.")] | None = (
        None
    )
    credential: Annotated[Credential | None, Meta(extra_json_schema={"minProperties": 1, "maxProperties": 1})] = None
    quirks: Quirks = Quirks()
    models: Annotated[
        Literal["any"] | None, Meta(description="`any`: model names that it claims work without being listed.")
    ] = None
    region: (
        Annotated[
            str,
            Meta(
                pattern="^[a-z0-9]+(-[a-z0-9]+)*$",
                max_length=63,
                description="Where it works on what it is sent, such as eu: grants can ask for it.",
            ),
        ]
        | None
    ) = None


class ProfileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What a deployment's model can do, where Drawbridge knows it wrongly or not at all.

    The same members as `wire.profiles.Profile`.
    """

    tools: Annotated[bool | None, Meta(description="It calls tools.")] = None
    images: Annotated[bool | None, Meta(description="It reads images.")] = None
    documents: Annotated[bool | None, Meta(description="It reads documents, such as PDF.")] = None
    audio: Annotated[bool | None, Meta(description="It hears sound.")] = None
    video: Annotated[bool | None, Meta(description="It watches films.")] = None
    output_schema: Annotated[bool | None, Meta(description="Its answer can be held to a JSON schema.")] = None
    thinking: Annotated[ThinkingStyle | None, Meta(description="How it is told to think.")] = None
    takes_sampling: Annotated[bool | None, Meta(description="Temperature and the like are not refused.")] = None
    takes_temperature_with_top_p: Annotated[bool | None, Meta(description="Both may be set at once.")] = None
    takes_prefill: Annotated[bool | None, Meta(description="The conversation may end with the model's words.")] = None
    takes_late_system: Annotated[bool | None, Meta(description="System messages may stand within it.")] = None
    takes_responses: Annotated[bool | None, Meta(description="OpenAI's responses serve it too.")] = None
    needs_call_seals: Annotated[bool | None, Meta(description="Tool calls need their signatures (Gemini 3).")] = None
    context_tokens: Annotated[int, Meta(ge=1, description="The most that it reads and writes.")] | None = None
    max_output_tokens: Annotated[int, Meta(ge=1, description="The most that it writes.")] | None = None
    output_limit_member: Annotated[OutputLimitMember | None, Meta(description="The name of that in a chat.")] = None
    ceiling_usd: Annotated[str | None, Meta(description=_CEILING)] = None
    extensions: Annotated[
        tuple[_Text, ...] | None, Meta(description="Members beyond the dialect's own that it takes.")
    ] = None
    refuses: Annotated[tuple[_Text, ...] | None, Meta(description="Members of the dialect that it refuses.")] = None


class DeploymentEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One upstream model at one provider."""

    provider: Annotated[_Text, Meta(description="Name of a provider.")]
    upstream_model: Annotated[_Text, Meta(description="The model's name at the provider.")]
    profile: Annotated[ProfileEntry, Meta(description="What the model can do, over what is known of it.")] = (
        ProfileEntry()
    )


class RouteStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A deployment on a model's route, with its share of the calls."""

    deployment: _Text
    weight: Annotated[int, Meta(ge=1, le=LARGEST_WEIGHT, description="Its share, beside the other weights.")] = 1


class ModelEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The public name that callers use, with a route to deployments."""

    route: Annotated[
        tuple[_Text | RouteStep, ...], Meta(min_length=1, description="Deployments, by name or with a weight.")
    ]


def provider_in_full(entry: ProviderEntry) -> ProviderEntry:
    """Fill in what the preset tells: address, dialects, the variable that holds the credential."""
    preset = PRESETS.get(entry.preset or "")
    base_url = entry.base_url or (preset.base_url if preset else None)
    usual = usual_credential(entry)
    return msgspec.structs.replace(
        entry,
        base_url=None if base_url is None else base_url.rstrip("/"),
        dialects=entry.dialects or (preset.dialects if preset else ()),
        credential=entry.credential or usual,
    )


def provider_in_short(entry: ProviderEntry) -> ProviderEntry:
    """Leave out what the preset tells."""
    preset = PRESETS.get(entry.preset or "")
    if preset is None:
        return entry
    return msgspec.structs.replace(
        entry,
        base_url=None if entry.base_url == preset.base_url else entry.base_url,
        dialects=None if entry.dialects == preset.dialects else entry.dialects,
        credential=None if entry.credential == usual_credential(entry) else entry.credential,
    )


def usual_credential(entry: ProviderEntry) -> Credential | None:
    """Return where a provider's credential is unless its entry says otherwise; None for no credential."""
    preset = PRESETS.get(entry.preset or "")
    if preset is None or not preset.environment or entry.quirks.auth == "none":
        return None
    return Credential(env=preset.environment[0])


def traits_of(preset_name: str | None, quirks: Quirks) -> Traits:
    """Return how a provider behaves: as its preset says, unless its quirks say otherwise."""
    preset = PRESETS.get(preset_name or "")
    usual = preset.traits if preset else Traits()
    return Traits(
        auth=quirks.auth or usual.auth,
        usage_in_stream=quirks.usage_in_stream or usual.usage_in_stream,
        model_patterns=usual.model_patterns if quirks.model_patterns is None else quirks.model_patterns,
        max_body_bytes=quirks.max_body_bytes or usual.max_body_bytes,
        pricing_id=quirks.pricing_id or usual.pricing_id,
        ceiling_usd=quirks.ceiling_usd,
        prefers=usual.prefers,
    )


def profile_over(known: Profile, entry: ProfileEntry) -> Profile:
    """Return what is known of a model with what its deployment's entry says over it."""
    said = {name: value for name, value in msgspec.structs.asdict(entry).items() if value is not None}
    if not said:
        return known
    for name in ("extensions", "refuses"):
        if name in said:
            said[name] = frozenset(said[name])
    return msgspec.structs.replace(known, **said)


def route_in_full(entry: ModelEntry) -> tuple[RouteStep, ...]:
    """Return the steps of a route, each with its weight."""
    return tuple(RouteStep(deployment=step) if isinstance(step, str) else step for step in entry.route)


def route_in_short(entry: ModelEntry) -> tuple[str | RouteStep, ...]:
    """Write steps of the usual weight by name alone."""
    return tuple(step.deployment if step.weight == 1 else step for step in route_in_full(entry))
