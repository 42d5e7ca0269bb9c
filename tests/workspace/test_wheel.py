"""What is installed brings the pages along: no Node is needed where Drawbridge runs."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.parts.browsing import needs_pages

_ROOT = Path(__file__).resolve().parents[2]


@needs_pages
def test_the_wheel_carries_the_built_pages_and_what_they_load(tmp_path: Path) -> None:
    build = f"from flit_core import buildapi; buildapi.build_wheel({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=_ROOT, check=True, timeout=120)

    [made] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(made) as wheel:
        carried = {path.removeprefix("drawbridge/workspace/built/") for path in wheel.namelist()}
        page = wheel.read("drawbridge/workspace/built/index.html").decode()
    assert {"index.html", "index.html.br", "index.html.gz"} <= carried
    scripts = [part.split('"')[0] for part in page.split('src="/')[1:]]
    assert scripts
    assert {*scripts, *(f"{script}.br" for script in scripts)} <= carried
