"""An estimate of a request's tokens errs upwards, and not absurdly: held against what vendors counted."""

import base64
import statistics
import struct

import pytest

from drawbridge.gateway.errors import ImpossibleRequest, TranslationError
from drawbridge.gateway.media import media_of
from drawbridge.gateway.wire.canonical import Hosted, HostedTool, Medium, Message, Request, Text, Unknown
from drawbridge.gateway.wire.dialect import WireRequest
from drawbridge.gateway.wire.image_sizes import image_size
from drawbridge.gateway.wire.meter import meter_for
from drawbridge.gateway.wire.openai_chat import OPENAI_CHAT
from drawbridge.gateway.wire.token_bounds import most_tokens
from tests.parts import recordings
from tests.parts.recordings import Recording, load_recordings

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 1600, 1200)
GIF = b"GIF89a" + struct.pack("<HH", 1600, 1200)
JPEG = b"\xff\xd8\xff\xe0\0\x04\0\0\xff\xc2\0\x11\x08" + struct.pack(">HH", 1200, 1600) + b"\x03"
WEBP_HEAD = b"RIFF\0\0\0\0WEBP"
WEBP = WEBP_HEAD + b"VP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 1600, 1200)
WEBP_LOSSLESS = WEBP_HEAD + b"VP8L\0\0\0\0\x2f" + struct.pack("<I", 1599 | 1199 << 14)
WEBP_LARGE = WEBP_HEAD + b"VP8X" + bytes(8) + (1599).to_bytes(3, "little") + (1199).to_bytes(3, "little")


def asked(*parts: Text | Medium) -> Request:
    return Request(dialect="openai-chat", model="m", messages=[Message(role="user", parts=[*parts])])


def tokens_of(*parts: Text | Medium) -> int:
    """Return what parts add to a request."""
    return most_tokens(asked(*parts), "m") - most_tokens(asked(), "m")


def counted_by_vendor(recording: Recording) -> int:
    meter = meter_for("chat.completions")
    if recording.is_event_stream:
        meter.piece(recording.reply)
    else:
        meter.reply(recording.reply)
    tokens = meter.result().tokens
    return tokens.input if tokens else 0


def holds_text_only(request: Request) -> bool:
    """Tell whether nothing is read, or searched for, but what the request says."""
    parts = [part for message in request.messages for part in message.parts]
    is_said = not any(isinstance(part, Medium | Hosted | Unknown) for part in parts) and not [*media_of(request)]
    return is_said and not any(isinstance(tool, HostedTool) for tool in request.tools)


@pytest.mark.skipif(not recordings.FOLDER.exists(), reason="the recorded traffic is not beside the project")
def test_recorded_chats_are_estimated_at_no_less_than_their_vendors_counted() -> None:
    ratios: list[tuple[float, int]] = []
    for recording in load_recordings():
        counted = counted_by_vendor(recording) if recording.operation == "chat/completions" else 0
        if not counted:
            continue
        try:
            request = OPENAI_CHAT.read_request(WireRequest("POST", "/chat/completions", body=recording.body))
        except TranslationError:
            continue
        if holds_text_only(request):
            ratios.append((most_tokens(request, recording.model) / counted, counted))

    assert len(ratios) > 600
    assert sum(ratio >= 1 for ratio, _ in ratios) / len(ratios) >= 0.99
    assert statistics.median(ratio for ratio, counted in ratios if counted > 200) < 2.5


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("The quick brown fox jumps over the lazy dog.", 10, 17),
        ("3.14159265358979", 16, 18),
        ("Быстрая коричневая лиса", 20, 25),
        ("敏捷的棕色狐狸跳过了懒狗", 12, 25),
        ("🦊" * 10, 30, 31),
        ("\ud83d", 1, 4),
    ],
    ids=["English", "digits", "Russian", "Chinese", "emoji", "half a character"],
)
def test_texts_of_all_scripts_are_bounded(text: str, least: int, most: int) -> None:
    assert least <= tokens_of(Text(text=text)) <= most


@pytest.mark.parametrize("data", [PNG, GIF, JPEG, WEBP, WEBP_LOSSLESS, WEBP_LARGE])
def test_the_size_of_an_image_is_read_from_its_first_bytes(data: bytes) -> None:
    assert image_size(data) == (1600, 1200)


@pytest.mark.parametrize("data", [b"", PNG[:18], JPEG[:9], b"\xff\xd8\xff\xe0\0\0\xff", WEBP[:20], b"BM" + bytes(60)])
def test_the_size_of_a_broken_image_is_not_known(data: bytes) -> None:
    assert image_size(data) is None


def test_an_image_is_bounded_by_its_size() -> None:
    def of(image: bytes) -> int:
        return tokens_of(Medium(kind="image", data=base64.b64encode(image).decode()))

    assert of(PNG) == 58 * 43
    assert of(b"no image") == tokens_of(Medium(kind="image", url="https://example.com/a.png")) == 4784


def test_a_document_is_bounded_by_its_pages() -> None:
    pages = b"%PDF-1.4 << /Type /Pages /Count 2 >> << /Type /Page >> << /Type/Page /Parent 1 0 R >>"
    document = Medium(kind="document", media_type="application/pdf", data=base64.b64encode(pages).decode())

    assert tokens_of(document) == 2 * 5000


def test_what_is_only_named_cannot_be_bounded() -> None:
    with pytest.raises(ImpossibleRequest, match=r"messages\[0\]\.content\[1\]"):
        most_tokens(asked(Medium(kind="audio", url="https://example.com/a.mp3", at="messages[0].content[1]")), "m")
