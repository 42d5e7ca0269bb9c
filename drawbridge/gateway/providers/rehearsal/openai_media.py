"""Replies of OpenAI images and audio: always the same tiny picture, a short silence, and one sentence.

Sources: https://platform.openai.com/docs/api-reference/images and .../audio, 2026-11-23.
"""

import base64
import struct
import zlib
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from drawbridge.gateway.providers.rehearsal.reading import read_json
from drawbridge.gateway.providers.rehearsal.reply import EPOCH_S, Effects, Piece, RehearsedReply, streamed, whole
from drawbridge.gateway.providers.rehearsal.script import LABEL, TOKENS_PER_MEDIUM, count_tokens, read_effects

_SIDE: Final = 8
_WAV_RATE: Final = 8_000
_WAV_SAMPLES: Final = 800
"""A tenth of a second."""


class _ImageRequest(Struct):
    prompt: str
    n: Annotated[int, Meta(ge=1, le=10)] | None = None
    stream: bool | None = None


class _SpeechRequest(Struct):
    input: str
    stream_format: Literal["sse", "audio"] = "audio"


def generate(body: bytes) -> RehearsedReply:
    """Return the reply to a request for images. Raises Failure."""
    request = read_json(body, _ImageRequest)
    effects = read_effects(request.prompt)
    usage = _image_usage(count_tokens(len(request.prompt.encode())), request.n or 1)
    if not request.stream:
        return _images(request.n or 1, usage, effects)
    done = {
        "type": "image_generation.completed",
        "created_at": EPOCH_S,
        "b64_json": _picture(),
        "background": "opaque",
        "output_format": "png",
        "quality": "low",
        "size": f"{_SIDE}x{_SIDE}",
        "usage": usage,
    }
    return streamed([_event(done)], effects)


def edit() -> RehearsedReply:
    """Return the reply to an edit or a variation, whatever the picture."""
    return _images(1, _image_usage(TOKENS_PER_MEDIUM, 1), Effects())


def speak(body: bytes) -> RehearsedReply:
    """Return the reply to a request for speech. Raises Failure."""
    request = read_json(body, _SpeechRequest)
    effects = read_effects(request.input)
    if request.stream_format == "sse":
        spoken = {"type": "speech.audio.delta", "audio": base64.b64encode(_silence()).decode()}
        given = count_tokens(len(request.input.encode()))
        usage = {"input_tokens": given, "output_tokens": 1, "total_tokens": given + 1}
        return streamed([_event(spoken), _event({"type": "speech.audio.done", "usage": usage})], effects)
    pieces = (Piece(_silence(), effects.pause_s),)
    return RehearsedReply(200, (("content-type", "audio/wav"),), pieces)


def transcribe() -> RehearsedReply:
    """Return the reply to a transcription or a translation, whatever was said."""
    made = count_tokens(len(LABEL))
    usage = {
        "type": "tokens",
        "input_tokens": TOKENS_PER_MEDIUM,
        "input_token_details": {"audio_tokens": TOKENS_PER_MEDIUM, "text_tokens": 0},
        "output_tokens": made,
        "total_tokens": TOKENS_PER_MEDIUM + made,
    }
    return whole({"text": LABEL, "usage": usage}, Effects())


def _images(count: int, usage: object, effects: Effects) -> RehearsedReply:
    data = [{"b64_json": _picture()} for _ in range(count)]
    return whole({"created": EPOCH_S, "data": data, "output_format": "png", "usage": usage}, effects)


def _image_usage(text_tokens: int, images: int) -> dict[str, object]:
    made = TOKENS_PER_MEDIUM * images
    return {
        "input_tokens": text_tokens,
        "input_tokens_details": {"text_tokens": text_tokens, "image_tokens": 0},
        "output_tokens": made,
        "output_tokens_details": {"image_tokens": made, "text_tokens": 0},
        "total_tokens": text_tokens + made,
    }


def _picture() -> str:
    """Return a grey square as PNG (W3C PNG specification, third edition) in base64."""
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * _SIDE) * _SIDE)
    chunks = b"".join(_chunk(kind, data) for kind, data in ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")))
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + chunks).decode()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _silence() -> bytes:
    """Return a short silence as WAV: 8 bits, one channel."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, _WAV_RATE, _WAV_RATE, 1, 8)
    data = struct.pack("<4sI", b"data", _WAV_SAMPLES) + b"\x80" * _WAV_SAMPLES
    return struct.pack("<4sI4s", b"RIFF", 4 + len(form) + len(data), b"WAVE") + form + data


def _event(event: object) -> bytes:
    return b"data: " + msgspec.json.encode(event) + b"\n\n"
