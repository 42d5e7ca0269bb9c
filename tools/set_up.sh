#!/bin/sh
# Sets up what is missing in .venv, and builds the workspace's pages where there is Node: `sh tools/set_up.sh` for running,
# `sh tools/set_up.sh dev` for the tests as well.
# Needs no make: sh tools/set_up.sh && .venv/bin/drawbridge up
set -eu

CDPATH='' cd -- "$(dirname -- "$0")/.."
python=$(sh tools/find_python.sh)
"$python" -I tools/set_up.py "$@"
exec "$python" -I tools/build_web.py "$@"
