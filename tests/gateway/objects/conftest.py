"""Several callers, of two organisations, on one credential of a vendor that keeps objects."""

from collections.abc import AsyncIterator

import pytest

from tests.gateway.conftest import booked, caller, claims, gateway, settings, shared_gateway, shared_vendor
from tests.parts.gateway import RunningGateway
from tests.parts.object_vendor import KeepingVendor
from tests.parts.people import People, people_at
from tests.parts.vendor import ScriptedVendor

__all__ = ["booked", "caller", "claims", "gateway", "settings", "shared_gateway", "shared_vendor"]


@pytest.fixture
def keeping() -> KeepingVendor:
    return KeepingVendor()


@pytest.fixture
def vendor(shared_vendor: ScriptedVendor, keeping: KeepingVendor) -> ScriptedVendor:
    """Give a vendor that keeps objects, with nothing in its log."""
    shared_vendor.script = keeping
    shared_vendor.log.clear()
    return shared_vendor


@pytest.fixture(scope="module")
async def shared_people(shared_gateway: RunningGateway, shared_vendor: ScriptedVendor) -> AsyncIterator[People]:
    async with people_at(shared_gateway, shared_vendor.url) as people:
        yield people


@pytest.fixture
def people(shared_people: People, vendor: ScriptedVendor) -> People:
    """Give the callers; their vendor begins anew."""
    del vendor
    return shared_people
