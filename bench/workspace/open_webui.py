"""What Open WebUI 0.12.4 was measured at, for comparison. It is not measured again: its installation takes 7.3 GB.

By hand on 2026-11-22, from its wheel, on a machine with two cores, without an embedding model loaded: its home for
somebody who is signed in, and a conversation of 400 messages until its last line was seen.
"""

from collections.abc import Iterator

from bench.figures import Measured

_WHEN = "by hand, 2026-11-22"


def open_webui() -> Iterator[Measured]:
    """Yield its figures."""
    yield Measured("Open WebUI: first page on the wire", 2_900, f"signed in, 233 requests; {_WHEN}")
    yield Measured("Open WebUI: opening a conversation of 400 messages", 3.05, f"15,000 elements; {_WHEN}")
    yield Measured("Open WebUI: start until it answers", 13.2, f"the second one 23.2; {_WHEN}")
    yield Measured("Open WebUI: memory at rest", 1_160 * 1.048576, f"one process; {_WHEN}")
    yield Measured("Open WebUI: install size", 7_300, f"262 packages; {_WHEN}")
