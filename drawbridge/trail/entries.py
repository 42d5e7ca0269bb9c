"""The entries of `audit_streams` in `drawbridge.yaml`."""

from typing import Annotated

import msgspec
from msgspec import Meta

from drawbridge.trail.export import Format

_Text = Annotated[str, Meta(min_length=1)]


class SecretReference(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Where a secret is: one of the three. Never the secret itself."""

    env: Annotated[str | None, Meta(description="Name of an environment variable of the Drawbridge process.")] = None
    file: Annotated[str | None, Meta(description="Absolute path of a file, read by the Drawbridge process.")] = None
    stored: Annotated[str | None, Meta(description="Name of a secret stored by `drawbridge secrets set`.")] = None


class WebhookEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A receiver that is sent batches by POST."""

    url: Annotated[_Text, Meta(description="Where to, such as https://siem.example.com/drawbridge.")]
    secret: Annotated[
        SecretReference,
        Meta(
            description="What signs the batches (HMAC-SHA256).",
            extra_json_schema={"minProperties": 1, "maxProperties": 1},
        ),
    ]


class SyslogEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A receiver of syslog, RFC 5424, over TCP with octet counting."""

    host: Annotated[_Text, Meta(description="Name or address.")]
    port: Annotated[int, Meta(ge=1, le=65535, description="The port, such as 6514.")] = 6514
    tls: Annotated[bool, Meta(description="Whether TLS is spoken.")] = True


class StreamEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Where the audit record is sent while it grows: one of `webhook` and `syslog`."""

    webhook: WebhookEntry | None = None
    syslog: SyslogEntry | None = None
    format: Annotated[Format, Meta(description="`jsonl` can be verified; `ocsf` is for security programs.")] = "jsonl"

    @property
    def receiver(self) -> str:
        """The receiver, for people."""
        if self.webhook is not None:
            return self.webhook.url
        if self.syslog is not None:
            return f"{'tls' if self.syslog.tls else 'tcp'}://{self.syslog.host}:{self.syslog.port}"
        return ""
