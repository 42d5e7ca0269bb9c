"""Snapshots and the key cache follow the database, whatever happens at the same time."""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawbridge.core.ids import OrganisationId
from drawbridge.gateway.admission import Admission, KeyLookupFailedError
from drawbridge.gateway.refresh import Refresher, SourceAwayError
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.snapshot import Caller, KeyCache, OrganisationSnapshot, Rights, Snapshots
from drawbridge.identity.keys import make_key
from drawbridge.policy.rules import EVERYONE, Rule, RuleSet, make_rule_set
from tests.gateway.vault import OURS, THEIRS, Vault, advance
from tests.parts.size import pick

NOW = datetime(2026, 11, 22, tzinfo=UTC)
KEYS = tuple(make_key(bytes([number]) * 32) for number in range(2))


@dataclass(slots=True)
class Desk:
    """Admission and refresh at work on one vault, moved forward step by step by the test."""

    vault: Vault = field(default_factory=Vault)
    snapshots: Snapshots = field(default_factory=Snapshots)
    cache: KeyCache = field(default_factory=KeyCache)
    running: list[Coroutine[object, None, object]] = field(default_factory=list[Coroutine[object, None, object]])
    is_refreshing: bool = False
    surely_revoked: set[str] = field(default_factory=set[str])
    """Keys that were revoked before the last complete refresh began."""
    wrongly_accepted: list[str] = field(default_factory=list[str])
    refresher: Refresher = field(init=False)

    def __post_init__(self) -> None:
        self.refresher = Refresher(self.vault, self.snapshots, self.cache, poll_s=3600, told=asyncio.Event())

    @property
    def admission(self) -> Admission:
        return Admission(self.cache, self.snapshots, self.vault.look_up)

    async def ask(self, key: str) -> bool:
        """Return whether a key is accepted, and note one that must not be."""
        must_be_refused = key in self.surely_revoked
        try:
            await self.admission.identify(key, NOW)
        except Refusal:
            return False
        if must_be_refused:
            self.wrongly_accepted.append(key)
        return True

    async def refresh(self) -> None:
        """Refresh once, as often as the database lets us."""
        revoked = {key.text for key in KEYS if key.hash not in self.vault.callers_by_hash}
        try:
            await self.refresher.refresh()
            self.surely_revoked = revoked
        except SourceAwayError:
            pass
        finally:
            self.is_refreshing = False

    def act(self, action: str, choice: int = 0, steps: int = 1) -> None:
        """Carry out one action of a schedule; what cannot be done now is left out."""
        key = KEYS[choice == 0]
        match action:
            case "ask":
                self.running.append(self.ask(key.text))
            case "revoke" if key.hash in self.vault.callers_by_hash:
                self.vault.revoke(key.hash)
            case "change another":
                self.vault.change(THEIRS)
            case "refresh" if not self.is_refreshing:
                self.is_refreshing = True
                self.running.append(self.refresh())
            case "come or go":
                self.vault.away = not self.vault.away
            case "go on":
                for _ in range(steps):
                    self.go_on(choice)
            case _:
                pass

    def go_on(self, choice: int) -> None:
        """Let one of those under way take a step."""
        if self.running:
            one = self.running[choice % len(self.running)]
            if not advance(one):
                self.running.remove(one)

    def finish(self) -> None:
        """Let all that is under way come to its end, the newest first."""
        while self.running:
            self.go_on(-1)

    def accepts(self, key: str) -> bool:
        """Return whether a key is accepted when nobody gets in the way."""
        one = self.ask(key)
        while True:
            try:
                one.send(None)
            except StopIteration as end:
                return end.value is True


_ACTIONS = ("ask", "revoke", "refresh", *["go on"] * 5, "change another", "come or go")
_SCHEDULES = st.lists(
    st.tuples(st.sampled_from(_ACTIONS), st.integers(0, 3), st.integers(1, 4)), min_size=8, max_size=40
)


@settings(max_examples=pick(600, full=30_000), deadline=None)
@given(schedule=_SCHEDULES)
def test_whatever_the_order_of_look_ups_and_refreshes_a_revoked_key_is_refused_after_the_refresh(
    schedule: list[tuple[str, int, int]],
) -> None:
    desk = Desk()
    for key in KEYS:
        desk.vault.create(key.hash)

    for action, choice, steps in schedule:
        desk.act(action, choice, steps)
    desk.vault.away = False
    desk.finish()
    desk.act("refresh")
    desk.finish()

    accepted = {key.hash for key in KEYS if desk.accepts(key.text)}
    assert not desk.wrongly_accepted
    assert accepted == set(desk.vault.callers_by_hash)


@pytest.mark.parametrize("is_cached", [False, True])
def test_in_every_order_of_one_look_up_one_refresh_and_a_revocation_the_key_is_refused_after_the_next_refresh(
    is_cached: bool,
) -> None:
    for schedule in interleavings({"ask": 4, "refresh": 6, "revoke": 1}):
        desk = Desk()
        desk.vault.create(KEYS[0].hash)
        assert not is_cached or desk.accepts(KEYS[0].text)
        ask, refresh = desk.ask(KEYS[0].text), desk.refresh()
        under_way = {"ask": ask, "refresh": refresh}

        for actor in schedule:
            if actor == "revoke":
                desk.vault.revoke(KEYS[0].hash)
            elif actor in under_way and not advance(under_way[actor]):
                del under_way[actor]
        desk.running.extend(under_way.values())
        desk.finish()
        desk.act("refresh")
        desk.finish()

        assert not desk.accepts(KEYS[0].text), schedule
        assert not desk.wrongly_accepted


def interleavings(steps: Mapping[str, int]) -> Iterator[tuple[str, ...]]:
    """Give every order in which actors can take so many steps each."""
    if not any(steps.values()):
        yield ()
    for actor, left in steps.items():
        if left:
            for rest in interleavings({**steps, actor: left - 1}):
                yield (actor, *rest)


def test_a_key_that_is_created_after_it_was_refused_is_accepted_after_the_refresh() -> None:
    desk = Desk()
    assert not desk.accepts(KEYS[0].text)
    desk.vault.create(KEYS[0].hash)

    desk.act("refresh")
    desk.finish()

    assert desk.accepts(KEYS[0].text)


def test_a_key_is_looked_up_once_and_then_known() -> None:
    desk = Desk()
    desk.vault.create(KEYS[0].hash)
    desk.accepts(KEYS[0].text)

    asked = desk.ask(KEYS[0].text)

    assert not advance(asked), "it waited for the database"


def test_changes_that_never_end_hold_up_no_call() -> None:
    desk = Desk()
    desk.vault.create(KEYS[0].hash)
    asked = desk.ask(KEYS[0].text)

    steps = 0
    while advance(asked):
        steps += 1
        desk.snapshots.swap(steps, {})

    assert steps < 20
    assert KEYS[0].hash not in desk.cache


async def test_while_the_database_is_away_a_new_key_gets_503_and_a_known_one_works() -> None:
    vault = Vault()
    vault.create(KEYS[0].hash)
    cache = KeyCache()
    cache.put(KEYS[0].hash, vault.callers_by_hash[KEYS[0].hash])

    async def fail(_: bytes) -> Caller | None:
        raise KeyLookupFailedError

    admission = Admission(cache, Snapshots(), fail)

    assert (await admission.identify(KEYS[0].text, NOW)).organisation_id == OURS
    with pytest.raises(Refusal) as raised:
        await admission.identify(KEYS[1].text, NOW)
    assert (raised.value.reason, raised.value.status(None)) == ("not_ready", 503)
    assert raised.value.retry_after_s


async def test_only_what_changed_is_loaded() -> None:
    desk = Desk()
    await desk.refresh()
    desk.vault.change(THEIRS)

    await desk.refresh()
    await desk.refresh()

    assert desk.vault.loaded == [OURS, THEIRS]
    assert desk.snapshots.revision == desk.vault.number


async def test_a_renewal_of_keys_that_fails_half_way_changes_nothing() -> None:
    desk = Desk()
    desk.vault.create(KEYS[0].hash)
    await desk.refresh()
    await desk.ask(KEYS[0].text)
    before = (desk.snapshots.revision, desk.snapshots.get(OURS), desk.cache.get(KEYS[0].hash))
    desk.vault.revoke(KEYS[0].hash)

    refresh = desk.refresher.refresh()
    for _ in range(2):
        assert advance(refresh)
    desk.vault.away = True
    with pytest.raises(SourceAwayError):
        while advance(refresh):
            pass

    after = (desk.snapshots.revision, desk.snapshots.get(OURS), desk.cache.get(KEYS[0].hash))
    assert after == before


async def test_a_snapshot_that_could_not_be_loaded_is_loaded_by_the_next_refresh() -> None:
    desk = Desk()
    await desk.refresh()
    before = desk.snapshots.get(OURS)
    desk.vault.change(OURS)

    refresh = desk.refresher.refresh()
    for _ in range(3):
        assert advance(refresh)
    desk.vault.away = True
    with pytest.raises(SourceAwayError):
        advance(refresh)
    assert desk.snapshots.get(OURS) is before
    desk.vault.away = False
    await desk.refresh()

    now = desk.snapshots.get(OURS)
    assert now is not None
    assert now.revision == desk.vault.number


async def test_a_change_during_a_load_is_loaded_after_it() -> None:
    desk = Desk()
    await desk.refresh()
    desk.vault.change(OURS)
    await desk.refresher.renew_keys()

    load = desk.refresher.load_snapshots()
    assert advance(load)
    desk.vault.change(OURS)
    await desk.refresher.renew_keys()
    assert not advance(load)
    await desk.refresher.load_snapshots()

    now = desk.snapshots.get(OURS)
    assert now is not None
    assert now.revision == desk.vault.number


class Watched(Snapshots):
    """Snapshots that tell of each swap."""

    def __init__(self) -> None:
        super().__init__()
        self.revisions: asyncio.Queue[int] = asyncio.Queue()

    def swap(self, revision: int, changed: Mapping[OrganisationId, OrganisationSnapshot]) -> None:
        super().swap(revision, changed)
        self.revisions.put_nowait(revision)


class Stuck(Vault):
    """A vault whose snapshots never come once it is stuck: their credential is on a mount that hangs."""

    is_stuck: bool = False

    async def load(self, organisation_id: OrganisationId, revision: int) -> OrganisationSnapshot:
        if self.is_stuck:
            await asyncio.Event().wait()
        return await Vault.load(self, organisation_id, revision)


async def test_a_snapshot_that_never_loads_holds_up_no_revocation() -> None:
    vault, cache, snapshots, loaded, told = Stuck(), KeyCache(), Watched(), asyncio.Event(), asyncio.Event()
    vault.create(KEYS[0].hash)
    admission = Admission(cache, snapshots, vault.look_up)
    refresher = Refresher(vault, snapshots, cache, poll_s=0.001, told=told)

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        running = group.create_task(refresher.run(loaded.set))
        await loaded.wait()
        await admission.identify(KEYS[0].text, NOW)
        vault.is_stuck = True
        vault.change(OURS)
        while snapshots.revision != vault.number:
            await snapshots.revisions.get()
        vault.revoke(KEYS[0].hash)
        while snapshots.revision != vault.number:
            await snapshots.revisions.get()
        running.cancel()

    with pytest.raises(Refusal):
        await admission.identify(KEYS[0].text, NOW)


class Failing(Vault):
    """A vault that raises what nobody foresaw, some times."""

    failures_left: int = 3

    async def revision(self) -> int:
        if self.failures_left:
            self.failures_left -= 1
            raise RuntimeError("permission denied for table platform.revision")
        return await Vault.revision(self)


async def test_an_error_that_nobody_foresaw_is_logged_and_the_refresher_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    vault, snapshots, loaded = Failing(), Snapshots(), asyncio.Event()
    refresher = Refresher(vault, snapshots, KeyCache(), poll_s=0.001, told=asyncio.Event())

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        running = group.create_task(refresher.run(loaded.set))
        await loaded.wait()
        running.cancel()

    assert snapshots.revision == vault.number
    assert len(caplog.records) == 3
    assert "permission denied for table" in caplog.text


@pytest.mark.parametrize("poll_s", [0.001, 3600.0])
async def test_the_refresher_looks_by_itself_and_when_it_is_told(poll_s: float) -> None:
    vault, snapshots, told = Vault(), Watched(), asyncio.Event()
    loads: list[int] = []
    refresher = Refresher(vault, snapshots, KeyCache(), poll_s=poll_s, told=told)

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        running = group.create_task(refresher.run(lambda: loads.append(snapshots.revision)))
        for _ in range(3):
            while await snapshots.revisions.get() != vault.number:
                pass
            vault.change(OURS)
            if poll_s > 1:
                told.set()
        running.cancel()

    assert len(loads) == 1


class RightsAway(Vault):
    """A vault that cannot tell rights until it is let."""

    is_telling: asyncio.Event

    async def rights(self, organisation_id: OrganisationId) -> Rights:
        await self.is_telling.wait()
        return await Vault.rights(self, organisation_id)


async def test_nothing_is_loaded_before_its_rights_are_known() -> None:
    vault, snapshots, loaded = RightsAway(), Watched(), asyncio.Event()
    vault.is_telling = asyncio.Event()
    refresher = Refresher(vault, snapshots, KeyCache(), poll_s=0.001, told=asyncio.Event())

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        running = group.create_task(refresher.run(loaded.set))
        await snapshots.revisions.get()
        await asyncio.sleep(0.02)
        early = loaded.is_set(), snapshots.get(OURS)
        vault.is_telling.set()
        await loaded.wait()
        running.cancel()

    assert early == (False, None)
    assert snapshots.get(OURS) is not None


ALLOWED = make_rule_set([Rule("all", "allow", EVERYONE, "use", "model", "*")], {})


async def test_a_right_that_was_taken_away_is_gone_although_a_snapshot_takes_long_to_load() -> None:
    vault, snapshots = SlowToLoad(rules=ALLOWED), Snapshots()
    vault.has_begun = asyncio.Event()
    refresher = Refresher(vault, snapshots, KeyCache(), poll_s=3600, told=asyncio.Event())
    await refresher.refresh()
    vault.gate = asyncio.Event()
    vault.change(OURS)
    await refresher.renew_keys()
    await refresher.renew_rights()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        loading = group.create_task(refresher.load_snapshots())
        await vault.has_begun.wait()
        vault.rules = RuleSet()
        vault.change(OURS)
        await refresher.renew_keys()
        await refresher.renew_rights()
        while_loading = rules_of(snapshots)
        vault.gate.set()
        await loading

    assert while_loading == RuleSet()
    assert rules_of(snapshots) == RuleSet()


class SlowToLoad(Vault):
    """A vault whose snapshots come when a gate is opened; rights come at once."""

    gate: asyncio.Event | None = None
    has_begun: asyncio.Event

    async def load(self, organisation_id: OrganisationId, revision: int) -> OrganisationSnapshot:
        if self.gate is not None:
            self.has_begun.set()
            await self.gate.wait()
        return await Vault.load(self, organisation_id, revision)


def rules_of(snapshots: Snapshots) -> RuleSet:
    snapshot = snapshots.get(OURS)
    assert snapshot is not None
    return snapshot.rights.rules


async def test_the_refresher_goes_on_when_the_database_is_back() -> None:
    vault, snapshots, loaded = Vault(away=True, stays_away_for=3), Snapshots(), asyncio.Event()
    refresher = Refresher(vault, snapshots, KeyCache(), poll_s=0.001, told=asyncio.Event())

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        running = group.create_task(refresher.run(loaded.set))
        await loaded.wait()
        running.cancel()

    assert (vault.turned_away, snapshots.revision) == (3, vault.number)
