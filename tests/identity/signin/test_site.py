"""By which names pages are shown and sessions count, and where requests come from."""

import pytest

from drawbridge.db.engine import Database
from drawbridge.identity.signin.site import Site, parse_networks, source_of
from tests.parts.sign_in import EMAIL, ORIGIN, PASSWORD, make_town, set_up

_PUBLIC = Site("https://ai.example.com")


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:99999", None),
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


@pytest.mark.parametrize("header", ["203.0.113.9", "192.0.2.1, 203.0.113.9"])
async def test_what_a_caller_says_before_the_proxy_counts_for_nothing(database: Database, header: str) -> None:
    """HAProxy adds a line of its own behind those that a caller sent: who has many first lines is no other source."""
    town = await make_town(database, Site(proxies=parse_networks(["10.0.0.0/24"])))
    async with town.browser("10.0.0.7") as browser:
        await set_up(town, browser)
        headers = [
            ("origin", ORIGIN),
            ("sec-fetch-site", "same-origin"),
            ("x-forwarded-for", "8.8.8.8"),
            ("x-forwarded-for", header),
        ]
        reply = await browser.client.post(
            "/api/auth/password", json={"email": EMAIL, "password": PASSWORD}, headers=headers
        )
        assert reply.status_code == 200, reply.text

        listed = (await browser.get("/api/me/sessions"))["sessions"]

    assert next(session["address"] for session in listed if session["this"]) == "203.0.113.9"


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
