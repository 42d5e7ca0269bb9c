"""The records of the write-ahead file: how they are packed, found again and told from damage.

A record is `magic (4) | payload length (4) | kind (1) | crc32 (4) | payload | end mark (4)`, little-endian. The payload
is the attempt's id (16 bytes) and, for an intent, msgpack; for a settlement the whole event as the line that goes to
the database, so that the intent need not be found again. Denials stand there beside the attempts: a count of them has
an id of its own, and is msgpack.

The checksum starts from a salt (the file's random name) and the record's offset. So neither bytes left over from
another place nor a record that a caller smuggled into a session id can pass for a record here. The file is zeros
where nothing was written: so the end mark tells a last record that was cut short from one that was damaged later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import Final, Literal, NamedTuple
from zlib import crc32

import msgspec

from drawbridge.core.money import Nanousd
from drawbridge.usage.denials import DenialCount
from drawbridge.usage.events import Intent, Settlement, Tokens
from drawbridge.usage.lost import FRAME_BYTES, REPLY_LOST_BYTES, REQUEST_LOST_BYTES
from drawbridge.usage.rows import MAX_NUMBERS_BYTES, copy_line

Kind = Literal[1, 2, 3]
INTENT: Final = 1
SETTLEMENT: Final = 2
DENIALS: Final = 3
DELIVERED: Final = frozenset({SETTLEMENT, DENIALS})
"""What goes to the database."""

MAX_INTENT_BYTES: Final = 4096 + REQUEST_LOST_BYTES
END_MARK: Final = b"\xc1end"

# The last byte is the version. A file of another version is set aside as damaged, and kept.
_MAGIC: Final = b"DbW\x05"
_HEAD: Final = Struct("<4sIB")
_CHECK: Final = Struct("<I")
_HEAD_AND_CHECK: Final = Struct("<4sIBI")
_OVERHEAD: Final = _HEAD.size + _CHECK.size + len(END_MARK)
_ID_BYTES: Final = 16
_MAX_TEXT_BYTES: Final = 200
# Price id and request id; an escape makes one byte two.
_SETTLEMENT_TEXTS_BYTES: Final = 2 * 2 * _MAX_TEXT_BYTES
_LOST_BYTES: Final = FRAME_BYTES + REPLY_LOST_BYTES
MAX_LINE_BYTES: Final = MAX_NUMBERS_BYTES + _SETTLEMENT_TEXTS_BYTES + 2 * MAX_INTENT_BYTES + _LOST_BYTES
MAX_INTENT_RECORD_BYTES: Final = _OVERHEAD + _ID_BYTES + MAX_INTENT_BYTES
MAX_RECORD_BYTES: Final = _OVERHEAD + _ID_BYTES + MAX_LINE_BYTES

_MAX_INTEGER: Final = (1 << 63) - 1


_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
_intent_decoder = msgspec.msgpack.Decoder(Intent)
_denials_decoder = msgspec.msgpack.Decoder(DenialCount)


def pack_intent(intent: Intent) -> tuple[Intent, bytes]:
    """Pack an intent into at most MAX_INTENT_BYTES; return it as it was packed: overlong text in it is cut."""
    # What a caller may have written. NUL would take more room in the line than is kept for it.
    if "\0" not in f"{intent.model}{intent.upstream_model}{intent.session_id}{intent.client}":
        try:
            packed = _encoder.encode(intent)
        except (UnicodeEncodeError, OverflowError):
            packed = None
        if packed is not None and len(packed) <= MAX_INTENT_BYTES:
            return intent, packed
    intent = _cut_intent(intent)
    return intent, _encoder.encode(intent)


def settled_line(intent: Intent, settlement: Settlement, limit: int) -> bytes:
    """Write the event of an intent, as it was packed, in at most `limit` bytes; overlong text in the settlement is cut.

    `limit` is that of `line_bound`.
    """
    try:
        line = copy_line(intent, settlement)
    except (UnicodeEncodeError, OverflowError):
        line = None
    if line is None or len(line) > limit or _has_excess(settlement):
        settlement = _cut_settlement(settlement)
        line = copy_line(intent, settlement)
    if len(line) > limit:
        line = copy_line(_cut_intent(intent), settlement)
    return line


def line_bound(intent: Intent, packed: bytes) -> int:
    """Return the most that the event of this intent takes as a line."""
    bound = MAX_NUMBERS_BYTES + _SETTLEMENT_TEXTS_BYTES + 2 * len(packed)
    return bound if intent.lost is None else bound + _LOST_BYTES


def intent_bytes(packed_intent: bytes) -> int:
    """Return the size of an intent's record in the file."""
    return _OVERHEAD + _ID_BYTES + len(packed_intent)


def settlement_bound(intent: Intent, packed: bytes) -> int:
    """Return the most that the settlement of this intent can take in the file."""
    return _OVERHEAD + _ID_BYTES + line_bound(intent, packed)


def make_record(salt: int, offset: int, kind: Kind, attempt: int, packed: bytes) -> bytes:
    """Make the bytes that stand at this offset of the file with this salt, and nowhere else."""
    payload = attempt.to_bytes(_ID_BYTES, "big") + packed
    head = _HEAD.pack(_MAGIC, len(payload), kind)
    check = crc32(payload, crc32(head, _seed(salt, offset)))
    return b"".join((head, _CHECK.pack(check), payload, END_MARK))


def pack_denials(counted: DenialCount) -> bytes:
    """Pack a count of denials, whose texts are bounded already."""
    return _encoder.encode(counted)


def decode_denials(packed: bytes) -> DenialCount:
    """Read a count of denials. Raises msgspec.DecodeError where the bytes are none."""
    return _denials_decoder.decode(packed)


def denials_bytes(packed: bytes) -> int:
    """Return the size of their record in the file."""
    return _OVERHEAD + _ID_BYTES + len(packed)


class Record(NamedTuple):
    """One record as found: `key` are the bytes of the attempt's id, `end` is the offset behind it."""

    kind: int
    key: bytes
    packed: bytes
    end: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes that are no record: damaged, or cut short by the end of the process that wrote them."""

    start: int
    end: int


def find_records(data: bytes, base: int, salt: int, *, is_last: bool) -> Iterator[Record | Gap]:
    """Yield the records in a piece of a file that begins at offset `base`, and the gaps between them, in order.

    Unless this is the last piece, it ends before whatever may be cut off by the end of the piece.
    """
    at = 0
    while at < len(data):
        if not is_last and len(data) - at < MAX_RECORD_BYTES:
            return
        record = _read_record(data, at, base, salt)
        if record is not None:
            yield record
            at = record.end - base
            continue
        start, at = at, _next_record(data, at, base, salt, is_last=is_last)
        yield Gap(base + start, base + at)


def decode_intent(packed: bytes) -> Intent:
    """Read an intent. Raises msgspec.DecodeError where the bytes are none."""
    return _intent_decoder.decode(packed)


def _read_record(data: bytes, at: int, base: int, salt: int) -> Record | None:
    payload_at = at + _HEAD_AND_CHECK.size
    if payload_at > len(data):
        return None
    magic, length, kind, check = _HEAD_AND_CHECK.unpack_from(data, at)
    end = payload_at + length
    if magic != _MAGIC or length > MAX_RECORD_BYTES or not data.startswith(END_MARK, end):
        return None
    payload = data[payload_at:end]
    if check != crc32(payload, crc32(data[at : at + _HEAD.size], _seed(salt, base + at))):
        return None
    return Record(kind, payload[:_ID_BYTES], payload[_ID_BYTES:], base + end + len(END_MARK))


def _next_record(data: bytes, at: int, base: int, salt: int, *, is_last: bool) -> int:
    """Return where the next valid record begins, or else where the search must go on."""
    candidate = data.find(_MAGIC, at + 1)
    while candidate >= 0:
        if _read_record(data, candidate, base, salt) is not None:
            return candidate
        candidate = data.find(_MAGIC, candidate + 1)
    return len(data) if is_last else max(at + 1, len(data) - MAX_RECORD_BYTES + 1)


def _seed(salt: int, offset: int) -> int:
    return (salt ^ offset) & 0xFFFFFFFF


def _cut_intent(intent: Intent) -> Intent:
    return msgspec.structs.replace(
        intent,
        product=_cut(intent.product),
        operation=_cut(intent.operation),
        dialect=_cut(intent.dialect),
        model=_cut(intent.model),
        deployment=_cut(intent.deployment),
        provider=_cut(intent.provider),
        upstream_model=_cut(intent.upstream_model),
        pricing_id=_cut_optional(intent.pricing_id),
        session_id=_cut_optional(intent.session_id),
        client=_cut_optional(intent.client),
        estimate=_clamp_tokens(intent.estimate),
    )


def _cut_settlement(settlement: Settlement) -> Settlement:
    cost = settlement.cost_nanousd
    return msgspec.structs.replace(
        settlement,
        status=_clamp_optional(settlement.status),
        tokens=_clamp_tokens(settlement.tokens),
        cost_nanousd=None if cost is None else Nanousd(_clamp(cost)),
        price_id=_cut_optional(settlement.price_id),
        time_to_first_byte_ms=_clamp_optional(settlement.time_to_first_byte_ms),
        duration_ms=_clamp(settlement.duration_ms),
        provider_request_id=_cut_optional(settlement.provider_request_id),
    )


def _has_excess(settlement: Settlement) -> bool:
    """Tell whether a number is none that the database takes."""
    cost, status = settlement.cost_nanousd or 0, settlement.status or 0
    tokens = settlement.tokens
    return max(cost, status, tokens.input, tokens.output, settlement.duration_ms) > _MAX_INTEGER


def _cut(text: str) -> str:
    # PostgreSQL cannot store NUL: a caller must not be able to make an event that cannot be booked.
    whole = text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace")
    return whole[:_MAX_TEXT_BYTES].decode("utf-8", "ignore")


def _cut_optional(text: str | None) -> str | None:
    return None if text is None else _cut(text)


def _clamp(number: int) -> int:
    return max(-_MAX_INTEGER, min(number, _MAX_INTEGER))


def _clamp_optional(number: int | None) -> int | None:
    return None if number is None else _clamp(number)


def _clamp_tokens(tokens: Tokens) -> Tokens:
    return Tokens(**{name: _clamp(getattr(tokens, name)) for name in Tokens.__struct_fields__})
