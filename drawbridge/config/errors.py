"""What can go wrong with configuration.

DrawbridgeError
  +-- ConfigError
        +-- DocumentError        a file says something wrong; carries every complaint with its file and line
        +-- PlanOutdatedError    something else changed between the plan that was shown and its apply
        +-- ConfirmationError    a deletion was not confirmed
        +-- OutputError          what a command writes cannot be written
        +-- EntryError           an entry that came over the API says something wrong; carries every complaint
        +-- ManagedByFileError   the object is changed in drawbridge.yaml only
        +-- ObjectInUseError     something else needs the object
        +-- NameTakenError       a section that shares its names has the name already
        +-- LastHolderError      the organisation would lose the last of what it cannot do without
        +-- PreconditionError    the object is not as the request's headers said
        +-- SecretError
              +-- UnknownSecretError    no secret of that name is stored
              +-- SecretInUseError      something still refers to the secret
              +-- MasterKeyError        the master key cannot be read or is no key
              +-- WrongMasterKeyError   the secret was sealed under another master key
              +-- RotationError         the old master keys are still needed
              +-- SealBrokenError       the stored secret was altered or moved
"""

from collections.abc import Sequence
from dataclasses import dataclass

from drawbridge.core.errors import DrawbridgeError
from drawbridge.core.text import escape_unprintable


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file, and where."""

    source: str
    line: int | None
    """Counted from 1; None where no line of the file is to blame."""
    where: str
    """The setting as a dotted path; empty for the whole file."""
    message: str

    def __str__(self) -> str:
        place = self.source if self.line is None else f"{self.source}:{self.line}"
        said = f"{place}: {self.where}: {self.message}" if self.where else f"{place}: {self.message}"
        return escape_unprintable(said)


class ConfigError(DrawbridgeError):
    """Configuration cannot be used or changed as asked."""

    code = "config_error"
    status = 400
    fault = "caller"


class DocumentError(ConfigError):
    """A file says something wrong. The message has one line for each problem, in the order of the files."""

    code = "config_document_error"
    status = 422

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.source, problem.line or 0)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class PlanOutdatedError(ConfigError):
    """Something else changed the configuration between the plan that was shown and its apply."""

    code = "config_plan_outdated"
    status = 409


class ConfirmationError(ConfigError):
    """A deletion was not confirmed."""

    code = "config_not_confirmed"


class OutputError(ConfigError):
    """What a command writes cannot be written: the disk is full, or nobody reads it any more."""

    code = "output_not_written"


@dataclass(frozen=True, slots=True)
class EntryProblem:
    """One thing that is wrong in an entry that came over the API."""

    path: str
    """A JSON path from the body, such as `$.route[0]`; `name` for the name in the address."""
    message: str


class EntryError(ConfigError):
    """An entry says something wrong."""

    code = "config_entry_error"
    status = 422

    def __init__(self, problems: Sequence[EntryProblem]) -> None:
        self.problems = tuple(problems)
        said = (escape_unprintable(f"{problem.path}: {problem.message}") for problem in problems)
        super().__init__("\n".join(said))


class ManagedByFileError(ConfigError):
    """The object is changed in drawbridge.yaml only."""

    code = "managed_by_file"
    status = 409

    def __init__(self, kind: str, name: str) -> None:
        words = kind.replace("_", " ")
        super().__init__(
            f"The {words} {name!r} is managed by file: change it in drawbridge.yaml and apply that, or take it out"
            " there first."
        )


class ObjectInUseError(ConfigError):
    """Something else needs the object."""

    code = "object_in_use"
    status = 409


class NameTakenError(ConfigError):
    """A section that shares its names has the name already."""

    code = "name_taken"
    status = 409


class LastHolderError(ConfigError):
    """The organisation would lose the last of what it cannot do without."""

    code = "last_holder"
    status = 409


class PreconditionError(ConfigError):
    """The object is not as the request's headers said."""

    code = "precondition_failed"
    status = 412


class SecretError(ConfigError):
    """A secret cannot be stored or opened."""

    code = "secret_error"


class UnknownSecretError(SecretError):
    """No secret of that name is stored."""

    code = "secret_unknown"
    status = 404


class SecretInUseError(SecretError):
    """Something still refers to the secret."""

    code = "secret_in_use"
    status = 409


class MasterKeyError(SecretError):
    """The master key cannot be read, or what was read is no key."""

    code = "master_key_error"
    status = 500


class WrongMasterKeyError(SecretError):
    """The secret was sealed under another master key than the one at hand."""

    code = "master_key_wrong"
    status = 500


class RotationError(SecretError):
    """The old master keys are still needed."""

    code = "master_key_needed"
    status = 409


class SealBrokenError(SecretError):
    """The stored secret was altered, or belongs to another organisation or name."""

    code = "secret_seal_broken"
    status = 500
    fault = "us"
