"""Work out what an apply would change. Pure: from a file and what exists to a list of changes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from drawbridge.config.document import Document
from drawbridge.config.errors import DocumentError, Problem
from drawbridge.config.located import did_you_mean
from drawbridge.config.sections import SECRETS, AnyPresent, AnySection, ComparesEntries, Reference, World

Action = Literal["delete", "create", "update", "adopt"]
"""`adopt`: the object exists, was not managed by file, and will be; its fields may change too."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that changes."""

    field: str
    before: str
    """As JSON; empty where there was none."""
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one object."""

    action: Action
    section: str
    name: str
    entry: msgspec.Struct | None = None
    """In full; None for a deletion."""
    differences: tuple[Difference, ...] = ()
    goes_with_it: str = ""
    """What a deletion destroys besides."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that an apply would do, deletions first; nothing when file and installation agree."""

    changes: tuple[Change, ...]

    @property
    def deletions(self) -> tuple[Change, ...]:
        """The deletions alone."""
        return tuple(change for change in self.changes if change.action == "delete")


def make_plan(sections: Sequence[AnySection], document: Document, world: World, *, may_hint: bool = True) -> Plan:
    """Compare a file with what exists. Sections come in the order in which their objects need each other.

    Only objects that are managed by file are ever deleted. `may_hint`: complaints may tell the names of what exists.

    Raises DocumentError with every contradiction, within the file and with what stays.
    """
    problems = [
        *_name_clashes(sections, document, world),
        *_dangling(sections, document, world, may_hint=may_hint),
        *_contradictions(sections, document, world),
        *_still_needed(sections, document, world),
        *_last_holders(sections, document, world),
    ]
    if problems:
        raise DocumentError(problems)
    deletions = [change for section in reversed(sections) for change in _deletions(section, document, world)]
    writes = [change for section in sections for change in _writes(section, document, world)]
    return Plan((*deletions, *writes))


def _deletions(section: AnySection, document: Document, world: World) -> Iterator[Change]:
    stated = document.entries.get(section.name, {})
    existing = _objects(world, section.name)
    going = [name for name, present in existing.items() if present.managed_by_file and name not in stated]
    needed_last = _in_order_of_need(section, {name: existing[name].entry for name in reversed(going)})
    for name in reversed(needed_last):
        yield Change("delete", section.name, name, goes_with_it=existing[name].goes_with_it)


def _writes(section: AnySection, document: Document, world: World) -> Iterator[Change]:
    existing = _objects(world, section.name)
    stated = document.entries.get(section.name, {})
    staying = _staying_entries(section, document, world)
    for name in _in_order_of_need(section, staying):
        if name not in stated:
            continue
        entry, present = staying[name], existing.get(name)
        if present is None:
            yield Change("create", section.name, name, entry)
            continue
        differences = tuple(_differences(present.entry, entry))
        if differences or not present.managed_by_file:
            action = "update" if present.managed_by_file else "adopt"
            yield Change(action, section.name, name, entry, differences)


def _in_order_of_need(section: AnySection, entries: Mapping[str, msgspec.Struct]) -> list[str]:
    """Return the names, each after those of the same section that its entry refers to, otherwise in the given order."""
    needs = {
        name: [found.name for found in section.references(entry) if found.section == section.name]
        for name, entry in entries.items()
    }
    ordered: dict[str, None] = {}
    for first in entries:
        # By hand, not by recursion: nothing bounds the depth. A ring is cut somewhere.
        path = [(first, iter(needs[first]))] if first not in ordered else []
        on_path = {first}
        while path:
            name, others = path[-1]
            following = next((n for n in others if n in needs and n not in ordered and n not in on_path), None)
            if following is None:
                path.pop()
                ordered[name] = None
            else:
                on_path.add(following)
                path.append((following, iter(needs[following])))
    return list(ordered)


def _staying_entries(section: AnySection, document: Document, world: World) -> dict[str, msgspec.Struct]:
    """Return what the section will hold after the apply, in full: what the file states, in its order, and the rest."""
    stated = {name: section.in_full(entry) for name, entry in document.entries.get(section.name, {}).items()}
    kept = {
        name: present.entry
        for name, present in _objects(world, section.name).items()
        if not present.managed_by_file and name not in stated
    }
    return {**stated, **kept}


def _differences(before: msgspec.Struct, after: msgspec.Struct) -> Iterator[Difference]:
    for field in after.__struct_fields__:
        old, new = _as_json(getattr(before, field)), _as_json(getattr(after, field))
        if old != new:
            yield Difference(field, old, new)


def _as_json(value: object) -> str:
    return "" if value is None else msgspec.json.encode(value, order="sorted").decode()


def _name_clashes(sections: Sequence[AnySection], document: Document, world: World) -> Iterator[Problem]:
    """Find names that two sections of one namespace would both hold."""
    taken: dict[tuple[str, str], str] = {}
    for section, name, _ in _stated(sections, document):
        first = taken.setdefault((section.namespace, name), section.name)
        if first != section.name:
            message = f"the name {name!r} stands under {first} already, in {document.place(first, name)}."
            yield document.problem(section.name, name, (), message)
        elif rival := _existing_rival(sections, section, name, world):
            message = (
                f"{name!r} exists under {rival}. Choose another name; or delete that one first: take it out of the"
                " file, apply, then add it here."
            )
            yield document.problem(section.name, name, (), message)


def _existing_rival(sections: Sequence[AnySection], section: AnySection, name: str, world: World) -> str | None:
    """Return the other section of the namespace in which the name exists; None if it is free."""
    rivals = (rival.name for rival in sections if rival.namespace == section.namespace and rival is not section)
    return next((rival for rival in rivals if name in _objects(world, rival)), None)


def _dangling(sections: Sequence[AnySection], document: Document, world: World, *, may_hint: bool) -> Iterator[Problem]:
    """Find references of the file to objects that will not exist."""
    for section, name, stated in _stated(sections, document):
        for reference in section.references(section.in_full(stated)):
            existing = _staying(reference.section, document, world)
            if reference.name not in existing:
                yield document.problem(
                    section.name, name, reference.path, _unknown(reference, existing if may_hint else ())
                )


def _unknown(reference: Reference, existing: Iterable[str]) -> str:
    if reference.section == SECRETS:
        # Without the name: it may be the secret itself, put here by mistake.
        return "no secret of this name is stored. Store it: drawbridge secrets set NAME"
    one = reference.section.removesuffix("s")
    hint = did_you_mean(reference.name, existing)
    return f"there is no {one} {reference.name!r}: add it under {reference.section}, or correct the name.{hint}"


def _contradictions(sections: Sequence[AnySection], document: Document, world: World) -> Iterator[Problem]:
    """Find entries of one section that contradict each other."""
    for section in sections:
        if isinstance(section, ComparesEntries):
            for name, complaint in section.contradictions(_staying_entries(section, document, world)):
                yield document.problem(section.name, name, complaint.path, complaint.message)


def _still_needed(sections: Sequence[AnySection], document: Document, world: World) -> Iterator[Problem]:
    """Find objects to be deleted that an object outside the file needs."""
    going = {(section.name, change.name) for section in sections for change in _deletions(section, document, world)}
    for section, name, present in _outside_the_file(sections, document, world):
        for reference in section.references(present.entry):
            if (reference.section, reference.name) in going:
                yield _needed_problem(document, section.name, name, reference)


def _last_holders(sections: Sequence[AnySection], document: Document, world: World) -> Iterator[Problem]:
    """Find objects to be deleted that are the last to hold what must not vanish."""
    going = {(section.name, change.name) for section in sections for change in _deletions(section, document, world)}
    holders: dict[str, set[tuple[str, str]]] = {}
    for section in sections:
        for name, present in _objects(world, section.name).items():
            if present.holds:
                holders.setdefault(present.holds, set()).add((section.name, name))
    for held, all_of_them in holders.items():
        if all_of_them <= going:
            for section_name, name in sorted(all_of_them):
                yield _last_holder_problem(document, section_name, name, held)


def _stated(sections: Sequence[AnySection], document: Document) -> Iterator[tuple[AnySection, str, msgspec.Struct]]:
    for section in sections:
        for name, entry in document.entries.get(section.name, {}).items():
            yield section, name, entry


def _outside_the_file(
    sections: Sequence[AnySection], document: Document, world: World
) -> Iterator[tuple[AnySection, str, AnyPresent]]:
    for section in sections:
        stated = document.entries.get(section.name, {})
        for name, present in _objects(world, section.name).items():
            if not present.managed_by_file and name not in stated:
                yield section, name, present


def _needed_problem(document: Document, section: str, name: str, reference: Reference) -> Problem:
    user, used = section.removesuffix("s"), reference.section.removesuffix("s")
    return document.section_problem(
        reference.section,
        f"{used} {reference.name!r} is not in the file any more, so it would be deleted, but the {user} {name!r},"
        f" which is not managed by file, uses it. Keep the {used} in the file, or add the {user} to the file.",
    )


def _last_holder_problem(document: Document, section: str, name: str, held: str) -> Problem:
    one = section.removesuffix("s").replace("_", " ")
    return document.section_problem(
        section,
        f"{one} {name!r} is not in the file any more, so it would be deleted, and with it the last {held} of the"
        f" organisation. Keep it in the file, or give somebody who stays another {held} first.",
    )


def _staying(section: str, document: Document, world: World) -> set[str]:
    """Return the names that will exist after the apply."""
    if section == SECRETS:
        return set(world.secrets)
    unmanaged = {name for name, present in _objects(world, section).items() if not present.managed_by_file}
    return unmanaged | set(document.entries.get(section, {}))


def _objects(world: World, section: str) -> Mapping[str, AnyPresent]:
    return world.objects.get(section, {})
