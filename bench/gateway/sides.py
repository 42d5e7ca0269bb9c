"""The gateways that are held against each other, each started as its makers say and pinned to one core."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.gateway.cores import Cores
from bench.gateway.environments import install_litellm, install_portkey
from bench.gateway.requests import MODEL
from bench.installation import free_port
from drawbridge.settings import load_settings

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
    booked: Callable[[], int] | None = None
    """Tells how many calls it has booked; None for one that keeps no books."""


_NGINX = """
daemon off;
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

_LITELLM = """
model_list:
  - model_name: {model}
    litellm_params: {{model: openai/{model}, api_base: "http://127.0.0.1:{upstream}/v1", api_key: any}}
general_settings: {{master_key: sk-bench}}
litellm_settings: {{request_timeout: 600, set_verbose: false, json_logs: true}}
"""
# https://docs.litellm.ai/docs/proxy/prod (2026-11-23) but for the price list, which is otherwise fetched at the start.
_LITELLM_ENVIRONMENT = {
    "LITELLM_MODE": "PRODUCTION",
    "LITELLM_LOG": "ERROR",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
}
_PORTKEY_ENVIRONMENT = {"NODE_ENV": "production"}


@contextmanager
def nginx(folder: Path, upstream: int, cores: Cores) -> Generator[Side]:
    """Run nginx as a plain proxy in front of the upstream's port."""
    port = free_port()
    file = folder / "nginx.conf"
    file.write_text(_NGINX.format(folder=folder, upstream=upstream, port=port), encoding="utf-8")
    command = [*cores.pin_gateway(), "nginx", "-e", str(folder / "error.log"), "-c", str(file)]
    with _started("nginx", folder, command, port) as root:
        yield Side("nginx", port, root)


@contextmanager
def litellm(folder: Path, upstream: int, cores: Cores) -> Generator[Side]:
    """Run LiteLLM's proxy, set up for speed: one worker, no database, no logs, and nothing fetched at the start."""
    programs, port = install_litellm(), free_port()
    file = folder / "litellm.yaml"
    file.write_text(_LITELLM.format(model=MODEL, upstream=upstream), encoding="utf-8")
    command = [*cores.pin_gateway(), str(programs / "litellm"), "--config", str(file), "--host", "127.0.0.1"]
    command += ["--port", str(port), "--num_workers", "1"]
    with _started("LiteLLM", folder, command, port, _LITELLM_ENVIRONMENT) as root:
        yield Side("LiteLLM", port, root, {"authorization": "Bearer sk-bench"})


@contextmanager
def portkey(folder: Path, upstream: int, cores: Cores) -> Generator[Side]:
    """Run Portkey's gateway, without its console."""
    node, port = install_portkey(), free_port()
    script = node.packages / "@portkey-ai" / "gateway" / "build" / "start-server.js"
    command = [*cores.pin_gateway(), str(node.program), str(script), f"--port={port}", "--headless"]
    headers = {
        "authorization": "Bearer any",
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": f"http://127.0.0.1:{upstream}/v1",
    }
    with _started("Portkey", folder, command, port, _PORTKEY_ENVIRONMENT) as root:
        yield Side("Portkey", port, root, headers)


@contextmanager
def _started(
    name: str, folder: Path, command: Sequence[str], port: int, more: Mapping[str, str] | None = None
) -> Generator[int]:
    """Run a program until the end; yield its process id once it listens. What it says goes to a file in the folder."""
    environment = {"PATH": load_settings().environment.get("PATH", os.defpath), "LANG": "C.UTF-8", **(more or {})}
    log = folder / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        _wait_for(process, port, log)
        yield process.pid
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_TIMEOUT_S)
        process.kill()
        process.wait()


def _wait_for(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(_LOOK_EVERY_S)
    said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise RuntimeError(f"{log.stem} does not listen; it said: {said}")
