"""The list of models, in the shape of each dialect."""

from typing import Final

import msgspec

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.snapshot import Model

_OWNER: Final = "drawbridge"


def write_models(models: list[Model], dialect: Dialect) -> bytes:
    """Return all models on one page: the list is small, and clients that page stop at `has_more: false`."""
    entries = [_entry(model, dialect) for model in models]
    match dialect:
        case "anthropic-messages":
            first, last = (models[0].name, models[-1].name) if models else (None, None)
            return msgspec.json.encode({"data": entries, "has_more": False, "first_id": first, "last_id": last})
        case "gemini":
            return msgspec.json.encode({"models": entries})
        case _:
            return msgspec.json.encode({"object": "list", "data": entries})


def write_model(model: Model, dialect: Dialect) -> bytes:
    """Return one model."""
    return msgspec.json.encode(_entry(model, dialect))


def _entry(model: Model, dialect: Dialect) -> dict[str, object]:
    match dialect:
        case "anthropic-messages":
            created = model.created_at.isoformat(timespec="seconds").replace("+00:00", "Z")
            return {"type": "model", "id": model.name, "display_name": model.name, "created_at": created}
        case "gemini":
            return {
                "name": f"models/{model.name}",
                "displayName": model.name,
                "supportedGenerationMethods": _gemini_methods(model),
            }
        case _:
            created_s = int(model.created_at.timestamp())
            return {"id": model.name, "object": "model", "created": created_s, "owned_by": _OWNER}


def _gemini_methods(model: Model) -> list[str]:
    speaks = any("gemini" in leg.deployment.provider.dialects for leg in model.route)
    return ["generateContent", "streamGenerateContent", "countTokens", "embedContent"] if speaks else []
