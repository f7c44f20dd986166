"""A lock that the operating system frees when its holder dies, however it dies."""

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from explorer.bounded_files import open_for_writing, open_regular, read_bounded

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LONGEST_ID = 20  # digits
_BEYOND = 1 << 30  # Windows forbids reading locked bytes: lock one that is never written


class Lock:
    """An exclusive lock on a file; its holder's process id stands in the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def acquire(self, patience: float = 0.0) -> bool:
        """Take the lock, trying for ``patience`` seconds: whoever only asks for it holds it for an instant.

        Raises:
            ExplorerError: where it is no regular file, or cannot be written.
        """
        descriptor = open_for_writing(self.path, os.O_RDWR)
        give_up = time.monotonic() + patience
        while not _take(descriptor, shared=False):
            if time.monotonic() >= give_up:
                os.close(descriptor)
                return False
            time.sleep(0.02)
        self._file = descriptor
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        with suppress(OSError):  # on a full disk; the lock holds without its holder's id
            os.write(descriptor, str(os.getpid()).encode())
        return True

    def release(self) -> None:
        """Release the lock; has no effect if it is not held."""
        if self._file is not None:
            _leave(self._file)
            os.close(self._file)
            self._file = None


def held(path: Path) -> bool:
    """True if a living process holds the lock.

    Raises:
        ExplorerError: where it is no regular file, or cannot be read.
    """
    try:
        with open_regular(path) as file:
            taken = _take(file.fileno(), shared=True)
            if taken:
                _leave(file.fileno())
            return not taken
    except FileNotFoundError:
        return False


def holder(path: Path) -> int | None:
    """The process id of the lock's living holder."""
    if not held(path):
        return None
    text = read_bounded(path, LONGEST_ID)
    return int(text) if text.isdigit() and int(text) > 1 else None  # 0 and 1 are the system's own


def _take(descriptor: int, *, shared: bool) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, _BEYOND, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:  # another holds it
        return False
    return True


def _leave(descriptor: int) -> None:
    """Free the lock before the file is closed: Windows may take its time after that."""
    if sys.platform == "win32":
        os.lseek(descriptor, _BEYOND, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
