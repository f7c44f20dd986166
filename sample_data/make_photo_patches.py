"""Cut sample_data/photo_patches out of scikit-learn's two sample photographs.

Run ``python sample_data/make_photo_patches.py``. The regions were chosen by looking at the photographs;
each is a grid of whole patches, and no two overlap.
"""

import shutil
from pathlib import Path

from PIL import Image
from sklearn.datasets import load_sample_image

TARGET = Path(__file__).resolve().parent / "photo_patches"
SIDE = 32  # pixels

# class -> photograph, and grids of patches: left, top (pixels), columns, rows (patches)
REGIONS: dict[str, tuple[str, list[tuple[int, int, int, int]]]] = {
    "sky": ("china.jpg", [(0, 0, 2, 4), (334, 0, 8, 4)]),
    "pagoda": (
        "china.jpg",
        [(176, 72, 2, 1), (112, 104, 6, 1), (128, 136, 5, 1), (96, 168, 7, 2), (80, 264, 8, 1), (112, 296, 5, 1)],
    ),
    "trees": ("china.jpg", [(20, 363, 5, 2), (384, 331, 6, 3), (352, 363, 1, 2), (576, 203, 2, 5)]),
    "petals": (
        "flower.jpg",
        [(227, 126, 5, 1), (195, 158, 7, 1), (179, 190, 8, 2), (195, 254, 7, 1), (227, 286, 5, 1)],
    ),
    "blurred_leaves": ("flower.jpg", [(0, 64, 4, 6), (464, 32, 4, 4)]),
}


def patches(photograph: str, grids: list[tuple[int, int, int, int]]) -> list[Image.Image]:
    """The patches of all grids, each read row by row."""
    photo = Image.fromarray(load_sample_image(photograph))
    corners = [
        (left + column * SIDE, top + row * SIDE)
        for left, top, columns, rows in grids
        for row in range(rows)
        for column in range(columns)
    ]
    return [photo.crop((left, top, left + SIDE, top + SIDE)) for left, top in corners]


def main() -> None:
    """Replace the folder."""
    shutil.rmtree(TARGET, ignore_errors=True)
    for name, (photograph, grids) in REGIONS.items():
        folder = TARGET / name
        folder.mkdir(parents=True)
        for number, patch in enumerate(patches(photograph, grids)):
            patch.save(folder / f"{name}_{number:02}.png", optimize=True)
        print(f"{name}: {len(list(folder.iterdir()))} patches")


if __name__ == "__main__":
    main()
