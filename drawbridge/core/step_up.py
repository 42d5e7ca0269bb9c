"""What a route says of itself whose act needs a fresh sign-in: in its description, where the door reads it."""

from collections.abc import Mapping
from typing import Final

NEEDS_STEP_UP: Final = "x-step-up"
"""The member of an operation's OpenAPI description."""

STEP_UP: Final[Mapping[str, bool]] = {NEEDS_STEP_UP: True}
"""To be given to a route as its `openapi_extra`, alone or with more."""
