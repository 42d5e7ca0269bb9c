"""What makes a new object at a vendor: where it is to live, and its body, checked and ready to go there."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from drawbridge.gateway.bodies import TopLevel, scan, splice
from drawbridge.gateway.multipart import read_form
from drawbridge.gateway.objects.admission import find_holders
from drawbridge.gateway.objects.batches import Checked, allow_again, check_lines, check_requests
from drawbridge.gateway.objects.kinds import Reference
from drawbridge.gateway.objects.multipart import Field, take_fields, write_form
from drawbridge.gateway.objects.ownership import Owners
from drawbridge.gateway.objects.paths import (
    ANTHROPIC_BATCHES,
    ANTHROPIC_FILES,
    GEMINI_CACHES,
    OPENAI_BATCHES,
    OPENAI_FILES,
    Family,
)
from drawbridge.gateway.objects.references import TOP_MEMBERS, find_references
from drawbridge.gateway.objects.sending import Asked, Prepared
from drawbridge.gateway.permission import Asking, allow_provider, find_allowed, may_use_provider
from drawbridge.gateway.providers.presets import REHEARSAL_URL
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.routing import keep_providers
from drawbridge.gateway.snapshot import Model, Provider

PROVIDER_HEADER: Final = "x-drawbridge-provider"
_GUARDED: Final = TOP_MEMBERS | {"input_file_id", "requests", "model", "file_ids", "file_id", "items"}


async def prepare(owners: Owners, asked: Asked, body: bytes, within: Provider | None) -> tuple[Provider, Prepared]:
    """Return where a new object is to be made, and what to send there.

    `within` is the provider of the object that it becomes a part of, if any. Raises Refusal or MalformedBody.
    """
    family = asked.call.family
    if family is OPENAI_BATCHES:
        return await _batch(owners, asked, body)
    provider = within or choose_provider(asked.asking, family, asked.exchange.headers)
    content_type = asked.exchange.headers.get("content-type", "")
    if family in (OPENAI_FILES, ANTHROPIC_FILES) or content_type.startswith("multipart/"):
        return provider, await _form(owners, asked, provider, take_fields(read_form(body, content_type)))
    top = scan(body or b"{}", _GUARDED)
    if family is ANTHROPIC_BATCHES:
        checked = await asyncio.to_thread(check_requests, top, asked.asking, provider)
        await _require_held(owners, asked, checked, provider)
        return provider, Prepared(checked.body, is_unpriced=True, runs=checked.runs)
    references = find_references(family.dialect, top, asked.snapshot.providers.values())
    if references and provider.name not in await find_holders(owners, asked.owner, references):
        raise _elsewhere(provider)
    return provider, _cache(top, asked, provider) if family is GEMINI_CACHES else Prepared(top.body)


def choose_provider(asking: Asking, family: Family, headers: Mapping[str, str]) -> Provider:
    """Return the provider that a new object is to live at, which the caller may use. Raises Refusal."""
    able = {
        name: found
        for name, found in asking.snapshot.providers.items()
        if family.needs in found.dialects and found.base_url != REHEARSAL_URL
    }
    named = headers.get(PROVIDER_HEADER)
    if named is not None and named in able:
        allow_provider(asking, able[named])
        return able[named]
    if not able:
        raise Refusal("unsupported_operation", f"No provider here has {family.path}: none speaks {family.needs}.")
    allowed = [name for name in sorted(able) if may_use_provider(asking, able[name])]
    choices = ", ".join(allowed)
    if named is not None:
        raise Refusal("bad_request", f"Provider '{named}' does not have {family.path} here. These do: {choices}.")
    if len(allowed) > 1:
        raise Refusal(
            "bad_request",
            f"Several providers have {family.path}: say which one by the header {PROVIDER_HEADER}. Choose from:"
            f" {choices}.",
        )
    chosen = able[allowed[0] if allowed else min(able)]
    allow_provider(asking, chosen)
    return chosen


async def _batch(owners: Owners, asked: Asked, body: bytes) -> tuple[Provider, Prepared]:
    top = scan(body, _GUARDED)
    file_id = top.text("input_file_id")
    if file_id is None:
        raise Refusal("bad_request", "The batch names no file: set 'input_file_id'.", param="input_file_id")
    # Not just any file of the caller's: its lines must have been checked when it was uploaded.
    file = Reference("batch_input", file_id)
    holders = await find_holders(owners, asked.owner, [file])
    for name in sorted(holders):
        provider = asked.snapshot.providers.get(name)
        if provider is not None and OPENAI_BATCHES.needs in provider.dialects:
            allow_provider(asked.asking, provider)
            runs = _allow_lines(await owners.models_of(asked.owner, name, file), asked.asking, provider)
            return provider, Prepared(body, is_unpriced=True, runs=runs)
    raise Refusal("unsupported_operation", "The provider that has this file does not take batches here.")


def _allow_lines(models: Sequence[str] | None, asking: Asking, provider: Provider) -> tuple[Model, ...]:
    """Check that what a file's lines name may still be used, and return it as models. Raises Refusal."""
    if models is None:
        raise Refusal(
            "bad_request",
            "Which models the lines of this file name was not kept when it was uploaded: upload it again.",
            param="input_file_id",
        )
    return allow_again(models, asking, provider)


async def _form(owners: Owners, asked: Asked, provider: Provider, fields: list[Field]) -> Prepared:
    purpose = {field.name.casefold(): field for field in fields}.get("purpose")
    if asked.call.family is not OPENAI_FILES or purpose is None or purpose.content != b"batch":
        content_type, body = write_form(fields)
        return Prepared(body, content_type)
    lines = _the_one_file(fields)
    # Fifty thousand lines take seconds: other calls go on meanwhile.
    checked = await asyncio.to_thread(check_lines, lines.content, asked.asking, provider)
    await _require_held(owners, asked, checked, provider)
    content_type, body = write_form(
        [replace(field, content=checked.body) if field is lines else field for field in fields]
    )
    return Prepared(body, content_type, batch_models=checked.models)


def _the_one_file(fields: list[Field]) -> Field:
    """Return the field that holds the lines. Refuse what a vendor could take for the file in its place."""
    plain = (field.name.casefold().replace("[", "").replace("]", "").strip() for field in fields)
    meant = sum(name.startswith("file") for name in plain)
    lines = next((field for field in fields if field.name == "file"), None)
    if meant != 1 or lines is None:
        raise Refusal("bad_request", "Send the lines of the batch as one part, named 'file'.", param="file")
    return lines


async def _require_held(owners: Owners, asked: Asked, checked: Checked, provider: Provider) -> None:
    if checked.references and provider.name not in await find_holders(owners, asked.owner, checked.references):
        raise _elsewhere(provider)


def _elsewhere(provider: Provider) -> Refusal:
    return Refusal(
        "bad_request",
        f"This is to be made at {provider.name}, and refers to what lives at another provider: say where it is to be"
        f" made by the header {PROVIDER_HEADER}.",
    )


def _cache(top: TopLevel, asked: Asked, provider: Provider) -> Prepared:
    """Put the upstream's name of a model into a cache of Gemini's, where it is written `models/NAME`."""
    written = top.text("model")
    if not written:
        raise Refusal("bad_request", "The cache names no model: set 'model' to models/NAME.", param="model")
    name = written.removeprefix("models/")
    model = keep_providers(find_allowed(asked.asking, name, "gemini"), {provider.name})
    body = splice(top.body, [top.replace_text("model", f"models/{model.route[0].deployment.upstream_model}")])
    return Prepared(body, runs=(model,))
