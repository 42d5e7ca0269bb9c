"""An operator's own PostgreSQL server: can it be used, and if not, what is to be done about it."""

import re
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import conninfo_to_dict

from drawbridge.db.errors import (
    DatabaseMissing,
    DatabaseStartError,
    LoginRefused,
    ServerTooOld,
    ServerUnreachable,
    ServerUnsuitable,
    UrlInvalid,
)
from drawbridge.db.roles import Connection, prepare_roles

OLDEST_VERSION = 15

_CONNECT_TIMEOUT_S = 5
_SCHEME = re.compile(r"(postgres|postgresql)(\+psycopg)?://")
_VARIABLE = "DRAWBRIDGE_DATABASE_URL"
_URL_FORM = "postgresql://user:password@host:5432/database"
_HOSTS_FORM = "postgresql://user:password@/database?host=host1,host2&port=5432,5433"
_PORT = re.compile(r"[0-9]{1,5}")
_HIGHEST_PORT = 65535
_DATABASE_MISSING = re.compile(r'database ".*" does not exist')
_LOGIN_REFUSED = re.compile(
    r'role ".*" does not exist|authentication failed|no password supplied|no pg_hba\.conf entry'
    r"|is not permitted to log in|permission denied for database"
)


@dataclass(frozen=True, slots=True)
class _Target:
    """What the URL names; `conninfo` holds the password and is never shown."""

    conninfo: str
    host: str
    port: str
    user: str
    database: str
    password: str | None

    @property
    def place(self) -> str:
        return f"{self.host}, port {self.port}"


def sqlalchemy_url(url: str) -> str:
    """Return the URL in the form that SQLAlchemy needs for psycopg, from any form that operators write."""
    return "postgresql+psycopg://" + _without_scheme(url, _VARIABLE)


def require_usable_url(url: str, variable: str = _VARIABLE) -> None:
    """Raise UrlInvalid, which names the variable and shows nothing of the URL, if it cannot be read.

    Nothing is connected to. A URL that passes is one that both libpq and SQLAlchemy read in the same way.
    """
    _parse(url, variable)


def check_server(url: str) -> None:
    """Raise a DatabaseStartError that says what to do if the server at the URL cannot be used.

    The URL begins with postgresql:// or postgres://. The password never appears in a message.
    """
    target = _parse(url)
    with _connect(target) as connection:
        _check(connection, target)


def prepare_server(url: str) -> None:
    """Check the server, and create the roles where they are missing.

    Raise RolesMissing, with the SQL for an administrator, if the login may not create them.
    """
    target = _parse(url)
    with _connect(target) as connection:
        _check(connection, target)
        try:
            # Not as a start-up option: poolers refuse those.
            connection.execute("set statement_timeout = '60s'")
            prepare_roles(connection, connection.info.user)
        except psycopg.Error as error:
            raise DatabaseStartError(
                f"The roles could not be prepared at {target.place}: {_safe_text(error, target)}"
            ) from error


def _check(connection: Connection, target: _Target) -> None:
    version = connection.info.server_version
    if version < OLDEST_VERSION * 10_000:
        shown = connection.info.parameter_status("server_version") or version // 10_000
        raise ServerTooOld(
            f"The server at {target.place} is PostgreSQL {shown}; Drawbridge needs {OLDEST_VERSION} or newer. Upgrade"
            " it, point DRAWBRIDGE_DATABASE_URL at a newer one, or unset that variable to use the embedded database."
        )
    if connection.info.parameter_status("in_hot_standby") == "on":
        raise ServerUnsuitable(
            f"The server at {target.place} is a read-only standby. Point DRAWBRIDGE_DATABASE_URL at the primary."
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding not in (None, "UTF8"):
        raise ServerUnsuitable(
            f"The database {target.database} at {target.place} has the encoding {encoding}; Drawbridge needs UTF8."
            f" Create another one: CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0."
        )


def _connect(target: _Target) -> Connection:
    try:
        return psycopg.connect(target.conninfo, autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S)
    except psycopg.Error as error:
        raise _explain(error, target) from None


def _explain(error: psycopg.Error, target: _Target) -> DatabaseStartError:
    # libpq gives no SQLSTATE for a refused connection, so the words are all there is.
    text = _safe_text(error, target)
    if _DATABASE_MISSING.search(text):
        return DatabaseMissing(
            f'The server at {target.place} has no database "{target.database}". Create it there'
            f' (CREATE DATABASE "{target.database}" OWNER "{target.user}"), or correct DRAWBRIDGE_DATABASE_URL.'
        )
    if _LOGIN_REFUSED.search(text):
        return LoginRefused(
            f'The server at {target.place} refuses the login "{target.user}". Correct user and password in'
            f" DRAWBRIDGE_DATABASE_URL, or let that user in on the server (role, password, pg_hba.conf)."
            f" It said: {text}"
        )
    return ServerUnreachable(
        f"No usable PostgreSQL answers at {target.place}. Check that it runs, that host and port in"
        f" DRAWBRIDGE_DATABASE_URL are right, and that no firewall is between. The attempt ended with: {text}"
    )


def _safe_text(error: psycopg.Error, target: _Target) -> str:
    text = " ".join(str(error).split())
    return text.replace(target.password, "***") if target.password else text


def _without_scheme(url: str, variable: str) -> str:
    scheme = _SCHEME.match(url)
    if scheme is None:
        raise UrlInvalid(f"{variable} is not a PostgreSQL URL. Write it as {_URL_FORM}.")
    return url[scheme.end() :]


def _parse(url: str, variable: str = _VARIABLE) -> _Target:
    rest = _without_scheme(url, variable)
    # From None, and no word of the URL in the message: a badly written URL is one whose password may be anywhere.
    invalid = UrlInvalid(
        f"{variable} cannot be read. Write it as {_URL_FORM}, with a number as the port, and with every character"
        " other than letters, digits and -._~ of user and password percent-encoded (@ is %40, / is %2F, # is %23)."
    )
    if _is_ambiguous(rest):
        raise invalid
    if "," in _hosts(rest):
        raise UrlInvalid(f"{variable} cannot name several hosts like this. Write it as {_HOSTS_FORM}.")
    conninfo = "postgresql://" + rest
    try:
        parts = conninfo_to_dict(conninfo)
    except (psycopg.Error, ValueError):
        raise invalid from None
    if not all(_is_port(port) for port in str(parts.get("port") or "").split(",")):
        raise invalid

    user = str(parts.get("user") or "")
    return _Target(
        conninfo=conninfo,
        host=str(parts.get("host") or parts.get("hostaddr") or "the local socket"),
        port=str(parts.get("port") or 5432),
        user=user,
        database=str(parts.get("dbname") or user),
        password=None if parts.get("password") is None else str(parts["password"]),
    )


def _is_ambiguous(rest: str) -> bool:
    """Tell whether an unescaped character in the password may have cut the URL in the wrong place."""
    user_and_password, _, address = rest.rpartition("@")
    ports = [re.sub(r"\[.*\]", "", host).partition(":")[2] for host in _hosts(rest).split(",")]
    return (
        any(character in user_and_password for character in "@/?#[]")
        or "#" in address
        or re.search(r"\s", rest) is not None
        or not all(_is_port(port) for port in ports)
    )


def _hosts(rest: str) -> str:
    return re.split("[/?]", rest.rpartition("@")[2], maxsplit=1)[0]


def _is_port(port: str) -> bool:
    return port == "" or (_PORT.fullmatch(port) is not None and 0 < int(port) <= _HIGHEST_PORT)
