"""The roles of the tenancy rules, on the embedded server and on an operator's own."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from drawbridge.db.errors import DatabaseStartError, RolesMissing
from drawbridge.db.folder import disk_full

OWNER = "drawbridge_owner"
APP = "drawbridge_app"
SYSTEM = "drawbridge_system"
ROLES = (OWNER, APP, SYSTEM)

Connection = psycopg.Connection[tuple[object, ...]]

_SUPERUSER = "postgres"
# Any fixed number: of two nodes that start at once, one creates the roles.
_ROLES_LOCK = 4_127_001
_GRANT_OPTIONS_SINCE = 160_000
_CONNECT_TIMEOUT_S = 10
_OPTIONS = "-c statement_timeout=60000 -c lock_timeout=60000"
_OWNS_DATABASE = "select pg_has_role(datdba, 'usage') from pg_database where datname = current_database()"
_IS_NAMED = """
    select exists (
        select from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) entry
        where datname = current_database() and entry.privilege_type = 'CONNECT'
            and entry.grantee = (select oid from pg_roles where rolname = %s)
    )
"""
_INHERITED = """
    select distinct granted.rolname, grantor.rolname
    from pg_auth_members membership
    join pg_roles member on member.oid = membership.member and member.rolname = %s and not member.rolsuper
    join pg_roles granted on granted.oid = membership.roleid
    join pg_roles grantor on grantor.oid = membership.grantor
    join pg_roles ours on ours.rolname = any(%s) and pg_has_role(granted.oid, ours.oid, 'usage')
    where membership.inherit_option
    order by 1, 2
"""
"""PostgreSQL 16 and newer: every membership of a login through which it has the rights of one of these roles."""


def prepare_embedded(folder: Path, socket_folder: Path, login: str, database: str) -> None:
    """Create, where missing, the login role, the database and the roles, as the superuser.

    `folder` is the data folder, for messages.
    """
    try:
        with _connect_as_superuser(socket_folder, "postgres") as connection:
            _make_login_and_database(connection, login, database)
        with _connect_as_superuser(socket_folder, database) as connection:
            if _value(connection, "select has_schema_privilege('public', 'public', 'usage')"):
                connection.execute("revoke all on schema public from public")
            prepare_roles(connection, login)
    except psycopg.errors.DiskFull as error:
        raise disk_full(folder) from error
    except psycopg.Error as error:
        raise DatabaseStartError(f"The database's roles could not be prepared: {error}") from error


def prepare_roles(connection: Connection, login: str) -> None:
    """Create, where missing, the three roles, their privileges, and the login's membership of them.

    The connection is one to the product's database, in autocommit. Raise RolesMissing, with the SQL for an
    administrator, if this connection may not do it. Works on PostgreSQL 15 and newer.

    Roles belong to the whole server: other logins are kept out of the database where this connection may do that.
    """
    _make_roles(connection, login)
    _close_to_others(connection, login)


def _make_roles(connection: Connection, login: str) -> None:
    needed = list(_missing(connection, login))
    if not needed:  # Most starts end here, without taking the lock.
        return
    needed += _open_doors(connection, login)
    try:
        with connection.transaction():
            connection.execute("select pg_advisory_xact_lock(%s)", [_ROLES_LOCK])
            for statement in _missing(connection, login):
                connection.execute(statement)
            # A GRANT by someone who may not grant it is a mere warning.
            if list(_missing(connection, login)):
                raise _roles_missing(connection, login, needed)
    except psycopg.errors.InsufficientPrivilege as error:
        raise _roles_missing(connection, login, needed) from error


def _close_to_others(connection: Connection, login: str) -> None:
    # Only as its owner: PostgreSQL answers others with a warning, and might do one half without the other.
    if not list(_open_doors(connection, login)) or not _value(connection, _OWNS_DATABASE):
        return
    with contextlib.suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [_ROLES_LOCK])
        for statement in _open_doors(connection, login):
            connection.execute(statement)


def _open_doors(connection: Connection, login: str) -> Iterator[sql.Composed]:
    """Yield the statements that let this login in by name, and then nobody else."""
    database = sql.Identifier(connection.info.dbname)
    if not _value(connection, _IS_NAMED, login):
        yield sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, sql.Identifier(login))
    if _value(connection, "select has_database_privilege('public', current_database(), 'connect')"):
        yield sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(database)


def _missing(connection: Connection, login: str) -> Iterator[sql.Composed]:
    """Yield the statements that are still needed, in order."""
    rows = connection.execute(
        "select rolname, rolsuper or rolbypassrls or rolcanlogin from pg_roles where rolname = any(%s)", [list(ROLES)]
    )
    too_mighty = {str(name): bool(mighty) for name, mighty in rows}
    for role in ROLES:
        if role not in too_mighty:
            yield sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role))
        elif too_mighty[role]:
            yield sql.SQL("ALTER ROLE {} NOLOGIN NOSUPERUSER NOBYPASSRLS").format(sql.Identifier(role))
        if role not in too_mighty or not _may_become(connection, login, role):
            yield _grant_membership(connection, login, role)
    yield from _missing_privileges(connection, set(too_mighty))
    # Last: before PostgreSQL 16, a login that no longer inherits may not grant what the database's owner may.
    yield from _inherited(connection, login)


def _inherited(connection: Connection, login: str) -> Iterator[sql.Composed]:
    """Yield what keeps the login from having a role's rights without switching to it. A superuser has all anyway."""
    name = sql.Identifier(login)
    if not _has_grant_options(connection):
        if _value(connection, "select rolinherit and not rolsuper from pg_roles where rolname = %s", login):
            yield sql.SQL("ALTER ROLE {} NOINHERIT").format(name)
        return
    # A membership may have been granted by several, each on their own terms, or lead through another role.
    for role, grantor in connection.execute(_INHERITED, [login, list(ROLES)]):
        yield sql.SQL("GRANT {} TO {} WITH INHERIT FALSE GRANTED BY {}").format(
            sql.Identifier(str(role)), name, sql.Identifier(str(grantor))
        )


def _may_become(connection: Connection, login: str, role: str) -> bool:
    privilege = "set" if _has_grant_options(connection) else "member"
    return bool(_value(connection, "select pg_has_role(%s::name, %s::name, %s)", login, role, privilege))


def _grant_membership(connection: Connection, login: str, role: str) -> sql.Composed:
    statement = "GRANT {} TO {}"
    if _has_grant_options(connection):
        # The login is to have a role's rights only after it has switched to that role.
        statement += " WITH INHERIT FALSE, SET TRUE"
    return sql.SQL(statement).format(sql.Identifier(role), sql.Identifier(login))


def _missing_privileges(connection: Connection, existing: set[str]) -> Iterator[sql.Composed]:
    database = sql.Identifier(str(_value(connection, "select current_database()")))
    owner, app, system = map(sql.Identifier, ROLES)
    if OWNER not in existing or not _value(
        connection, "select has_database_privilege(%s::name, current_database(), 'create')", OWNER
    ):
        yield sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(database, owner)
    if OWNER not in existing or not _may_use_public(connection, OWNER, "create"):
        yield sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {}").format(owner)
    for role, name in ((APP, app), (SYSTEM, system)):
        if role not in existing or not _may_use_public(connection, role, "usage"):
            yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name)


def _may_use_public(connection: Connection, role: str, privilege: str) -> bool:
    return bool(_value(connection, "select has_schema_privilege(%s::name, 'public', %s)", role, privilege))


def _has_grant_options(connection: Connection) -> bool:
    return connection.info.server_version >= _GRANT_OPTIONS_SINCE


def _roles_missing(connection: Connection, login: str, needed: list[sql.Composed]) -> RolesMissing:
    statements = "".join(f"{statement.as_string(connection)};\n" for statement in needed)
    return RolesMissing(
        f"Drawbridge needs roles in the database that its login {login} may not create. Ask an administrator of the"
        f" server to run this once in the database {connection.info.dbname}, then start again:\n\n{statements}",
        sql=statements,
    )


def _make_login_and_database(connection: Connection, login: str, database: str) -> None:
    login_name, database_name = sql.Identifier(login), sql.Identifier(database)
    if not _value(connection, "select exists (select from pg_roles where rolname = %s)", login):
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN NOINHERIT").format(login_name))
    if not _value(connection, "select exists (select from pg_roles where rolname = %s)", OWNER):
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(OWNER)))
    if not _value(connection, "select exists (select from pg_database where datname = %s)", database):
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database_name, sql.Identifier(OWNER)))
    if _value(connection, "select has_database_privilege('public', %s, 'connect')", database):
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database_name))
    if not _value(connection, "select has_database_privilege(%s::name, %s, 'connect')", login, database):
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database_name, login_name))


def _connect_as_superuser(socket_folder: Path, database: str) -> Connection:
    return psycopg.connect(
        host=str(socket_folder),
        port=5432,
        user=_SUPERUSER,
        dbname=database,
        autocommit=True,
        connect_timeout=_CONNECT_TIMEOUT_S,
        options=_OPTIONS,
    )


def _value(connection: Connection, query: str, *arguments: str) -> object:
    row = connection.execute(query.encode(), list(arguments)).fetchone()
    return row[0] if row else None
