"""The root of every error that Drawbridge raises on purpose.

    DrawbridgeError
      +-- one branch for each product, drawn in that product's errors.py

An error carries what a caller needs to act: a stable code, whose fault it is, an HTTP status, when to
try again. Its message says what happened and what to do next. Expected outcomes (denied, not found) are
values, not exceptions.
"""

from typing import Literal

Fault = Literal["caller", "policy", "provider", "us"]


class DrawbridgeError(Exception):
    """Carry a message for a person, and the data that a program needs to act on it."""

    code: str = "internal_error"
    status: int = 500
    fault: Fault = "us"

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after_s = retry_after_s
