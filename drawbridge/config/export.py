"""Write what exists as files that, applied again, change nothing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from drawbridge.config.document import VERSION
from drawbridge.config.errors import ConfigError
from drawbridge.config.reading import files_in
from drawbridge.config.sections import AnySection, World, is_single

_NOTHING: Final = "drawbridge.yaml"
"""The file of an export that holds nothing: an empty folder is refused by an apply."""

Entries = Mapping[str, Mapping[str, object]]
"""By section: its entries by name, or the one entry that it is."""


def export_document(sections: Sequence[AnySection], world: World, *, everything: bool = False) -> str:
    """Return the YAML of what is managed by file; with `everything`, of all objects.

    A plan of the first is empty; a plan of the second adopts the objects that were not managed by file, without
    changing them. Secrets appear by reference only.
    """
    return _as_yaml(_entries(sections, world, everything=everything))


def export_to_folder(
    folder: Path, sections: Sequence[AnySection], world: World, *, everything: bool = False, replace: bool = False
) -> None:
    """Write the same, one file for each section, into a folder that holds no other YAML file.

    With `replace`, the files of an earlier export are overwritten, and those of sections that hold nothing now removed.

    Raises ConfigError, before anything is written, where what is in the folder would be mixed with the export.
    """
    entries = _entries(sections, world, everything=everything)
    wanted = {f"{section}.yaml": {section: stated} for section, stated in entries.items()} or {_NOTHING: {}}
    ours = {_NOTHING, *(f"{section.name}.yaml" for section in sections)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = files_in(folder)
        _require_ours(folder, there, ours if replace else set())
        for name, stated in wanted.items():
            _replace(folder / name, _as_yaml(stated))
        for path in there:
            if path.name not in wanted:
                path.unlink()
    except OSError as error:
        raise ConfigError(f"The export cannot be written to {folder}: {error.strerror}.") from error


def unmanaged_count(world: World) -> int:
    """Count the objects that an export leaves out unless it is of everything."""
    return sum(
        not present.managed_by_file
        for present_in_section in world.objects.values()
        for present in present_in_section.values()
    )


def _entries(sections: Sequence[AnySection], world: World, *, everything: bool) -> Entries:
    """Return the entries to be written, by section and name, without the sections that have none."""
    found = {
        section.name: {
            name: _written(section.in_short(present.entry))
            for name, present in sorted(world.objects.get(section.name, {}).items())
            if present.managed_by_file or everything
        }
        for section in sections
    }
    single = {section.name for section in sections if is_single(section)}
    return {
        section: entries[section] if section in single else entries for section, entries in found.items() if entries
    }


def _written(entry: msgspec.Struct) -> dict[str, object]:
    """Write an entry as a mapping, without settings that are empty mappings: they say nothing."""
    # Any: what msgspec makes of a struct.
    written: dict[str, Any] = msgspec.to_builtins(entry)
    return {setting: value for setting, value in written.items() if value != {}}


def _as_yaml(entries: Entries) -> str:
    return yaml.safe_dump({"version": VERSION, **entries}, sort_keys=False, allow_unicode=True, width=110)


def _require_ours(folder: Path, there: Sequence[Path], ours: set[str]) -> None:
    others = [path for path in there if path.parent != folder or path.name not in ours]
    if not others:
        return
    listed = ", ".join(str(path.relative_to(folder)) for path in others[:3]) + (", ..." if len(others) > 3 else "")
    hint = "" if ours else "; or, if that is an earlier export, add --replace"
    raise ConfigError(
        f"{folder} holds YAML files already ({listed}), with which the export would be mixed, so nothing was written."
        f" Name another folder{hint}."
    )


def _replace(path: Path, content: str) -> None:
    """Write a file beside its place, then move it there: nobody reads half of it."""
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(content, encoding="utf-8")
    draft.replace(path)
