"""Pictures out of a zip file that somebody sent: nothing in it is trusted."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import PurePosixPath

from PIL import Image

from explorer.datasets.image_folder import DAMAGED, ENDINGS
from explorer.errors import ExplorerError

LARGEST_UNPACKED = 200_000_000  # bytes
MOST_FILES = 20_000
BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # of these zipfile unpacks no more than a member declares
# what zipfile raises for a damaged file: a broken name or offset is a ValueError
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, OSError, ValueError)
DRIVE = re.compile("[A-Za-z]:")
ADVICE = "put the pictures of each class into a folder of its own, and zip those folders"


def pictures_by_class(content: bytes, name: str) -> dict[str, dict[str, bytes]]:
    """The pictures in a zip file by the folder they lie in, each with a safe name; other and hidden files are left out.

    Nothing is written. What is unpacked is bounded by the sizes that the file itself declares.

    Args:
        content: of the zip file.
        name: what messages call it.

    Raises:
        ExplorerError: where it is no zip file, is encrypted or damaged, has a file outside its own folder, holds too
            much, something that is called a picture is none, or there are fewer than two classes.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = _pictures(archive, name)
            folders = _folder_names(members)
            classes: dict[str, dict[str, bytes]] = {folder: {} for folder in folders.values()}
            for place, member in members.items():
                own = classes[folders[place.parent.name]]
                free = _free(place.stem, place.suffix.lower(), own)
                own[free] = _picture(archive.read(member), f"{place} in {name}")
    except BROKEN as error:
        raise ExplorerError(f"{name} cannot be unpacked ({error}); zip the folders again.") from error
    return classes


def _pictures(archive: zipfile.ZipFile, name: str) -> dict[PurePosixPath, zipfile.ZipInfo]:
    """The members that are called pictures, by their place, in alphabetical order."""
    members = {PurePosixPath(member.filename.replace("\\", "/")): member for member in archive.infolist()}
    outside = [str(place) for place in members if place.is_absolute() or ".." in place.parts or DRIVE.match(str(place))]
    if outside:
        raise ExplorerError(f"{name} has a file outside its own folder, {outside[0]!r}; {ADVICE}.")
    if len(members) > MOST_FILES:
        raise ExplorerError(f"{name} holds {len(members):,} files, and {MOST_FILES:,} is the limit; remove some.")
    pictures = {
        place: member
        for place, member in sorted(members.items())
        if place.suffix.lower() in ENDINGS
        and not member.is_dir()
        and not any(part.startswith((".", "__MACOSX")) for part in place.parts)
    }
    size = sum(member.file_size for member in pictures.values())
    if size > LARGEST_UNPACKED:
        raise ExplorerError(
            f"{name} holds {size / 1e6:,.0f} MB of pictures, and {LARGEST_UNPACKED / 1e6:,.0f} MB is the limit; "
            "remove some, or make them smaller."
        )
    if any(member.flag_bits & 1 for member in pictures.values()):
        raise ExplorerError(f"{name} is encrypted; zip the folders without a password.")
    if any(member.compress_type not in BOUNDED for member in pictures.values()):
        raise ExplorerError(f"{name} is packed in an uncommon way; zip the folders with the usual one, Deflate.")
    loose = [place for place in pictures if len(place.parts) < 2]
    if loose:
        raise ExplorerError(f"{len(loose)} pictures of {name}, {str(loose[0])!r} first, are in no folder; {ADVICE}.")
    folders = sorted({place.parent.name for place in pictures})
    if len(folders) < 2:
        raise ExplorerError(
            f"{name} holds pictures ({', '.join(ENDINGS)}) in {len(folders)} folders, and a classifier needs at least "
            f"2 classes; {ADVICE}."
        )
    return pictures


def _folder_names(members: Iterable[PurePosixPath]) -> dict[str, str]:
    """A safe name for each folder; no two have the same."""
    safe: dict[str, str] = {}
    for place in members:
        folder = place.parent.name
        if folder not in safe:
            safe[folder] = _free(folder, "", safe.values())
    return safe


def _free(name: str, ending: str, taken: Iterable[str]) -> str:
    """A safe name that nothing else has, not even in other capitals."""
    stem = re.sub(r"[^\w -]+", "_", name).strip("_- ")[:60] or "unnamed"
    others = {other.casefold() for other in taken}
    own, number = f"{stem}{ending}", 1
    while own.casefold() in others:
        number += 1
        own = f"{stem}-{number}{ending}"
    return own


def _picture(content: bytes, name: str) -> bytes:
    """The content, if it begins as a picture does."""
    try:
        with Image.open(io.BytesIO(content)):
            return content
    except DAMAGED as error:
        raise ExplorerError(f"{name} is not a readable image; remove it, or replace it.") from error
