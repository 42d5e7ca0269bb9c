"""The application of a worker in which runs of the notebook are carried out, and which kills itself at one point.

python -m tests.parts.runs_server DATABASE_URL POINT        (settings from the environment)
"""

import asyncio
import sys

from drawbridge.app import build_application
from drawbridge.db.engine import Database
from drawbridge.settings import load_settings
from tests.parts.runs import make_runner, running
from tests.parts.runs_process import LEASE_S, Fate, MortalNotebook, MortalStore


async def main(url: str, point: str) -> None:
    """Carry runs out over the real gateway until killed."""
    fate = Fate(point)
    async with build_application(load_settings(), url, url) as application:
        await application.loaded.wait()
        store = MortalStore(Database(url), fate)
        runner = make_runner(store, url, application.inner, turns=MortalNotebook(fate), lease_s=LEASE_S)
        async with running(runner, url):
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
