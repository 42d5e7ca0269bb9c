import pytest
import typer
from typer.testing import CliRunner

from drawbridge.core.errors import DrawbridgeError
from drawbridge.usage.commands import add_usage_command
from tests.parts.clock import HeldClock
from tests.parts.installations import new_installation


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "gpt\0"], "--model holds characters"),
        (["--session", "\udcff"], "--session holds characters"),
        (["--since", "999999999w"], "at most 100 years"),
        (["--by", "day,shoe_size"], "there is principal, team,"),
        (["--only", "shoe_size=44"], "is no condition"),
        (["--only", "outcome=fine"], "cannot be understood"),
    ],
)
def test_what_cannot_be_asked_for_is_a_message(database_url: str, arguments: list[str], message: str) -> None:
    app = typer.Typer()
    add_usage_command(app, new_installation(database_url)[0], HeldClock())

    result = CliRunner().invoke(app, arguments)

    assert isinstance(result.exception, DrawbridgeError)
    assert message in result.exception.message
