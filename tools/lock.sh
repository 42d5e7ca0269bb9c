#!/bin/sh
# Renews the lock files from pyproject.toml. Options go to the resolver: sh tools/lock.sh --upgrade-package rich
# The resolver has an environment and a lock file of its own. To renew it: write its new version and hashes there.
set -eu

CDPATH='' cd -- "$(dirname -- "$0")/.."
python=$(sh tools/find_python.sh)
tool=build/lock-tool
mkdir -p "$tool"
if ! cmp -s requirements/lock-tool.lock "$tool/installed.lock"; then
    "$python" -I -m venv --clear "$tool"
    "$tool/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --no-deps \
        --require-hashes --only-binary :all: -r requirements/lock-tool.lock
    cp requirements/lock-tool.lock "$tool/installed.lock"
fi

resolve() {
    output=$1
    shift
    "$tool/bin/uv" pip compile --python "$python" --python-version 3.11 --universal \
        --generate-hashes --no-emit-index-url --no-header --quiet --output-file "$output" "$@"
}

stamp() {
    "$python" -I tools/check_locks.py --inputs-line "$1"
    grep -v '^# inputs: ' "$tool/$1"
}

# What stands in an output file is kept where it still fits. So running takes the versions that development has.
# The clients that tests run have an environment of their own, and share nothing with these.
for name in dev clients; do
    grep -v '^# inputs: ' "requirements/$name.lock" > "$tool/$name.lock" || :
done
resolve "$tool/dev.lock" pyproject.toml --group dev "$@"
cp "$tool/dev.lock" "$tool/run.lock"
resolve "$tool/run.lock" pyproject.toml --group build
resolve "$tool/clients.lock" requirements/clients.in "$@"
for name in dev run clients; do
    stamp "$name.lock" > "$tool/$name.stamped"
done
for name in dev run clients; do
    mv "$tool/$name.stamped" "requirements/$name.lock"
done
"$python" -I tools/check_locks.py
