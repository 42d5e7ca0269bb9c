"""How the pages are served: which file to whom, in which encoding, for how long, and under which policy."""

import gzip
import re
from pathlib import Path

import pytest

from drawbridge.gateway.endpoints import served_paths
from drawbridge.identity.signin.site import Site
from drawbridge.ingress import Exchange
from drawbridge.ingress.request_head import RequestHead
from drawbridge.workspace import Built, Workspace
from drawbridge.workspace.built import open_built
from tests.parts.line import KeptLine

_PAGE = b"<!doctype html><title>Page</title>"
_SCRIPT = b"console.log(1);" * 100
_HTML = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small build, with a secret beside it."""
    (tmp_path / "secret.js").write_text("secret")
    built = tmp_path / "built"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_bytes(_PAGE)
    (built / "made-from.txt").write_text("stamp")
    (built / "assets" / "main-abc.js").write_bytes(_SCRIPT)
    (built / "assets" / "main-abc.js.gz").write_bytes(gzip.compress(_SCRIPT))
    (built / "assets" / "main-abc.js.br").write_bytes(b"brotli")
    (built / "frames").mkdir()
    (built / "frames" / "diagram.html").write_bytes(_PAGE)
    (built / "assets" / "linked-abc.js").symlink_to(tmp_path / "secret.js")
    return built


async def _get(
    folder: Path | None, path: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of the answer to a request of a browser."""
    sent = {"host": "localhost:8080", **(headers or {})}
    line = KeptLine()
    head = RequestHead(method, path, b"", list(sent.items()), sent, is_http_1_0=False, body_bytes=0)
    exchange = Exchange(line, head, keeps_alive=True)
    exchange.ends()
    await Workspace(Site(), Built({}) if folder is None else open_built(folder))(exchange)
    written, _, body = line.written.partition(b"\r\n\r\n")
    lines = written.decode().split("\r\n")[1:]
    return line.status, {name: value for name, _, value in (each.partition(": ") for each in lines)}, body


def _is_ours(path: str, accept: str = "text/html", method: str = "GET") -> bool:
    head = RequestHead(method, path, b"", [], {"accept": accept}, is_http_1_0=False, body_bytes=0)
    return Workspace.has(Exchange(KeptLine(), head, keeps_alive=True))


@pytest.mark.parametrize("path", ["/", "/chat", "/chat/0190-abc", "/search", "/no/such/page"])
async def test_every_address_that_a_person_opens_gets_the_page_and_asks_again_next_time(
    folder: Path, path: str
) -> None:
    status, headers, body = await _get(folder, path, _HTML)

    assert _is_ours(path)
    assert (status, body, headers["cache-control"]) == (200, _PAGE, "no-cache")


async def test_a_page_that_has_not_changed_is_not_sent_again(folder: Path) -> None:
    _, headers, _ = await _get(folder, "/", _HTML)

    status, _, body = await _get(folder, "/chat", {**_HTML, "if-none-match": headers["etag"]})

    assert (status, body) == (304, b"")


@pytest.mark.parametrize(
    ("accepted", "encoding", "sent"),
    [
        ("gzip, deflate, br, zstd", "br", b"brotli"),
        ("gzip;q=1.0, br;q=0", "gzip", None),
        ("identity", None, _SCRIPT),
        ("", None, _SCRIPT),
    ],
)
async def test_a_file_comes_as_it_was_packed_for_good(
    folder: Path, accepted: str, encoding: str | None, sent: bytes | None
) -> None:
    status, headers, body = await _get(folder, "/assets/main-abc.js", {"accept-encoding": accepted})

    assert (status, headers.get("content-encoding")) == (200, encoding)
    assert body == sent if sent is not None else gzip.decompress(body) == _SCRIPT
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert headers["vary"] == "accept-encoding"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../index.html",
        "/assets/../../secret.js",
        "/assets//etc/passwd",
        "/assets/nothing.js",
        "/assets/",
        "/assets/linked-abc.js",
        "/assets/main-abc.js.gz",
        "/assets/\0",
    ],
)
async def test_nothing_outside_of_the_build_is_served(folder: Path, path: str) -> None:
    status, _, body = await _get(folder, path)

    assert (status, b"secret" in body) == (404, False)


async def test_a_frame_is_of_no_origin_has_no_network_and_stands_in_our_pages_only(folder: Path) -> None:
    status, headers, body = await _get(folder, "/frames/diagram.html", _HTML)

    policy = set(headers["content-security-policy"].split("; "))
    assert (status, body, headers["cache-control"]) == (200, _PAGE, "no-cache")
    assert {"sandbox allow-scripts", "default-src 'none'", "script-src 'self'", "frame-ancestors 'self'"} <= policy
    assert not any(each.startswith(("connect-src", "img-src", "font-src", "frame-src")) for each in policy)
    assert headers["x-frame-options"] == "SAMEORIGIN"
    # A document without an origin gets scripts only from who lets everybody have them.
    assert (await _get(folder, "/assets/main-abc.js"))[1]["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in (await _get(folder, "/chat"))[1]


@pytest.mark.parametrize("path", ["/frames/", "/frames/other.html", "/frames/../index.html"])
async def test_what_is_no_frame_is_not_served_as_one(folder: Path, path: str) -> None:
    assert (await _get(folder, path, _HTML))[0] == 404


@pytest.mark.parametrize("path", ["/", "/assets/main-abc.js", "/assets/nothing.js"])
async def test_every_answer_lets_nothing_else_in(folder: Path, path: str) -> None:
    _, headers, _ = await _get(folder, path, _HTML)

    policy = headers["content-security-policy"]
    assert re.search(r"default-src 'none'.*script-src 'self';.*frame-ancestors 'none'.*trusted-types 'none'", policy)
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-dns-prefetch-control"] == "off"


def test_what_programs_ask_for_is_not_taken_for_a_page() -> None:
    assert not any(_is_ours(path) for _, path in served_paths())
    assert not _is_ours("/healthz")
    assert not _is_ours("/api/me")
    assert not _is_ours("/chat", accept="application/json")
    assert not _is_ours("/chat", method="POST")


async def test_another_name_of_this_machine_leads_to_the_one_and_somebody_elses_shows_nothing(folder: Path) -> None:
    status, headers, _ = await _get(folder, "/chat", {**_HTML, "host": "127.0.0.1:8080"})
    assert (status, headers["location"]) == (307, "http://localhost:8080/")

    status, _, body = await _get(folder, "/chat", {**_HTML, "host": "evil.example:8080"})
    assert (status, b"evil" in body) == (421, False)


async def test_a_file_is_only_read(folder: Path) -> None:
    status, headers, _ = await _get(folder, "/assets/main-abc.js", method="POST")

    assert (status, headers["allow"]) == (405, "GET, HEAD")


async def test_without_a_build_the_page_says_what_is_missing() -> None:
    status, _, body = await _get(None, "/", _HTML)

    assert status == 503
    assert b"Node" in body
