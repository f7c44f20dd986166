"""Pictures out of a zip file that somebody sent: nothing in it is trusted."""

import io
import re
import zipfile
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import NamedTuple

from explorer.datasets.class_folders import LeftOut, by_class, check_not_empty, is_hidden
from explorer.datasets.names import safe_part, written_name
from explorer.datasets.picture_files import ENDINGS, open_picture
from explorer.errors import ExplorerError

LARGEST_UNPACKED = 200_000_000  # bytes
MOST_FILES = 20_000
BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # of these zipfile unpacks no more than a member declares
DRIVE = re.compile("[A-Za-z]:")
ADVICE = "put the pictures of each class into a folder of its own, and zip those folders"
NEAR = 64  # pixels: a picture is decoded to find out whether it can be, and not looked at

Members = dict[PurePosixPath, zipfile.ZipInfo]


class Unpacked(NamedTuple):
    """The content of each picture by class and safe name, the files left out, and which folders were the classes."""

    classes: dict[str, dict[str, bytes]]
    left_out: tuple[LeftOut, ...]
    understood: str = ""


def pictures_by_class(content: bytes, name: str) -> Unpacked:
    """The pictures in a zip file by class (:func:`~explorer.datasets.class_folders.by_class`), with safe names.

    Nothing is written. What is unpacked is bounded by the sizes that the file itself declares. What is no picture, or
    cannot be read, is left out.

    Args:
        content: of the zip file.
        name: what messages call it.

    Raises:
        ExplorerError: where it is no zip file, is encrypted or damaged, has a file outside its own folder, holds too
            much, there are fewer than two classes, one without a readable picture, or two readings of the folders.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = _members(archive, name)
            folders = [place for place, member in members.items() if member.is_dir()]
            found = by_class((place for place, member in members.items() if not member.is_dir()), folders, name)
            classes: dict[str, dict[str, bytes]] = {}
            empty = list(found.empty)
            left_out = list(found.left_out)
            for label, places in found.classes.items():
                readable = _readable(archive, {place: members[place] for place in places}, left_out)
                empty += [] if readable else [label]
                classes[_free(label, "", classes)] = readable
    except ExplorerError:
        raise
    except Exception as error:  # zipfile raises many kinds for a damaged file, and each means just that
        reason = str(error) or type(error).__name__
        raise ExplorerError(f"{name} cannot be unpacked ({reason}); zip the folders again.") from error
    check_not_empty(empty, name, left_out)
    return Unpacked(classes, tuple(left_out), found.understood)


def _members(archive: zipfile.ZipFile, name: str) -> Members:
    """Everything in the file by its place, once it is known to be harmless."""
    members = {PurePosixPath(written_name(member).replace("\\", "/")): member for member in archive.infolist()}
    outside = [str(place) for place in members if place.is_absolute() or ".." in place.parts or DRIVE.match(str(place))]
    if outside:
        raise ExplorerError(f"{name} has a file outside its own folder, {outside[0]!r}; {ADVICE}.")
    if len(members) > MOST_FILES:
        raise ExplorerError(f"{name} holds {len(members):,} files, and {MOST_FILES:,} is the limit; remove some.")
    pictures = [member for place, member in members.items() if place.suffix.lower() in ENDINGS and not is_hidden(place)]
    size = sum(member.file_size for member in pictures)
    if size > LARGEST_UNPACKED:
        raise ExplorerError(
            f"{name} holds {size / 1e6:,.0f} MB of pictures, and {LARGEST_UNPACKED / 1e6:,.0f} MB is the limit; "
            "remove some, or make them smaller."
        )
    if any(member.flag_bits & 1 for member in pictures):
        raise ExplorerError(f"{name} is encrypted; zip the folders without a password.")
    if any(member.compress_type not in BOUNDED for member in pictures):
        raise ExplorerError(f"{name} is packed in an uncommon way; zip the folders with the usual one, Deflate.")
    return members


def _readable(archive: zipfile.ZipFile, members: Members, left_out: list[LeftOut]) -> dict[str, bytes]:
    """The pictures of one class that can be read, by safe name; the others join those that were left out."""
    readable: dict[str, bytes] = {}
    for place, member in members.items():
        try:
            content = archive.read(member)
            open_picture(content, place.name, near=NEAR)
        except ExplorerError as error:
            left_out.append(LeftOut(str(place), str(error)))
        except Exception as error:  # as above: of this member alone
            left_out.append(LeftOut(str(place), f"It cannot be unpacked ({str(error) or type(error).__name__})."))
        else:
            readable[_free(place.stem, place.suffix.lower(), readable)] = content
    return readable


def _free(name: str, ending: str, taken: Iterable[str]) -> str:
    """A safe name that nothing else has, not even in other capitals."""
    stem = safe_part(name)
    others = {other.casefold() for other in taken}
    own, number = f"{stem}{ending}", 1
    while own.casefold() in others:
        number += 1
        own = f"{stem}-{number}{ending}"
    return own
