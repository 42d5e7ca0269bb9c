import pytest

from tests.parts.module_gateway import booked, gateway, settings, shared_gateway, shared_vendor, vendor

__all__ = ["booked", "claims", "gateway", "settings", "shared_gateway", "shared_vendor", "vendor"]


@pytest.fixture(scope="module")
def claims() -> tuple[str, ...]:
    return ("gpt-", "text-embedding-", "claude-", "gemini-")
