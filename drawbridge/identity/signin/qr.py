"""QR codes (ISO/IEC 18004:2015) of short texts, as rows of dark and light: byte mode, error correction level M."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

Grid = list[list[bool]]
"""Rows of squares; true is dark."""


@dataclass(frozen=True, slots=True)
class _Version:
    """A size of the code (tables 1, 9 and E.1)."""

    number: int
    check_bytes: int
    """In each block."""
    blocks: tuple[int, ...]
    """The data bytes of each block."""
    centres: tuple[int, ...]
    """Of the alignment patterns, along either side."""

    @property
    def size(self) -> int:
        return 17 + 4 * self.number

    @property
    def capacity(self) -> int:
        """How many bytes of text it holds: four bits tell the mode, eight or sixteen the length."""
        return sum(self.blocks) - (2 if self.number < 10 else 3)


_VERSIONS: Final = (
    _Version(1, 10, (16,), ()),
    _Version(2, 16, (28,), (6, 18)),
    _Version(3, 26, (44,), (6, 22)),
    _Version(4, 18, (32, 32), (6, 26)),
    _Version(5, 24, (43, 43), (6, 30)),
    _Version(6, 16, (27, 27, 27, 27), (6, 34)),
    _Version(7, 18, (31, 31, 31, 31), (6, 22, 38)),
    _Version(8, 22, (38, 38, 39, 39), (6, 24, 42)),
    _Version(9, 22, (36, 36, 36, 37, 37), (6, 26, 46)),
    _Version(10, 26, (43, 43, 43, 43, 44), (6, 28, 50)),
)
_BYTE_MODE: Final = 4
_PADS: Final = (0xEC, 0x11)
_FIELD: Final = 0x11D
_FORMAT_GENERATOR: Final = 0x537
_FORMAT_MASK: Final = 0x5412
_VERSION_GENERATOR: Final = 0x1F25
_MASK: Final = 0
"""The squares of a checkerboard. Any of the eight masks can be read; the best one is for print at its worst."""


def qr_rows(text: str) -> list[str] | None:
    """Return the code of a text as rows of 1 (dark) and 0, without the quiet zone; None for a text too long for it."""
    data = text.encode()
    version = next((one for one in _VERSIONS if one.capacity >= len(data)), None)
    if version is None:
        return None
    grid, is_fixed = _fixed_patterns(version)
    bits = _bits(version, data)
    for row, column in _places(version.size):
        if not is_fixed[row][column]:
            grid[row][column] = next(bits, False) != ((row + column) % 2 == 0)
    return ["".join("01"[dark] for dark in row) for row in grid]


def _bits(version: _Version, data: bytes) -> Iterator[bool]:
    """Yield the bits of data and check bytes, of all blocks by turns."""
    blocks = list(_blocks(version, data))
    checks = [_check_bytes(block, version.check_bytes) for block in blocks]
    for byte in (*_by_turns(blocks), *_by_turns(checks)):
        yield from (byte >> shift & 1 == 1 for shift in range(7, -1, -1))


def _by_turns(parts: list[bytes]) -> Iterator[int]:
    """Yield the first byte of each part, then the second of each, until all are told."""
    for place in range(max(map(len, parts))):
        yield from (part[place] for part in parts if place < len(part))


def _blocks(version: _Version, data: bytes) -> Iterator[bytes]:
    """Yield the text with its mode and length in front, padded, cut into blocks."""
    length_bits = 8 if version.number < 10 else 16
    number = _BYTE_MODE << length_bits | len(data)
    for byte in data:
        number = number << 8 | byte
    # Four bits end the text, which also makes the bits whole bytes: the mode took four.
    whole = (number << 4).to_bytes((8 + length_bits) // 8 + len(data), "big")
    missing = sum(version.blocks) - len(whole)
    whole += bytes(_PADS[turn % 2] for turn in range(missing))
    begin = 0
    for size in version.blocks:
        yield whole[begin : begin + size]
        begin += size


def _check_bytes(block: bytes, count: int) -> bytes:
    """Return the Reed-Solomon remainder of a block (section 7.5.2)."""
    generator, root = [1], 1
    for _ in range(count):
        shifted = [*generator, 0]
        for place, factor in enumerate(generator):
            shifted[place + 1] ^= _times(factor, root)
        generator, root = shifted, _times(root, 2)
    rest = [0] * count
    for byte in block:
        lead, rest = byte ^ rest[0], [*rest[1:], 0]
        rest = [one ^ _times(factor, lead) for one, factor in zip(rest, generator[1:], strict=True)]
    return bytes(rest)


def _times(one: int, other: int) -> int:
    """Multiply in the field of 256 elements."""
    product = 0
    while other:
        if other & 1:
            product ^= one
        one = one << 1 ^ (_FIELD if one & 0x80 else 0)
        other >>= 1
    return product


def _places(size: int) -> Iterator[tuple[int, int]]:
    """Yield the squares in the order of the bits: in pairs of columns, from the right, up and down by turns."""
    up = True
    for right in (*range(size - 1, 6, -2), 5, 3, 1):
        for row in range(size - 1, -1, -1) if up else range(size):
            yield row, right
            yield row, right - 1
        up = not up


def _fixed_patterns(version: _Version) -> tuple[Grid, Grid]:
    """Return a grid with what every code of the version has, and which squares that is."""
    size = version.size
    grid, is_fixed = ([[False] * size for _ in range(size)] for _ in range(2))

    def put(row: int, column: int, dark: bool) -> None:
        if 0 <= row < size and 0 <= column < size:
            grid[row][column], is_fixed[row][column] = dark, True

    for place in range(size):
        put(6, place, place % 2 == 0)
        put(place, 6, place % 2 == 0)
    for row, column in ((3, 3), (3, size - 4), (size - 4, 3)):
        for down, right in _square(4):
            # Rings around the centre: the second is light, the fourth is the border.
            put(row + down, column + right, max(abs(down), abs(right)) not in (2, 4))
    corners = {(6, 6), (6, size - 7), (size - 7, 6)}
    for row, column in ((a, b) for a in version.centres for b in version.centres if (a, b) not in corners):
        for down, right in _square(2):
            put(row + down, column + right, max(abs(down), abs(right)) != 1)
    for row, column, dark in (*_format_squares(size), *_version_squares(version)):
        put(row, column, dark)
    return grid, is_fixed


def _square(reach: int) -> Iterator[tuple[int, int]]:
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            yield down, right


def _format_squares(size: int) -> Iterator[tuple[int, int, bool]]:
    """Yield the squares that tell level and mask, twice (section 7.9). Level M is 00."""
    word = _with_check_bits(_MASK, 10, _FORMAT_GENERATOR) ^ _FORMAT_MASK
    along = (0, 1, 2, 3, 4, 5, 7, 8)
    for bit in range(15):
        dark = word >> bit & 1 == 1
        if bit < 8:
            yield along[bit], 8, dark
            yield 8, size - 1 - bit, dark
        else:
            yield 8, along[14 - bit], dark
            yield size - 15 + bit, 8, dark
    yield size - 8, 8, True


def _version_squares(version: _Version) -> Iterator[tuple[int, int, bool]]:
    """Yield the squares that tell the version, twice (section 7.10)."""
    if version.number < 7:
        return
    word = _with_check_bits(version.number, 12, _VERSION_GENERATOR)
    for bit in range(18):
        dark = word >> bit & 1 == 1
        yield bit // 3, version.size - 11 + bit % 3, dark
        yield version.size - 11 + bit % 3, bit // 3, dark


def _with_check_bits(number: int, bits: int, generator: int) -> int:
    """Return a number with the remainder of its division by a generator behind it."""
    rest = number << bits
    for shift in range(number.bit_length() + bits, -1, -1):
        if rest >> (shift + bits) & 1:
            rest ^= generator << shift
    return number << bits | rest
