"""`drawbridge wire convert` shows people what a translation does, and tells their mistakes in words."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from drawbridge.gateway.wire.commands import wire_app
from tests.end_to_end.command_line import CommandLine

MESSAGE = {
    "model": "claude-x",
    "max_tokens": 99,
    "system": "Be brief.",
    "messages": [{"role": "user", "content": "Grüezi"}],
    "top_k": 5,
}


def convert(source: str, to: str, *more: str, text: str | bytes | None = None, exit_code: int = 0) -> Result:
    said = json.dumps(MESSAGE) if text is None else text
    result = CliRunner().invoke(wire_app(), ["convert", "--from", source, "--to", to, *more], input=said)
    assert result.exit_code == exit_code, (result.output, result.exception)
    return result


def test_the_request_is_on_standard_output_and_what_is_lost_on_standard_error() -> None:
    result = convert("anthropic", "openai")

    body = json.loads(result.stdout)
    assert body["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Grüezi"}]
    assert (body["model"], body["max_tokens"]) == ("claude-x", 99)
    assert '\n  "model": "claude-x"' in result.stdout
    assert "Grüezi" in result.stdout
    first, line = result.stderr.splitlines()
    assert first == "1 thing is lost:"
    assert line.startswith("  top_k: ")
    assert line.endswith("(can change the answer)")


def test_where_nothing_is_lost_that_is_said() -> None:
    said = {name: value for name, value in MESSAGE.items() if name != "top_k"}

    assert convert("anthropic", "openai", text=json.dumps(said)).stderr == "Nothing is lost.\n"


@pytest.mark.parametrize("to", ["openai", "responses", "anthropic", "gemini", "openai-chat", "anthropic-messages"])
def test_every_dialect_can_be_asked_for_by_either_name(to: str) -> None:
    assert "Grüezi" in convert("anthropic-messages", to).stdout


def test_json_has_the_request_and_the_losses_in_one_object() -> None:
    told = json.loads(convert("anthropic", "gemini", "--json", "--model", "gemini-x").stdout)

    assert told["request"]["path"] == "/models/gemini-x:generateContent"
    assert told["request"]["body"]["generationConfig"]["topK"] == 5
    assert told["lost"] == []
    assert set(json.loads(convert("anthropic", "openai", "--json").stdout)["lost"][0]) == {"path", "reason", "effect"}


def test_a_file_is_read_where_it_is_named(tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps(MESSAGE))

    assert "Grüezi" in convert("anthropic", "openai", str(file), text="").stdout


@pytest.mark.parametrize(
    ("source", "text", "message"),
    [
        ("anthropic", "", "the input is empty"),
        ("anthropic", " \n", "the input is empty"),
        ("anthropic", "{'a': 1}", "This is not JSON"),
        ("anthropic", b"\xff\xfe{", "This is not JSON"),
        ("anthropic", "[1]", "is a JSON object"),
        ("gemini", json.dumps(MESSAGE), "no request in gemini, which has 'contents': it looks like openai-chat or"),
        ("openai", '{"contents": []}', "it looks like gemini"),
        ("openai", '{"prompts": 1}', "no request in openai-chat, which has 'messages'."),
        ("openai", '{"model": "m", "messages": "Hello"}', "messages"),
    ],
)
def test_what_cannot_be_translated_is_told_in_words(source: str, text: str | bytes, message: str) -> None:
    result = convert(source, "anthropic" if source != "anthropic" else "openai", text=text, exit_code=1)

    assert message in result.stderr
    assert not result.stdout


def test_what_no_model_of_the_target_could_do_is_told_with_its_place() -> None:
    audio = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
    said = {"model": "m", "messages": [{"role": "user", "content": [audio]}]}

    result = convert("openai", "anthropic", text=json.dumps(said), exit_code=1)

    assert result.stderr.startswith("This cannot be said there: messages[0].content[0]")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "none.json"

    result = convert("anthropic", "openai", str(missing), text="", exit_code=1)

    assert f"{missing} cannot be read: No such file or directory." in result.stderr


def test_an_unknown_dialect_is_a_mistake_that_names_the_known_ones() -> None:
    result = convert("klingon", "openai", exit_code=2)

    assert "anthropic-messages" in result.stderr


def test_the_real_command_line_translates_without_an_installation(tmp_path: Path) -> None:
    command_line = CommandLine(tmp_path / "data")

    finished = command_line.run("wire", "convert", "--from", "anthropic", "--to", "openai", stdin=json.dumps(MESSAGE))

    assert (finished.exit_code, json.loads(finished.stdout)["model"]) == (0, "claude-x")
    assert "top_k" in finished.stderr
    assert not (tmp_path / "data").exists()
