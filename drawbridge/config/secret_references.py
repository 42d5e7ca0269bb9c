"""How `drawbridge.yaml` names a secret without holding it."""

from typing import Annotated

import msgspec
from msgspec import Meta


class SecretReference(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Where a secret is: one of the three. Never the secret itself."""

    env: Annotated[str | None, Meta(description="Name of an environment variable of the Drawbridge process.")] = None
    file: Annotated[str | None, Meta(description="Absolute path of a file, read by the Drawbridge process.")] = None
    stored: Annotated[str | None, Meta(description="Name of a secret stored by `drawbridge secrets set`.")] = None
