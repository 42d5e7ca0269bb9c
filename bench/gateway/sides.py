"""The gateways that are held against each other, each started as its makers say and pinned to one core."""

import socket
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.gateway.cores import Cores
from bench.installation import free_port

_START_TIMEOUT_S = 120.0
_STOP_TIMEOUT_S = 20.0
_LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Side:
    """A gateway that runs."""

    name: str
    port: int
    root: int
    """The process that started all its others."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """What its callers have to send."""


_NGINX = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 16384; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_max_body_size 64m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream vendor {{
        server 127.0.0.1:{upstream};
        keepalive 1024;
        keepalive_requests 1000000000;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://vendor;
            proxy_http_version 1.1;
            proxy_set_header connection "";
            # As any gateway for models: a stream is not held back, nor is a body kept before it goes on.
            proxy_buffering off;
            proxy_request_buffering off;
        }}
    }}
}}
"""


@contextmanager
def nginx(folder: Path, upstream: int, cores: Cores) -> Generator[Side]:
    """Run nginx as a plain proxy in front of the upstream's port."""
    port = free_port()
    file = folder / "nginx.conf"
    file.write_text(_NGINX.format(folder=folder, upstream=upstream, port=port, user=""), encoding="utf-8")
    command = [*cores.pin_gateway(), "nginx", "-e", str(folder / "error.log"), "-c", str(file)]
    with _started("nginx", command, port) as root:
        yield Side("nginx", port, root)


@contextmanager
def _started(name: str, command: Sequence[str], port: int) -> Generator[int]:
    """Run a program until the end; yield its process id once it listens."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        try:
            _wait_for(name, process, port)
            yield process.pid
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_TIMEOUT_S)
            process.kill()


def _wait_for(name: str, process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended with status {process.returncode}")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(_LOOK_EVERY_S)
    raise RuntimeError(f"{name} did not listen within {_START_TIMEOUT_S:.0f} s")
