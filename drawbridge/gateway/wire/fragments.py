"""Words of one answer that a client sends back in the pieces in which they were streamed.

The SDKs of Gemini keep each event of a stream as a content of its own in a chat's history. Gemini puts the pieces
together again; elsewhere they would be several messages, and a signature would stand with none of the words it is for.
"""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from drawbridge.gateway.wire.canonical import Message, Opaque, Part, Request, Text, Thinking


def without_fragments(request: Request, reads: Callable[[Opaque], bool]) -> Request:
    """Return a request with the pieces of the assistant's words put together, where nothing of them is lost by it.

    `reads` tells whether the target can read a sealed value: thinking that it cannot read stays in its pieces.
    """
    if request.dialect != "gemini":
        return request
    messages: list[Message] = []
    for message in request.messages:
        if message.role == "assistant" and messages and messages[-1].role == "assistant" and not message.extras:
            messages[-1].parts.extend(message.parts)
        else:
            messages.append(replace(message, parts=[*message.parts]))
    for message in messages:
        if message.role == "assistant":
            message.parts = _joined(message.parts, reads)
    return replace(request, messages=messages)


def _joined(parts: Sequence[Part], reads: Callable[[Opaque], bool]) -> list[Part]:
    joined: list[Part] = []
    start = 0
    while start < len(parts):
        texts, thoughts = _texts(parts, start), _thoughts(parts, start)
        seal = next((thought.seal for thought in thoughts if thought.seal is not None), None)
        if texts:
            words = "".join([text.text for text in texts])
            # The last event of a stream has a text without words.
            if words or len(texts) == len(parts):
                joined.append(replace(texts[0], text=words))
        elif seal is not None and reads(seal):
            words = "".join([paragraph for thought in thoughts for paragraph in thought.paragraphs])
            joined.append(replace(thoughts[0], paragraphs=[words] if words else [], seal=seal))
        else:
            joined.extend(thoughts or [parts[start]])
        start += max(len(texts), len(thoughts), 1)
    return joined


def _texts(parts: Sequence[Part], start: int) -> list[Text]:
    """Return the texts from here on that are one, as far as they have nothing but words."""
    found: list[Text] = []
    for place in range(start, len(parts)):
        part = parts[place]
        if not isinstance(part, Text) or part.seal is not None or part.extras:
            break
        found.append(part)
    return found


def _thoughts(parts: Sequence[Part], start: int) -> list[Thinking]:
    """Return the pieces of thinking from here on that have one seal: at their end, or anywhere for a chat vendor."""
    found: list[Thinking] = []
    is_sealed = False
    for place in range(start, len(parts)):
        part = parts[place]
        if not isinstance(part, Thinking) or part.is_redacted or part.extras or (is_sealed and part.seal is not None):
            break
        found.append(part)
        is_sealed = is_sealed or part.seal is not None
        if part.seal is not None and part.seal.dialect != "openai-chat":
            break
    return found
