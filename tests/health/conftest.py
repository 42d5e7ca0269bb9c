from tests.parts.module_gateway import (
    booked,
    caller,
    claims,
    gateway,
    settings,
    shared_gateway,
    shared_vendor,
    vendor,
)

__all__ = ["booked", "caller", "claims", "gateway", "settings", "shared_gateway", "shared_vendor", "vendor"]
