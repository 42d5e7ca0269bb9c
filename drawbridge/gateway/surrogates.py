"""Escaped surrogates without their other half, which JSON allows and msgspec refuses.

RFC 8259 section 8.2 leaves them to the reader. JSON.stringify writes them where a text was cut inside an emoji.
"""

import re
from typing import Final

_ESCAPE: Final = re.compile(
    rb"\\u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\.", re.DOTALL
)


def without_lone_surrogates(text: bytes) -> bytes | None:
    r"""Return JSON of the same length with \ufffd in the place of each; None where there is none."""
    if b"\\u" not in text:
        return None
    mended = _ESCAPE.sub(_mend, text)
    return None if mended == text else mended


def _mend(escape: re.Match[bytes]) -> bytes:
    found = escape.group()
    return rb"\ufffd" if len(found) == 6 else found
