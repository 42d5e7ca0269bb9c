"""Real clients before a vendor that fails: they get over it, or stop, and nobody's requests pile up."""

from dataclasses import replace

import pytest

from tests.clients.bench import Bench
from tests.clients.every import EACH_CLIENT, EACH_PROGRAM
from tests.clients.failing import BAD_DAY, FailingModel
from tests.clients.model import ANSWER

pytestmark = pytest.mark.real_clients

_LOOK_FOR_S = 15.0


@EACH_PROGRAM
async def test_a_vendor_that_is_busy_for_a_moment_delays_a_turn_and_no_more(bench: Bench) -> None:
    bench.site.vendor.script = FailingModel(bench.model, 429, times=2)

    ran = await bench.run()

    assert (ran.code == 0) == bench.client.tries_again
    assert (ANSWER if bench.client.tries_again else BAD_DAY) in ran.shown
    assert bench.model.refused == []
    assert len(bench.tap.seen) <= bench.client.most_requests + 2


@EACH_CLIENT
async def test_a_vendor_that_refuses_our_credential_is_told_readably_and_without_a_storm(bench: Bench) -> None:
    bench.site.vendor.script = FailingModel(bench.model, 401)

    ran = await bench.run()

    assert ran.code is not None, "it was still trying"
    assert "refuses the credential that Drawbridge has" in " ".join(ran.shown.split())
    assert 1 <= len(bench.tap.seen) <= bench.client.most_refused


@EACH_PROGRAM
async def test_a_vendor_that_is_broken_for_good_is_not_run_down(bench: Bench) -> None:
    """A client may wait and try for longer than this looks on; what it then shows is its own matter."""
    failing = FailingModel(bench.model, 500)
    bench.site.vendor.script = failing
    looking = replace(bench, client=replace(bench.client, timeout_s=_LOOK_FOR_S))

    await looking.run()

    assert 1 <= failing.failed <= bench.client.most_failed
    assert len(bench.tap.seen) == failing.failed
