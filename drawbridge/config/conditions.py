"""Conditional requests: what the headers If-Match and If-None-Match ask of an object (RFC 9110 section 13.1)."""

from collections.abc import Mapping

from drawbridge.config.errors import PreconditionError
from drawbridge.config.objects import Condition


def read_condition(headers: Mapping[str, str]) -> Condition:
    """Read what a request wants to be true of the object that it changes."""
    if_match, if_none_match = headers.get("if-match"), headers.get("if-none-match")

    def condition(etag: str | None) -> None:
        if if_match is not None and not _matches(if_match, etag):
            said = "there is no such object" if etag is None else f"its etag is {etag}"
            raise PreconditionError(f"The object is not as If-Match says: {said}. Get it anew, then decide.")
        if if_none_match is not None and _matches(if_none_match, etag, weakly=True):
            raise PreconditionError(
                f"The object exists, with the etag {etag}, and If-None-Match wants that it does not."
            )

    return condition


def wants_answer(headers: Mapping[str, str], etag: str) -> bool:
    """Tell whether a reader who has some version of an object needs this one."""
    if_none_match = headers.get("if-none-match")
    return if_none_match is None or not _matches(if_none_match, etag, weakly=True)


def _matches(written: str, etag: str | None, *, weakly: bool = False) -> bool:
    if etag is None:
        return False
    tags = [tag.strip() for tag in written.split(",")]
    return "*" in tags or etag in tags or (weakly and f"W/{etag}" in tags)
