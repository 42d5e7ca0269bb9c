"""From a reference to the credential: where it is found, and what is said where it is not."""

import asyncio
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from drawbridge.config.secret_files import SecretFiles
from drawbridge.config.secrets import MasterKeys, SealedSecret, master_key, seal
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.gateway.credentials import Credentials, Resolved
from drawbridge.gateway.entries import Credential

ORGANISATION = OrganisationId(uuid7())
KEY = master_key(bytes(32))


def credentials(
    environment: Mapping[str, str] | None = None, sealed: Mapping[str, SealedSecret] | None = None
) -> Credentials:
    return Credentials(ORGANISATION, environment or {}, sealed or {}, MasterKeys((KEY,)))


async def test_no_reference_is_no_credential_and_no_problem() -> None:
    assert await credentials().resolve("lab", None) == Resolved()


async def test_an_environment_variable_is_read_without_the_white_space_around_it() -> None:
    found = await credentials({"LAB_KEY": " secret\n"}).resolve("lab", Credential(env="LAB_KEY"))

    assert found == Resolved("secret")


async def test_a_file_is_read_without_the_line_end(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret\n")

    assert await credentials().resolve("lab", Credential(file=str(tmp_path / "key"))) == Resolved("secret")


async def test_a_stored_secret_is_opened() -> None:
    sealed = {"lab-key": seal(KEY, ORGANISATION, "lab-key", "secret")}

    assert await credentials(sealed=sealed).resolve("lab", Credential(stored="lab-key")) == Resolved("secret")


@pytest.mark.parametrize("value", ["", "  ", "two\nlines", "schlüssel", "tab\there"])
async def test_what_no_header_can_carry_is_a_problem_that_names_its_place_and_not_its_value(value: str) -> None:
    found = await credentials({"LAB_KEY": value}).resolve("lab", Credential(env="LAB_KEY"))

    assert found.value is None
    assert found.problem is not None
    assert "LAB_KEY" in found.problem
    assert "'lab'" in found.problem
    assert not value.strip() or value not in found.problem


async def test_a_file_that_is_not_there_or_no_text_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")

    for name in ("missing", "binary"):
        found = await credentials().resolve("lab", Credential(file=str(tmp_path / name)))
        assert found.value is None
        assert str(tmp_path / name) in (found.problem or "")


async def test_a_file_that_is_no_regular_file_is_a_problem_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    for path in (tmp_path / "pipe", tmp_path, Path("/dev/null")):
        async with asyncio.timeout(1):
            found = await credentials().resolve("lab", Credential(file=str(path)))
        assert "no regular file" in (found.problem or "")


async def test_a_path_that_no_file_can_have_is_a_problem() -> None:
    for path in ("/run/\0key", "/run/\ud800key"):
        found = await credentials().resolve("lab", Credential(file=path))
        assert found.problem


@pytest.fixture
def hangs(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Let every file hang, as on a mount whose server is gone, until the event is set."""
    answer, opens = threading.Event(), os.open

    # Any: open's own arguments.
    def hang(*arguments: Any, **options: Any) -> int:
        answer.wait(10)
        return opens(*arguments, **options)

    monkeypatch.setattr(os, "open", hang)
    yield answer
    answer.set()


async def test_a_file_that_does_not_answer_is_a_problem_after_the_deadline_and_read_when_it_does(
    tmp_path: Path, hangs: threading.Event
) -> None:
    (tmp_path / "key").write_text("secret\n")
    ours = Credentials(ORGANISATION, {}, {}, MasterKeys((KEY,)), SecretFiles(deadline_s=0.05))
    reference = Credential(file=str(tmp_path / "key"))
    threads = threading.active_count()

    for _ in range(3):
        assert "did not answer" in ((await ours.resolve("lab", reference)).problem or "")
    assert threading.active_count() <= threads + 1
    hangs.set()

    async with asyncio.timeout(10):
        while (await ours.resolve("lab", reference)).problem:
            pass
    assert await ours.resolve("lab", reference) == Resolved("secret")


async def test_a_file_that_stops_answering_stands_as_it_was_read_last(tmp_path: Path, hangs: threading.Event) -> None:
    (tmp_path / "key").write_text("secret\n")
    ours = Credentials(ORGANISATION, {}, {}, MasterKeys((KEY,)), SecretFiles(deadline_s=0.5))
    reference = Credential(file=str(tmp_path / "key"))
    hangs.set()
    assert await ours.resolve("lab", reference) == Resolved("secret")
    hangs.clear()

    assert await ours.resolve("lab", reference) == Resolved("secret")


async def test_a_secret_that_is_not_stored_names_the_command_that_stores_it() -> None:
    found = await credentials().resolve("lab", Credential(stored="lab-key"))

    assert "drawbridge secrets set lab-key" in (found.problem or "")


async def test_a_secret_of_another_organisation_does_not_open() -> None:
    sealed = {"lab-key": seal(KEY, OrganisationId(uuid7()), "lab-key", "secret")}

    found = await credentials(sealed=sealed).resolve("lab", Credential(stored="lab-key"))

    assert found.value is None
    assert found.problem


async def test_a_credential_is_shown_nowhere() -> None:
    found = await credentials({"LAB_KEY": "secret"}).resolve("lab", Credential(env="LAB_KEY"))

    assert "secret" not in repr(found)
