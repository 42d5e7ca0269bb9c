"""What the file says of an organisation, its teams, groups, projects and principals."""

from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec import Meta

from drawbridge.config.located import Path
from drawbridge.config.sections import Reference
from drawbridge.config.shape import Complaint
from drawbridge.identity.records import DataClass

TEAMS = "teams"
GROUPS = "groups"

_LONGEST_TEXT = 200
_LONGEST_EMAIL = 254

_DisplayName = Annotated[str, Meta(description="How people see the name.")]
_Groups = Annotated[tuple[str, ...], Meta(description="The groups that it is in.")]
_Suspended = Annotated[bool, Meta(description="Keys are refused, and nobody signs in, until this is taken away.")]


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    pass


class OrganisationEntry(_Entry, frozen=True):
    """The organisation itself."""

    display_name: _DisplayName = ""
    whom_to_ask: Annotated[
        str, Meta(description="Shown to whoever is refused something: whom to ask, such as an address.")
    ] = ""


class TeamEntry(_Entry, frozen=True):
    """A team. What is granted to it holds for the teams below, too."""

    display_name: _DisplayName = ""
    parent: Annotated[str | None, Meta(description="The team that it is part of.")] = None


class GroupEntry(_Entry, frozen=True):
    """A group of principals of any team. What is granted to it holds for the groups within, too."""

    display_name: _DisplayName = ""
    parent: Annotated[str | None, Meta(description="The group that it is part of.")] = None


class ProjectEntry(_Entry, frozen=True):
    """What keys are used for, apart from who uses them."""

    display_name: _DisplayName = ""
    team: Annotated[str | None, Meta(description="The team that it belongs to; nobody else may have keys for it.")] = (
        None
    )
    data_class: Annotated[DataClass | None, Meta(description="How sensitive its calls are.")] = None


class UserEntry(_Entry, frozen=True):
    """A person."""

    display_name: _DisplayName = ""
    email: str | None = None
    teams: Annotated[tuple[str, ...], Meta(description="The teams that the person is in.")] = ()
    groups: _Groups = ()
    suspended: _Suspended = False


class ProgramEntry(_Entry, frozen=True):
    """A program that calls by itself: a service account or an agent."""

    display_name: _DisplayName = ""
    team: Annotated[str | None, Meta(description="The team that answers for it, and whose grants it has.")] = None
    groups: _Groups = ()
    suspended: _Suspended = False


PrincipalEntry = UserEntry | ProgramEntry


def organisation_complaints(entry: OrganisationEntry) -> Iterator[Complaint]:
    """Name what is wrong with the settings of an organisation."""
    yield from _text_complaints(entry.display_name, ("display_name",))
    yield from _text_complaints(entry.whom_to_ask, ("whom_to_ask",))


def name_complaints(entry: TeamEntry | GroupEntry | ProjectEntry) -> Iterator[Complaint]:
    """Name what is wrong with a team, group or project on its own."""
    yield from _text_complaints(entry.display_name, ("display_name",))


def user_complaints(entry: UserEntry) -> Iterator[Complaint]:
    """Name what is wrong with a user on its own."""
    yield from _text_complaints(entry.display_name, ("display_name",))
    if entry.email is not None and not is_email(entry.email):
        yield Complaint(("email",), "is no e-mail address.")
    yield from _repeated(entry.teams, TEAMS)
    yield from _repeated(entry.groups, GROUPS)


def program_complaints(entry: ProgramEntry) -> Iterator[Complaint]:
    """Name what is wrong with a service account or agent on its own."""
    yield from _text_complaints(entry.display_name, ("display_name",))
    yield from _repeated(entry.groups, GROUPS)


def is_email(text: str) -> bool:
    """Tell whether something may be an e-mail address. Only a message to it would tell for sure."""
    name, _, host = text.rpartition("@")
    return bool(name and host) and len(text) <= _LONGEST_EMAIL and text.isprintable() and " " not in text


def user_in_full(entry: UserEntry) -> UserEntry:
    """Bring teams and groups into one order, in which they are compared and stored."""
    return msgspec.structs.replace(entry, teams=tuple(sorted(entry.teams)), groups=tuple(sorted(entry.groups)))


def program_in_full(entry: ProgramEntry) -> ProgramEntry:
    """Bring the groups into one order, in which they are compared and stored."""
    return msgspec.structs.replace(entry, groups=tuple(sorted(entry.groups)))


def team_references(entry: TeamEntry) -> Iterator[Reference]:
    """Name the team above."""
    yield from _reference(TEAMS, entry.parent, ("parent",))


def group_references(entry: GroupEntry) -> Iterator[Reference]:
    """Name the group around it."""
    yield from _reference(GROUPS, entry.parent, ("parent",))


def project_references(entry: ProjectEntry) -> Iterator[Reference]:
    """Name the project's team."""
    yield from _reference(TEAMS, entry.team, ("team",))


def user_references(entry: UserEntry) -> Iterator[Reference]:
    """Name the person's teams and groups."""
    yield from _references(TEAMS, entry.teams)
    yield from _references(GROUPS, entry.groups)


def program_references(entry: ProgramEntry) -> Iterator[Reference]:
    """Name the team that answers for the program, and its groups."""
    yield from _reference(TEAMS, entry.team, ("team",))
    yield from _references(GROUPS, entry.groups)


def _text_complaints(text: str, path: Path) -> Iterator[Complaint]:
    if len(text) > _LONGEST_TEXT or not text.isprintable():
        yield Complaint(path, f"must be at most {_LONGEST_TEXT} printable characters.")


def _repeated(names: tuple[str, ...], section: str) -> Iterator[Complaint]:
    for place, name in enumerate(names):
        if name in names[:place]:
            yield Complaint((section, place), f"{name!r} is given twice.")


def _reference(section: str, name: str | None, path: Path) -> Iterator[Reference]:
    if name is not None:
        yield Reference(section, name, path)


def _references(section: str, names: tuple[str, ...]) -> Iterator[Reference]:
    for name in names:
        # Without the place in the list: in full, the list is in another order than in the file.
        yield Reference(section, name, (section,))
