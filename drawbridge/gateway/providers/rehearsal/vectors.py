"""Embeddings without a model: a unit vector from the hash of a text."""

import hashlib
import math
import struct
from typing import Final

DIMENSIONS: Final = 1536
DIMENSIONS_LIMIT: Final = 3072

_HALF: Final = float(1 << 31)


def embed(text: bytes, dimensions: int = DIMENSIONS) -> bytes:
    """Return a unit vector as 32-bit floats, little-endian, the same for the same text.

    A shorter vector is the beginning of the longer one, drawn out to length one again, as with real models.
    """
    noise = hashlib.shake_256(text).digest(4 * dimensions)
    numbers = [number / _HALF for number in struct.unpack(f"<{dimensions}i", noise)]
    length = math.hypot(*numbers)
    return struct.pack(f"<{dimensions}f", *(number / length for number in numbers))


def as_floats(vector: bytes) -> list[float]:
    """Return the numbers of a vector."""
    return list(struct.unpack(f"<{len(vector) // 4}f", vector))
