"""Files that anybody may have left: only regular ones are opened, without waiting, and none is read beyond its bound.

A pipe, a device or a link to one would hold its reader up or never end, and a sparse file can claim any size.
"""

import errno
import io
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from explorer.errors import MEGABYTE, ExplorerError, room_for

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK = 1 << 20  # bytes of one reading
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # Windows has the second one alone
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def read_bounded(path: Path, most: int, called: str = "") -> bytes:
    """The content of a regular file.

    Args:
        path: of the file; links are followed.
        most: bytes that it may have.
        called: what messages call it; the name of the file unless given.

    Raises:
        FileNotFoundError: where there is none.
        ExplorerError: where it is no regular file, cannot be read, or is larger.
    """
    with open_regular(path, most, called) as file:
        return read_most(file, most, called or path.name)


def open_regular(path: Path, most: int | None = None, called: str = "") -> BinaryIO:
    """A regular file, opened for reading without waiting for anybody.

    Args:
        path: of the file; links are followed.
        most: bytes that it may have; None where the caller reads no more than a bound of its own.
        called: what messages call it; the name of the file unless given.

    Raises:
        FileNotFoundError: where there is none.
        ExplorerError: where it is no regular file, cannot be opened, or is larger.
    """
    called = called or path.name
    check_regular(path, most, called)
    try:
        descriptor = os.open(path, os.O_RDONLY | _AT_ONCE)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ExplorerError(f"{called} cannot be read: {error.strerror}.") from error
    return io.BufferedReader(_AtOnce(_checked(descriptor, most, called), "rb"))


class _AtOnce(io.FileIO):
    """A file that is read at once: what has nothing to read now, such as the kernel's messages, is an error."""

    def readinto(self, buffer: "WriteableBuffer") -> int:
        count = super().readinto(buffer)
        if count is None:
            raise BlockingIOError(errno.EAGAIN, "it has nothing to read now")
        return count


def open_for_writing(path: Path, flags: int) -> int:
    """The descriptor of a regular file that is created where it is missing; a link is not followed.

    Raises:
        DiskFullError: where there is no room for it.
        ExplorerError: where it is no regular file or cannot be written.
    """
    with suppress(FileNotFoundError):  # then it is created, unless a link leads nowhere
        check_regular(path)
    try:
        with room_for(path):
            descriptor = os.open(path, flags | os.O_CREAT | _AT_ONCE | _NO_LINK, 0o644)
    except OSError as error:
        raise ExplorerError(f"{path.name} cannot be written: {error.strerror}.") from error
    return _checked(descriptor, None, path.name)


def check_regular(path: Path, most: int | None = None, called: str = "") -> None:
    """Refuse what is no regular file, or is larger than a bound; nothing is opened.

    Raises:
        FileNotFoundError: where there is none.
        ExplorerError: where it is refused.
    """
    called = called or path.name
    try:
        found = path.stat()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ExplorerError(f"{called} cannot be read: {error.strerror}.") from error
    except ValueError as error:  # a path with a NUL
        raise ExplorerError(f"{called!r} is not the path of a file: {error}.") from error
    _refuse(found, most, called)


def read_most(file: BinaryIO, most: int, called: str) -> bytes:
    """The rest of an open file, read in pieces.

    Raises:
        ExplorerError: where it has more than ``most`` bytes, or cannot be read.
    """
    content = io.BytesIO()
    while piece := read_piece(file, CHUNK, called):
        content.write(piece)
        if content.tell() > most:  # a file of /proc says that it has 0 bytes
            raise ExplorerError(_too_large(content.tell(), most, called))
    return content.getvalue()


def read_piece(file: BinaryIO, size: int, called: str, offset: int | None = None) -> bytes:
    """At most ``size`` bytes of an open file, from ``offset`` or from where it is.

    Raises:
        ExplorerError: where it cannot be read.
    """
    try:
        if offset is not None:
            file.seek(offset)
        return file.read(size)
    except OSError as error:
        raise ExplorerError(f"{called} cannot be read: {error.strerror}.") from error


def path_of(text: str) -> Path:
    """The path that a person gave, with ~ for the home folder; nobody's home is taken as it is written."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def is_regular(path: Path) -> bool:
    """True if there is a regular file; a path that no system call takes is none."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """True if there is a folder; a path that no system call takes is none."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def entries(folder: Path, most: int) -> list[Path]:
    """What lies in a folder, in alphabetical order.

    Raises:
        ExplorerError: where it is missing, cannot be read, or holds more than ``most`` entries.
    """
    found: list[Path] = []
    try:
        with os.scandir(folder) as listed:
            for entry in listed:
                found.append(Path(entry.path))
                if len(found) > most:
                    raise ExplorerError(f"{folder} holds more than {most:,} entries; choose a folder with fewer.")
    except OSError as error:
        raise ExplorerError(f"{folder} cannot be read: {error.strerror}; choose another folder.") from error
    return sorted(found)


def _checked(descriptor: int, most: int | None, called: str) -> int:
    """The descriptor, if the file is still what it was when it was checked by its name."""
    try:
        _refuse(os.fstat(descriptor), most, called)
    except ExplorerError:
        os.close(descriptor)
        raise
    return descriptor


def _refuse(found: os.stat_result, most: int | None, called: str) -> None:
    for is_kind, kind in _KINDS:
        if is_kind(found.st_mode):
            raise ExplorerError(f"{called} cannot be read: it is {kind}, not a file.")
    if most is not None and found.st_size > most:
        raise ExplorerError(_too_large(found.st_size, most, called))


def _too_large(size: int, most: int, called: str) -> str:
    return f"{called} cannot be read: it has {_megabytes(size)} MB, and {_megabytes(most)} MB is the limit."


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:,.6g}" if size < MEGABYTE else f"{size / MEGABYTE:,.0f}"
