"""Find out whether a chain is as it was recorded. Pure: from events and roots to the first thing that is wrong.

Nobody needs a secret for it. What events alone can show: any change, removal, insertion or reordering before the last
event. What they cannot show, a chain that was cut at its end or written anew from some event on, shows against a
root that was exported before.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from drawbridge.audit.canonical import NotCanonicalError
from drawbridge.audit.events import FIRST_PREVIOUS, Head, Link, hash_of, written_time
from drawbridge.audit.roots import Root, is_signed
from drawbridge.core.ids import OrganisationId

START = Head(0, FIRST_PREVIOUS)
"""Before the first event of a chain."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was recorded."""

    number: int
    """Of the first event that is wrong or missing; of the root's event for a wrong root."""
    words: str


class Verifier:
    """Takes the events of one chain, in order, and tells the first thing that is wrong. Keeps nothing of them.

    `after` is where the events begin: the start, or the event before an export of a part. `roots` may be of several
    chains; `keys` are the key ids that may sign them, or None for any.
    """

    def __init__(
        self,
        chain: OrganisationId,
        *,
        after: Head = START,
        roots: Iterable[Root] = (),
        keys: Collection[str] | None = None,
    ) -> None:
        self.head = after
        """The last event that was found to be right."""
        self.roots_met = 0
        self.chain = chain
        self._after = after
        self._time = ""
        self._keys = keys
        self._faults: list[Fault] = []
        self._roots: dict[int, Root] = {}
        for root in roots:
            if root.chain == chain:
                self._take(root)

    def begin(self) -> Fault | None:
        """Tell what is wrong with the roots, and with where the events begin."""
        if self._faults:
            return min(self._faults, key=lambda fault: fault.number)
        return self._against_root(self._after)

    def feed(self, link: Link) -> Fault | None:
        """Take the next event; tell what is wrong with it."""
        if words := self._complaint(link):
            return Fault(self.head.number + 1, words)
        self.head = Head(link.event.number, link.hash)
        self._time = written_time(link.event.at)
        return self._against_root(self.head)

    def follow(self, links: Iterable[Link]) -> Fault | None:
        """Take events up to the first that is wrong; tell what is wrong with it."""
        for link in links:
            if fault := self.feed(link):
                return fault
        return None

    def end(self) -> Fault | None:
        """Tell whether events are missing at the end: some root has seen them."""
        last = max(self._roots, default=0)
        if last <= self.head.number:
            return None
        root = self._roots[last]
        return Fault(
            self.head.number + 1,
            f"{_events(self.head.number + 1, last)} missing at the end: the root of {written_time(root.at)} was signed"
            f" over {last} events.",
        )

    def _take(self, root: Root) -> None:
        name = f"The root of {written_time(root.at)} over {root.number} events"
        if not is_signed(root):
            self._faults.append(Fault(root.number, f"{name} is forged: its signature is not that of its key."))
        elif self._keys is not None and root.key_id not in self._keys:
            self._faults.append(
                Fault(root.number, f"{name} is not by a key of this installation, but by {root.key_id}.")
            )
        elif self._roots.setdefault(root.number, root).hash != root.hash:
            self._faults.append(
                Fault(root.number, f"{name} contradicts another one: the chain had two different pasts.")
            )

    def _against_root(self, head: Head) -> Fault | None:
        root = self._roots.get(head.number)
        if root is None:
            return None
        self.roots_met += 1
        if root.hash == head.hash:
            return None
        return Fault(
            head.number,
            f"Event {head.number} is not the one that was signed in the root of {written_time(root.at)}: it, or one"
            " before it, was changed, and all hashes from there on were worked out anew.",
        )

    def _complaint(self, link: Link) -> str:
        event, due = link.event, self.head.number + 1
        if event.chain != self.chain:
            return f"Where event {due} should be is one of another chain, {event.chain}."
        if event.number > due:
            return f"{_events(due, event.number - 1)} missing: event {event.number} comes next."
        if event.number < due:
            return f"Where event {due} should be is event {event.number}, a second time or in the wrong place."
        if event.previous != self.head.hash:
            return (
                f"Event {due} does not follow event {due - 1} as it is now: one of the two was replaced, or what stood"
                " between them was removed."
            )
        if not _is_own(link):
            return f"Event {due} was changed: its hash is not that of its content."
        if written_time(event.at) < self._time:
            return f"Event {due} is of an earlier time than the one before it."
        return ""


def verify(
    links: Iterable[Link],
    chain: OrganisationId,
    *,
    after: Head = START,
    roots: Iterable[Root] = (),
    keys: Collection[str] | None = None,
) -> Fault | None:
    """Return the first thing that is wrong with a chain, or None. See `Verifier`."""
    verifier = Verifier(chain, after=after, roots=roots, keys=keys)
    return verifier.begin() or verifier.follow(links) or verifier.end()


def _is_own(link: Link) -> bool:
    try:
        return hash_of(link.event) == link.hash
    except (NotCanonicalError, OverflowError):
        return False


def _events(first: int, last: int) -> str:
    return f"Event {first} is" if first == last else f"Events {first} to {last} are"
