#!/bin/sh
# Prints the path of a Python that can hold Drawbridge: the one of .venv, else the newest on the PATH that was built with
# optimisations (without them all of Python takes up to 60 % longer), else the newest. PYTHON=... names one. Where there
# is none, the message names the command that installs it. Run from the project.

test_python='
import sys
if sys.version_info < (3, 11): sys.exit(3)
try:
    import ensurepip, venv
except ImportError:
    sys.exit(4)
import sysconfig
found = getattr(sys, "_base_executable", None) or sys.executable
print(found)
# Those of distributions are optimised, although the one of Debian does not say so (3.11.2, 2026-11-23).
optimised = found.startswith("/usr/bin/") or "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
sys.exit(0 if optimised else 5)
'

plain=
old=
bare=

look_at() {
    # Isolated (-I): a PYTHONPATH or PYTHONHOME meant for another Python must not decide. It may fail for many reasons,
    # a shim without its version among them: then the next one is asked.
    found=$("$1" -I -c "$test_python" 2>/dev/null)
    case $? in
        0) printf '%s\n' "$found" && exit 0 ;;
        3) old=${old:-$1} ;;
        4) bare=${bare:-$1} ;;
        5) plain=${plain:-$found} ;;
    esac
}

take_plain() {
    if [ -n "$plain" ]; then
        printf '%s\n' "$plain" && exit 0
    fi
}

look_at "${PYTHON:-.venv/bin/python}"
take_plain
if [ -z "${PYTHON:-}" ]; then
    set -f
    IFS=:
    for name in python3.14 python3.13 python3.12 python3.11 python3 python; do
        # In every folder: behind the Python of a version manager stands that of the system.
        for folder in $PATH; do
            look_at "${folder:-.}/$name"
        done
    done
    unset IFS
    take_plain
fi

if [ -n "$bare" ]; then
    version=$("$bare" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "Python $version ($bare) cannot make virtual environments: its venv and ensurepip are packaged apart. Install them:"
    echo "    sudo apt-get install python3-venv             (Debian, Ubuntu; or python$version-venv if that is not its default)"
elif [ -n "${PYTHON:-}" ]; then
    echo "PYTHON=$PYTHON is no Python 3.11 or newer. Name another one, or leave it out."
    exit 1
else
    if [ -n "$old" ]; then
        version=$("$old" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || echo 2)
        echo "Drawbridge needs Python 3.11 or newer. The newest found here is Python $version. Install one:"
    else
        echo "Drawbridge needs Python 3.11 or newer, and no Python was found. Install one:"
    fi
    echo "    sudo apt-get install python3 python3-venv     (Debian 12, Ubuntu 24.04 and newer)"
    echo "    sudo dnf install python3.12                   (Fedora, RHEL)"
    echo "    brew install python@3.13                      (macOS)"
fi >&2
exit 1
