"""The process that reads one file: its name in a line, then its bytes come in; what is in it goes out.

Started by `reader` with nothing of the environment, and nothing that it could harm but itself.
"""

import sys

import msgspec

from drawbridge.chat.files.reading.kinds import read_content
from drawbridge.chat.files.reading.limits import confine
from drawbridge.chat.files.reading.outcome import FileError, Told, Unreadable

_TOO_MUCH = "takes more memory than there is for reading a file"


def main() -> None:
    """Read, and tell."""
    confine()
    name = sys.stdin.buffer.readline().decode().rstrip("\n")
    try:
        found, content = read_content(name, sys.stdin.buffer.read())
        told = Told(found)
    except FileError as error:
        told, content = Told(None, Unreadable(str(error))), b""
    except MemoryError:
        told, content = Told(None, Unreadable(_TOO_MUCH)), b""
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n" + content)
    sys.stdout.buffer.flush()
