"""The SQL of this part, as the superuser of the embedded database: who somebody is, and a million messages."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import psycopg

from drawbridge.chat.records import Owner
from drawbridge.chat.search.words import owner_word
from drawbridge.core.ids import PrincipalId
from drawbridge.db.cluster import SUPERUSER

MESSAGES: Final = 1_000_000
WORDS: Final = 60_000
"""How many words there are in all; the n-th comes up the less often, the larger n is."""
_TEXTS: Final = 20_000
_LENGTH: Final = 60
_OTHERS: Final = 100

_PRINCIPAL: Final = "select organisation_id, id from principal where name = %s"
_WORD: Final = "'w' || substr(md5(({n})::text), 1, 6)"
_TEXT_POOL: Final = f"""
    create temporary table word as select n, {_WORD.format(n="n")} as word from generate_series(0, {WORDS}) n;
    create index on word (n);
    create temporary table said as
      select number, body, to_tsvector('simple', body) as words from (
        select number, (
          select string_agg(word, ' ') from (
            select (power(random(), 3) * {WORDS} + 0 * number)::integer as n from generate_series(1, {_LENGTH})
          ) drawn join word using (n)
        ) as body from generate_series(0, {_TEXTS} - 1) number
      ) texts;
    create index on said (number);
    analyze said;
"""
# Seven of ten messages are of the first owner, one of ten of the second, and the rest of a hundred others.
_SAYING: Final = """
    create temporary table saying as
      select n, owner, n / case owner when 0 then 100 when 1 then 1000 else 10000 end as conversation from (
        select n, case when n % 10 < 7 then 0 when n % 10 = 7 then 1 else 2 + ((n / 10 * 2 + n % 2) % %(others)s) end
          as owner from generate_series(0, %(messages)s - 1) n
      ) drawn
"""
_ID: Final = "(lpad(to_hex(1780000000000 + {n}), 12, '0') || '7000' || '8' || lpad(to_hex({of}), 15, '0'))::uuid"
_CONVERSATIONS: Final = f"""
    insert into conversation (id, organisation_id, owner_id, title, words)
    select {_ID.format(n="conversation", of="owner")}, owner.organisation_id, owner.id, substr(body, 1, 40),
      to_tsvector('simple', substr(body, 1, 40)) || array_to_tsvector(array[owner.word])
    from (select distinct owner, conversation from saying) each
    join owner on owner.number = each.owner join said on said.number = (conversation * 31 + owner) % {_TEXTS}
"""
_MESSAGES: Final = f"""
    insert into message (id, organisation_id, conversation_id, owner_id, role, parts, words)
    select {_ID.format(n="n", of="owner")}, owner.organisation_id, {_ID.format(n="conversation", of="owner")},
      owner.id, case n % 2 when 0 then 'user' else 'assistant' end,
      jsonb_build_array(jsonb_build_object('type', 'text', 'text', body)),
      said.words || array_to_tsvector(array[owner.word])
    from saying join owner on owner.number = saying.owner
    join said on said.number = (n::bigint * 7919) % {_TEXTS}
    where n >= %(first)s and n < %(last)s order by n
"""
_AT_ONCE: Final = 50_000


def principal_id(data: Path, name: str) -> tuple[UUID, UUID]:
    """Return the ids of the organisation and of the principal of a name."""
    with _connect(data) as connection:
        row = connection.execute(_PRINCIPAL, (name,)).fetchone()
    assert row is not None, name
    organisation_id, found = row
    assert isinstance(organisation_id, UUID)
    assert isinstance(found, UUID)
    return organisation_id, found


def fill(data: Path, owners: Sequence[Owner], messages: int) -> int:
    """Write messages of 60 words: of the first owner 70 %, of the second 10 %, of a hundred others 0.2 % each.

    The third owner is one of these; the other 99 are nobody. Return how many bytes the table takes with its indexes.
    """
    with _connect(data) as connection:
        # A fixture: the hundred owners need not be there, nor are a million references checked.
        connection.execute("set session_replication_role = replica")
        connection.execute("set synchronous_commit = off")
        connection.execute("set maintenance_work_mem = '256MB'")
        connection.execute(_TEXT_POOL.encode())
        _name_owners(connection, owners)
        connection.execute(_literal(_SAYING, others=_OTHERS, messages=messages))
        connection.execute(_CONVERSATIONS.encode())
        connection.execute("drop index message_words_idx")
        for first in range(0, messages, _AT_ONCE):
            connection.execute(_literal(_MESSAGES, first=first, last=first + _AT_ONCE))
        connection.execute("create index message_words_idx on message using gin (words) with (fastupdate = off)")
        connection.execute("vacuum analyze message")
        connection.execute("vacuum analyze conversation")
        connection.execute("checkpoint")
        (size,) = connection.execute("select pg_total_relation_size('message')").fetchone() or (None,)
    assert isinstance(size, int)
    return size


def _name_owners(connection: "psycopg.Connection[tuple[object, ...]]", owners: Sequence[Owner]) -> None:
    connection.execute(
        "create temporary table owner (number integer primary key, organisation_id uuid, id uuid, word text)"
    )
    nobody = [Owner(owners[0].organisation_id, PrincipalId(UUID(int=n))) for n in range(_OTHERS)]
    everybody = [*owners, *nobody][: 2 + _OTHERS]
    rows = [
        (number, owner.organisation_id, owner.principal_id, owner_word(owner.principal_id))
        for number, owner in enumerate(everybody)
    ]
    with connection.cursor() as cursor:
        cursor.executemany("insert into owner values (%s, %s, %s, %s)", rows)


def _literal(query: str, **numbers: int) -> bytes:
    """Write numbers into a query that has signs of per cent of its own."""
    for name, number in numbers.items():
        query = query.replace(f"%({name})s", str(number))
    return query.encode()


def _connect(data: Path) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(host=str(data / "run"), port=5432, user=SUPERUSER, dbname="drawbridge", autocommit=True)
