"""Why the database cannot be used, each with what to do about it.

    DrawbridgeError
      +-- DatabaseStartError
            +-- FolderInUse            another process holds the data folder
            +-- FolderUnusable         not writable, not lockable, not a folder
            |     +-- FolderOfAnotherUser
            +-- FolderDamaged          something is there, but no database; or it went away while it was in use
            +-- WrongMajorVersion      made by another PostgreSQL than the one carried
            +-- DiskFull
            +-- BinariesMissing        no PostgreSQL for this platform in the installation
            +-- AccountUnsuitable      this user may not run a server here
            +-- PostmasterFailed       the server ended by itself; carries the end of its log
            |     +-- OrphansRunning   processes of an earlier server still use the data
            +-- StartInterrupted       whoever started it no longer wants it
            +-- UrlInvalid             DRAWBRIDGE_DATABASE_URL cannot be read
            +-- ServerUnreachable
            +-- ServerTooOld
            +-- ServerUnsuitable       a read-only standby, or an encoding other than UTF-8
            +-- LoginRefused
            +-- DatabaseMissing
            +-- RolesMissing           carries the SQL for an administrator
            +-- DatabaseNewer          a newer Drawbridge has migrated it

Nothing is damaged when one of these is raised, and no message contains a password.
"""

from drawbridge.core.errors import DrawbridgeError


class DatabaseStartError(DrawbridgeError):
    """Say why the database cannot be used and what to do; the message is meant for the operator."""

    code = "database_start_failed"
    status = 503


class FolderInUse(DatabaseStartError):
    """Another process, named in the message, holds the data folder."""

    code = "database_folder_in_use"


class FolderUnusable(DatabaseStartError):
    """The data folder cannot be written or locked."""

    code = "database_folder_unusable"


class FolderOfAnotherUser(FolderUnusable):
    """The data folder belongs to another user, who could not use it any more after a start as this one."""

    code = "database_folder_of_another_user"


class FolderDamaged(DatabaseStartError):
    """The database folder holds no database, or has gone away since it was opened."""

    code = "database_folder_damaged"


class WrongMajorVersion(DatabaseStartError):
    """The database was made by another major version of PostgreSQL."""

    code = "database_wrong_major_version"


class DiskFull(DatabaseStartError):
    """The disk, or the quota, of the data folder is used up."""

    code = "database_disk_full"


class BinariesMissing(DatabaseStartError):
    """The installation has no PostgreSQL for this platform."""

    code = "database_binaries_missing"


class AccountUnsuitable(DatabaseStartError):
    """PostgreSQL cannot run as this user on this machine."""

    code = "database_account_unsuitable"


class PostmasterFailed(DatabaseStartError):
    """The server ended while it started; the message carries the end of its log."""

    code = "database_server_failed"


class OrphansRunning(PostmasterFailed):
    """Processes of an earlier server still use the data; they end soon by themselves."""

    code = "database_orphans_running"


class StartInterrupted(DatabaseStartError):
    """The start was given up because its caller asked for that."""

    code = "database_start_interrupted"


class UrlInvalid(DatabaseStartError):
    """The database URL cannot be read."""

    code = "database_url_invalid"


class ServerUnreachable(DatabaseStartError):
    """No server answers at the database URL."""

    code = "database_unreachable"


class ServerTooOld(DatabaseStartError):
    """The server is older than the oldest version that is supported."""

    code = "database_too_old"


class ServerUnsuitable(DatabaseStartError):
    """The server answers, but cannot hold the data."""

    code = "database_unsuitable"


class LoginRefused(DatabaseStartError):
    """The server refuses the user or the password."""

    code = "database_login_refused"


class DatabaseMissing(DatabaseStartError):
    """The server has no database of that name."""

    code = "database_missing"


class RolesMissing(DatabaseStartError):
    """Roles or privileges are missing and the login may not create them.

    `sql` is what an administrator of the server runs once.
    """

    code = "database_roles_missing"

    def __init__(self, message: str, *, sql: str) -> None:
        super().__init__(message)
        self.sql = sql


class DatabaseNewer(DatabaseStartError):
    """The database was migrated by a newer version of Drawbridge."""

    code = "database_newer"
