"""Bring a database to the present schema, one process at a time."""

from pathlib import Path

import psycopg
import sqlalchemy
from sqlalchemy.exc import OperationalError

from drawbridge.db.engine import DatabaseAway
from drawbridge.db.errors import DatabaseNewer

HEAD = "0023"
"""The newest migration. Kept here so that a start with nothing to do need not import Alembic (0.4 s)."""
LOCK = 0x647262_6D6967
"""The advisory lock of whoever migrates. Any number does, as long as every version uses the same one."""

_CONNECT_TIMEOUT_S = 5
_FOLDER = Path(__file__).parent / "migrations"


def migrate(url: str) -> bool:
    """Apply the missing migrations as drawbridge_owner, all or none. Return whether there were any.

    Needs a direct connection: the advisory lock belongs to a session, which a transaction pooler would share.

    Raises DatabaseNewer, DatabaseAway.
    """
    try:
        if present_revision(url) == HEAD:
            return False
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
        with engine.connect() as connection:
            _upgrade_alone(connection, url)
    except (psycopg.OperationalError, OperationalError) as error:
        raise DatabaseAway(error) from error
    return True


def _upgrade_alone(connection: sqlalchemy.Connection, url: str) -> None:
    from alembic import command
    from alembic.config import Config

    connection.execute(sqlalchemy.text("select pg_advisory_lock(:lock)"), {"lock": LOCK})
    # Whoever held the lock before may have done it, or be newer.
    if present_revision(url) == HEAD:
        return
    connection.execute(sqlalchemy.text("set role drawbridge_owner"))
    connection.execute(sqlalchemy.text("create schema if not exists platform"))
    connection.commit()
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    command.upgrade(config, "head")
    connection.commit()


def present_revision(url: str) -> str | None:
    """Return the migration that the database stands at; None for a database that has none yet.

    Raises DatabaseNewer where this version of Drawbridge has no such migration.
    """
    with psycopg.connect(driver_url(url), connect_timeout=_CONNECT_TIMEOUT_S) as connection:
        connection.execute("set role drawbridge_owner")
        if connection.execute("select to_regclass('platform.alembic_version')").fetchone() == (None,):
            return None
        row = connection.execute("select version_num from platform.alembic_version").fetchone()
    present = None if row is None else str(row[0])
    if present is not None and present > HEAD:
        raise DatabaseNewer(
            f"A newer Drawbridge has been here: the database stands at migration {present}, and this one knows only"
            f" those up to {HEAD}. Upgrade this installation to the version of that one. Nothing was changed."
        )
    return present


def driver_url(url: str) -> str:
    """Turn an SQLAlchemy URL into one that psycopg and libpq read."""
    # As it is written: SQLAlchemy would leave a space in a password as it is, which libpq does not take.
    return "postgresql://" + url.partition("://")[2]
