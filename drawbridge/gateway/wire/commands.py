"""`drawbridge wire convert`: what becomes of a request in another dialect, and what is lost on the way."""

import sys
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import typer

from drawbridge.core.errors import DrawbridgeError, Fault
from drawbridge.core.text import escape_unprintable
from drawbridge.gateway.dialects import Dialect as DialectName
from drawbridge.gateway.errors import ImpossibleRequest, MalformedRequest, TranslationError
from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.dialect import Target, WireRequest, Written
from drawbridge.gateway.wire.json_text import UNREADABLE_JSON, decode, encode, members, text_or_none
from drawbridge.gateway.wire.known import DIALECTS
from drawbridge.gateway.wire.losses import Effect, Loss
from drawbridge.gateway.wire.profiles import UNKNOWN

Spoken = Literal["openai", "openai-chat", "responses", "openai-responses", "anthropic", "anthropic-messages", "gemini"]

_SHORT: Final[dict[Spoken, DialectName]] = {
    "openai": "openai-chat",
    "openai-chat": "openai-chat",
    "responses": "openai-responses",
    "openai-responses": "openai-responses",
    "anthropic": "anthropic-messages",
    "anthropic-messages": "anthropic-messages",
    "gemini": "gemini",
}
_MEMBERS: Final[dict[DialectName, frozenset[str]]] = {
    "openai-chat": frozenset({"messages"}),
    "openai-responses": frozenset({"input", "prompt", "previous_response_id"}),
    "anthropic-messages": frozenset({"messages"}),
    "gemini": frozenset({"contents"}),
}
"""What a body of each dialect has at least one of."""
_CHANGES: Final[dict[Effect, str]] = {
    "none": "changes nothing",
    "answer": "can change the answer",
    "price": "can change the price",
    "answer_and_price": "can change the answer and the price",
}
_PROVIDER: Final = "target"

_File = Annotated[Path | None, typer.Argument(help="The request's JSON body; standard input where it is left out.")]
_From = Annotated[Spoken, typer.Option("--from", help="The dialect that the request is in.")]
_To = Annotated[Spoken, typer.Option("--to", help="The dialect to translate it to.")]
_Model = Annotated[str | None, typer.Option(help="The upstream model; the request's own where it is left out.")]
_Json = Annotated[bool, typer.Option("--json", help="Write one JSON object with `request` and `lost`.")]


class InputError(DrawbridgeError):
    """There is nothing that could be translated."""

    code = "unusable_input"
    status = 400
    fault: Fault = "caller"


def wire_app() -> typer.Typer:
    """Make the command group `wire`."""
    app = typer.Typer(help="How calls are translated between dialects.", no_args_is_help=True)

    @app.callback()
    def root() -> None:
        """Keep `convert` a command of its own, although it is the only one."""

    @app.command()
    def convert(source: _From, to: _To, file: _File = None, model: _Model = None, as_json: _Json = False) -> None:
        """Print a request as it would be said in another dialect, and on standard error what is lost.

        As for a model of which nothing is known: the gateway knows more of some, and may lose less or more.
        """
        try:
            written = convert_request(_read(file), _SHORT[source], _SHORT[to], model)
        except DrawbridgeError as error:
            typer.echo(escape_unprintable(_in_words(error)), err=True)
            raise typer.Exit(1) from error
        _print(written, as_json=as_json)

    del root, convert  # The app holds them.
    return app


def convert_request(body: Json, source: DialectName, to: DialectName, model: str | None = None) -> Written:
    """Translate a body for a model of which nothing is known. Raises TranslationError."""
    _require_dialect(body, source)
    # Gemini has the model in the path, so a body does not tell it.
    named = model or text_or_none(members(body).get("model")) or "model"
    request = DIALECTS[source].read_request(WireRequest("POST", f"/models/{named}:generateContent", (), (), body))
    return DIALECTS[to].write_request(request, Target(_PROVIDER, named, UNKNOWN))


def _require_dialect(body: Json, source: DialectName) -> None:
    if not isinstance(body, dict):
        raise MalformedRequest("A request's body is a JSON object.")
    said = members(body)
    if _MEMBERS[source].isdisjoint(said):
        likely = [name for name, wanted in _MEMBERS.items() if not wanted.isdisjoint(said)]
        hint = f": it looks like {' or '.join(likely)}" if likely else ""
        wanted = " or ".join(f"'{name}'" for name in sorted(_MEMBERS[source]))
        raise MalformedRequest(f"This is no request in {source}, which has {wanted}{hint}.")


def _read(file: Path | None) -> Json:
    if file is None and sys.stdin.isatty():
        raise InputError("Give a file, or send a request's body to standard input: drawbridge wire convert ... < file")
    try:
        text = sys.stdin.buffer.read() if file is None else file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from error
    if not text.strip():
        raise InputError("There is nothing to translate: the input is empty.")
    body = decode(text)
    if body is UNREADABLE_JSON:
        raise InputError(f"This is not JSON: {_mistake(text)}. Give the body of a request.")
    return body


def _mistake(text: bytes) -> str:
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        return str(error)
    except UnicodeDecodeError:
        return "it is not UTF-8"
    return "it cannot be read"


def _in_words(error: DrawbridgeError) -> str:
    match error:
        case ImpossibleRequest():
            return f"This cannot be said there: {error.message}"
        case TranslationError() if error.param and error.param not in error.message:
            return f"{error.param}: {error.message}"
        case _:
            return error.message


def _print(written: Written, *, as_json: bool) -> None:
    losses = [*written.losses]
    if as_json:
        lost = [{"path": loss.path, "reason": loss.reason, "effect": loss.effect} for loss in losses]
        request = {"method": written.wire.method, "path": written.wire.path, "body": written.wire.body}
        typer.echo(_indented({"request": request, "lost": lost}))
        return
    typer.echo(_indented(written.wire.body))
    typer.echo(_told(losses), err=True)


def _told(losses: list[Loss]) -> str:
    if not losses:
        return "Nothing is lost."
    ordered = sorted(losses, key=lambda loss: loss.effect == "none")
    lines = [f"  {escape_unprintable(loss.path)}: {loss.reason} ({_CHANGES[loss.effect]})" for loss in ordered]
    count = "1 thing is" if len(losses) == 1 else f"{len(losses)} things are"
    return "\n".join([f"{count} lost:", *lines])


def _indented(value: Json) -> str:
    return msgspec.json.format(encode(value), indent=2).decode()
