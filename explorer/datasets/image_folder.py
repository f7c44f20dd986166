"""A person's own pictures: a folder with one sub-folder for each class."""

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from explorer.config import SAMPLE_DATA, ImageFolderData
from explorer.datasets.files import known, places, uploads_root
from explorer.datasets.images import divide
from explorer.datasets.splits import Splits
from explorer.errors import ExplorerError

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")
# what Pillow raises for a damaged picture
DAMAGED = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, Image.DecompressionBombError)


def load(config: ImageFolderData) -> Splits:
    """Every picture, cut to a square around its middle and resized, as (example, channel, row, column).

    Raises:
        ExplorerError: where the folder is missing, holds fewer than two classes or too few pictures, or a picture is
            damaged.
    """
    pictures = find_pictures(config)
    pixels = [read_picture(path, config.size, config.greyscale) for paths in pictures.values() for path in paths]
    labels = np.repeat(np.arange(len(pictures)), [len(paths) for paths in pictures.values()])
    return divide(config.name, np.stack(pixels), labels, tuple(pictures), config)


def missing(config: ImageFolderData) -> str | None:
    """The reason why the folder cannot be used, or None; opens no image."""
    try:
        find_pictures(config)
    except ExplorerError as error:
        return str(error)
    return None


def find_pictures(config: ImageFolderData) -> dict[str, list[Path]]:
    """The pictures of each class, classes and pictures in alphabetical order; hidden files are left out.

    Raises:
        ExplorerError: where there is no such folder, fewer than two classes, or a class without pictures.
    """
    folder = find_folder(config.path)
    classes = [path for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.startswith(".")]
    if len(classes) < 2:
        raise ExplorerError(
            f"{folder} has {len(classes)} sub-folders, and a classifier needs at least 2 classes; "
            "put the pictures of each class into a sub-folder of its own."
        )
    pictures = {path.name: [p for p in sorted(path.iterdir()) if _is_picture(p)] for path in classes}
    for name, paths in pictures.items():
        if not paths:
            raise ExplorerError(
                f"Class {name!r} has 0 pictures: {folder / name} holds no file that ends in {', '.join(ENDINGS)}; "
                "add some, or remove the sub-folder."
            )
    return pictures


def find_folder(path: str) -> Path:
    """A folder by its name under sample_data/ or among the uploads, else by its path.

    Raises:
        ExplorerError: where there is none.
    """
    candidates = places(path)
    for folder in candidates:
        if path.strip() and folder.is_dir():
            return folder
    raise ExplorerError(
        f"There is no folder {path!r}, neither in {SAMPLE_DATA} nor as {candidates[-1].absolute()}; give the path of a "
        f"folder with one sub-folder a class, or one of {known(_folders(SAMPLE_DATA), _folders(uploads_root()))}."
    )


def _folders(root: Path) -> list[str]:
    return sorted({path.parents[1].name for path in root.glob("*/*/*") if _is_picture(path)})


def read_picture(path: Path, size: int, greyscale: bool) -> NDArray[np.uint8]:
    """One picture, upright, cut to a square around its middle and resized: uint8 (channel, size, size).

    What is transparent becomes white; of an animation the first frame is taken.

    Raises:
        ExplorerError: where the file is not a picture that can be read.
    """
    try:
        with Image.open(path) as opened:
            opened.draft("RGB", (2 * size, 2 * size))  # a large JPEG is decoded at a fraction of its size
            picture = _opaque(ImageOps.exif_transpose(opened))
    except DAMAGED as error:
        raise ExplorerError(
            f"{path} cannot be read as an image ({error}); replace the file or remove it from the folder."
        ) from error
    square = np.asarray(ImageOps.fit(picture.convert("L" if greyscale else "RGB"), (size, size)))
    return square[None] if greyscale else square.transpose(2, 0, 1)


def _opaque(picture: Image.Image) -> Image.Image:
    """A picture whose pixels are 8 bits deep and have no transparency."""
    if picture.mode.startswith("I;16"):  # Pillow's own conversion would clip at 255
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")


def _is_picture(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in ENDINGS and not path.name.startswith(".")
