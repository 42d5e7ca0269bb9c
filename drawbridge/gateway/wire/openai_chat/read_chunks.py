"""Reads the chunks of a streamed chat completion into events, for every choice of its own."""

from msgspec import Struct, field

from drawbridge.gateway.wire.call_ids import derived_id
from drawbridge.gateway.wire.canonical import Citation, Json, Opaque, Part, Refusal, Text, Thinking, ToolCall
from drawbridge.gateway.wire.events import Began, Ended, Event, Failed, Grew, Marked, PartBegan, PartEnded
from drawbridge.gateway.wire.json_text import elements, encode, members, text_or_none, whole_number
from drawbridge.gateway.wire.openai_chat.called_names import CalledNames
from drawbridge.gateway.wire.openai_chat.read_choices import choice_number, frame, read_citations, read_logprobs
from drawbridge.gateway.wire.openai_chat.read_thinking import CONTENT, DETAILS, PLAIN, detail_seal, words_member
from drawbridge.gateway.wire.openai_chat.rendering import CHUNK, LEGACY_CALL, Chunks
from drawbridge.gateway.wire.openai_chat.stop_reasons import read_reason
from drawbridge.gateway.wire.openai_chat.usage import read_usage

_AT = "choices[].delta"


class _Call(Struct):
    """A call as far as it has come."""

    wire_id: str
    name: str
    is_custom: bool
    shape: str
    index: int | None = None
    """The part's; None while it cannot be told to the caller."""
    arguments: str = ""
    """What has come before it could be told."""
    is_held: bool = False
    is_ended: bool = False


class _Choice(Struct):
    """What is open of one choice."""

    number: int
    open_index: int | None = None
    open_key: str = ""
    """What kind of words the open part has, and which."""
    detail: dict[str, Json] = field(default_factory=dict[str, Json])
    """Of open reasoning with signatures: what came beside its words."""
    calls: list[_Call] = field(default_factory=list[_Call])
    open_calls: list[_Call] = field(default_factory=list[_Call])
    by_wire_id: dict[str, _Call] = field(default_factory=dict[str, _Call])
    by_wire_index: dict[int, _Call] = field(default_factory=dict[int, _Call])
    citations: list[Citation] = field(default_factory=list[Citation])
    """Those that wait for a text to be for."""
    finish: str | None = None
    stop_sequence: str | None = None
    has_refused: bool = False
    is_finished: bool = False


class Stream:
    """A streamed completion. Nothing here raises at what a vendor sends."""

    def __init__(self, names: CalledNames, provider: str | None) -> None:
        self._names = names
        self._provider = provider
        self._chunks = Chunks()
        self._choices: dict[int, _Choice] = {}
        self._count = 0
        self._call_count = 0
        self._told_ids: set[str] = set()
        self._events: list[Event] = []
        self._id = ""
        self._has_begun = False

    @property
    def is_finished(self) -> bool:
        """Every choice that has begun has told why it ended; there is at least one."""
        return bool(self._choices) and all(choice.is_finished for choice in self._choices.values())

    @property
    def has_begun(self) -> bool:
        """A chunk has said something of an answer."""
        return self._has_begun

    def read(self, chunk: dict[str, Json], failure: Failed | None = None) -> list[Event]:
        """Return what a chunk says, its frame first; `failure` is the error that it holds."""
        self._events = []
        self._begin(chunk)
        numbers: list[int] = []
        for position, written in enumerate(elements(chunk.get("choices"))):
            choice = members(written)
            number = choice_number(choice, position)
            numbers.append(number)
            self._read_choice(choice, number)
        counted = read_usage(chunk)
        if counted is not None:
            self._events.append(counted)
        told = [failure] if failure is not None and failure.kind != "broken_reply" else []
        regular = self._chunks.render([*self._events, *told], numbers)
        changes = self._names.are_changed
        framed = frame(CHUNK, chunk, regular, numbers, arguments_change=changes)
        return [framed, *self._events, *([] if failure is None else [failure])]

    def close(self) -> list[Event]:
        """Return the ends of all choices."""
        self._events = []
        for _, choice in sorted(self._choices.items()):
            self._finish(choice)
            reason = read_reason(choice.finish, has_calls=bool(choice.calls))
            if reason == "end" and choice.has_refused:
                reason = "refusal"
            if reason == "end" and choice.stop_sequence is not None:
                reason = "stop_sequence"
            at = "choices[].finish_reason"
            self._events.append(
                Ended(at=at, raw=choice.finish, reason=reason, choice=choice.number, stop_sequence=choice.stop_sequence)
            )
        return self._events

    def _begin(self, chunk: dict[str, Json]) -> None:
        # Azure's first chunk has empty names, and what its filters say of the prompt (recorded 2026-08).
        if self._has_begun or not (chunk.get("choices") or chunk.get("id")):
            return
        self._has_begun = True
        self._id = text_or_none(chunk.get("id")) or ""
        model, created_at = text_or_none(chunk.get("model")), whole_number(chunk.get("created"))
        self._events.append(Began(raw=chunk, id=self._id, model=model, created_at=created_at))

    def _read_choice(self, raw: dict[str, Json], number: int) -> None:
        choice = self._choices.setdefault(number, _Choice(number))
        delta = members(raw.get("delta"))
        self._read_thoughts(choice, delta)
        self._read_content(choice, delta)
        for call in elements(delta.get("tool_calls")):
            self._read_call(choice, members(call))
        function = members(delta.get(LEGACY_CALL))
        if function:
            self._read_call(choice, {"index": 0, "function": function}, LEGACY_CALL)
        logprobs = read_logprobs(raw, number)
        if logprobs is not None:
            self._events.append(logprobs)
        choice.stop_sequence = text_or_none(raw.get("stop_reason")) or choice.stop_sequence
        finish = text_or_none(raw.get("finish_reason"))
        if finish is not None:
            choice.finish = finish
            self._finish(choice)

    def _read_content(self, choice: _Choice, delta: dict[str, Json]) -> None:
        content = delta.get("content")
        if isinstance(content, str):
            self._say(choice, content, Text(at=f"{_AT}.content", text=""), "")
        for element in elements(content):
            self._read_listed(choice, members(element))
        refusal = delta.get("refusal")
        if isinstance(refusal, str) and refusal:
            choice.has_refused = True
            self._say(choice, refusal, Refusal(at=f"{_AT}.refusal", text=""), "")
        choice.citations += read_citations(delta.get("annotations"), f"{_AT}.annotations")
        if choice.open_key.startswith("text") and choice.open_index is not None:
            # OpenRouter sends them before the first word (recorded 2026-08).
            self._events += [Marked(index=choice.open_index, citation=citation) for citation in choice.citations]
            choice.citations = []

    def _read_listed(self, choice: _Choice, raw: dict[str, Json]) -> None:
        at = f"{_AT}.content[]"
        if raw.get("type") == "text" and isinstance(raw.get("text"), str):
            self._say(choice, raw["text"], Text(at=at, text=""), "list")
        elif raw.get("type") == "thinking":
            for text in elements(raw.get("thinking")):
                words = members(text).get("text")
                if isinstance(words, str):
                    seal = Opaque(CONTENT, "openai-chat", self._provider)
                    self._say(choice, words, Thinking(at=at, seal=seal), CONTENT)

    def _read_thoughts(self, choice: _Choice, delta: dict[str, Json]) -> None:
        details = [members(detail) for detail in elements(delta.get(DETAILS))]
        words = "".join(text for detail in details if isinstance(text := detail.get(words_member(detail)), str))
        plain = [(member, delta[member]) for member in PLAIN if isinstance(delta.get(member), str) and delta[member]]
        if words or not plain:
            same = " ".join([DETAILS, *(member for member, text in plain if text == words)])
            for detail in details:
                self._read_detail(choice, detail, same)
            return
        text = plain[0][1]
        shape = " ".join(member for member, other in plain if other == text)
        seal = Opaque(plain[0][0], "openai-chat", self._provider)
        self._say(choice, text, Thinking(at=f"{_AT}.{plain[0][0]}", seal=seal), shape)

    def _read_detail(self, choice: _Choice, detail: dict[str, Json], shape: str) -> None:
        word = words_member(detail)
        text = text_or_none(detail.get(word)) or ""
        key = f"{DETAILS} {detail.get('type')} {detail.get('index')}"
        is_redacted = detail.get("type") == "reasoning.encrypted"
        if choice.open_key != key:
            self._end_open(choice)
            part = Thinking(
                at=f"{_AT}.{DETAILS}[]",
                paragraphs=[text] if text else [],
                is_summary=word == "summary",
                is_redacted=is_redacted,
                shape=shape,
            )
            self._begin_part(choice, part, key)
        elif text and choice.open_index is not None:
            self._events.append(Grew(index=choice.open_index, text=text, shape=shape))
        choice.detail |= {name: value for name, value in detail.items() if name != word and value is not None}

    def _say(self, choice: _Choice, text: str, part: Text | Refusal | Thinking, shape: str) -> None:
        """Tell words: of the open part where it is of the same kind, else of a new one."""
        if not text:
            return
        key = "thinking" if isinstance(part, Thinking) else f"{type(part).__name__.lower()} {shape}"
        if choice.open_key == key and choice.open_index is not None:
            self._events.append(Grew(at=part.at, index=choice.open_index, text=text, shape=shape))
            return
        self._end_open(choice)
        part.shape = shape
        if isinstance(part, Thinking):
            part.paragraphs = [text]
        else:
            part.text = text
        self._begin_part(choice, part, key)

    def _begin_part(self, choice: _Choice, part: Part, key: str) -> None:
        choice.is_finished = False
        choice.open_index, choice.open_key = self._next_index(), key
        self._events.append(PartBegan(index=choice.open_index, part=part, choice=choice.number))

    def _next_index(self) -> int:
        self._count += 1
        return self._count - 1

    def _end_open(self, choice: _Choice) -> None:
        if choice.open_index is None:
            return
        if choice.detail:
            seal = Opaque(detail_seal(choice.detail), "openai-chat", self._provider)
            self._events.append(Marked(index=choice.open_index, part=Thinking(seal=seal)))
            choice.detail = {}
        self._events.append(PartEnded(index=choice.open_index))
        choice.open_index, choice.open_key = None, ""

    def _read_call(self, choice: _Choice, raw: dict[str, Json], shape: str = "") -> None:
        """Read a piece of a call. What has neither an open call nor a name waits for one."""
        custom = members(raw.get("custom"))
        called = custom or members(raw.get("function"))
        call = self._find_call(choice, raw, text_or_none(called.get("name")) or "")
        if call is None:
            return
        call.name = call.name or text_or_none(called.get("name")) or ""
        call.shape, call.is_custom = shape, call.is_custom or bool(custom)
        written = called.get("input" if custom else "arguments")
        text = written if isinstance(written, str) else encode(written).decode() if written else ""
        if call.index is not None:
            # What comes after its end is noticed as an extra.
            if text and not call.is_ended:
                self._events.append(Grew(at=f"{_AT}.tool_calls[]", index=call.index, text=text))
            return
        call.arguments += text
        call.is_held = self._names.is_held(call.name) and not call.is_custom
        if call.name and not call.is_held:
            self._tell_call(choice, call)

    def _find_call(self, choice: _Choice, raw: dict[str, Json], name: str) -> _Call | None:
        """Return the call that a piece belongs to, perhaps a new one."""
        wire_id = text_or_none(raw.get("id")) or ""
        number = whole_number(raw.get("index"))
        known = _known_call(choice, wire_id, number, name)
        if known is not None or not (wire_id or name or number is not None):
            return known
        self._end_open(choice)
        call = _Call(wire_id, name, is_custom=False, shape="")
        choice.is_finished = False
        choice.calls.append(call)
        choice.open_calls.append(call)
        choice.by_wire_id.setdefault(wire_id, call)
        self._call_count += 1
        if number is not None:
            choice.by_wire_index[number] = call
        return call

    def _tell_call(self, choice: _Choice, call: _Call) -> int:
        call_id = call.wire_id
        if not call_id or call_id in self._told_ids:
            call_id = derived_id(f"{self._id}:{choice.number}:{self._call_count - 1}:{call_id}")
        self._told_ids.add(call.wire_id)
        part = ToolCall(
            at=f"{_AT}.tool_calls[]",
            id=call_id,
            name=call.name,
            arguments=call.arguments,
            is_custom=call.is_custom,
            shape=call.shape,
        )
        call.index = self._next_index()
        restored = self._names.restore(part)
        self._events.append(PartBegan(index=call.index, part=restored, choice=choice.number))
        return call.index

    def _finish(self, choice: _Choice) -> None:
        """End what is open: calls only now, since pieces of them may come by turns."""
        if choice.is_finished:
            return
        choice.is_finished = choice.finish is not None
        self._end_open(choice)
        for call in choice.open_calls:
            index = self._tell_call(choice, call) if call.index is None else call.index
            self._events.append(PartEnded(index=index))
            call.is_ended = True
        choice.open_calls = []


def _known_call(choice: _Choice, wire_id: str, number: int | None, name: str) -> _Call | None:
    """Return the open call that a piece can only belong to."""
    if number is not None:
        call = choice.by_wire_index.get(number)
        # Adapters for Gemini give all parallel calls the index 0:
        # https://github.com/NousResearch/hermes-agent/pull/12930 (2026-04).
        is_other = call is not None and bool(wire_id and name and call.wire_id) and wire_id != call.wire_id
        return None if is_other else call
    if wire_id:
        return choice.by_wire_id.get(wire_id)
    return choice.calls[-1] if choice.calls and not name else None
