"""The pool against servers that others wrote: nginx and uvicorn."""

import asyncio
import contextlib
import random
import shutil
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from drawbridge.egress import BrokenReply, ConnectFailed, PoolDoor
from drawbridge.egress.lane import Load
from tests.egress.calls import post, read
from tests.parts.certificates import self_signed

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed: apt-get install nginx-light")

NGINX_CONF = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/log;
events {{ worker_connections 256; }}
http {{
  access_log off; default_type text/plain; client_max_body_size 1m;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.pem; ssl_session_tickets on;
  server {{
    listen 127.0.0.1:{port}; listen 127.0.0.1:{tls_port} ssl;
    location /connection {{ return 200 "$connection $connection_requests"; }}
    location /resumed {{ keepalive_timeout 0; return 200 "$ssl_session_reused"; }}
    location /brief {{ keepalive_timeout 1; return 200 "$connection"; }}
    location /few {{ keepalive_requests 3; return 200 "$connection"; }}
    location /files/ {{ alias {folder}/; gzip on; gzip_types *; gzip_min_length 1; }}
    location /slow/ {{ alias {folder}/; limit_rate 2m; }}
    location /up {{ proxy_pass http://127.0.0.1:{port}/connection; }}
    location /gone {{ return 444; }}
  }}
}}
"""


@dataclass(frozen=True)
class Nginx:
    """A running nginx, and a door that trusts its certificate."""

    http: str
    https: str
    folder: Path
    door: PoolDoor

    async def get(self, path: str, *, body: bytes = b"", headers: tuple[tuple[str, str], ...] = ()) -> bytes:
        url = path if path.startswith("https:") else self.http + path
        async with self.door.stream(post(url, body, method="GET", headers=headers)) as reply:
            assert reply.status == 200
            return await read(reply)


@pytest.fixture
async def nginx(tmp_path: Path) -> AsyncIterator[Nginx]:
    _, trust = self_signed(tmp_path)
    port, tls_port = _free_ports()
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(NGINX_CONF.format(folder=tmp_path, port=port, tls_port=tls_port))
    assert NGINX is not None
    process = await asyncio.create_subprocess_exec(
        NGINX, "-c", str(configuration), "-p", str(tmp_path), "-e", str(tmp_path / "log")
    )
    door = PoolDoor(trust=trust, connections_per_host=8)
    try:
        await _until_listening(tls_port)
        yield Nginx(f"http://127.0.0.1:{port}", f"https://localhost:{tls_port}", tmp_path, door)
    finally:
        await door.close()
        process.terminate()
        await process.wait()


@needs_nginx
async def test_calls_one_after_the_other_share_a_connection_of_nginx(nginx: Nginx) -> None:
    told = [(await nginx.get("/connection")).split() for _ in range(50)]

    assert len({connection for connection, _ in told}) == 1
    assert [int(number) for _, number in told] == list(range(1, 51))


@needs_nginx
async def test_many_calls_at_once_share_the_connections_that_are_allowed(nginx: Nginx) -> None:
    told = await asyncio.gather(*[nginx.get("/connection") for _ in range(200)])

    assert len({text.split()[0] for text in told}) <= 8
    assert nginx.door.load == Load(idle=8)


@needs_nginx
async def test_nginx_sees_the_session_of_tls_resumed(nginx: Nginx) -> None:
    told = [await nginx.get(f"{nginx.https}/resumed") for _ in range(3)]

    assert told == [b".", b"r", b"r"]


@needs_nginx
@pytest.mark.parametrize("path", ["/brief", "/few"])
async def test_a_connection_that_nginx_ends_by_its_own_rules_disturbs_no_call(nginx: Nginx, path: str) -> None:
    first = await nginx.get(path)
    await asyncio.sleep(1.2 if path == "/brief" else 0)
    later = [await nginx.get(path) for _ in range(8)]

    assert later[-1] != first


@needs_nginx
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_large_file_comes_whole_by_length_and_packed_in_chunks(nginx: Nginx, scheme: str) -> None:
    whole = random.Random(1).randbytes(2_000_000)
    (nginx.folder / "large").write_bytes(whole)
    base = nginx.http if scheme == "http" else nginx.https

    async with nginx.door.stream(post(f"{base}/files/large", b"", method="GET")) as reply:
        plain = await read(reply)
    async with nginx.door.stream(
        post(f"{base}/files/large", b"", method="GET", headers=(("accept-encoding", "gzip"),))
    ) as reply:
        assert dict(reply.headers)["transfer-encoding"] == "chunked"
        packed = await read(reply)

    assert plain == whole
    assert packed[:2] == b"\x1f\x8b"
    assert nginx.door.load == Load(idle=1)


@needs_nginx
async def test_a_body_that_nginx_refuses_before_it_was_sent_is_answered(nginx: Nginx) -> None:
    async with nginx.door.stream(post(f"{nginx.http}/up", b"x" * 2_000_000)) as reply:
        assert reply.status == 413

    assert await nginx.get("/up")


@needs_nginx
async def test_nginx_that_hangs_up_without_an_answer_is_a_failure(nginx: Nginx) -> None:
    with pytest.raises(ConnectFailed, match="closed the connection before it answered"):
        await nginx.get("/gone")

    assert nginx.door.load == Load()


async def test_uvicorn_streams_events_and_keeps_its_connection() -> None:
    taken = asyncio.Event()

    async def streaming(
        _: object, receive: Callable[[], Awaitable[object]], send: Callable[..., Awaitable[None]]
    ) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        for number in range(5):
            await send({"type": "http.response.body", "body": b"data: %d\n\n" % number, "more_body": True})
            await taken.wait()
            taken.clear()
        await send({"type": "http.response.body", "body": b""})

    door = PoolDoor()
    async with _uvicorn(streaming) as url:
        for _ in range(3):
            assert await _pieces(door, url, taken) == [b"data: %d\n\n" % number for number in range(5)]
        assert door.load == Load(idle=1)
        await door.close()


async def test_an_application_that_fails_in_its_reply_breaks_it_off() -> None:
    async def failing(
        _: object, receive: Callable[[], Awaitable[object]], send: Callable[..., Awaitable[None]]
    ) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ValueError

    door = PoolDoor()
    async with _uvicorn(failing) as url:
        with pytest.raises(BrokenReply):
            async with door.stream(post(url)) as reply:
                await read(reply)
        assert door.load == Load()


async def _pieces(door: PoolDoor, url: str, taken: asyncio.Event) -> list[bytes]:
    """Read a stream that goes on only when the last piece was taken."""
    pieces: list[bytes] = []
    async with door.stream(post(url)) as reply:
        async for piece in reply.pieces():
            pieces.append(piece)
            taken.set()
    return pieces


@asynccontextmanager
async def _uvicorn(application: Callable[..., Awaitable[None]]) -> AsyncGenerator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = _Server(uvicorn.Config(application, lifespan="off", log_config=None, access_log=False))
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve([listening]))
            await _until_listening(listening.getsockname()[1])
            try:
                yield f"http://127.0.0.1:{listening.getsockname()[1]}/x"
            finally:
                server.should_exit = True


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


async def _until_listening(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.transport.abort()
                return
