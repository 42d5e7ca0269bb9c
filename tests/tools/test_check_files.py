"""What must not be in any file. The snippets are put together here, so that this file holds none of them."""

import pytest

from tools.check_files import find_complaints


def kinds(text: str) -> list[str]:
    return [kind for kind, _ in find_complaints("docs/guide.md", text)]


@pytest.mark.parametrize("folder", ["work", "root", "tmp", "home", "Users"])
def test_the_path_of_a_machine_is_found(folder: str) -> None:
    assert kinds(f"see /{folder}/main/notes.md") == ["the path of one machine"]
    assert kinds(f'open("/{folder}/x")') == ["the path of one machine"]


@pytest.mark.parametrize(
    "text", ["https://example.org/work/main", "src/work/queue.py", "~/tmp/x", "$HOME/work/x", "/etc/passwd", "/tmp"]
)
def test_other_paths_and_addresses_are_let_through(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize("host", ["pypi{}org", "files.pythonhosted{}org", "registry.npmjs{}org"])
def test_the_host_of_a_registry_is_found(host: str) -> None:
    assert kinds("--index-url https://" + host.format(".") + "/simple") == ["the host of a package registry"]


@pytest.mark.parametrize(
    "secret", ["sk-" + "a1" * 20, "sk-ant-" + "a1" * 20, "AIza" + "a" * 35, "AKIA" + "A1" * 8, "ghp_" + "a" * 36]
)
def test_a_vendors_key_is_found_and_not_printed(secret: str) -> None:
    ((kind, message),) = find_complaints("docs/guide.md", f"a\nkey: {secret}\n")

    assert kind == "a vendor's key"
    assert message == "docs/guide.md:2: a vendor's key"


def test_a_private_key_is_found() -> None:
    assert kinds("-----BEGIN {}PRIVATE KEY-----".format("RSA ")) == ["a private key"]


def test_a_placeholder_of_a_key_is_let_through() -> None:
    assert kinds("OPENAI_API_KEY=sk-...") == []
