"""Every knob of the installation, with its unit and default. The only reader of the environment."""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from drawbridge.core.errors import DrawbridgeError

_Number = TypeVar("_Number", int, float)

MOST_WORKERS = 256
_HIGHEST_PORT = 65535
_OWN_SECRETS = frozenset(
    {"DRAWBRIDGE_MASTER_KEY", "DRAWBRIDGE_DATABASE_URL", "DRAWBRIDGE_DATABASE_DIRECT_URL", "DRAWBRIDGE_SMTP_URL"}
)
"""What no provider may name as its credential: it would be sent to a vendor."""
_MASTER_KEY_VARIABLES = ("DRAWBRIDGE_MASTER_KEY", "DRAWBRIDGE_MASTER_KEY_COMMAND", "DRAWBRIDGE_MASTER_KEY_FILE")
_PUBLIC_URL = re.compile(r"(?P<origin>(?P<scheme>https?)://(?P<name>[a-z0-9.-]+)(:[0-9]{1,5})?)/?")
_SMTP_URL = re.compile(r"smtps?://([^\s/@]*@)?[^\s/@:]+(:[0-9]{1,5})?/?")
_MAIL_ADDRESS = re.compile(r"[!-~]+@[!-~]+")
_PROXY_URL = re.compile(r"https?://([^\s/@]*@)?[^\s/@:]+(:[0-9]+)?/?", re.IGNORECASE)


class SettingError(DrawbridgeError):
    """A setting cannot be used as it is written."""

    code = "bad_setting"
    fault = "caller"


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator sets for one installation, the same for all of its processes."""

    data: Path
    """Folder of the embedded database, the write-ahead files and the master key (DRAWBRIDGE_DATA)."""
    database_url: str | None
    """Your own PostgreSQL instead of the embedded one (DRAWBRIDGE_DATABASE_URL)."""
    database_direct_url: str | None
    """The same database without a pooler between, for migrations (DRAWBRIDGE_DATABASE_DIRECT_URL)."""
    master_key_file: Path
    """The keys that seal stored secrets, the newest in the first line (DRAWBRIDGE_MASTER_KEY_FILE)."""
    master_key: str | None = field(default=None, repr=False)
    """The same keys themselves instead of a file, with spaces between (DRAWBRIDGE_MASTER_KEY)."""
    master_key_command: str | None = None
    """A command that prints them, instead of a file (DRAWBRIDGE_MASTER_KEY_COMMAND)."""
    host: str = "localhost"
    """Address to listen on; `localhost` means both loopback addresses (DRAWBRIDGE_HOST)."""
    port: int = 8080
    """Port to listen on (DRAWBRIDGE_PORT)."""
    public_url: str | None = None
    """The address under which people open the pages; None: localhost and the port (DRAWBRIDGE_PUBLIC_URL)."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses and networks whose X-Forwarded-For is believed (DRAWBRIDGE_TRUSTED_PROXIES)."""
    workers: int = 1
    """Worker processes (DRAWBRIDGE_WORKERS)."""
    find_providers: bool = True
    """Whether vendor keys in the environment are used at the start: yes or no (DRAWBRIDGE_FIND_PROVIDERS)."""
    max_body_bytes: int = 64 * 1024 * 1024
    """Largest request body, as sent and as unpacked (DRAWBRIDGE_MAX_BODY_BYTES)."""
    max_reply_bytes: int = 256 * 1024 * 1024
    """Largest reply that is not a stream (DRAWBRIDGE_MAX_REPLY_BYTES)."""
    max_file_bytes: int = 32 * 1024 * 1024
    """Largest file that somebody may add to a conversation (DRAWBRIDGE_MAX_FILE_BYTES)."""
    max_files_bytes: int = 2 * 1024 * 1024 * 1024
    """How much all files of one person may have together (DRAWBRIDGE_MAX_FILES_BYTES)."""
    max_connections: int = 8192
    """How many callers' connections one worker holds; others wait (DRAWBRIDGE_MAX_CONNECTIONS)."""
    caller_timeout_s: float = 60.0
    """How long to wait for a caller to send or take the next bytes (DRAWBRIDGE_CALLER_TIMEOUT_S)."""
    proxy_url: str | None = field(default=None, repr=False)
    """The proxy to public hosts (DRAWBRIDGE_PROXY_URL, or else HTTPS_PROXY)."""
    direct_hosts: tuple[str, ...] = ()
    """Hosts that are reached without the proxy (DRAWBRIDGE_DIRECT_HOSTS, or else NO_PROXY)."""
    private_stream_hosts: tuple[str, ...] = ()
    """Hosts in private networks that audit streams and alerts may go to (DRAWBRIDGE_PRIVATE_STREAM_HOSTS)."""
    private_provider_hosts: tuple[str, ...] = ()
    """Those that providers of organisations other than the first may be at (DRAWBRIDGE_PRIVATE_PROVIDER_HOSTS)."""
    smtp_url: str | None = field(default=None, repr=False)
    """The server that e-mail is handed in at, such as of budgets' alerts (DRAWBRIDGE_SMTP_URL)."""
    mail_from: str | None = None
    """The address that e-mail comes from (DRAWBRIDGE_MAIL_FROM)."""
    connections_per_host: int = 2000
    """Connections of a worker to one host; more calls than that wait (DRAWBRIDGE_CONNECTIONS_PER_HOST)."""
    connect_timeout_s: float = 10.0
    """How long a connection to a vendor may take (DRAWBRIDGE_CONNECT_TIMEOUT_S)."""
    first_byte_timeout_s: float = 600.0
    """How long a vendor may think before it answers (DRAWBRIDGE_FIRST_BYTE_TIMEOUT_S)."""
    between_bytes_timeout_s: float = 300.0
    """How long a vendor may pause within an answer (DRAWBRIDGE_BETWEEN_BYTES_TIMEOUT_S)."""
    call_timeout_s: float = 3600.0
    """How long a call may take in all (DRAWBRIDGE_CALL_TIMEOUT_S)."""
    drain_timeout_s: float = 30.0
    """How long running calls may go on after SIGTERM (DRAWBRIDGE_DRAIN_TIMEOUT_S)."""
    revision_poll_s: float = 0.5
    """How often a worker looks for changes when no notification arrives (DRAWBRIDGE_REVISION_POLL_S)."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """The environment without our own secrets, for credentials that are given by the name of a variable."""

    @property
    def usage_folder(self) -> Path:
        """Where the write-ahead files are."""
        return self.data / "usage"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Raises SettingError naming the variable and what it takes.
    """
    env = dict(os.environ if environment is None else environment)
    data = _path(env.get("DRAWBRIDGE_DATA") or _default_data(env))
    defaults = Settings(data, None, None, data / "master.key")
    _require_one_master_key(env)
    return Settings(
        data=data,
        database_url=env.get("DRAWBRIDGE_DATABASE_URL") or None,
        database_direct_url=env.get("DRAWBRIDGE_DATABASE_DIRECT_URL") or None,
        master_key_file=_path(env.get("DRAWBRIDGE_MASTER_KEY_FILE") or str(defaults.master_key_file)),
        master_key=env.get("DRAWBRIDGE_MASTER_KEY") or None,
        master_key_command=env.get("DRAWBRIDGE_MASTER_KEY_COMMAND") or None,
        host=env.get("DRAWBRIDGE_HOST") or defaults.host,
        port=_number(env, "PORT", defaults.port, at_least=0, at_most=_HIGHEST_PORT),
        public_url=_public_url(env),
        trusted_proxies=_trusted_proxies(env),
        workers=_number(env, "WORKERS", defaults.workers, at_least=1, at_most=MOST_WORKERS),
        find_providers=_choice(env, "FIND_PROVIDERS", defaults.find_providers),
        max_body_bytes=_number(env, "MAX_BODY_BYTES", defaults.max_body_bytes, at_least=1024),
        max_reply_bytes=_number(env, "MAX_REPLY_BYTES", defaults.max_reply_bytes, at_least=1024),
        max_file_bytes=_number(env, "MAX_FILE_BYTES", defaults.max_file_bytes, at_least=1024),
        max_files_bytes=_number(env, "MAX_FILES_BYTES", defaults.max_files_bytes, at_least=1024),
        max_connections=_number(env, "MAX_CONNECTIONS", defaults.max_connections, at_least=1),
        caller_timeout_s=_number(env, "CALLER_TIMEOUT_S", defaults.caller_timeout_s),
        proxy_url=_proxy_url(env),
        direct_hosts=_direct_hosts(env),
        private_stream_hosts=_names(env.get("DRAWBRIDGE_PRIVATE_STREAM_HOSTS") or ""),
        private_provider_hosts=_names(env.get("DRAWBRIDGE_PRIVATE_PROVIDER_HOSTS") or ""),
        smtp_url=_smtp_url(env),
        mail_from=env.get("DRAWBRIDGE_MAIL_FROM") or None,
        connections_per_host=_number(env, "CONNECTIONS_PER_HOST", defaults.connections_per_host, at_least=1),
        connect_timeout_s=_number(env, "CONNECT_TIMEOUT_S", defaults.connect_timeout_s),
        first_byte_timeout_s=_number(env, "FIRST_BYTE_TIMEOUT_S", defaults.first_byte_timeout_s),
        between_bytes_timeout_s=_number(env, "BETWEEN_BYTES_TIMEOUT_S", defaults.between_bytes_timeout_s),
        call_timeout_s=_number(env, "CALL_TIMEOUT_S", defaults.call_timeout_s),
        drain_timeout_s=_number(env, "DRAIN_TIMEOUT_S", defaults.drain_timeout_s),
        revision_poll_s=_number(env, "REVISION_POLL_S", defaults.revision_poll_s),
        environment={name: value for name, value in env.items() if name not in _OWN_SECRETS},
    )


def _require_one_master_key(env: Mapping[str, str]) -> None:
    given = [variable for variable in _MASTER_KEY_VARIABLES if env.get(variable)]
    if len(given) > 1:
        raise SettingError(f"{' and '.join(given)} are set: each says where the master key is. Set one of them.")


def _path(written: str) -> Path:
    try:
        return Path(written).expanduser().absolute()
    except RuntimeError:
        raise _homeless() from None


def _default_data(env: Mapping[str, str]) -> str:
    share = env.get("XDG_DATA_HOME")
    if share:
        return str(Path(share) / "drawbridge")
    try:
        return str(Path.home() / ".local" / "share" / "drawbridge")
    except RuntimeError:
        raise _homeless() from None


def _homeless() -> SettingError:
    return SettingError("This user has no home folder: set DRAWBRIDGE_DATA to the data folder's path.")


def _proxy_url(env: Mapping[str, str]) -> str | None:
    for variable in ("DRAWBRIDGE_PROXY_URL", "HTTPS_PROXY", "https_proxy"):
        written = env.get(variable)
        if written:
            # The value is not repeated: it may hold a password.
            if _PROXY_URL.fullmatch(written) is None:
                raise SettingError(f"{variable} is no URL such as http://proxy.example.com:3128. Change or unset it.")
            return written
    return None


def _smtp_url(env: Mapping[str, str]) -> str | None:
    written = env.get("DRAWBRIDGE_SMTP_URL")
    if not written:
        return None
    if _SMTP_URL.fullmatch(written) is None:
        # The value is not repeated: it may hold a password.
        raise SettingError("DRAWBRIDGE_SMTP_URL is no URL such as smtps://user:password@mail.example.com:465.")
    if not _MAIL_ADDRESS.fullmatch(env.get("DRAWBRIDGE_MAIL_FROM") or ""):
        raise SettingError(
            "DRAWBRIDGE_MAIL_FROM must be an e-mail address: with DRAWBRIDGE_SMTP_URL, mail comes from it."
        )
    return written


def _public_url(env: Mapping[str, str]) -> str | None:
    written = env.get("DRAWBRIDGE_PUBLIC_URL")
    if not written:
        return None
    found = _PUBLIC_URL.fullmatch(written.lower())
    if found is None or (found["scheme"] == "http" and found["name"] != "localhost"):
        raise SettingError(
            f"DRAWBRIDGE_PUBLIC_URL is {written!r}: write https:// and a name, as https://ai.example.com, without a"
            " path; http:// is for localhost only, since passkeys and cookies need https."
        )
    usual = {"http": ":80", "https": ":443"}[found["scheme"]]
    return found["origin"].removesuffix(usual)


def _trusted_proxies(env: Mapping[str, str]) -> tuple[str, ...]:
    written = env.get("DRAWBRIDGE_TRUSTED_PROXIES", "")
    networks = tuple(part.strip() for part in written.split(",") if part.strip())
    for network in networks:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError as error:
            raise SettingError(
                f"DRAWBRIDGE_TRUSTED_PROXIES holds {network!r}: list addresses or networks, such as 10.1.0.0/16."
            ) from error
    return networks


def _direct_hosts(env: Mapping[str, str]) -> tuple[str, ...]:
    return _names(env.get("DRAWBRIDGE_DIRECT_HOSTS") or env.get("NO_PROXY") or env.get("no_proxy") or "")


def _names(written: str) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in written.split(",") if name.strip())


def _choice(env: Mapping[str, str], name: str, default: bool) -> bool:
    written = env.get(f"DRAWBRIDGE_{name}", "").lower()
    if written not in ("", "yes", "no"):
        raise SettingError(f"DRAWBRIDGE_{name} is {written!r}: write yes or no, or unset it.")
    return default if not written else written == "yes"


def _number(
    env: Mapping[str, str],
    name: str,
    default: _Number,
    *,
    at_least: float = 0.001,
    at_most: float = float("inf"),
) -> _Number:
    variable = f"DRAWBRIDGE_{name}"
    written = env.get(variable)
    if not written:
        return default
    kind = type(default)
    try:
        number = kind(written)
    except ValueError:
        number = None
    if number is None or not at_least <= number <= at_most or number == float("inf"):
        what = "a whole number" if kind is int else "a number"
        bound = f"of at least {at_least:g}" if at_most == float("inf") else f"from {at_least:g} to {at_most:g}"
        raise SettingError(f"{variable} is {written!r}: give {what} {bound}, or unset it.")
    return number
