"""The exceptions that this project raises on purpose.

Exception
└── ExplorerError        every message is fit for a user: what is wrong, with the numbers, and what to choose instead
    └── DiskFullError    a file could not be written for want of room; what was there before is whole
"""

import errno
import math
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from reprlib import Repr

FULL = (errno.ENOSPC, errno.EDQUOT)
MEGABYTE = 1_000_000
LATELY = 60.0  # seconds


class ExplorerError(Exception):
    """Something the person asked for cannot be done; the message says what, with the numbers, and what to choose."""

    def __str__(self) -> str:
        return printable(super().__str__())


def shown(value: object, most: int = 80) -> str:
    """A value as a message shows it: its repr, cut where it is longer than ``most`` characters."""
    return repr(shortened(value, most)) if isinstance(value, str) else shortened(_SHORT.repr(value), most)


def shortened(text: str, most: int = 80) -> str:
    """A text without its middle where it is longer than ``most`` characters."""
    return text if len(text) <= most else f"{text[: most - 21]}…{text[-20:]}"


def printable(text: str) -> str:
    """A text that every page can show: a name of a file may hold bytes that are no characters."""
    return text.encode("utf-8", "backslashreplace").decode()


_SHORT = Repr()  # it never builds the whole repr of a large value
_SHORT.maxstring = _SHORT.maxother = 80


class DiskFullError(ExplorerError):
    """There is no room on the disk."""


@contextmanager
def room_for(path: Path) -> Iterator[None]:
    """Name what takes the disk's room where a write finds none.

    Args:
        path: the file that is written, in a run's folder or in a folder of files like it.

    Raises:
        DiskFullError: in place of the operating system's error.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise DiskFullError(_sentence(path)) from error


def _sentence(path: Path) -> str:
    kept = next((parent.parent for parent in path.parents if (parent / "run.json").exists()), path.parent)
    there = next((parent for parent in (kept, *kept.parents) if parent.is_dir()), Path.cwd())
    free = shutil.disk_usage(there).free
    return (
        f"There is no room on the disk for {path.name}: {free / MEGABYTE:,.1f} MB are free, and {there} takes "
        f"{_size_lately(there) / MEGABYTE:,.0f} MB. Delete what you no longer need there, then try again; nothing "
        "that was written before is lost."
    )


def _size_lately(folder: Path) -> int:
    """The size of a folder, counted once in a while: a training asks again at every row that finds no room."""
    counted, size = _sizes.get(folder, (-math.inf, 0))
    if time.monotonic() - counted > LATELY:
        size = _size(folder)
        _sizes[folder] = time.monotonic(), size
    return size


_sizes: dict[Path, tuple[float, int]] = {}


def _size(folder: Path) -> int:
    """The bytes of all files in a folder; files that vanish meanwhile count nothing."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(root) / name).lstat().st_size
            except OSError:
                continue
    return total
