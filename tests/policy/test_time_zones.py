"""Conditions with hours, on machines that know no time zones by themselves."""

import os
import subprocess
import sys


def test_time_zones_are_known_where_the_system_has_none() -> None:
    # An empty search path is what a slim image amounts to.
    read = "from drawbridge.policy.notation import parse_zone; print(parse_zone('America/St_Johns'))"

    found = subprocess.run(
        [sys.executable, "-c", read],
        env={**os.environ, "PYTHONTZPATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (found.stdout.strip(), found.stderr) == ("America/St_Johns", "")
