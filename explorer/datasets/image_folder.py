"""A person's own pictures: a folder with one sub-folder for each class."""

import os
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import ImageOps

from explorer.bounded_files import is_folder
from explorer.config import ImageFolderData
from explorer.datasets.class_folders import ByClass, LeftOut, by_class, check_not_empty
from explorer.datasets.files import LONGEST_PATH, known, places
from explorer.datasets.images import divide
from explorer.datasets.picture_files import ENDINGS, Levels, levels_of, open_picture
from explorer.datasets.splits import Splits
from explorer.errors import ExplorerError, printable, shortened, shown
from explorer.places import SAMPLE_DATA

MOST_FILES = 200_000  # files and folders below the one that is named


def load(config: ImageFolderData) -> Splits:
    """Every picture, cut to a square around its middle and resized, as (example, channel, row, column).

    A file that cannot be read is left out, and told in ``left_out``. Pictures with more than 8 bits a value share one
    range of values, so that they stay as bright beside each other as they are.

    Raises:
        ExplorerError: where the folder is missing, holds fewer than two classes or too few pictures, or no picture of a
            class can be read.
    """
    folder = find_folder(config.path)
    found = find_pictures(config)
    readable, levels, left_out = _readable(folder, found)
    pixels, labels = [], []
    for label, places_of_class in enumerate(readable.values()):
        for place in places_of_class:
            try:
                pixels.append(read_picture(folder / place, config.size, config.greyscale, levels))
                labels.append(label)
            except ExplorerError as error:
                left_out.append(LeftOut(str(place), str(error)))
    counts = np.bincount(np.array(labels, dtype=np.int64), minlength=len(readable))
    check_not_empty([name for name, count in zip(readable, counts, strict=True) if not count], str(folder), left_out)
    splits = divide(config.name, np.stack(pixels), np.array(labels), tuple(map(printable, readable)), config)
    return replace(splits, left_out=tuple(left_out), notes=(found.understood,) if found.understood else ())


def _readable(folder: Path, found: ByClass) -> tuple[dict[str, list[PurePosixPath]], Levels | None, list[LeftOut]]:
    """The pictures by class that open, the range of values of those with more than 8 bits, and the files left out."""
    levels: Levels | None = None
    left_out = list(found.left_out)
    readable: dict[str, list[PurePosixPath]] = {name: [] for name in found.classes}
    for name, places_of_class in found.classes.items():
        for place in places_of_class:
            try:
                own = levels_of(folder / place, place.name)
            except ExplorerError as error:
                left_out.append(LeftOut(str(place), str(error)))
                continue
            levels = own.with_others(levels) if own else levels
            readable[name].append(place)
    return readable, levels, left_out


def missing(config: ImageFolderData) -> str | None:
    """The reason why the folder cannot be used, or None; opens no image."""
    try:
        find_pictures(config)
    except ExplorerError as error:
        return str(error)
    return None


def find_pictures(config: ImageFolderData) -> ByClass:
    """The pictures of each class by their place in the folder; classes and pictures in alphabetical order.

    Raises:
        ExplorerError: where there is no such folder, it holds too many files, fewer than two classes, or a class
            without pictures.
    """
    folder = find_folder(config.path)
    files, folders = _contents(folder)
    found = by_class(files, folders, str(folder))
    check_not_empty(found.empty, str(folder), found.left_out)
    return found


def _contents(folder: Path) -> tuple[list[PurePosixPath], list[PurePosixPath]]:
    """The files and the folders below one, relative to it; links are followed, but not upwards."""
    files: list[PurePosixPath] = []
    folders: list[PurePosixPath] = []
    for root, inner, names in os.walk(folder, followlinks=True):
        above = PurePosixPath(Path(root).relative_to(folder).as_posix())
        chain = {Path(root).resolve(), *Path(root).resolve().parents}
        inner[:] = [name for name in inner if Path(root, name).resolve() not in chain and not name.startswith(".")]
        files += [above / name for name in names]
        folders += [above / name for name in inner]
        if len(files) + len(folders) > MOST_FILES:
            raise ExplorerError(
                f"{folder} holds more than {MOST_FILES:,} files and folders; name the folder of the pictures alone."
            )
    return files, folders


def find_folder(path: str) -> Path:
    """A folder by its name under sample_data/ or among the uploads, else by its path.

    Raises:
        ExplorerError: where there is none.
    """
    candidates = places(path)
    for folder in candidates:
        if path.strip() and is_folder(folder):
            return folder
    raise ExplorerError(
        f"There is no folder {shown(path)}, neither in {SAMPLE_DATA} nor as "
        f"{shortened(str(candidates[-1].absolute()), LONGEST_PATH)}; give the path of a folder with one sub-folder a "
        f"class, or one of {known(_folders(SAMPLE_DATA))}."
    )


def _folders(root: Path) -> list[str]:
    return sorted({path.parents[1].name for path in root.glob("*/*/*") if path.suffix.lower() in ENDINGS})


def read_picture(path: Path, size: int, greyscale: bool, levels: Levels | None = None) -> NDArray[np.uint8]:
    """One picture, upright, cut to a square around its middle and resized: uint8 (channel, size, size).

    Args:
        path: of the file.
        size: the height and the width.
        greyscale: whether one channel is wanted, in place of three.
        levels: as of :func:`~explorer.datasets.picture_files.open_picture`.

    Raises:
        ExplorerError: where the file is not a picture that can be read.
    """
    picture = open_picture(path, path.name, levels, near=2 * size)
    square = np.asarray(ImageOps.fit(picture.convert("L" if greyscale else "RGB"), (size, size)))
    return square[None] if greyscale else square.transpose(2, 0, 1)
