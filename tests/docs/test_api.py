"""The examples of docs/api.md, run by curl against a real gateway."""

import asyncio
import os
import re
from pathlib import Path

from tests.parts.gateway import running_gateway

_EXAMPLE = re.compile(r"```sh\n(.*?)```", re.DOTALL)
_DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"


async def test_every_example_is_answered_without_an_error(tmp_path: Path, database_url: str) -> None:
    examples = _EXAMPLE.findall(_DOCUMENT.read_text(encoding="utf-8"))
    failed: list[str] = []

    async with running_gateway(tmp_path, database_url, "http://127.0.0.1:9") as gateway:
        environment = {**os.environ, "URL": gateway.url, "KEY": gateway.key}
        for example in examples:
            said = await _run(example, environment)
            if '"error"' in said:
                failed.append(f"{example}\n{said}")

    assert failed == []
    assert len(examples) >= 6


async def _run(script: str, environment: dict[str, str]) -> str:
    shell = await asyncio.create_subprocess_exec(
        "bash",
        "-euc",
        script.replace("curl -s", "curl -sS --max-time 20"),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await shell.communicate()
    assert shell.returncode == 0, (script, said)
    return said.decode()
