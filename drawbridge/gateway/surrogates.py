"""Escaped surrogates without their other half, which JSON allows and msgspec refuses.

RFC 8259 section 8.2 leaves them to the reader. JSON.stringify writes them where a text was cut inside an emoji.
"""

import re
from typing import Final

# Whole runs of escaped surrogates only: other escapes are many, and a call for each would hold everybody up.
_RUN: Final = re.compile(rb"(?<!\\)(?:\\\\)*+((?:\\u[dD][89a-fA-F][0-9a-fA-F]{2})+)")
_PAIR_OR_LONE: Final = re.compile(
    rb"\\u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)


def without_lone_surrogates(text: bytes) -> bytes | None:
    r"""Return JSON of the same length with \ufffd in the place of each; None where there is none."""
    if b"\\u" not in text:
        return None
    mended = _RUN.sub(_mend_run, text)
    return None if mended == text else mended


def _mend_run(run: re.Match[bytes]) -> bytes:
    before = run.start(1) - run.start()
    return run.group()[:before] + _PAIR_OR_LONE.sub(_mend, run.group(1))


def _mend(escape: re.Match[bytes]) -> bytes:
    found = escape.group()
    return rb"\ufffd" if len(found) == 6 else found
