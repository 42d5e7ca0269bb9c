"""Denials of the admin API: counted and kept as those of calls are."""

from dataclasses import dataclass

from drawbridge.core.ids import NO_KEY, KeyId
from drawbridge.identity.errors import Denial
from drawbridge.usage import denials as counting


@dataclass(frozen=True, slots=True)
class ApiDenials:
    """Counts what the admin API denies beside what the gateway does. Implements policy's `DenialLog`."""

    counts: counting.DenialCounts

    def note(self, denial: Denial) -> None:
        """Count a denial of somebody in an organisation. Never raises."""
        actor = denial.actor
        if actor.organisation_id is None or actor.principal_id is None:
            return
        self.counts.note(
            counting.Denial(
                organisation_id=actor.organisation_id,
                principal_id=actor.principal_id,
                principal_kind=actor.kind,
                principal_name=actor.name,
                key_id=KeyId(actor.via_id or NO_KEY),
                action=denial.action,
                kind=denial.kind,
                name=denial.name,
                rules=denial.grants,
                via="session" if actor.via == "session" else "key",
                address=actor.address,
            )
        )
