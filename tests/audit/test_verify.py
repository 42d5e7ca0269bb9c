"""Whatever is done to a chain is found, and what was not touched is accepted."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.audit.acts import Act, Actor, ActorKind, Outcome, Via
from drawbridge.audit.events import PLATFORM, Event, Link
from drawbridge.audit.lines import (
    UnreadableLineError,
    event_line,
    read_event,
    read_events,
    read_root,
    root_line,
)
from drawbridge.audit.roots import key_id
from drawbridge.audit.verify import START, Fault, verify
from drawbridge.core.ids import OrganisationId, PrincipalId, uuid7
from tests.audit.chains import head_of, make_chain, rehashed, root_over, some_acts, written_anew

pytestmark = pytest.mark.audit

CHAIN = OrganisationId(uuid7())
OTHER_CHAIN = OrganisationId(uuid7())
KEY, OTHER_KEY = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
KEY_ID = key_id(KEY.public_key().public_bytes_raw())

_actor_kinds: Sequence[ActorKind] = ("user", "service_account", "agent", "operator", "system", "nobody")
_vias: Sequence[Via] = ("key", "session", "command_line", "background", "link", "none")
_outcomes: Sequence[Outcome] = ("done", "denied", "failed")
_names = st.text(max_size=12)
_ids = st.uuids()
_actors = st.builds(
    Actor,
    kind=st.sampled_from(_actor_kinds),
    via=st.sampled_from(_vias),
    organisation_id=st.none() | _ids.map(OrganisationId),
    principal_id=st.none() | _ids.map(PrincipalId),
    name=_names,
    via_id=st.none() | _ids,
    address=_names,
)
_details = st.dictionaries(
    _names,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | _names,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=3,
)
_acts = st.builds(
    Act,
    actor=_actors,
    action=_names,
    object_kind=_names,
    object_name=_names,
    outcome=st.sampled_from(_outcomes),
    detail=_details,
)
_chains = st.lists(_acts, min_size=1, max_size=8).map(lambda acts: make_chain(CHAIN, acts))


@given(_chains)
def test_what_was_not_touched_is_accepted_with_and_without_roots(links: list[Link]) -> None:
    roots = [root_over(KEY, links[: place + 1]) for place in range(0, len(links), 2)]

    assert verify(links, CHAIN) is None
    assert verify(links, CHAIN, roots=roots, keys=[KEY_ID]) is None
    assert verify(links[1:], CHAIN, after=head_of(links[0]), roots=roots, keys=[KEY_ID]) is None


@given(_chains)
def test_a_line_reads_as_the_event_that_was_written(links: list[Link]) -> None:
    lines = [event_line(made) for made in links]

    assert list(read_events(lines)) == links
    assert all(b"\n" not in line for line in lines)


def _changed_texts(event: Event) -> list[Event]:
    actor = event.actor
    return [
        replace(event, actor=replace(actor, kind="platform_administrator")),
        replace(event, actor=replace(actor, via="link" if actor.via != "link" else "none")),
        replace(event, actor=replace(actor, organisation_id=uuid7())),
        replace(event, actor=replace(actor, principal_id=uuid7())),
        replace(event, actor=replace(actor, name=actor.name + "x")),
        replace(event, actor=replace(actor, via_id=uuid7())),
        replace(event, actor=replace(actor, address=actor.address + "x")),
        replace(event, action=event.action + "x"),
        replace(event, object_kind=event.object_kind + "x"),
        replace(event, object_name=event.object_name + "x"),
        replace(event, outcome="done" if event.outcome != "done" else "denied"),
        replace(event, detail={**event.detail, "more": 1}),
        replace(event, at=event.at + timedelta(microseconds=1)),
        replace(event, id=uuid7()),
        replace(event, number=event.number + 1),
        replace(event, previous=bytes(32) if event.number > 1 else b"x" * 32),
        replace(event, chain=OTHER_CHAIN),
    ]


@given(_chains)
def test_the_hash_can_be_worked_out_from_a_line_with_the_standard_library_alone(links: list[Link]) -> None:
    for made in links:
        said = json.loads(event_line(made))
        said_hash = said.pop("hash")
        # Names beyond U+FFFF sort by their UTF-16 units, which no event of ours has among its members.
        if max(map(ord, json.dumps(said, ensure_ascii=False))) <= 0xFFFF:
            written = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            assert hashlib.sha256(written.encode()).hexdigest() == said_hash


def _flat(event: Event) -> dict[str, Any]:  # Any: values of many types.
    whole = {name: getattr(event, name) for name in Event.__slots__ if name != "actor"}
    return whole | {f"actor.{name}": getattr(event.actor, name) for name in Actor.__slots__}


def test_every_field_of_an_event_is_among_those_that_are_changed_here() -> None:
    event = make_chain(CHAIN, some_acts(1))[0].event
    differing = [
        {name for name, value in _flat(changed).items() if value != _flat(event)[name]}
        for changed in _changed_texts(event)
    ]

    assert set[str]().union(*differing) == set(_flat(event))


@given(_chains, st.data())
def test_a_changed_field_is_found_at_its_event(links: list[Link], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(links) - 1))
    changed = data.draw(st.sampled_from(_changed_texts(links[place].event)))

    links[place] = Link(changed, links[place].hash)

    assert _number(verify(links, CHAIN)) == place + 1


@given(_chains, st.data())
def test_a_changed_field_with_its_own_hash_worked_out_anew_is_found_at_the_next_event(
    links: list[Link], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(links) - 1))
    event = links[place].event
    changed = [
        other
        for other in _changed_texts(event)
        if (other.number, other.previous, other.chain) == (event.number, event.previous, event.chain)
    ]
    following = make_chain(CHAIN, some_acts(len(links) + 1))[-1]
    follower = rehashed(replace(following.event, previous=links[-1].hash, at=links[-1].event.at + timedelta(hours=1)))
    assert verify([*links, follower], CHAIN) is None

    links[place] = rehashed(data.draw(st.sampled_from(changed)))

    assert _number(verify([*links, follower], CHAIN)) == place + 2


@given(_chains, st.data())
def test_what_is_changed_and_worked_out_anew_to_the_end_is_found_against_a_root_over_it(
    links: list[Link], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(links) - 1))
    seen = data.draw(st.integers(place, len(links) - 1))
    root = root_over(KEY, links[: seen + 1])

    forged = written_anew(links, place, replace(links[place].event, action="nothing.happened"))

    assert verify(forged, CHAIN) is None
    assert _number(verify(forged, CHAIN, roots=[root])) == seen + 1


@given(_chains, st.data())
def test_a_removal_before_the_end_is_found_where_the_gap_is(links: list[Link], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(links) - 1))
    last = data.draw(st.integers(first, len(links) - 1))

    left = links[:first] + links[last + 1 :]

    fault = verify(left, CHAIN)
    assert _number(fault) == (first + 1 if last + 1 < len(links) else None)


@given(_chains, st.data())
def test_a_removal_that_is_numbered_anew_is_found_where_the_gap_was(links: list[Link], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(links) - 1))

    later = [rehashed(replace(made.event, number=made.event.number - 1)) for made in links[first + 1 :]]

    fault = verify([*links[:first], *later], CHAIN)
    assert _number(fault) == (first + 1 if later else None)


@given(_chains, st.data())
def test_two_events_that_changed_places_are_found_at_the_first(links: list[Link], data: st.DataObject) -> None:
    one = data.draw(st.integers(0, len(links) - 1))
    other = data.draw(st.integers(0, len(links) - 1))

    links[one], links[other] = links[other], links[one]

    assert _number(verify(links, CHAIN)) == (None if one == other else min(one, other) + 1)


@given(_chains, st.data())
def test_an_event_that_stands_there_twice_is_found(links: list[Link], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(links) - 1))
    to = data.draw(st.integers(place, len(links) - 1))

    links.insert(to + 1, links[place])

    assert _number(verify(links, CHAIN)) == to + 2


@given(_chains, _acts, st.data())
def test_an_inserted_event_with_a_hash_of_its_own_is_found(links: list[Link], act: Act, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(links) - 1))
    previous = links[place].event.previous
    [strange] = make_chain(CHAIN, [act])

    links.insert(place, rehashed(replace(strange.event, number=place + 1, previous=previous, at=links[place].event.at)))

    assert _number(verify(links, CHAIN)) == place + 2


@given(_chains, st.data())
def test_a_cut_end_is_found_against_a_root_that_saw_more_and_by_nothing_else(
    links: list[Link], data: st.DataObject
) -> None:
    left = data.draw(st.integers(0, len(links) - 1))
    seen = data.draw(st.integers(left, len(links) - 1))
    root = root_over(KEY, links[: seen + 1])

    assert verify(links[:left], CHAIN) is None
    fault = verify(links[:left], CHAIN, roots=[root])
    assert fault is not None
    assert fault.number == left + 1
    assert "missing at the end" in fault.words


def test_a_chain_of_another_organisation_is_not_taken_for_this_one() -> None:
    links = make_chain(OTHER_CHAIN, some_acts(3))

    fault = verify(links, CHAIN)

    assert _number(fault) == 1
    assert str(OTHER_CHAIN) in str(fault)


def test_an_event_of_an_earlier_time_than_the_one_before_is_found() -> None:
    links = make_chain(CHAIN, some_acts(3))

    backwards = written_anew(links, 1, replace(links[1].event, at=links[0].event.at - timedelta(seconds=1)))

    assert _number(verify(backwards, CHAIN)) == 2


def test_a_forged_root_is_found() -> None:
    links = make_chain(CHAIN, some_acts(3))
    root = root_over(KEY, links)
    forged = [
        replace(root, hash=links[0].hash),
        replace(root, number=2),
        replace(root, at=root.at + timedelta(seconds=1)),
        replace(root, signature=bytes(64)),
        replace(root, signature=b""),
        replace(root, public_key=OTHER_KEY.public_key().public_bytes_raw()),
        replace(root, public_key=b"no key"),
        replace(root_over(KEY, make_chain(OTHER_CHAIN, some_acts(3))), chain=CHAIN),
    ]

    faults = [verify(links, CHAIN, roots=[wrong]) for wrong in forged]

    assert ["forged" in str(fault) for fault in faults] == [True] * len(forged)


def test_a_root_by_a_key_that_is_not_the_installations_is_found() -> None:
    links = make_chain(CHAIN, some_acts(3))

    fault = verify(links, CHAIN, roots=[root_over(OTHER_KEY, links)], keys=[KEY_ID])

    assert "not by a key of this installation" in str(fault)


def test_two_signed_pasts_of_one_chain_are_found() -> None:
    links = make_chain(CHAIN, some_acts(3))
    forged = written_anew(links, 0, replace(links[0].event, action="nothing.happened"))

    fault = verify(forged, CHAIN, roots=[root_over(KEY, forged), root_over(KEY, links)])

    assert "two different pasts" in str(fault)


def test_roots_of_other_chains_say_nothing() -> None:
    links = make_chain(CHAIN, some_acts(3))

    assert verify(links, CHAIN, roots=[root_over(KEY, make_chain(PLATFORM, some_acts(9)))]) is None


def test_a_part_that_does_not_follow_the_root_before_it_is_found() -> None:
    links = make_chain(CHAIN, some_acts(4))
    forged = written_anew(links, 1, replace(links[1].event, action="nothing.happened"))

    assert verify(forged[2:], CHAIN, after=head_of(forged[1])) is None
    assert _number(verify(forged[2:], CHAIN, after=head_of(forged[1]), roots=[root_over(KEY, links[:2])])) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"action":', b'"action": '),
        (b'"outcome":"done"', b'"outcome":"done","outcome":"done"'),
        (b'"outcome":"done"', b'"outcome":"done","remark":"x"'),
        (b'"outcome":"done"', b'"outcome":"allowed"'),
        (b'"number":1', b'"number":1.0'),
        (b'"number":1', b'"number":"1"'),
        (b'"detail":{}', b'"detail":{"a":1,"a":2}'),
        (b'"detail":{}', b'"detail":{"a":1.5}'),
        (b'"detail":{}', b'"detail":{"a":1e400}'),
        (b'"detail":{}', b'"detail":{"a":' + b"[" * 5000 + b"]" * 5000 + b"}"),
        (b'"detail":{}', b'"detail":{"b":1,"a":1}'),
        (b'"detail":{}', b'"detail":{"a":"' + b"x" * 70000 + b'"}'),
        (b'"key.created"', b'"key\\u002ecreated"'),
        (b'"key.created"', b'"\\ud800"'),
        (b'"key.created"', b'"\xff"'),
        (b".000001Z", b".000001+00:00"),
        (b".000001Z", b".0000010Z"),
        (b".000001Z", b".000001"),
        (b"2026-11-23T08", b"0000-11-23T08"),
        (b'"hash":"', b'"hash":"zz'),
        (b'"format":"drawbridge-audit-1"', b'"format":"drawbridge-audit-2"'),
        (b"{", b"["),
    ],
)
def test_a_line_that_two_readers_could_take_for_two_things_is_not_read(old: bytes, new: bytes) -> None:
    line = event_line(make_chain(CHAIN, some_acts(1))[0])
    assert old in line

    with pytest.raises(UnreadableLineError):
        read_event(line.replace(old, new, 1))


def test_a_root_reads_as_it_was_written_and_in_no_other_way() -> None:
    root = root_over(KEY, make_chain(CHAIN, some_acts(3)))
    line = root_line(root)

    assert read_root(line) == root
    for old, new in (
        (b'"number":3', b'"number": 3'),
        (KEY_ID.encode(), b"0" * 32),
        (b'"signature":"', b'"signature":"x'),
    ):
        with pytest.raises(UnreadableLineError):
            read_root(line.replace(old, new))


def test_the_start_of_a_chain_follows_nothing() -> None:
    assert verify([], CHAIN) is None
    assert (START.number, START.hash) == (0, bytes(32))


def _number(fault: Fault | None) -> int | None:
    return None if fault is None else fault.number
