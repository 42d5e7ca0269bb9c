from tests.gateway.inner.conftest import (
    booked,
    caller,
    claims,
    configured,
    gateway,
    settings,
    shared_gateway,
    shared_person,
    shared_vendor,
    somebody,
    vendor,
)

__all__ = [
    "booked",
    "caller",
    "claims",
    "configured",
    "gateway",
    "settings",
    "shared_gateway",
    "shared_person",
    "shared_vendor",
    "somebody",
    "vendor",
]
