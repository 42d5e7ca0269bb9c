"""Which addresses are public: the rule that keeps outgoing calls out of private networks.

Source: the IANA special-purpose address registries for IPv4 and IPv6, of 2026-08. The tables are kept here
because those of the standard library differ between Python releases.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_V4_REFUSED: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(network), reason)
    for network, reason in (
        ("0.0.0.0/8", "this host itself"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "a carrier's shared address"),
        ("127.0.0.0/8", "a loopback address"),
        # Every large cloud answers with credentials on an address in this range.
        ("169.254.0.0/16", "a link-local or metadata address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "reserved for documentation"),
        ("192.88.99.0/24", "a reserved relay address"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "reserved for benchmarks"),
        ("198.51.100.0/24", "reserved for documentation"),
        ("203.0.113.0/24", "reserved for documentation"),
        # Azure's host agent: outside the reserved ranges, and it hands out a machine's configuration.
        ("168.63.129.16/32", "a metadata address"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
    )
)

_V6_REFUSED: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(network), reason)
    for network, reason in (
        ("::/128", "this host itself"),
        ("::1/128", "a loopback address"),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("ff00::/8", "a multicast address"),
        ("2001::/23", "reserved for protocols"),
        ("2001:db8::/32", "reserved for documentation"),
        ("3fff::/20", "reserved for documentation"),
    )
)
_V6_GLOBAL = IPv6Network("2000::/3")

# Prefixes behind which an IPv4 address stands, and how far that address is from the right end, in bits.
_V6_CARRIES_V4: tuple[tuple[IPv6Network, int], ...] = (
    (IPv6Network("::ffff:0:0/96"), 0),
    (IPv6Network("::ffff:0:0:0/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("2002::/16"), 80),
)


def refusal_reason(address: str) -> str | None:
    """Say why an address may not be reached by outgoing calls, or None where it is public.

    `address` is numeric, as a resolver returns it; an IPv6 zone is allowed. Anything else is refused.
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return "not a numeric address"
    if isinstance(parsed, IPv4Address):
        return _v4_reason(parsed)
    return _v6_reason(parsed)


def _v4_reason(address: IPv4Address) -> str | None:
    return next((reason for network, reason in _V4_REFUSED if address in network), None)


def _v6_reason(address: IPv6Address) -> str | None:
    for network, distance_bits in _V6_CARRIES_V4:
        if address in network:
            return _v4_reason(IPv4Address(int(address) >> distance_bits & 0xFFFF_FFFF))
    reason = next((reason for network, reason in _V6_REFUSED if address in network), None)
    if reason is None and address not in _V6_GLOBAL:
        return "a reserved address"
    return reason
