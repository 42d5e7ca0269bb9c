"""Parts written as content blocks, for vendors and for callers alike."""

from collections.abc import Callable, Mapping
from typing import Final, assert_never, cast

from msgspec import Struct, field

from drawbridge.gateway.wire.anthropic_messages.citations import located_kind, tell_citation
from drawbridge.gateway.wire.anthropic_messages.envelope import NO_SUCH_MEMBER
from drawbridge.gateway.wire.anthropic_messages.media import write_source
from drawbridge.gateway.wire.anthropic_messages.members import Block, put, put_back
from drawbridge.gateway.wire.anthropic_messages.read_blocks import AS_STRING, BARE, LIFETIMES, UNSEALED
from drawbridge.gateway.wire.canonical import (
    CacheMark,
    Citation,
    Hosted,
    Json,
    Medium,
    Node,
    Opaque,
    Part,
    Refusal,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)
from drawbridge.gateway.wire.json_text import UNREADABLE_JSON, decode, encode
from drawbridge.gateway.wire.losses import Losses
from drawbridge.gateway.wire.opaque import WRAPPED

_NO_PLACE: Final = "Anthropic messages have no place for it"
_BY_SECONDS: Final[Mapping[int, str]] = {seconds: name for name, seconds in LIFETIMES.items()}
_SHORT_S: Final = LIFETIMES["5m"]


class BlockWriter(Struct):
    """How blocks are written: whose they were, and for whom they are."""

    losses: Losses
    is_own: bool
    """They were read from Anthropic messages: what was left over is put back."""
    unseal: Callable[[Opaque], str | None]
    """Returns a sealed value as the reader of the blocks gets it; None where it cannot read it."""
    call_id: Callable[[ToolCall | ToolResult], str]
    call_name: Callable[[ToolCall], str]
    call_input: Callable[[ToolCall], Json | None]
    """Returns what a call's arguments are as an object; None where they are none."""
    marks: list[tuple[Block, CacheMark]] = field(default_factory=list[tuple[Block, CacheMark]])
    """The cache marks that were written, each with what it is on."""

    def content(self, parts: list[Part]) -> str | list[Block]:
        """Return a message's content: a string where it was one."""
        if len(parts) == 1 and isinstance(parts[0], Text) and parts[0].shape == AS_STRING and self.is_own:
            return parts[0].text
        return self.blocks(parts)

    def blocks(self, parts: list[Part]) -> list[Block]:
        """Return the blocks of those parts that can be said. Others are reported."""
        return [block for part in parts if (block := self.block(part)) is not None]

    def block(self, part: Part) -> Block | None:
        """Return a part as a block; None where it cannot be said."""
        match part:
            case Text():
                return self._text(part)
            case Thinking():
                return self._thinking(part)
            case Medium():
                return self._medium(part)
            case ToolCall():
                return self._tool_use(part)
            case ToolResult():
                return self._tool_result(part)
            case Refusal():
                self.losses.lose_extras(part, NO_SUCH_MEMBER)
                return {"type": "text", "text": part.text} if part.text.strip() else self._without_words(part, "text")
            case Hosted() | Unknown():
                return self._raw(part)
            case _:
                assert_never(part)

    def finish(self, block: Block, node: Node) -> Block:
        """Put back what was left over, or report it."""
        if self.is_own:
            return put_back(block, node.extras)
        self.losses.lose_extras(node, NO_SUCH_MEMBER)
        return block

    def mark(self, target: Block, mark: CacheMark | None) -> None:
        """Write a cache mark onto what it marks."""
        if mark is not None:
            target["cache_control"] = self._mark(mark)
            self.marks.append((target, mark))

    def _mark(self, mark: CacheMark) -> Block:
        written: Block = {"type": "ephemeral"}
        if self.is_own and "type" in mark.extras:
            written.clear()
        ttl_s = mark.ttl_s
        if ttl_s is not None:
            name = _BY_SECONDS.get(ttl_s) or ("5m" if ttl_s <= _SHORT_S else "1h")
            if ttl_s not in _BY_SECONDS:
                why = "Anthropic keeps prompts for five minutes or an hour"
                self.losses.lose(mark, why, field="ttl_s", effect="price")
            written["ttl"] = name
        return self.finish(written, mark)

    def _text(self, part: Text) -> Block | None:
        if not self.is_own and not part.text.strip():
            return self._without_words(part, "text")
        block: Block = {"type": "text", "text": part.text}
        citations = [written for one in part.citations if (written := self.citation(one)) is not None]
        if citations:
            block["citations"] = citations
        if part.seal is not None:
            self.losses.lose(part, "its signature is another provider's", field="seal")
        self.mark(block, part.cache)
        return self.finish(block, part)

    def _without_words(self, part: Text | Refusal, field: str) -> None:
        self.losses.lose(part, "Anthropic takes no text without words", field=field, effect="none")
        self.losses.lose_extras(part, "Anthropic takes no text without words", effect="none")
        if isinstance(part, Text) and part.cache is not None:
            self.losses.lose(part.cache, "Anthropic takes no text without words", effect="price")

    def citation(self, citation: Citation) -> Block | None:
        """Return a citation; None where it lacks what Anthropic requires of one."""
        index = citation.extras.get("encrypted_index")
        if self.is_own and not (isinstance(index, str) and index.startswith(WRAPPED)):
            written: Block = {} if not citation.shape else {"type": citation.shape}
            for each, name in citation.names.items():
                value: Json = getattr(citation, each)
                if value is not None:
                    put(written, name, value)
            return put_back(written, citation.extras)
        if self.is_own:
            self.losses.lose(citation, "another vendor has found the page")
            return None
        return self._located(citation)

    def _located(self, citation: Citation) -> Block | None:
        """Write a citation of another dialect: one that tells where in a document of the request it points."""
        if citation.kind == "url" or located_kind(citation) is None or citation.cited_text is None:
            self.losses.lose(citation, "Anthropic takes only citations of the request's own documents")
            return None
        return tell_citation(citation, self.losses)

    def _thinking(self, part: Thinking) -> Block | None:
        value = None if part.seal is None else self.unseal(part.seal)
        if value is None and (not self.is_own or part.seal is not None or part.shape == UNSEALED):
            self.losses.lose(part, "only the provider that made it can read it")
            return None
        if part.is_redacted:
            block: Block = {"type": "redacted_thinking", "data": value}
        else:
            block = {"type": "thinking", "thinking": "\n\n".join(part.paragraphs)}
            if value is not None:
                block["signature"] = value
        if not self.is_own:
            self._lose_marks_of(part)
        return self.finish(block, part)

    def _lose_marks_of(self, part: Thinking) -> None:
        if part.cache is not None:
            self.losses.lose(part.cache, "Anthropic takes no cache mark on thinking", effect="price")
        if part.id is not None:
            self.losses.lose(part, "Anthropic's thinking has no id", field="id", effect="none")

    def _medium(self, part: Medium) -> Block | None:
        block = write_source(part, self.unseal, self.losses, self.content, is_own=self.is_own)
        if block is None:
            return None
        for each in ("title", "context"):
            value: Json = getattr(part, each)
            if value is not None and (self.is_own or part.kind == "document"):
                block[each] = value
            elif value is not None:
                self.losses.lose(part, _NO_PLACE, field=each)
        self._name(part, block)
        if part.cites is not None:
            put(block, "citations.enabled", part.cites)
        for each in () if self.is_own else ("detail", "seal"):
            if getattr(part, each) is not None:
                self.losses.lose(part, _NO_PLACE, field=each)
        self.mark(block, part.cache)
        return self.finish(block, part)

    def _name(self, part: Medium, block: Block) -> None:
        if part.name is None or self.is_own:
            return
        if part.kind == "document" and "title" not in block:
            block["title"] = part.name
        else:
            self.losses.lose(part, _NO_PLACE, field="name")

    def _tool_use(self, part: ToolCall) -> Block:
        arguments = self.call_input(part)
        if arguments is None:
            self.losses.lose(part, "Anthropic takes only an object as a call's input", field="arguments")
            arguments = {"arguments": part.arguments}
        block: Block = {"type": "tool_use", "id": self.call_id(part), "name": self.call_name(part), "input": arguments}
        if part.seal is not None:
            self.losses.lose(part, "its signature is another provider's", field="seal")
        if not self.is_own and part.item_id is not None:
            self.losses.lose(part, "Anthropic's calls have one id", field="item_id", effect="none")
        self.mark(block, part.cache)
        return self.finish(block, part)

    def _tool_result(self, part: ToolResult) -> Block:
        block: Block = {"type": "tool_result", "tool_use_id": self.call_id(part)}
        if part.value is not None:
            text = encode(part.value).decode()
            block["content"] = [{"type": "text", "text": text}, *self.blocks(part.parts)] if part.parts else text
        elif part.shape != BARE or not self.is_own:
            block["content"] = self.content(part.parts) if self.is_own else self._result_content(part)
        if part.is_error is not None:
            block["is_error"] = part.is_error
        if not self.is_own and part.item_id is not None:
            self.losses.lose(part, "Anthropic's results have no id of their own", field="item_id", effect="none")
        self.mark(block, part.cache)
        return self.finish(block, part)

    def _result_content(self, part: ToolResult) -> str | list[Block]:
        blocks = self.blocks(part.parts)
        if len(blocks) == 1 and blocks[0].keys() == {"type", "text"}:
            # cast: a text block's text is one.
            return cast("str", blocks[0]["text"])
        return blocks

    def _raw(self, part: Hosted | Unknown) -> Block | None:
        if self.is_own and isinstance(part.raw, dict):
            # cast: the keys of a JSON object are strings.
            return cast("Block", part.raw)
        self.losses.lose(part, "only the vendor that made it can read it")
        return None


def object_of(text: str) -> Json | None:
    """Return a call's arguments as an object; None where they are none. No arguments at all are an empty object."""
    if not text.strip():
        return {}
    value = decode(text)
    return None if value is UNREADABLE_JSON or not isinstance(value, dict) else cast("Json", value)
