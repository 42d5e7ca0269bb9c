"""Fixtures: a running gateway for each module, and a scripted vendor behind it that begins each test anew.

A conftest.py imports them; modules give `settings` and `claims` of their own where they need them.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

import pytest

from tests.parts.answers import answer_by_path
from tests.parts.booked import Booked
from tests.parts.caller import Caller, calling
from tests.parts.gateway import RunningGateway, running_gateway
from tests.parts.vendor import ScriptedVendor


@pytest.fixture(scope="module")
def settings() -> Mapping[str, str]:
    """Name the environment variables of the gateway."""
    return {}


@pytest.fixture(scope="module")
def claims() -> tuple[str, ...]:
    """Name the beginnings of the models that the vendor claims."""
    return ("",)


@pytest.fixture(scope="module")
async def shared_vendor() -> AsyncIterator[ScriptedVendor]:
    async with ScriptedVendor() as vendor:
        yield vendor


@pytest.fixture(scope="module")
async def shared_gateway(
    tmp_path_factory: pytest.TempPathFactory,
    shared_database_url: str,
    shared_vendor: ScriptedVendor,
    settings: Mapping[str, str],
    claims: tuple[str, ...],
) -> AsyncIterator[RunningGateway]:
    data = tmp_path_factory.mktemp("gateway")
    async with running_gateway(
        data, shared_database_url, shared_vendor.url, settings=settings, claims=claims
    ) as gateway:
        yield gateway


@pytest.fixture
def vendor(shared_vendor: ScriptedVendor) -> ScriptedVendor:
    """Give the vendor with its usual script and nothing in its log."""
    shared_vendor.script = answer_by_path
    shared_vendor.log.clear()
    return shared_vendor


@pytest.fixture
def gateway(shared_gateway: RunningGateway, vendor: ScriptedVendor) -> RunningGateway:
    """Give the gateway; its vendor begins anew."""
    del vendor
    return shared_gateway


@pytest.fixture
async def caller(gateway: RunningGateway) -> AsyncIterator[Caller]:
    async with calling(gateway.url, gateway.key) as caller:
        yield caller


@pytest.fixture
def booked(gateway: RunningGateway) -> Booked:
    """Give what is booked from now on."""
    return Booked(gateway, datetime.now(UTC))
