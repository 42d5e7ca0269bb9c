"""The records of the write-ahead file: how they are packed, found again and told from damage.

A record is `magic (4) | payload length (4) | kind (1) | crc32 (4) | payload | end mark (4)`, little-endian. The payload
is the attempt's id (16 bytes) and msgpack: the intent, or intent and settlement together, so that an event can be read
from its settlement alone.

The checksum starts from a salt (the file's random name) and the record's offset. So neither bytes left over from
another place nor a record that a caller smuggled into a session id can pass for a record here. The file is zeros
where nothing was written: so the end mark tells a last record that was cut short from one that was damaged later.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Final, Literal, NamedTuple
from zlib import crc32

import msgspec
from msgspec.structs import asdict

from drawbridge.core.money import Nanousd
from drawbridge.usage.events import Intent, Settlement, Tokens, UsageEvent

Kind = Literal[1, 2]
INTENT: Final = 1
SETTLEMENT: Final = 2

MAX_INTENT_BYTES: Final = 4096
MAX_SETTLEMENT_BYTES: Final = 1280
END_MARK: Final = b"\xc1end"

_MAGIC: Final = b"DbW\x01"
_HEAD: Final = Struct("<4sIB")
_CHECK: Final = Struct("<I")
_HEAD_AND_CHECK: Final = Struct("<4sIBI")
_OVERHEAD: Final = _HEAD.size + _CHECK.size + len(END_MARK)
_ID_BYTES: Final = 16
_PAIR_BYTES: Final = 6  # what msgpack adds around the intent and the settlement
MAX_RECORD_BYTES: Final = _OVERHEAD + _ID_BYTES + _PAIR_BYTES + MAX_INTENT_BYTES + MAX_SETTLEMENT_BYTES

_MAX_TEXT_BYTES: Final = 200
_MAX_INTEGER: Final = (1 << 63) - 1


class _Pair(msgspec.Struct, frozen=True, array_like=True, gc=False):
    intent: msgspec.Raw
    settlement: Settlement


class _Event(msgspec.Struct, frozen=True, array_like=True, gc=False):
    intent: Intent
    settlement: Settlement


_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
_intent_decoder = msgspec.msgpack.Decoder(Intent)
_event_decoder = msgspec.msgpack.Decoder(_Event)


def encode_intent(intent: Intent) -> bytes:
    """Pack an intent into at most MAX_INTENT_BYTES; overlong text in it is cut."""
    if "\0" in (intent.session_id or "") or "\0" in (intent.client or ""):
        intent = _cut_intent(intent)
    try:
        packed = _encoder.encode(intent)
    except (UnicodeEncodeError, OverflowError):
        return _encoder.encode(_cut_intent(intent))
    return packed if len(packed) <= MAX_INTENT_BYTES else _encoder.encode(_cut_intent(intent))


def encode_settlement(settlement: Settlement, packed_intent: bytes) -> bytes:
    """Pack a settlement with its intent, adding at most MAX_SETTLEMENT_BYTES; overlong text in it is cut."""
    if "\0" in (settlement.provider_request_id or ""):
        settlement = _cut_settlement(settlement)
    intent = msgspec.Raw(packed_intent)
    limit = len(packed_intent) + MAX_SETTLEMENT_BYTES
    try:
        packed = _encoder.encode(_Pair(intent, settlement))
    except (UnicodeEncodeError, OverflowError):
        return _encoder.encode(_Pair(intent, _cut_settlement(settlement)))
    return packed if len(packed) <= limit else _encoder.encode(_Pair(intent, _cut_settlement(settlement)))


def intent_bytes(packed_intent: bytes) -> int:
    """Return the size of an intent's record in the file."""
    return _OVERHEAD + _ID_BYTES + len(packed_intent)


def settlement_bound(packed_intent: bytes) -> int:
    """Return the most that the settlement of this intent can take in the file."""
    return _OVERHEAD + _ID_BYTES + _PAIR_BYTES + len(packed_intent) + MAX_SETTLEMENT_BYTES


def make_record(salt: int, offset: int, kind: Kind, attempt: int, packed: bytes) -> bytes:
    """Make the bytes that stand at this offset of the file with this salt, and nowhere else."""
    payload = attempt.to_bytes(_ID_BYTES, "big") + packed
    head = _HEAD.pack(_MAGIC, len(payload), kind)
    check = crc32(payload, crc32(head, _seed(salt, offset)))
    return b"".join((head, _CHECK.pack(check), payload, END_MARK))


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


def decode_event(packed: bytes) -> UsageEvent:
    """Read an event. Raises msgspec.DecodeError where the bytes are none."""
    event = _event_decoder.decode(packed)
    return UsageEvent(event.intent, event.settlement)


def encode_lines(events: Sequence[UsageEvent]) -> bytes:
    """Write events as JSON lines, for a person to read."""
    return msgspec.json.Encoder().encode_lines([_by_name(event) for event in events])


def _by_name(event: UsageEvent) -> dict[str, object]:
    settlement = asdict(event.settlement)
    intent = asdict(event.intent)
    intent["estimate"] = asdict(event.intent.estimate)
    settlement["tokens"] = asdict(event.settlement.tokens)
    return {"intent": intent, "settlement": settlement}


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
