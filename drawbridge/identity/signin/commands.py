"""The commands for signing in, part of the group `people`: invite somebody, and let somebody in who has lost all."""

from datetime import datetime, timedelta
from typing import Annotated, Final

import msgspec
import typer

from drawbridge.audit.acts import COMMAND_LINE, Act
from drawbridge.audit.record import record
from drawbridge.config.terminal import OpenInstallation, run_command
from drawbridge.core.clock import Clock
from drawbridge.identity.errors import UnknownObjectError
from drawbridge.identity.keyring import parse_lifetime
from drawbridge.identity.signin import store
from drawbridge.identity.signin.errors import InvitationError
from drawbridge.identity.signin.invitations.inviting import invite
from drawbridge.identity.signin.invitations.records import IssuedInvitation, NewInvitation
from drawbridge.identity.signin.links import store as links
from drawbridge.identity.signin.store import signing_in
from drawbridge.identity.signin.tokens import hash_token, new_token

_Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]
_LINK_LIFETIME: Final = timedelta(minutes=30)
_NO_NAMES: Final[list[str]] = []


def add_sign_in_commands(people: typer.Typer, open_installation: OpenInstallation, clock: Clock, address: str) -> None:
    """Add the commands to the group `people`; `address` is where the pages are."""

    @people.command("invite")
    def invite_command(
        email: Annotated[str, typer.Argument(metavar="EMAIL")],
        name: Annotated[str, typer.Option(help="The user's name; from the e-mail address if left out.")] = "",
        team: Annotated[list[str], typer.Option(help="A team to join; may be repeated.")] = _NO_NAMES,
        group: Annotated[list[str], typer.Option(help="A group to join; may be repeated.")] = _NO_NAMES,
        expires: Annotated[str, typer.Option(help="How long the link works, such as 7d or 12h.")] = "7d",
        as_json: _Json = False,
    ) -> None:
        """Make a link by which somebody joins. It is shown this once."""
        wanted = NewInvitation(
            email, name=name, teams=tuple(team), groups=tuple(group), lifetime=parse_lifetime(expires)
        )
        issued = run_command(_invite(open_installation, clock, wanted))
        about = f"{issued.invitation.email}, who becomes the user {issued.invitation.user}"
        _show(f"{address}/invitation#{issued.token}", about, issued.invitation.expires_at, as_json)

    @people.command("sign-in-link")
    def sign_in_link_command(
        name: Annotated[str, typer.Argument(metavar="NAME", help="Of a user who has signed in before.")],
        as_json: _Json = False,
    ) -> None:
        """Make a link that signs somebody in once who has lost all else."""
        token, ends = run_command(make_link(open_installation, clock, name))
        _show(f"{address}/sign-in#link={token}", name, ends, as_json)

    del invite_command, sign_in_link_command  # The group holds them.


async def _invite(open_installation: OpenInstallation, clock: Clock, wanted: NewInvitation) -> IssuedInvitation:
    async with open_installation() as here, here.database.change(here.organisation_id) as connection:
        return await invite(connection, clock, here.organisation_id, wanted, COMMAND_LINE)


async def make_link(open_installation: OpenInstallation, clock: Clock, name: str) -> tuple[str, datetime]:
    """Make a link for a user who has an account. Return its token, and when it ends.

    Raises UnknownObjectError, InvitationError for a user who has never signed in.
    """
    token, ends = new_token(), clock.now() + _LINK_LIFETIME
    async with open_installation() as here, signing_in(here.database) as connection:
        found = await store.account_of_user(connection, here.organisation_id, name)
        if found is None:
            raise UnknownObjectError("user", name)
        if found.account_id is None:
            raise InvitationError(f"{name} has never signed in: drawbridge people invite EMAIL --name {name}")
        await links.put_link(connection, "sign_in", hash_token(token), account_id=found.account_id, expires_at=ends)
        await record(connection, here.organisation_id, Act(COMMAND_LINE, "sign_in_link.created", "user", name))
    return token, ends


def _show(link: str, whom: str, ends: datetime, as_json: bool) -> None:
    """Write a link: alone on standard output, so that it can be piped, the rest on standard error."""
    until = ends.isoformat(timespec="minutes")
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode({"link": link, "expires_at": ends})).decode())
        return
    typer.echo(f"For {whom}. It works once, until {until}:", err=True)
    typer.echo(link)
