"""Chains made without a database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from drawbridge.audit.acts import COMMAND_LINE, Act
from drawbridge.audit.events import Event, Head, Link, hash_of, link
from drawbridge.audit.roots import Root, sign_root
from drawbridge.audit.verify import START
from drawbridge.core.ids import OrganisationId, uuid7

BEGUN = datetime(2026, 11, 23, 8, 0, 0, 1, UTC)


def make_chain(chain: OrganisationId, acts: Sequence[Act]) -> list[Link]:
    """Make a chain of acts, a minute apart."""
    links: list[Link] = []
    head = START
    for place, act in enumerate(acts):
        made = link(chain, head, uuid7(), BEGUN + timedelta(minutes=place), act)
        links.append(made)
        head = head_of(made)
    return links


def some_acts(count: int) -> list[Act]:
    return [Act(COMMAND_LINE, "key.created", "key", f"bot-{number}") for number in range(count)]


def head_of(made: Link) -> Head:
    return Head(made.event.number, made.hash)


def rehashed(event: Event) -> Link:
    """Return an event with the hash that its content has now."""
    return Link(event, hash_of(event))


def written_anew(links: Sequence[Link], place: int, event: Event) -> list[Link]:
    """Put another event in a place, and work out everything from there on anew."""
    remade = [*links[:place], rehashed(event)]
    for later in links[place + 1 :]:
        remade.append(rehashed(replace(later.event, previous=remade[-1].hash)))
    return remade


def root_over(key: Ed25519PrivateKey, links: Sequence[Link]) -> Root:
    """Sign the end of a chain, half a minute after its last event."""
    last = links[-1]
    return sign_root(key, last.event.chain, head_of(last), last.event.at + timedelta(seconds=30))
