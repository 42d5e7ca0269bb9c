"""Writes the content of messages and of tools' outputs."""

from typing import Final, Literal, assert_never

from drawbridge.gateway.errors import ImpossibleRequest
from drawbridge.gateway.wire.canonical import (
    CacheMark,
    Hosted,
    Json,
    Medium,
    Part,
    Refusal,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)
from drawbridge.gateway.wire.json_text import members
from drawbridge.gateway.wire.openai_responses.annotations import same_annotation, url_annotation
from drawbridge.gateway.wire.openai_responses.writing import NO_MEMBER, Writing

Place = Literal["input", "output", "result"]
"""Whose content it is: a user's or the system's, the assistant's, or a tool's."""

_NO_SOUND: Final = "OpenAI Responses takes no sound and no film"
_DETAILS: Final = frozenset({"low", "high", "auto", "original"})


def write_content(parts: list[Part], place: Place, writing: Writing) -> list[Json]:
    """Write the parts of a content, those that can be said."""
    said: list[Json] = []
    for part in parts:
        said.extend(_write_part(part, place, writing))
    return said


def _write_part(part: Part, place: Place, writing: Writing) -> list[Json]:
    match part:
        case Text():
            return [_text(part, place, writing)]
        case Refusal():
            return [writing.finish(part, _refusal(part, place))]
        case Medium():
            return _medium(part, place, writing)
        case Unknown() if writing.is_same:
            return [part.raw]
        case Unknown() | Hosted() | Thinking() | ToolCall() | ToolResult():
            writing.losses.lose(part, "the content of a message has no such part")
            return []
        case _:
            assert_never(part)


def _refusal(part: Refusal, place: Place) -> dict[str, Json]:
    if place == "output":
        return {"type": "refusal", "refusal": part.text}
    return {"type": "input_text", "text": part.text}


def _text(part: Text, place: Place, writing: Writing) -> dict[str, Json]:
    kind = part.shape if writing.is_same and part.shape else "output_text" if place == "output" else "input_text"
    said: dict[str, Json] = {"type": kind, "text": part.text}
    if writing.is_same:
        if part.citations:
            said["annotations"] = [same_annotation(each) for each in part.citations]
    elif place == "output":
        said["annotations"] = _annotations(part, writing)
    else:
        for citation in part.citations:
            writing.losses.lose(citation, "only an answer's text has citations")
    if part.seal is not None:
        writing.losses.lose(part, "a signature of another provider", field="seal")
    _mark(part.cache, said, writing)
    return writing.finish(part, said)


def _annotations(part: Text, writing: Writing) -> list[Json]:
    said: list[Json] = []
    for citation in part.citations:
        annotation = url_annotation(citation, part.text)
        if annotation is None:
            writing.losses.lose(citation, "a citation needs an address or a file of the vendor's own")
            continue
        for field in ("cited_text", "source_index", "source_start", "source_end", "file"):
            if getattr(citation, field) is not None:
                writing.losses.lose(citation, NO_MEMBER, field=field, effect="none")
        writing.losses.lose_extras(citation, NO_MEMBER, effect="none")
        said.append(annotation)
    return said


def _mark(mark: CacheMark | None, said: dict[str, Json], writing: Writing) -> None:
    if mark is None:
        return
    if writing.is_same:
        said["prompt_cache_breakpoint"] = writing.finish(mark, _mode(mark))
    elif "prompt_cache_breakpoint" in writing.target.profile.extensions:
        said["prompt_cache_breakpoint"] = {"mode": "explicit"}
        if mark.ttl_s is not None:
            writing.losses.lose(mark, "a mark has no lifetime of its own", field="ttl_s", effect="price")
    else:
        writing.losses.lose(mark, "the vendor chooses what it keeps in its prompt cache", effect="price")


def _mode(mark: CacheMark) -> dict[str, Json]:
    return {"mode": "explicit"} if "mode" in members(mark.raw) else {}


def lose_mark(mark: CacheMark | None, writing: Writing) -> None:
    """Report a mark at a place where there can be none."""
    if mark is not None:
        writing.losses.lose(mark, "only parts of a content can be marked for the prompt cache", effect="price")


def _medium(part: Medium, place: Place, writing: Writing) -> list[Json]:
    _refuse_what_the_model_cannot_take(part, writing)
    match part.kind:
        case "image":
            said = _image(part, writing)
        case "document":
            if part.text is not None or part.blocks is not None:
                return _document_as_text(part, place, writing)
            said = _file(part, writing)
        case "audio" if writing.is_same:
            said = _same_audio(part)
        case "audio" | "video":
            # The reference and the SDK's types have no sound; `input_audio` is but a word in a message of an error
            # (2026-11-23).
            writing.losses.lose(part, _NO_SOUND)
            return []
    if said is None or (place == "output" and not writing.is_same):
        writing.losses.lose(part, "an assistant's message holds text only" if said else "a file of another provider")
        return []
    _lose_what_is_about(part, writing)
    _mark(part.cache, said, writing)
    return [writing.finish(part, said)]


def _refuse_what_the_model_cannot_take(part: Medium, writing: Writing) -> None:
    profile = writing.target.profile
    able = {"image": profile.images, "audio": profile.audio, "video": profile.video, "document": profile.documents}
    if able[part.kind] is False and not writing.is_same and part.text is None and part.blocks is None:
        raise ImpossibleRequest(f"The model {writing.target.model} takes no {part.kind}.", param=part.at or None)


def _image(part: Medium, writing: Writing) -> dict[str, Json] | None:
    said: dict[str, Json] = {"type": "input_image"}
    if part.data is not None:
        said["image_url"] = f"data:{part.media_type or 'image/png'};base64,{part.data}"
    elif part.url is not None:
        said["image_url"] = part.url
    elif part.file is not None and writing.reads(part.file):
        said["file_id"] = part.file.value
    elif not writing.is_same:
        return None
    if writing.is_same:
        if part.detail is not None:
            said["detail"] = part.detail
        return said
    said["detail"] = part.detail if part.detail in _DETAILS else "auto"
    if part.detail is not None and part.detail not in _DETAILS:
        writing.losses.lose(part, "a detail that the vendor does not know", field="detail")
    return said


def _file(part: Medium, writing: Writing) -> dict[str, Json] | None:
    said: dict[str, Json] = {"type": "input_file"}
    if part.data is not None:
        bare = writing.is_same and part.shape == "bare"
        said["file_data"] = part.data if bare else f"data:{part.media_type or 'application/pdf'};base64,{part.data}"
    elif part.url is not None:
        said["file_url"] = part.url
    elif part.file is not None and writing.reads(part.file):
        said["file_id"] = part.file.value
    elif not writing.is_same:
        return None
    if writing.is_same:
        if part.detail is not None:
            said["detail"] = part.detail
        if part.name is not None:
            said["filename"] = part.name
    elif part.name is not None or part.title is not None:
        said["filename"] = part.name or part.title
    elif part.data is not None:
        # Data without a name is refused: "Missing required parameter: 'input[0].content[0].filename'" (2026-11-23).
        said["filename"] = f"document.{(part.media_type or 'application/pdf').rpartition('/')[2]}"
    return said


def _same_audio(part: Medium) -> dict[str, Json]:
    form = (part.media_type or "").removeprefix("audio/")
    known = {"data": part.data, "format": form or None}
    return {
        "type": "input_audio",
        "input_audio": {name: value for name, value in known.items() if value is not None},
    }


def _document_as_text(part: Medium, place: Place, writing: Writing) -> list[Json]:
    """Write a document of plain text, or of parts, as those parts: files must be PDFs for most models."""
    _lose_what_is_about(part, writing)
    if part.name is not None:
        writing.losses.lose(part, NO_MEMBER, field="name")
    if part.title is not None:
        writing.losses.lose(part, NO_MEMBER, field="title")
    said = write_content(part.blocks or [], place, writing)
    if part.text is not None:
        said.append({"type": "output_text" if place == "output" else "input_text", "text": part.text})
    if said:
        _mark(part.cache, members(said[-1]), writing)
    else:
        lose_mark(part.cache, writing)
    writing.losses.lose_extras(part, NO_MEMBER)
    return said


def _lose_what_is_about(part: Medium, writing: Writing) -> None:
    """Report what another dialect says about a medium."""
    if writing.is_same:
        return
    losses = writing.losses
    if part.media_type is not None and part.url is not None:
        losses.lose(part, "what an address leads to tells itself", field="media_type", effect="none")
    if part.title is not None and part.name is not None:
        losses.lose(part, NO_MEMBER, field="title")
    for field in ("context", "source", "cites", "seal"):
        if getattr(part, field) is not None:
            losses.lose(part, NO_MEMBER, field=field)
    if part.detail is not None and part.kind != "image":
        losses.lose(part, NO_MEMBER, field="detail")
