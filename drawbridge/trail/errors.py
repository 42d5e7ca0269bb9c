"""What can go wrong with the trail.

DrawbridgeError
  +-- TrailError
        +-- TamperedError     a record is not as it was recorded
        +-- RootFileError     a file of roots cannot be read
        +-- EmptyFileError    a file of events holds none
        +-- BadTimeError      a time cannot be read
        +-- NoRecordError     whoever asks belongs to no organisation
        +-- NotConfirmedError a stream's receiver did not confirm what it was sent
        +-- StreamSecretError a stream's secret cannot be had
"""

from drawbridge.core.errors import DrawbridgeError


class TrailError(DrawbridgeError):
    """The trail cannot do what was asked."""

    code = "audit_error"
    status = 400
    fault = "caller"


class TamperedError(TrailError):
    """A record is not as it was recorded."""

    code = "audit_tampered"
    status = 409


class RootFileError(TrailError):
    """A file of roots, or of events, cannot be read."""

    code = "audit_file_unreadable"


class EmptyFileError(TrailError):
    """A file of events holds none, and nobody said that it should."""

    code = "audit_file_empty"


class BadTimeError(TrailError):
    """A time cannot be read."""

    code = "bad_time"


class NoRecordError(TrailError):
    """Whoever asks belongs to no organisation, so there is no record to show."""

    code = "no_organisation"
    status = 403

    def __init__(self) -> None:
        super().__init__("You act for no organisation here: sign in to the one whose record you want to see.")


class NotConfirmedError(TrailError):
    """A stream's receiver did not confirm what it was sent."""

    code = "stream_not_confirmed"
    status = 502


class StreamSecretError(TrailError):
    """A stream's secret cannot be had."""

    code = "stream_secret"
    status = 500
