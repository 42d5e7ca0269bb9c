import os
import socket
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.config import reading
from drawbridge.config.document import SourceText, parse_documents
from drawbridge.config.errors import ConfigError, DocumentError
from drawbridge.config.export import export_to_folder
from drawbridge.config.plan import make_plan
from drawbridge.config.reading import files_in, read_document, read_file
from drawbridge.config.sections import is_single
from tests.config.documents import EMPTY, EXAMPLE, SECTIONS, Content, contents, read, world_after, write

USERS = "version: 1\nusers:\n"
SINGLE = {section.name for section in SECTIONS if is_single(section)}


def fill(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def names(folder: Path) -> list[str]:
    return list(read_document(folder, SECTIONS).entries.get("users", {}))


def complaints(where: Path) -> list[str]:
    with pytest.raises(DocumentError) as raised:
        make_plan(SECTIONS, read_document(where, SECTIONS), EMPTY)
    return [str(problem).removeprefix(f"{where}/") for problem in raised.value.problems]


def test_all_files_of_a_folder_state_one_document_in_the_order_of_their_names(tmp_path: Path) -> None:
    folder = fill(
        tmp_path,
        {
            "b.yml": f"{USERS}  ben:\n",
            "a/z.yaml": f"{USERS}  ana:\n",
            "c/d/E.YAML": f"{USERS}  eve:\nmodels:\n",
            "README.md": "no",
            "old.yaml~": "no",
        },
    )

    assert names(folder) == ["ana", "ben", "eve"]


def test_what_is_hidden_is_left_out(tmp_path: Path) -> None:
    folder = fill(tmp_path, {"a.yaml": f"{USERS}  ana:\n", ".b.yaml": "no", ".git/c.yaml": "no"})

    assert names(folder) == ["ana"]


def test_what_links_reach_twice_is_read_once_and_rings_end(tmp_path: Path) -> None:
    folder = fill(tmp_path / "all", {"people/a.yaml": f"{USERS}  ana:\n", "shared/b.yaml": f"{USERS}  ben:\n"})
    outside = fill(tmp_path / "outside", {"c.yaml": f"{USERS}  eve:\n"})
    (folder / "people" / "up").symlink_to(folder)
    (folder / "people" / "again.yaml").symlink_to(folder / "people" / "a.yaml")
    (folder / "zz").symlink_to(outside)
    (folder / "zzz").symlink_to(outside)

    assert names(folder) == ["ana", "ben", "eve"]
    assert not any("up" in path.parts for path in files_in(folder))


def test_a_mounted_folder_whose_files_are_links_to_a_hidden_one_is_read(tmp_path: Path) -> None:
    # As Kubernetes mounts configuration: https://kubernetes.io/docs/concepts/configuration/configmap/
    folder = fill(tmp_path, {"..2026/users.yaml": f"{USERS}  ana:\n"})
    (folder / "..data").symlink_to("..2026")
    (folder / "users.yaml").symlink_to("..data/users.yaml")

    assert names(folder) == ["ana"]


def test_an_entry_in_two_files_is_named_with_both_places(tmp_path: Path) -> None:
    folder = fill(tmp_path, {"a.yaml": f"{USERS}  ana:\n", "b.yaml": f"{USERS}  ben:\n  ana: {{display_name: Ana}}\n"})

    assert complaints(folder) == [
        f"b.yaml:4: users.ana: 'ana' is given twice; it stands in {folder}/a.yaml:3 already.",
    ]


def test_one_name_in_two_sections_of_two_files_is_named_with_both_places(tmp_path: Path) -> None:
    folder = fill(tmp_path, {"a.yaml": "version: 1\nservice_accounts:\n  ana:\n", "b.yaml": f"{USERS}  ana:\n"})

    assert complaints(folder) == [
        f"a.yaml:3: service_accounts.ana: the name 'ana' stands under users already, in {folder}/b.yaml:3.",
    ]


def test_an_entry_may_refer_to_one_in_another_file_and_a_wrong_reference_names_its_own(tmp_path: Path) -> None:
    folder = fill(
        tmp_path,
        {
            "models.yaml": "version: 1\nmodels:\n  m:\n    route:\n      - d\n      - gone\n",
            "deployments.yaml": "version: 1\ndeployments:\n  d: {provider: lab, upstream_model: x}\n",
            "providers.yaml": "version: 1\nproviders:\n  lab: {preset: ollama}\n",
        },
    )

    [complaint] = complaints(folder)

    assert complaint.startswith("models.yaml:6: models.m.route[1]: there is no deployment 'gone': add it under")


def test_every_mistake_in_every_file_is_named_at_once_by_file_and_line(tmp_path: Path) -> None:
    folder = fill(
        tmp_path,
        {
            "a.yaml": f"{USERS}  ana: {{name: Ana}}\n",
            "b.yaml": "users:\n  ben:\n",
            "c.yaml": "version: 1\nusers: [eve]\n",
            "d.yaml": "version: 1\nusers: {\n",
            "e.yaml": "",
            "f.yaml": "version: 2\nuser:\n",
        },
    )

    assert [complaint.partition(": ")[0] for complaint in complaints(folder)] == [
        "a.yaml:3",
        "b.yaml:1",
        "c.yaml:2",
        "d.yaml:3",
        "e.yaml",
        "f.yaml:1",
        "f.yaml:2",
    ]


@pytest.mark.parametrize("files", [{}, {"notes.txt": "", ".hidden.yaml": "version: 1"}])
def test_a_folder_without_files_does_not_mean_to_delete_everything(tmp_path: Path, files: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="holds no YAML file, so nothing was done"):
        read_document(fill(tmp_path, files), SECTIONS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"version: 1\nusers:\n  \xff: {}\n", "3: is not UTF-8 text"),
        ("version: 1\n".encode("utf-16"), "1: is not UTF-8 text"),
        (b"version: 1\nusers: {\x00}\n", "2: This is no YAML: the character U+0000 cannot stand in it. Take it out."),
    ],
)
def test_content_that_is_no_configuration_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    folder = fill(tmp_path / "all", {"bad.yaml": content, "good.yaml": f"{USERS}  ana:\n"})

    [in_folder] = complaints(folder)
    [alone] = complaints(folder / "bad.yaml")

    assert in_folder.startswith("bad.yaml:" + message)
    assert message in alone


def test_a_huge_file_is_named_without_being_read_whole(tmp_path: Path) -> None:
    folder = fill(tmp_path, {"bad.yaml": "", "good.yaml": f"{USERS}  ana:\n"})
    os.truncate(folder / "bad.yaml", 100 * 1024**3)

    assert complaints(folder) == ["bad.yaml: is larger than 10 MiB: that is no drawbridge.yaml."]


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    folder = fill(tmp_path, {"a.yaml": b"\xef\xbb\xbf" + f"{USERS}  ana:\n".encode()})

    assert names(folder) == names(folder / "a.yaml") == ["ana"]


def test_what_is_no_regular_file_is_named_and_never_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    os.mkfifo(folder / "fifo.yaml")
    (folder / "gone.yaml").symlink_to(folder / "nowhere")
    (folder / "ring.yaml").symlink_to(folder / "ring.yaml")
    listening = socket.socket(socket.AF_UNIX)
    descriptor = os.open(folder, os.O_RDONLY)
    listening.bind(f"/proc/self/fd/{descriptor}/socket.yaml")

    with listening:
        found = complaints(folder)
    os.close(descriptor)

    assert found == [
        "fifo.yaml: is no regular file. To read from a pipe, pipe it in, and give - as the file.",
        "gone.yaml: cannot be read: No such file or directory. Mend it, or take it away.",
        "ring.yaml: cannot be read: Too many levels of symbolic links. Mend it, or take it away.",
        "socket.yaml: cannot be read: No such device or address. Mend it, or take it away.",
    ]


def test_a_file_that_vanishes_while_the_folder_is_read_refuses_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fill(tmp_path, {"a.yaml": f"{USERS}  ana:\n", "b.yaml": f"{USERS}  ben:\n"})
    gone = folder / "b.yaml"

    def remove_and_read(path: Path) -> SourceText:
        gone.unlink(missing_ok=True)
        return read_file(path)

    monkeypatch.setattr(reading, "read_file", remove_and_read)

    assert complaints(folder) == ["b.yaml: cannot be read: No such file or directory. Mend it, or take it away."]


def test_a_file_that_comes_while_the_folder_is_read_refuses_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fill(tmp_path, {"b.yaml": f"{USERS}  ben:\n"})

    def read_and_add(path: Path) -> SourceText:
        fill(folder, {"a.yaml": f"{USERS}  ana:\n"})
        return read_file(path)

    monkeypatch.setattr(reading, "read_file", read_and_add)

    with pytest.raises(ConfigError, match="was changed while it was read"):
        read_document(folder, SECTIONS)


def test_a_name_of_a_file_cannot_forge_a_line(tmp_path: Path) -> None:
    folder = fill(tmp_path, {"a\nb.yaml": "version: 3\n"})

    [complaint] = complaints(folder)

    assert complaint.startswith("a\\nb.yaml:1: version:")


def test_a_folder_that_is_changed_all_the_time_is_read_whole_or_refused(tmp_path: Path) -> None:
    folder = fill(tmp_path, {f"{number}.yaml": f"{USERS}  user-{number}:\n" for number in range(9)})
    stop = threading.Event()

    def move_about() -> None:
        while not stop.is_set():
            (folder / "4.yaml").rename(folder / "zz.yaml")
            (folder / "zz.yaml").rename(folder / "4.yaml")

    moving = threading.Thread(target=move_about)
    moving.start()
    outcomes: set[int] = set()
    for _ in range(200):
        try:
            outcomes.add(len(names(folder)))
        except ConfigError:
            continue
    stop.set()
    moving.join()

    assert outcomes <= {9}


@given(contents(), st.data())
def test_any_document_cut_into_files_is_the_same_document(content: Content, data: st.DataObject) -> None:
    whole = read(write(content))
    places = st.integers(0, 3)
    parts: list[Content] = [{}, {}, {}, {}]
    for section, entries in content.items():
        if section in SINGLE:
            parts[data.draw(places)][section] = entries
            continue
        for name, entry in entries.items():
            parts[data.draw(places)].setdefault(section, {})[name] = entry

    texts = [SourceText(f"{number}.yaml", write(part)) for number, part in enumerate(parts)]
    together = parse_documents(texts, "folder", SECTIONS)

    stated = {section: entries for section, entries in together.entries.items() if entries}
    assert stated == {section: entries for section, entries in whole.entries.items() if entries}


@given(contents())
def test_the_plan_of_an_export_to_a_folder_is_empty(tmp_path_factory: pytest.TempPathFactory, content: Content) -> None:
    world = world_after(EMPTY, make_plan(SECTIONS, read(write(content)), EMPTY))
    folder = tmp_path_factory.mktemp("export") / "new" / "folder"

    export_to_folder(folder, SECTIONS, world)

    assert make_plan(SECTIONS, read_document(folder, SECTIONS), world).changes == ()


def test_an_export_to_a_folder_is_not_mixed_with_other_files(tmp_path: Path) -> None:
    world = world_after(EMPTY, make_plan(SECTIONS, read(EXAMPLE), EMPTY))
    own = fill(tmp_path / "own", {"more/mine.yaml": "mine"})
    before = fill(tmp_path / "before", {"users.yaml": "old", "notes.txt": "mine"})

    for replace in (False, True):
        with pytest.raises(ConfigError, match=r"holds YAML files already \(more/mine.yaml\).*nothing was written"):
            export_to_folder(own, SECTIONS, world, replace=replace)
    with pytest.raises(ConfigError, match="add --replace"):
        export_to_folder(before, SECTIONS, world)
    assert (before / "users.yaml").read_text() == "old"
    export_to_folder(before, SECTIONS, EMPTY, replace=True)

    assert sorted(path.name for path in before.iterdir()) == ["drawbridge.yaml", "notes.txt"]
    export_to_folder(before, SECTIONS, world, replace=True)
    assert sorted(path.name for path in files_in(before)) == [
        "deployments.yaml",
        "models.yaml",
        "providers.yaml",
        "service_accounts.yaml",
        "users.yaml",
    ]
    assert list(own.rglob("*.yaml")) == [own / "more" / "mine.yaml"]


def test_a_folder_that_cannot_be_written_is_a_message(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    with pytest.raises(ConfigError, match=f"The export cannot be written to {file}/folder: Not a directory"):
        export_to_folder(file / "folder", SECTIONS, EMPTY)
