"""Look through every file of the project for what must not be in it: paths of one machine, registries, secrets.

Complaints are `path:line: message` and make the exit status 1. Needs git, for the list of files. Standard library only.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_GIT_TIMEOUT_S = 30

# Each is written so that it does not match itself.
FORBIDDEN: dict[str, re.Pattern[str]] = {
    "the path of one machine": re.compile(r"(?<![\w.~$}/-])/(?:work|root|tmp|home|Users)/[A-Za-z]"),
    "the host of a package registry": re.compile(
        r"\b(?:pypi\.org|pythonhosted\.org|registry\.npmjs\.org|registry\.yarnpkg\.com|proxy\.golang\.org"
        r"|crates\.io|conda\.anaconda\.org)\b"
    ),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    "a vendor's key": re.compile(
        r"\b(?:sk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}|AIza[A-Za-z0-9_-]{35}|AKIA[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{36}"
        r"|xox[abprs]-[A-Za-z0-9-]{20,})"
    ),
    "a mock": re.compile(r"\bunittest[.]mock\b|\b(?:Magic|Async)Mock[(]"),
}

EXCEPTIONS: dict[tuple[str, str], str] = {
    ("pyproject.toml", "a mock"): "the linter's ban names it",
    ("tests/tools/test_check_shape.py", "a mock"): "the snippets that must be refused",
    ("tools/check_shape.py", "a mock"): "the rule names it",
}
"""The path and the kind of thing that may stand there, each with its reason. An unused one is a complaint itself."""


def find_complaints(path: str, text: str) -> Iterator[tuple[str, str]]:
    """Yield the kind and the message of each place in a file where something stands that must not."""
    for number, line in enumerate(text.splitlines(), 1):
        for kind, pattern in FORBIDDEN.items():
            found = pattern.search(line)
            if found is not None:
                shown = f": {found[0]}" if "key" not in kind else ""
                yield kind, f"{path}:{number}: {kind}{shown}"


def _listed_files() -> list[str]:
    """List the files that git tracks, or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=_GIT_TIMEOUT_S,
    )
    return sorted(set(filter(None, listed.stdout.split("\0"))))


def _read(path: str) -> str:
    """Return a file's text; nothing for one that is not text, is gone or only points elsewhere."""
    file = ROOT / path
    if file.is_symlink() or not file.is_file():
        return ""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def main() -> int:
    """Look through all files; return the exit status."""
    try:
        paths = _listed_files()
    except (OSError, subprocess.CalledProcessError):
        print("check_files: this folder is no git checkout, so there is no list of files to look through")
        return 0
    found = [(path, kind, message) for path in paths for kind, message in find_complaints(path, _read(path))]
    left = [message for path, kind, message in found if (path, kind) not in EXCEPTIONS]
    used = {(path, kind) for path, kind, _ in found}
    left += [
        f"tools/check_files.py:1: the exception {each} is not needed any more"
        for each in EXCEPTIONS
        if each not in used
    ]
    for message in left:
        print(message)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
