"""Write what exists as a file that, applied again, changes nothing."""

from collections.abc import Sequence
from typing import Any

import msgspec
import yaml

from drawbridge.config.document import VERSION
from drawbridge.config.sections import AnySection, World


def export_document(sections: Sequence[AnySection], world: World, *, everything: bool = False) -> str:
    """Return the YAML of what is managed by file; with `everything`, of all objects.

    A plan of the first is empty; a plan of the second adopts the objects that were not managed by file, without
    changing them. Secrets appear by reference only.
    """
    document: dict[str, object] = {"version": VERSION}
    for section in sections:
        entries = {
            name: _written(section.in_short(present.entry))
            for name, present in sorted(world.objects.get(section.name, {}).items())
            if present.managed_by_file or everything
        }
        if entries:
            document[section.name] = entries
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def _written(entry: msgspec.Struct) -> dict[str, object]:
    """Write an entry as a mapping, without settings that are empty mappings: they say nothing."""
    # Any: what msgspec makes of a struct.
    written: dict[str, Any] = msgspec.to_builtins(entry)
    return {setting: value for setting, value in written.items() if value != {}}


def unmanaged_count(world: World) -> int:
    """Count the objects that an export leaves out unless it is of everything."""
    return sum(
        not present.managed_by_file
        for present_in_section in world.objects.values()
        for present in present_in_section.values()
    )
