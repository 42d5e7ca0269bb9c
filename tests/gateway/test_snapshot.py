"""What the hot path decides from: swapped in whole, and the keys seen lately."""

from collections.abc import Collection
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.core.ids import KeyId, OrganisationId, PrincipalId
from drawbridge.gateway.snapshot import Caller, KeyCache, OrganisationSnapshot, Snapshots

ONE, OTHER = OrganisationId(UUID(int=1)), OrganisationId(UUID(int=2))


def snapshot(organisation_id: OrganisationId, revision: int) -> OrganisationSnapshot:
    return OrganisationSnapshot(organisation_id, revision, {}, {})


def caller(organisation_id: OrganisationId = ONE, number: int = 7) -> Caller:
    return Caller(organisation_id, PrincipalId(UUID(int=number)), "somebody", KeyId(UUID(int=number)))


def test_before_the_first_load_no_organisation_is_known_and_every_revision_is_newer() -> None:
    snapshots = Snapshots()

    assert snapshots.get(ONE) is None
    assert snapshots.revision < 0


def test_a_swap_replaces_the_changed_organisations_and_keeps_the_others() -> None:
    snapshots = Snapshots()
    snapshots.swap(1, {ONE: snapshot(ONE, 1), OTHER: snapshot(OTHER, 1)})

    snapshots.swap(2, {ONE: snapshot(ONE, 2)})

    assert snapshots.get(ONE) == snapshot(ONE, 2)
    assert snapshots.get(OTHER) == snapshot(OTHER, 1)
    assert snapshots.revision == 2


def test_a_snapshot_at_hand_is_not_changed_by_a_swap() -> None:
    snapshots = Snapshots()
    snapshots.swap(1, {ONE: snapshot(ONE, 1)})
    at_hand = snapshots.get(ONE)

    snapshots.swap(2, {ONE: snapshot(ONE, 2)})

    assert at_hand == snapshot(ONE, 1)


def test_a_full_key_cache_forgets_the_key_unused_for_longest() -> None:
    cache = KeyCache(capacity=2)
    cache.put(b"a", caller())
    cache.put(b"b", caller())
    cache.get(b"a")

    cache.put(b"c", caller())

    assert [key for key in (b"a", b"b", b"c") if key in cache] == [b"a", b"c"]


def test_the_key_cache_remembers_that_a_key_does_not_exist() -> None:
    cache = KeyCache()

    cache.put(b"a", None)

    assert b"a" in cache
    assert cache.get(b"a") is None


def test_a_renewal_forgets_keys_that_do_not_exist_since_one_may_have_been_created() -> None:
    cache = KeyCache()
    cache.put(b"a", None)

    cache.renew((), {})

    assert b"a" not in cache


@pytest.mark.parametrize(("changed", "kept"), [((ONE,), [b"b", b"c"]), ((ONE, OTHER), [b"b"])])
def test_a_renewal_drops_the_keys_of_changed_organisations_that_are_not_among_the_answers(
    changed: Collection[OrganisationId], kept: list[bytes]
) -> None:
    cache = KeyCache()
    cache.put(b"a", caller(ONE))
    cache.put(b"b", caller(ONE))
    cache.put(b"c", caller(OTHER))
    renewed = caller(ONE, number=8)

    cache.renew(changed, {b"b": renewed})

    assert [key for key in (b"a", b"b", b"c") if key in cache] == kept
    assert cache.get(b"b") == renewed


_KEYS = st.sampled_from([bytes([number]) for number in range(6)])


@given(puts=st.lists(st.tuples(_KEYS, st.sampled_from([ONE, OTHER, None]))), capacity=st.integers(1, 5))
def test_a_key_cache_never_holds_more_than_its_capacity_and_always_what_came_last(
    puts: list[tuple[bytes, OrganisationId | None]], capacity: int
) -> None:
    cache = KeyCache(capacity)

    for key, organisation_id in puts:
        cache.put(key, None if organisation_id is None else caller(organisation_id))

    held = [bytes([number]) for number in range(6) if bytes([number]) in cache]
    latest = dict(puts)
    assert len(held) <= capacity
    assert not puts or puts[-1][0] in cache
    assert set(cache.held_in({ONE})) == {key for key in held if latest[key] == ONE}
