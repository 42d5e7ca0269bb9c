"""Whether a translated request says what the caller's said, and the loss report the rest of it."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.parts.oracle import anthropic, chat, gemini, responses
from tests.parts.oracle.facts import Fact, Facts, Kind, inside, items, plain_name

# Any: what a caller's JSON holds is what is looked at here.
Json = Any

FACTS: Mapping[str, Callable[[Json], Facts]] = {
    "openai-chat": chat.facts_of,
    "openai-responses": responses.facts_of,
    "anthropic-messages": anthropic.facts_of,
    "gemini": gemini.facts_of,
}

_POOLS: Mapping[Kind, tuple[Kind, ...]] = {
    "system": ("system", "user"),
    "user": ("user",),
    "assistant": ("assistant",),
    "media": ("media", "user"),
    "description": ("description",),
}
"""Where words of a kind may stand in the translation: a system prompt may have to be said to the user's side."""

_STRUCTURE = frozenset(
    {"type", "role", "id", "call_id", "tool_call_id", "tool_use_id", "model", "stream", "status", "object", "index"}
)
"""Members that hold a request together: what they join is looked at, not they."""
_LONG_ENOUGH = 6


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A fact that did not arrive, whether reported or not."""

    what: str
    """The setting's name, else the fact's kind."""
    path: str
    value: str
    """As JSON, or as text where it is text."""


@dataclass(slots=True)
class Verdict:
    """What became of a request. Each complaint is the leaf's path and what is wrong."""

    kept: int = 0
    reported: int = 0
    silent: list[str] = field(default_factory=list[str])
    """Leaves that vanished or changed without an entry."""
    false: list[str] = field(default_factory=list[str])
    """Entries for leaves that survived."""
    unsaid: list[Unsaid] = field(default_factory=list[Unsaid])


def judge(source: str, body: Json, target: str, written: Json, lost: Iterable[str]) -> Verdict:
    """Compare a request with its translation. `lost` are the paths of the loss report."""
    case = _Case(FACTS[source](body), FACTS[target](written), frozenset(lost))
    case.paths(body)
    case.texts()
    case.calls()
    case.results()
    case.marks()
    case.tools()
    case.settings()
    case.other_leaves(body, written)
    return case.verdict


class _Case:
    def __init__(self, said: Facts, arrived: Facts, lost: frozenset[str]) -> None:
        self.said = said
        self.arrived = arrived
        self.lost = lost
        self.verdict = Verdict()

    def paths(self, body: Json) -> None:
        """Look whether what is reported was there at all."""
        there = {path for path, _ in _leaves(body, "")}
        self.verdict.false.extend(f"{path}: there is no such leaf" for path in sorted(self.lost - there))

    def texts(self) -> None:
        pools: dict[str, list[str]] = {}
        for kind in ("system", "user", "assistant", "description", "media"):
            pools[kind] = [fact.value for fact in self.arrived.of(kind)]
        for kind, where in _POOLS.items():
            for fact in self.said.of(kind):
                self._tell(fact, is_kept=any(_take(pools[name], fact.value) for name in where))

    def calls(self) -> None:
        arrived = self.arrived.of("call")
        for fact in self.said.of("call"):
            name, arguments = fact.value
            place = next((n for n, other in enumerate(arrived) if _same_call(other, name, arguments)), None)
            if place is not None:
                # Those before it are behind in the order: nothing may be found there any more.
                del arrived[: place + 1]
            self._tell(fact, is_kept=place is not None)

    def results(self) -> None:
        arrived = {fact.value[0]: fact.value[1] for fact in self.arrived.of("result")}
        for fact in self.said.of("result"):
            place, texts = fact.value
            # Where no call was, or none that the target has, a result may only be said as the user's words.
            found = arrived.get(place) or tuple(other.value for other in self.arrived.of("user"))
            is_kept = all(_is_told(text, found) for text in texts)
            # Gemini tells by the name of the member with the words that a tool failed: an entry for it may be for that.
            told = [path for path in fact.paths if not path.endswith(".response") or f"{path}.error" not in self.lost]
            if told or not is_kept:
                self._tell(Fact("result", fact.value, tuple(told)), is_kept=is_kept)

    def marks(self) -> None:
        failed = {fact.value for fact in self.arrived.of("failed")}
        for fact in self.said.of("failed"):
            self._tell(fact, is_kept=fact.value in failed)
        caches = [fact.value for fact in self.arrived.of("cache")]
        for fact in self.said.of("cache"):
            self._tell(fact, is_kept=fact.value in caches)
        types = {fact.value for fact in self.arrived.of("media_type")}
        for fact in self.said.of("media_type"):
            if not _are_words(fact.value):
                self._tell(fact, is_kept=fact.value in types)

    def tools(self) -> None:
        names = [plain_name(fact.value) for fact in self.arrived.of("tool")]
        for fact in self.said.of("tool"):
            place = next((n for n, name in enumerate(names) if _is_named(name, plain_name(fact.value))), None)
            if place is not None:
                del names[place]
            self._tell(fact, is_kept=place is not None)
        for fact in self.said.of("namespace"):
            starts = plain_name(fact.value) + "_"
            all_names = [plain_name(other.value) for other in self.arrived.of("tool")]
            self._tell(fact, is_kept=any(name.startswith(starts) for name in all_names))
        schemas = [*self.arrived.of("schema")]
        for fact in self.said.of("schema"):
            self._schema(fact, schemas)

    def settings(self) -> None:
        arrived = [fact.value for fact in self.arrived.of("setting")]
        for fact in self.said.of("setting"):
            name, value = fact.value
            if name == "json" and ("output_schema" in {other[0] for other in arrived} or ("json", True) in arrived):
                self._tell(fact, is_kept=True)
            elif name == "output_schema":
                self._schema(fact, [other for other in self.arrived.of("setting") if other.value[0] == name], deep=True)
            else:
                self._tell(fact, is_kept=any(_same_setting(name, value, other) for other in arrived))

    def other_leaves(self, body: Json, written: Json) -> None:
        known = {path for fact in self.said.found for path in fact.paths}
        strings = [value for _, value in _leaves(written, "") if isinstance(value, str)]
        named = {(path.rpartition(".")[2], json.dumps(value)) for path, value in _leaves(written, "")}
        hosted = [f"{path}.name" for tool, path in items(body.get("tools"), "tools") if _is_hosted(tool)]
        known.update(hosted)
        for path, value in _leaves(body, ""):
            name = path.rpartition(".")[2]
            if (
                name in _STRUCTURE
                or value in (None, [], {})
                or not str(value).strip()
                or _is_under(path, known)
                or _says_nothing(name, value)
            ):
                continue
            is_long = isinstance(value, str) and len(value) >= _LONG_ENOUGH
            is_there = any(value in string for string in strings) if is_long else (name, json.dumps(value)) in named
            if path in self.lost:
                self.verdict.reported += 1
                if is_long and not self._is_lost_whole(path) and (name, json.dumps(value)) in named:
                    self.verdict.false.append(f"{path}: {_short(value)} is there")
            elif is_there:
                self.verdict.kept += 1
            else:
                self.verdict.silent.append(f"{path}: {_short(value)}")

    def _is_lost_whole(self, path: str) -> bool:
        """Tell whether an object is reported from its type on: what is in it may well be said elsewhere, too."""
        return any(f"{path[:place]}.type" in self.lost for place, sign in enumerate(path) if sign in ".[")

    def _schema(self, fact: Fact, candidates: list[Fact], *, deep: bool = False) -> None:
        wanted = fact.value
        values = [other.value[1] if deep else other.value for other in candidates]
        if deep:
            wanted = wanted[1]
        place = next((n for n, value in enumerate(values) if value == wanted), None)
        if place is not None:
            del candidates[place]
            self._tell(fact, is_kept=True)
            return
        # Another form of the same schema: each leaf that is in no candidate must be told as lost.
        present = {leaf for value in values for leaf in _frozen_leaves(value)}
        missing = [path for path, value in _leaves(wanted, fact.paths[0]) if _key(path, value, fact) not in present]
        silent = [path for path in missing if not _is_under(path, self.lost) and not _is_over(path, self.lost)]
        self.verdict.silent.extend(f"{path}: of a schema" for path in silent)
        if missing:
            self.verdict.unsaid.append(_unsaid(fact))
        self.verdict.reported += 1

    def _is_said_elsewhere(self, fact: Fact) -> bool:
        """Tell whether a fact is where it means less, so that an entry for it is right: a system prompt as the user's,
        a result without its call as words."""
        if fact.kind == "result":
            return fact.value[0] not in {other.value[0] for other in self.arrived.of("result")}
        return fact.kind == "system" and fact.value not in {other.value for other in self.arrived.of("system")}

    def _tell(self, fact: Fact, *, is_kept: bool) -> None:
        reported = [path for path in fact.paths if path in self.lost or _is_over(path, self.lost)]
        if is_kept:
            self.verdict.kept += 1
            may_be = self._is_said_elsewhere(fact)
            self.verdict.false.extend(
                f"{path}: {fact.kind} {_short(fact.value)} is there" for path in reported if not may_be
            )
            return
        if not fact.paths:
            return
        self.verdict.unsaid.append(_unsaid(fact))
        if reported:
            self.verdict.reported += 1
        else:
            self.verdict.silent.append(f"{fact.paths}: {fact.kind} {_short(fact.value)}")


def _unsaid(fact: Fact) -> Unsaid:
    what, value = fact.value if fact.kind == "setting" else (fact.kind, fact.value)
    return Unsaid(what, fact.paths[0], value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _are_words(media_type: str) -> bool:
    return media_type == "plain"


def _take(pool: list[str], wanted: str) -> bool:
    """Find words in a pool, whole or within longer ones, and take them out of it."""
    for place, text in enumerate(pool):
        if text == wanted:
            del pool[place]
            return True
    for place, text in enumerate(pool):
        if wanted in text:
            pool[place] = text.replace(wanted, "\0", 1)
            return True
    return False


def _same_call(fact: Fact, name: str, arguments: Json) -> bool:
    other_name, other_arguments = fact.value
    return _is_named(other_name, name) and other_arguments == arguments


def _is_named(name: str, wanted: str) -> bool:
    """Tell whether a name is the wanted one, as it is or made fit for the target by a mark at its end."""
    stem, _, mark = name.rpartition("_")
    return name == wanted or (len(mark) == 8 and (wanted.startswith(stem) or stem.endswith(wanted)))


def _is_told(text: str, found: tuple[str, ...]) -> bool:
    if any(text in other for other in found):
        return True
    try:
        value = json.loads(text)
    except ValueError:
        return False
    return any(_loaded(other) == value for other in found)


def _loaded(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _same_setting(name: str, value: Json, other: tuple[str, Json]) -> bool:
    if other[0] != name:
        return False
    if value == "some":
        # Which ones is told name by name.
        return other[1] != "none"
    match value, other[1]:
        case ("one", str() as wanted), ("one", str() as found):
            return _is_named(plain_name(found), plain_name(wanted))
        case _:
            return value == other[1]


def _leaves(value: Json, path: str) -> Iterator[tuple[str, Json]]:
    if inside(value):
        for name, member in inside(value).items():
            yield from _leaves(member, f"{path}.{_step(name)}" if path else _step(name))
    elif isinstance(value, list) and value:
        for element, at in items(value, path):
            yield from _leaves(element, at)
    else:
        yield path, value


def _is_hosted(tool: Json) -> bool:
    """Tell whether a tool is one that Anthropic runs, whose name is always the same."""
    return str(tool.get("type", "")).rpartition("_")[2].isdigit()


def _says_nothing(name: str, value: Json) -> bool:
    """Tell whether leaving a member out means the same in every dialect."""
    return (name, value) in {("is_error", False), ("media_type", "text/plain"), ("mimeType", "text/plain")} or (
        name.startswith("responseModalities[") and str(value).upper() == "TEXT"
    )


def _step(name: str) -> str:
    if name and not any(sign in '.[]"' or sign.isspace() for sign in name):
        return name
    return '["' + name.replace("\\", "\\\\").replace('"', '\\"') + '"]'


def _frozen_leaves(value: Json) -> Iterator[tuple[str, str]]:
    for path, leaf in _leaves(value, "$"):
        yield path, json.dumps(leaf)


def _key(path: str, value: Json, fact: Fact) -> tuple[str, str]:
    return "$" + path.removeprefix(fact.paths[0]), json.dumps(value)


def _is_under(path: str, others: Iterable[str]) -> bool:
    """Tell whether a path is one of the others or lies below one."""
    return any(path == other or (path.startswith(other) and path[len(other)] in ".[") for other in others)


def _is_over(path: str, others: Iterable[str]) -> bool:
    return any(other.startswith(path) and len(other) > len(path) and other[len(path)] in ".[" for other in others)


def _short(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 120 else f"{text[:120]}..."
