"""What can go wrong with files.

ChatError
  +-- UnknownFileError        there is no file of that id, or it is somebody else's
  +-- TooLargeFileError       it is larger than one may be
  +-- NoSpaceError            its owner has too much already
  +-- BadPieceError           a piece is not one of this file
  +-- IncompleteFileError     pieces of it are missing, or it was not finished
  +-- UnreadableFileError     nothing can be made of what is in it
  +-- FileInUseError          it is part of a question
  +-- FileElsewhereError      it is part of another conversation
  +-- TooManyFilesError       a question has more files than one may have
  +-- DiskFullError           the database has no room for it
"""

from uuid import UUID

from drawbridge.chat.errors import ChatError
from drawbridge.core.errors import Fault


class UnknownFileError(ChatError):
    """There is no file of that id, or none of the one who asks."""

    code = "file_unknown"
    status = 404

    def __init__(self, file_id: UUID) -> None:
        super().__init__(f"You have no file {file_id}. One that is in no question is deleted after a day.")


class TooLargeFileError(ChatError):
    """It is larger than one may be."""

    code = "file_too_large"
    status = 413

    def __init__(self, name: str, size: int, most: int) -> None:
        super().__init__(f"{name} has {in_megabytes(size)}, and a file has at most {in_megabytes(most)}.")


class NoSpaceError(ChatError):
    """Its owner has too much already."""

    code = "files_full"
    status = 409

    def __init__(self, size: int, most: int) -> None:
        super().__init__(
            f"Your files have {in_megabytes(size)} with this one, and at most {in_megabytes(most)} are kept: delete"
            " conversations with files that you need no more."
        )


class BadPieceError(ChatError):
    """A piece is not one of this file."""

    code = "file_piece"
    status = 422


class IncompleteFileError(ChatError):
    """Pieces of it are missing, or nobody has said that it is finished."""

    code = "file_incomplete"
    status = 409


class UnreadableFileError(ChatError):
    """Nothing can be made of what is in it; the file is gone."""

    code = "file_unreadable"
    status = 422


class FileInUseError(ChatError):
    """It is part of a question."""

    code = "file_in_use"
    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is part of a question: it goes when its conversation is deleted.")


class FileElsewhereError(ChatError):
    """It is part of another conversation."""

    code = "file_elsewhere"
    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} belongs to another conversation: add it to this one again.")


class TooManyFilesError(ChatError):
    """A question has more files than one may have."""

    code = "too_many_files"
    status = 422

    def __init__(self, most: int) -> None:
        super().__init__(f"A question has at most {most} files: ask about the others in the next one.")


class DiskFullError(ChatError):
    """The database has no room for it."""

    code = "disk_full"
    status = 507
    fault: Fault = "us"

    def __init__(self) -> None:
        super().__init__(
            "The database's disk is full, so the file was not kept. What you wrote is still here. Tell whoever runs"
            " Drawbridge."
        )


def in_megabytes(size: int) -> str:
    """Write a size for people."""
    return f"{size / (1 << 20):.1f} MB" if size >= 1 << 20 else f"{-(-size // 1024)} kB"
