"""Streams in the file: what is refused, and what an apply leaves behind."""

import pytest

from drawbridge.config.apply import apply_document, plan_document, read_world
from drawbridge.config.document import parse_document
from drawbridge.config.errors import DocumentError
from drawbridge.config.export import export_document
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.trail.section import TRAIL_SECTIONS
from tests.trail.streaming import act, store_secret, stream_of

EXAMPLE = """\
version: 1
audit_streams:
  logs:
    syslog: {host: logs.example.com, port: 601, tls: false}
  siem:
    webhook:
      url: https://siem.example.com/drawbridge
      secret: {stored: siem-key}
    format: ocsf
"""


@pytest.mark.parametrize(
    ("stream", "complaint"),
    [
        ("{}", "must have exactly one of webhook, syslog"),
        (
            "{syslog: {host: h}, webhook: {url: 'https://h/', secret: {env: K}}}",
            "must have exactly one of webhook, syslog",
        ),
        ("{webhook: {url: 'ftp://h/', secret: {env: K}}}", "must be an http:// or https:// URL"),
        ("{webhook: {url: 'https://', secret: {env: K}}}", "must be an http:// or https:// URL"),
        ("{webhook: {url: 'https://h:x/', secret: {env: K}}}", "is no URL"),
        ("{webhook: {url: 'https://a:b@h/', secret: {env: K}}}", "must hold no user name or password"),
        ("{webhook: {url: 'https://h/a b', secret: {env: K}}}", "must hold no spaces"),
        ("{webhook: {url: 'https://h/', secret: {}}}", "must have exactly one of env, file, stored"),
        ("{webhook: {url: 'https://h/', secret: {env: K, file: /f}}}", "must have exactly one of env, file, stored"),
        ("{webhook: {url: 'https://h/', secret: {file: my secret}}}", "must be an absolute path"),
        ("{webhook: {url: 'https://h/', secret: {env: 'my secret!'}}}", "must be the name of an environment variable"),
        ("{webhook: {url: 'https://h/', secret: {stored: none}}}", "no secret of this name is stored"),
        ("{webhook: {url: 'https://h/'}}", "'secret' is missing"),
        ("{syslog: {host: 'a b'}}", "must be a name or an address"),
        ("{syslog: {host: h, port: 70000}}", "port"),
        ("{syslog: {host: h}, format: csv}", "'csv' is not allowed here"),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    database: Database, organisation_id: OrganisationId, stream: str, complaint: str
) -> None:
    text = f"version: 1\naudit_streams:\n  siem: {stream}\n"

    with pytest.raises(DocumentError) as refused:
        document = parse_document(text, "drawbridge.yaml", TRAIL_SECTIONS)
        await plan_document(database, organisation_id, TRAIL_SECTIONS, document)

    assert complaint in str(refused.value)
    assert "my secret" not in str(refused.value)
    assert "drawbridge.yaml:3" in str(refused.value)


async def test_an_exported_file_applied_again_changes_nothing(
    database: Database, organisation_id: OrganisationId
) -> None:
    await store_secret(database, organisation_id, "siem-key")
    document = parse_document(EXAMPLE, "drawbridge.yaml", TRAIL_SECTIONS)
    plan = await apply_document(database, organisation_id, TRAIL_SECTIONS, document)
    assert len(plan.changes) == 2

    async with database.organisation(organisation_id) as connection:
        exported = export_document(TRAIL_SECTIONS, await read_world(connection, organisation_id, TRAIL_SECTIONS))

    again = parse_document(exported, "drawbridge.yaml", TRAIL_SECTIONS)
    assert (await plan_document(database, organisation_id, TRAIL_SECTIONS, again)).changes == ()


async def test_a_stream_that_leaves_the_file_is_deleted_and_one_that_changes_keeps_its_place(
    database: Database, organisation_id: OrganisationId
) -> None:
    await store_secret(database, organisation_id, "siem-key")
    await act(database, organisation_id, 1)
    first = parse_document(EXAMPLE, "drawbridge.yaml", TRAIL_SECTIONS)
    await apply_document(database, organisation_id, TRAIL_SECTIONS, first)
    before = await stream_of(database, organisation_id, "logs")

    text = "version: 1\naudit_streams: {logs: {syslog: {host: other.example.com}}}\n"
    changed = parse_document(text, "drawbridge.yaml", TRAIL_SECTIONS)
    plan = await apply_document(database, organisation_id, TRAIL_SECTIONS, changed)

    assert [(change.action, change.name) for change in plan.changes] == [("delete", "siem"), ("update", "logs")]
    after = await stream_of(database, organisation_id, "logs")
    assert (after.id, after.confirmed_number, after.entry.receiver) == (before.id, 0, "tls://other.example.com:6514")
