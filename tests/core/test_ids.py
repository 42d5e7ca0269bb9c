import subprocess
import sys
from pathlib import Path
from uuid import UUID

from drawbridge.core.ids import uuid7

_ROOT = Path(__file__).parents[2]
_FORKING = """
import os
from drawbridge.core.ids import uuid7

uuid7()
child = os.fork()
os.write(1, b"%d\\n" % (uuid7().int & ((1 << 62) - 1)))
if child:
    os.waitpid(child, 0)
"""


def _ids(count: int) -> list[UUID]:
    return [uuid7() for _ in range(count)]


def test_ids_sort_in_the_order_in_which_they_were_made() -> None:
    ids = _ids(20_000)

    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
    assert all(made.version == 7 and made.variant == "specified in RFC 4122" for made in ids)


def test_a_forked_process_draws_random_bits_of_its_own() -> None:
    run = subprocess.run([sys.executable, "-c", _FORKING], check=True, capture_output=True, text=True, cwd=_ROOT)

    parent, child = run.stdout.split()
    assert parent != child
