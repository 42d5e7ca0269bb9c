import subprocess
import sys
from pathlib import Path

import pytest

from drawbridge.config.terminal import show_table


def test_a_cell_cannot_forge_a_line_or_a_column(capsys: pytest.CaptureFixture[str]) -> None:
    show_table("Keys", ("id", "name"), [("1", "a\n2\tb\x1b[2J\ud800")])

    assert capsys.readouterr().out == "id\tname\n1\ta\\n2\\tb\\x1b[2J\\ud800\n"


_WRITES = """
import typer
from drawbridge.config.terminal import run_command, write_out

async def export():
    for _ in range({times}):
        write_out(b"x" * 100)
    write_out(b"", last=True)

typer.run(lambda: run_command(export()))
"""


@pytest.mark.parametrize("times", [1, 1000])
def test_output_that_cannot_be_written_is_a_message_and_no_success(times: int) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-c", _WRITES.format(times=times)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )

    assert "could not be written whole: No space left on device" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.returncode == 1
