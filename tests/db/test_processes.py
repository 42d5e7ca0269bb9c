"""Which process is meant by a process id."""

import os
import subprocess

import psutil

from drawbridge.db import processes
from tests.db.supervisors import (
    until,
)


def test_ps_tells_the_same_of_a_process_as_proc_does() -> None:
    with_ps, in_proc = processes.find_with_ps(os.getpid()), processes.find_process(os.getpid())

    assert with_ps is not None
    assert in_proc is not None
    assert with_ps.command == in_proc.command
    assert with_ps == processes.find_with_ps(os.getpid())


def test_a_process_of_which_only_the_exit_status_is_left_counts_as_gone() -> None:
    process = subprocess.Popen(["true"])

    until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE, "it ends")

    assert processes.find_process(process.pid) is None
    assert processes.find_with_ps(process.pid) is None
    process.wait()
