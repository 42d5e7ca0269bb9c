import pytest

from drawbridge.config.terminal import show_table


def test_a_cell_cannot_forge_a_line_or_a_column(capsys: pytest.CaptureFixture[str]) -> None:
    show_table("Keys", ("id", "name"), [("1", "a\n2\tb\x1b[2J\ud800")])

    assert capsys.readouterr().out == "id\tname\n1\ta\\n2\\tb\\x1b[2J\\ud800\n"
