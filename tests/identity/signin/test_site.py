"""By which names pages are shown and sessions count, and where requests come from."""

import pytest

from drawbridge.identity.signin.site import Site, parse_networks, source_of

_PUBLIC = Site("https://ai.example.com")


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8080", "http://localhost:8080"),
        ("LOCALHOST:8080", "http://localhost:8080"),
        ("localhost", "http://localhost"),
        ("localhost:80", "http://localhost"),
        ("127.0.0.1:8080", None),
        ("[::1]:8080", None),
        ("evil.example:8080", None),
        ("localhost.evil.example:8080", None),
        ("localhost:8080.evil.example", None),
        ("localhost:8080@evil.example", None),
        ("localhost:", None),
        ("", None),
    ],
)
def test_without_a_public_url_only_localhost_counts(host: str, origin: str | None) -> None:
    place = Site().place(host)

    assert (None if place is None else place.origin) == origin


@pytest.mark.parametrize("host", ["localhost:8080", "evil.example", "ai.example.com:444", "xai.example.com"])
def test_with_a_public_url_no_other_name_counts(host: str) -> None:
    assert _PUBLIC.place(host) is None
    place = _PUBLIC.place("ai.example.com")
    assert place is not None
    assert (place.cookie, place.name, place.is_secure) == ("__Host-drawbridge_session", "ai.example.com", True)


@pytest.mark.parametrize(
    ("host", "home"),
    [
        ("127.0.0.1:8080", "http://localhost:8080"),
        ("[::1]:8080", "http://localhost:8080"),
        ("evil.example:8080", None),
        ("127.0.0.1.evil.example:8080", None),
    ],
)
def test_other_names_of_the_machine_lead_home_and_names_of_others_nowhere(host: str, home: str | None) -> None:
    assert Site().home(host) == home


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("198.51.100.1", "203.0.113.9", "198.51.100.1"),
        ("10.0.0.7", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.7", "192.0.2.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.7", "203.0.113.9, 10.0.0.8", "203.0.113.9"),
        ("10.0.0.7", "", "10.0.0.7"),
    ],
)
def test_only_a_trusted_proxy_says_where_a_request_comes_from(peer: str, forwarded: str, address: str) -> None:
    site = Site("https://ai.example.com", parse_networks(["10.0.0.0/24"]))

    assert site.caller(peer, forwarded) == address


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("not an address", "unknown"),
    ],
)
def test_a_source_is_an_ipv4_address_or_an_ipv6_network(address: str, source: str) -> None:
    assert source_of(address) == source
