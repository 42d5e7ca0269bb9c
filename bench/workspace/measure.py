"""The figures of the workspace, all of one installation, and those of Open WebUI beside them."""

import tempfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.figures import Measured
from bench.gateway.cores import choose_cores
from bench.gateway.drawbridge import prepare
from bench.gateway.environments import require_programs
from bench.gateway.native_programs import upstream
from bench.workspace.open_webui import open_webui
from bench.workspace.pages import measure_pages, measure_pages_quickly
from bench.workspace.searching import measure_search, measure_search_quickly
from bench.workspace.site import Site, running
from bench.workspace.streaming import measure_streams, measure_streams_quickly


def measure() -> Iterator[Measured]:
    """Yield the figures of this part."""
    with _running() as (site, vendor):
        yield from measure_pages(site)
        yield from measure_streams(site, vendor)
        yield from measure_search(site)
    yield from open_webui()


def measure_quickly() -> Iterator[Measured]:
    """Yield the same figures, of fewer messages, words and rounds."""
    with _running() as (site, vendor):
        yield from measure_pages_quickly(site)
        yield from measure_streams_quickly(site, vendor)
        yield from measure_search_quickly(site)


@contextmanager
def _running() -> Generator[tuple[Site, int]]:
    """Run an installation and its vendor; yield it and the vendor's port."""
    require_programs("cc", "taskset", "chromium-headless-shell")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="drawbridge-bench-")))
        vendor = stack.enter_context(upstream(choose_cores()))
        yield stack.enter_context(running(prepare(folder / "site", vendor))), vendor
