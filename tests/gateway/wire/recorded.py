"""The recorded traffic beside the project, as tests read it."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[4] / "shared" / "traffic"

# Any: recorded JSON of any shape.
Json = Any


def records(family: str) -> Iterator[Json]:
    """Give every record of an endpoint family. Skips the test where there is no recorded traffic."""
    path = FOLDER / f"{family}.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"There is no recorded traffic here: {path.name} belongs into ../shared/traffic.")
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            yield json.loads(line)


def payloads(stream: str) -> list[Json]:
    """Read a recorded event stream line by line: what its `data` lines hold, the end mark aside."""
    lines = stream.replace("\r\n", "\n").split("\n")
    texts = [line.removeprefix("data:").strip() for line in lines if line.startswith("data:")]
    return [json.loads(text) for text in texts if text and text != "[DONE]"]
