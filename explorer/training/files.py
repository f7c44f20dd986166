"""Files that others read while they are written: each is whole or absent, and only complete lines count.

A file is written aside and renamed, which is safe against a kill at any moment. It is not synced to the disk (that
costs four times as much): after a power cut the newest files may be missing.
"""

import os
import sys
import threading
import time
from contextlib import suppress
from io import FileIO
from pathlib import Path

from explorer.bounded_files import open_for_writing, open_regular, read_piece
from explorer.errors import ExplorerError, room_for
from explorer.training.folder import LARGEST

PIECE = 8_000_000  # bytes of a growing file that are read at a time; no worker writes so long a line
_SHOWN = 100  # bytes of a line that is too long


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file at once: a reader sees all of the old or all of the new content.

    Raises:
        DiskFullError: where there is no room; the old content stays.
        ExplorerError: where the folder is gone or may not be written.
    """
    aside = aside_of(path)
    try:
        with room_for(path):
            aside.write_bytes(content)
            rename(aside, path)
    except OSError as error:
        raise ExplorerError(f"{path.name} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def aside_of(path: Path) -> Path:
    """A name beside ``path`` that no other process or thread writes to."""
    return path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")


def rename(aside: Path, path: Path) -> None:
    """Put a finished file in its place."""
    for patience in reversed(range(50)):
        try:
            aside.replace(path)
            return
        except PermissionError:  # on Windows while a reader has the old file open
            if sys.platform == "win32" and patience:
                time.sleep(0.01)
            else:
                raise


def remove_leftovers(folder: Path) -> None:
    """Delete what a killed writer left aside."""
    for aside in folder.glob(".*.*.*"):
        aside.unlink(missing_ok=True)


def append(path: Path, content: bytes) -> None:
    """Add complete lines with one write; a torn last line that a killed writer left is closed first.

    Raises:
        DiskFullError: where there is no room; then nothing is added.
        ExplorerError: where that is no regular file, or the folder is gone.
    """
    try:
        with room_for(path), os.fdopen(open_for_writing(path, os.O_RDWR | os.O_APPEND), "a+b", buffering=0) as file:
            _append(file, content)
    except OSError as error:
        raise ExplorerError(f"{path.name} cannot be written: {error.strerror}.") from error


def _append(file: FileIO, content: bytes) -> None:
    size = file.seek(0, os.SEEK_END)
    if size:
        file.seek(size - 1)
        if file.read(1) != b"\n":
            content = b"\n" + content
    try:
        while content:
            content = content[file.write(content) :]  # the last of the room may take a part of it
    except OSError:
        with suppress(OSError):  # a device cannot be cut
            file.truncate(size)
        raise


class Tail:
    """A growing file of lines, read on from where the last reading ended."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.path = path
        self.offset = offset  # bytes, always after a complete line
        self._inode: int | None = None

    def read(self) -> tuple[list[bytes], bool]:
        """The complete lines that are new, and whether the file was replaced so that they are all its lines.

        At most a piece of the file is read: more may follow, until no line is left. A line that is longer than a piece,
        such as the hole that a power cut leaves, counts as a line for each piece, cut short.

        Raises:
            ExplorerError: where that is no regular file, is too large, or cannot be read.
        """
        try:
            file = open_regular(self.path, LARGEST.get(self.path.name))
        except FileNotFoundError:
            replaced = self.offset > 0
            self.offset, self._inode = 0, None
            return [], replaced
        with file:
            found = os.fstat(file.fileno())
            replaced = found.st_size < self.offset or self._inode not in (None, found.st_ino)
            self._inode = found.st_ino
            self.offset = 0 if replaced else self.offset
            content = read_piece(file, PIECE, self.path.name, self.offset)
        complete = content.rfind(b"\n") + 1
        if not complete and len(content) == PIECE:
            self.offset += PIECE
            return [content[:_SHOWN]], replaced
        self.offset += complete
        return content[:complete].split(b"\n")[:-1], replaced
