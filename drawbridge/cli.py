"""The command line: `up` and `serve` run an installation, the other commands work on one."""

import dataclasses
import sys
from collections.abc import Sequence
from typing import Annotated, Final

import typer

from drawbridge import __version__
from drawbridge.commands import WORKING, Place
from drawbridge.core.errors import DrawbridgeError
from drawbridge.settings import MOST_WORKERS, Settings, load_settings

_HELP: Final = "Drawbridge: the AI platform that your organisation owns."
_WITH_VALUE: Final = frozenset({"--organisation"})
"""What is said before the command and takes a word."""
_ABOUT_ALL: Final = frozenset({"--help", "--version"})

_Host = Annotated[str | None, typer.Option(help="Address to listen on; localhost is both loopback addresses.")]
_Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes any free one.")]
_Workers = Annotated[int | None, typer.Option(min=1, max=MOST_WORKERS, help="Worker processes.")]


def main() -> None:
    """Run the command line. An error that is ours becomes its message, without a stack trace."""
    try:
        build_app(load_settings(), sys.argv[1:])()
    except DrawbridgeError as error:
        print(f"drawbridge: {error.message}", file=sys.stderr)
        sys.exit(1)


def build_app(settings: Settings, words: Sequence[str] | None = None) -> typer.Typer:
    """Put the command line together, as far as the words of one command need it; None: all of it."""
    app = typer.Typer(
        help=_HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
    )
    place = Place(settings)

    @app.callback()
    def root(
        _: Annotated[
            bool, typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version)
        ] = False,
        organisation: Annotated[
            str, typer.Option(help="The organisation that the command works on, where there are several.")
        ] = place.organisation,
    ) -> None:
        place.organisation = organisation

    _add_running(app, settings)
    _add_working(app, place, words)
    del root  # The app holds it.
    return app


def _add_working(app: typer.Typer, place: Place, words: Sequence[str] | None) -> None:
    """Add the commands that work on an installation; of those that are not asked for, only what the help shows."""
    name = None if words is None else _command_of(words)
    for part in WORKING:
        if words is None or name in part.shown:
            part.add(app, place)
            continue
        for shown, said in part.shown.items():
            app.command(shown, help=said)(_nothing)


def _command_of(words: Sequence[str]) -> str | None:
    """Return the command that words ask for; None where they ask for none, or for what is about all of them."""
    left = iter(words)
    for word in left:
        if word in _ABOUT_ALL:
            return None
        if word in _WITH_VALUE:
            next(left, None)
        elif not word.startswith("-"):
            return word
    return None


def _nothing() -> None:
    return


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


def _add_running(app: typer.Typer, settings: Settings) -> None:
    @app.command()
    def up(host: _Host = None, port: _Port = None, workers: _Workers = None) -> None:
        """Start everything on this machine.

        The database is the embedded one, unless DRAWBRIDGE_DATABASE_URL names your own.
        """
        _run(_changed(settings, host, port, workers))

    @app.command()
    def serve(host: _Host = None, port: _Port = None, workers: _Workers = None) -> None:
        """Start a node: the same as `up`."""
        _run(_changed(settings, host, port, workers))

    del up, serve  # The app holds them.


def _changed(settings: Settings, host: str | None, port: int | None, workers: int | None) -> Settings:
    return dataclasses.replace(
        settings,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
        workers=settings.workers if workers is None else workers,
    )


def _run(settings: Settings) -> None:
    from drawbridge.up import run

    run(settings)
