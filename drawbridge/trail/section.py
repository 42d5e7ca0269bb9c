"""The section of `drawbridge.yaml` for streams of the audit record."""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Final
from urllib.parse import urlsplit

from drawbridge.config.sections import SECRETS, AnySection, Reference, Taken
from drawbridge.config.shape import Complaint
from drawbridge.config.stored import Rows, StoredSection
from drawbridge.trail import store
from drawbridge.trail.entries import StreamEntry, SyslogEntry, WebhookEntry

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HOST: Final = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")


def _complaints(entry: StreamEntry) -> Iterator[Complaint]:
    if (entry.webhook is None) == (entry.syslog is None):
        yield Complaint((), "must have exactly one of webhook, syslog.")
    if entry.webhook is not None:
        yield from _webhook_complaints(entry.webhook)
    if entry.syslog is not None:
        yield from _syslog_complaints(entry.syslog)


def _webhook_complaints(webhook: WebhookEntry) -> Iterator[Complaint]:
    path = ("webhook", "url")
    try:
        parts = urlsplit(webhook.url)
        _ = parts.port  # Reading it checks it.
    except ValueError:
        yield Complaint(path, "is no URL.")
        return
    if parts.scheme not in {"http", "https"} or not parts.hostname or not webhook.url.isascii():
        yield Complaint(path, "must be an http:// or https:// URL, such as https://siem.example.com/drawbridge.")
    elif parts.username is not None or parts.password is not None:
        yield Complaint(path, "must hold no user name or password: the batches are signed with `secret`.")
    elif any(mark.isspace() for mark in webhook.url):
        yield Complaint(path, "must hold no spaces.")
    secret = webhook.secret
    if [secret.env, secret.file, secret.stored].count(None) != 2:
        yield Complaint(("webhook", "secret"), "must have exactly one of env, file, stored.")
    # The message does not repeat the value: it may be the secret itself, put here by mistake.
    if secret.env is not None and not _VARIABLE.fullmatch(secret.env):
        yield Complaint(("webhook", "secret", "env"), "must be the name of an environment variable, not its value.")
    if secret.file is not None and not PurePath(secret.file).is_absolute():
        yield Complaint(("webhook", "secret", "file"), "must be an absolute path: Drawbridge may run in any folder.")


def _syslog_complaints(syslog: SyslogEntry) -> Iterator[Complaint]:
    if not _HOST.fullmatch(syslog.host):
        yield Complaint(("syslog", "host"), "must be a name or an address, such as logs.example.com.")


def _references(entry: StreamEntry) -> Iterable[Reference]:
    if entry.webhook is not None and entry.webhook.secret.stored is not None:
        yield Reference(SECRETS, entry.webhook.secret.stored, ("webhook", "secret", "stored"))


def _from_process(entry: StreamEntry) -> Iterator[Taken]:
    """Name the variable or file of a secret: what is signed by it tells whether a guess of it is right."""
    if entry.webhook is None or entry.webhook.secret.stored is not None:
        return
    secret = entry.webhook.secret
    what = f"file:{secret.file}" if secret.env is None else f"env:{secret.env}"
    yield Taken(("webhook", "secret"), what, entry.webhook.url)


TRAIL_SECTIONS: Final[tuple[AnySection, ...]] = (
    StoredSection(
        "audit_streams",
        StreamEntry,
        complaints=_complaints,
        references=_references,
        from_process=_from_process,
        sends="audit",
        rows=Rows(store.read_streams, store.create_stream, store.update_stream, store.delete_stream),
    ),
)
