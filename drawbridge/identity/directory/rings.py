"""Teams and groups that would stand below themselves."""

from collections.abc import Iterator, Mapping

from drawbridge.config.shape import Complaint
from drawbridge.identity.directory.entries import GroupEntry, TeamEntry


def ring_complaints(entries: Mapping[str, TeamEntry] | Mapping[str, GroupEntry]) -> Iterator[tuple[str, Complaint]]:
    """Complain of each ring of parents once, at the first of its entries."""
    for ring in rings({name: entry.parent for name, entry in entries.items()}):
        way = " -> ".join((*ring, ring[0]))
        yield ring[0], Complaint(("parent",), f"{ring[0]!r} would stand below itself: {way}. Leave out one parent.")


def rings(parents: Mapping[str, str | None]) -> Iterator[tuple[str, ...]]:
    """Return each ring: every name, then its parent, beginning with the name that comes first in the mapping."""
    places = {name: place for place, name in enumerate(parents)}
    settled: set[str] = set()
    for start in parents:
        way: dict[str, None] = {}
        at: str | None = start
        while at is not None and at in parents and at not in settled and at not in way:
            way[at] = None
            at = parents[at]
        if at in way:
            walked = list(way)
            ring = walked[walked.index(at) :]
            first = ring.index(min(ring, key=places.__getitem__))
            yield (*ring[first:], *ring[:first])
        settled.update(way)
