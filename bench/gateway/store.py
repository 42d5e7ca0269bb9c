"""The SQL of the bench: what has been booked, and a table full of keys. As the superuser of the embedded database."""

from pathlib import Path

import psycopg

from drawbridge.db.cluster import SUPERUSER
from drawbridge.identity.keys import make_key

_COUNT = "select count(*) from usage_event"
_OWN = """
insert into api_key (id, organisation_id, principal_id, name, hash, hint)
select gen_random_uuid(), organisation_id, principal_id, 'bench', %s, %s from api_key where admin limit 1
"""
_STRANGERS = """
insert into api_key (id, organisation_id, principal_id, name, hash, hint)
select gen_random_uuid(), organisation_id, principal_id, 'stranger', sha256(number::text::bytea), 'dbk_…'
from generate_series(1, %s) as number, (select * from api_key where admin limit 1) as admin
"""


def count_booked(data: Path) -> int:
    """Return how many usage events an installation that runs on a data folder has booked."""
    with _connect(data) as connection:
        (count,) = connection.execute(_COUNT).fetchone() or (None,)
    assert isinstance(count, int)
    return count


def add_keys(data: Path, own: int, strangers: int) -> list[str]:
    """Give the owner of the first key so many more, and return their texts; besides, keys that nobody holds."""
    keys = [make_key() for _ in range(own)]
    with _connect(data) as connection:
        # A fixture: no worker needs to hear of keys that were never asked for, nor are a million references checked.
        connection.execute("set session_replication_role = replica")
        with connection.cursor() as cursor:
            cursor.executemany(_OWN, [(key.hash, key.hint) for key in keys])
            cursor.execute(_STRANGERS, (strangers,))
        connection.execute("vacuum analyze api_key")
        connection.execute("checkpoint")
    return [key.text for key in keys]


def _connect(data: Path) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(host=str(data / "run"), port=5432, user=SUPERUSER, dbname="drawbridge", autocommit=True)
