"""What a route says of itself in its OpenAPI description, where the door and the description read it."""

from collections.abc import Mapping
from typing import Final

NEEDS_STEP_UP: Final = "x-step-up"
"""The member of an operation whose act needs a fresh sign-in."""

STEP_UP: Final[Mapping[str, bool]] = {NEEDS_STEP_UP: True}
"""To be given to a route as its `openapi_extra`, alone or with more."""

NAMES_OTHERS: Final = "x-names-others"
"""The member of an operation whose query names people or things, which may not be there; it is not shown."""

ABOUT_OTHERS: Final[Mapping[str, bool]] = {NAMES_OTHERS: True}
"""The same as `STEP_UP` for it."""
