"""Usage in OpenAI images, whole and streamed."""

from typing import Final

import msgspec

from drawbridge.gateway.wire.counts import Counts, Seen, as_object, covering, read
from drawbridge.gateway.wire.openai_chat_usage import chat_tokens
from drawbridge.usage.estimates import with_media
from drawbridge.usage.events import Tokens

_ENDS: Final = frozenset({"image_generation.completed", "image_edit.completed"})

_BEGINNINGS: Final = frozenset({"image_generation.partial_image", "image_edit.partial_image"})


class _Reply(msgspec.Struct, gc=False):
    model: object = None
    usage: object = None
    error: object = None


class _Images(msgspec.Struct, gc=False):
    data: list[msgspec.Raw]


class _Event(msgspec.Struct, gc=False):
    type: str = ""
    usage: object = None
    error: object = None


_read_reply: Final = msgspec.json.Decoder(_Reply).decode
_read_images: Final = msgspec.json.Decoder(_Images).decode
_read_event: Final = msgspec.json.Decoder(_Event).decode


class ImagesUsage:
    """Read a reply with images. GPT Image models count tokens. The others, priced by the image, tell nothing else.

    `svg_usage` is left out: another model made it, at another price (openai-python 3.54.0, ImagesResponse).
    """

    def __init__(self) -> None:
        self.seen = Seen()
        self._counts: list[Counts] = []

    def reply(self, body: bytes) -> None:
        """Read a whole reply."""
        reply = read(_read_reply, body)
        if reply is None:
            return
        self.seen.identify(None, reply.model)
        self._note(reply.usage)
        images = read(_read_images, body)
        self.seen.images = 0 if images is None else len(images.data)
        self.seen.end_whole(reply.error)

    def event(self, data: bytes) -> None:
        """Read one event. Each image ends with one that has its count; how many will come is not known here."""
        event = read(_read_event, data)
        if event is None:
            return
        if event.type in _BEGINNINGS:
            self.seen.output_bytes = with_media(0, 1)
        elif event.type in _ENDS:
            self._note(event.usage)
            self.seen.images += 1
            self.seen.complete = True
        if event.error or event.type == "error":
            self.seen.failed = True

    def tokens(self) -> Tokens | None:
        """Return the vendor's count, of all images together."""
        counted = [tokens for counts in self._counts if (tokens := _tokens(counts)) is not None]
        if not counted:
            return None
        fields = Tokens.__struct_fields__
        return Tokens(**{field: sum(getattr(tokens, field) for tokens in counted) for field in fields})

    def _note(self, usage: object) -> None:
        if counts := as_object(usage):
            self._counts.append(Counts(counts))


def _tokens(usage: Counts) -> Tokens | None:
    given, made = usage.number("input_tokens"), usage.number("output_tokens")
    if given is None and made is None:
        # OpenRouter counts images as it counts chats (recorded 2026-08).
        return chat_tokens(usage)
    details, made_details = usage.part("input_tokens_details"), usage.part("output_tokens_details")
    images = made_details.number("image_tokens")
    written = made_details.number("text_tokens") or 0
    output = covering(made, images or 0, written)
    return Tokens(
        input=covering(given, details.number("image_tokens") or 0, details.number("text_tokens") or 0),
        input_cached=details.number("cached_tokens") or 0,
        input_image=details.number("image_tokens") or 0,
        output=output,
        # Where the parts are not told, all of it is images.
        output_image=output - written if images is None else images,
    )
