"""A lock that the operating system frees when its holder dies, however it dies."""

import os
import sys
import time
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_BEYOND = 1 << 30  # Windows forbids reading locked bytes: lock one that is never written


class Lock:
    """An exclusive lock on a file; its holder's process id stands in the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def acquire(self, patience: float = 0.0) -> bool:
        """Take the lock, trying for ``patience`` seconds: whoever only asks for it holds it for an instant."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        give_up = time.monotonic() + patience
        while not _take(descriptor, shared=False):
            if time.monotonic() >= give_up:
                os.close(descriptor)
                return False
            time.sleep(0.02)
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, str(os.getpid()).encode())
        self._file = descriptor
        return True

    def release(self) -> None:
        """Release the lock; has no effect if it is not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def held(path: Path) -> bool:
    """True if a living process holds the lock."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not _take(descriptor, shared=True)
    finally:
        os.close(descriptor)


def holder(path: Path) -> int | None:
    """The process id of the lock's living holder."""
    if not held(path):
        return None
    text = path.read_text(encoding="ascii")
    return int(text) if text.isdigit() else None


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
