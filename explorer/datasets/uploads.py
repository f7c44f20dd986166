"""Files that a person hands over: checked, and kept among the uploads under a safe name.

What is kept is never changed afterwards: a run that was trained on it is always shown with the same data.
"""

import hashlib
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from explorer.bounded_files import read_bounded
from explorer.datasets import archives
from explorer.datasets.class_folders import LeftOut
from explorer.datasets.encodings import decoded
from explorer.datasets.names import safe_stem
from explorer.datasets.questions import about_table, about_text
from explorer.datasets.tables import parse_table
from explorer.errors import MEGABYTE, ExplorerError, room_for
from explorer.places import SAMPLE_DATA, uploads_root

LONGEST_NAME = 60
MARK = ".upload"  # in a kept folder: the digest of its pictures


ASKED = "it can be read in several ways; choose one below"


class Kept(NamedTuple):
    """An upload that was kept: its name among the uploads, a short description, and what of it could not be used.

    ``understood`` says what was not certain, and how to change it.
    """

    name: str
    what: str
    left_out: tuple[LeftOut, ...] = ()
    understood: str = ""


@dataclass(frozen=True)
class Upload:
    """A kind of file that can be handed over."""

    what: str
    endings: tuple[str, ...]  # without the dot
    megabytes: int  # of the largest
    check_and_keep: Callable[[bytes, str], Kept]

    def keep(self, content: bytes, name: str) -> Kept:
        """Check a file and keep it.

        Args:
            content: of the file.
            name: as it is called where it comes from.

        Raises:
            ExplorerError: where it is empty, too large, or not what it should be.
        """
        if not content:
            raise ExplorerError(f"{name} is empty; choose another file.")
        if len(content) > self.megabytes * MEGABYTE:
            raise ExplorerError(
                f"{name} has {len(content) / MEGABYTE:.1f} MB, and {self.megabytes} MB is the limit; "
                "choose a part of it, or give the path of the file."
            )
        return self.check_and_keep(content, name)


def keep_table(content: bytes, name: str) -> Kept:
    """Keep a CSV file that has a column of numbers, or that can be read in several ways: the form asks then."""
    if about_table(content, name):
        return Kept(_keep_file(content, name, ".csv"), ASKED)
    table = parse_table(content, name)
    numeric = table.columns_of_numbers()
    if not numeric:
        raise ExplorerError(f"{name} has no column of numbers among {', '.join(table.columns)}; choose another file.")
    table.measured(numeric[-1])  # the one that is read when nothing else is asked for
    return Kept(
        _keep_file(content, name, ".csv"), f"{len(table.rows):,} rows, columns of numbers: {', '.join(numeric)}"
    )


def keep_text(content: bytes, name: str) -> Kept:
    """Keep a text file in UTF-8, or in an encoding that the form asks for."""
    if about_text(content, name):
        return Kept(_keep_file(content, name, ".txt"), ASKED)
    text = decoded(content, name)
    return Kept(_keep_file(content, name, ".txt"), f"{len(text):,} characters")


def keep_pictures(content: bytes, name: str) -> Kept:
    """Unpack a zip file with a folder of pictures for each class, and keep the folders."""
    classes, left_out, understood = archives.pictures_by_class(content, name)
    digest = _digest_of(classes)
    root = uploads_root()
    root.mkdir(parents=True, exist_ok=True)
    with room_for(root / safe_name(name)):
        unpacked = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=root))
        kept = _unpack(unpacked, classes, safe_name(name), digest)
    count = sum(map(len, classes.values()))
    return Kept(kept, f"{count:,} pictures of {len(classes)} classes: {', '.join(classes)}", left_out, understood)


def _unpack(unpacked: Path, classes: dict[str, dict[str, bytes]], name: str, digest: str) -> str:
    try:
        for folder, pictures in classes.items():
            (unpacked / folder).mkdir()
            for picture, pixels in pictures.items():
                (unpacked / folder / picture).write_bytes(pixels)
        (unpacked / MARK).write_text(digest, encoding="ascii")
        return _move(unpacked, name, digest)
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)


UPLOADS = {
    "series": Upload("a CSV file", ("csv", "tsv", "txt"), 20, keep_table),
    "text": Upload("a text file", ("txt", "md", "csv", "py", "html", "xml", "json", "tex"), 20, keep_text),
    "image_folder": Upload("a zip file of pictures, a folder for each class", ("zip",), 50, keep_pictures),
}


def safe_name(name: str) -> str:
    """The stem of a file's name with letters, digits and dashes alone; "upload" where nothing is left of it."""
    stem = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).stem
    return safe_stem(stem, LONGEST_NAME)


def _digest_of(classes: dict[str, dict[str, bytes]]) -> str:
    """A digest of these images; the same images, zipped again, have the same digest."""
    digest = hashlib.sha256()
    for folder, pictures in classes.items():
        for name, pixels in pictures.items():
            digest.update(f"{folder}/{name} {len(pixels)} ".encode())
            digest.update(pixels)
    return digest.hexdigest()


def _keep_file(content: bytes, name: str, ending: str) -> str:
    root = uploads_root()
    root.mkdir(parents=True, exist_ok=True)
    for own in _names(safe_name(name), hashlib.sha256(content).hexdigest(), ending):
        try:
            with room_for(root / own), (root / own).open("xb") as file, whole_or_absent(root / own):
                file.write(content)
                file.flush()
        except FileExistsError:
            if _content(root / own, len(content)) != content:
                continue
        return own
    raise ExplorerError(f"{name} is among the uploads already, but not as a whole; choose another name for it.")


@contextmanager
def whole_or_absent(path: Path) -> Iterator[None]:
    """Delete a file that cannot be written as a whole."""
    try:
        yield
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _move(unpacked: Path, name: str, digest: str) -> str:
    for own in _names(name, digest, ""):
        target = unpacked.parent / own
        mark = target / MARK
        if _content(mark, len(digest)) == digest.encode():
            return own
        if not target.exists():
            unpacked.rename(target)
            return own
    raise ExplorerError(f"{name} is among the uploads already, but not as a whole; choose another name for it.")


def _content(path: Path, most: int) -> bytes:
    """The content of a kept file; empty where it is none, or longer."""
    try:
        return read_bounded(path, most)
    except (FileNotFoundError, ExplorerError):
        return b""


def _names(stem: str, digest: str, ending: str) -> list[str]:
    """Its own name, unless a sample is called so, and one that no other content has."""
    own, unlike = f"{stem}{ending}", f"{stem}-{digest[:8]}{ending}"
    return [unlike] if (SAMPLE_DATA / own).exists() else [own, unlike]
