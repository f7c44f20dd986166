import runpy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features
from sklearn.datasets import load_sample_image

from explorer import datasets, models
from explorer.config import CnnModel, ImageFolderData, TrainingConfig
from explorer.datasets import DATASETS, image_folder
from explorer.datasets.image_folder import read_picture
from explorer.datasets.picture_files import ENDINGS
from explorer.errors import ExplorerError
from explorer.places import SAMPLE_DATA
from explorer.training import evaluate, train

RED, BLUE = (255, 0, 0), (0, 0, 255)


def make(folder: Path, counts: dict[str, int], ending: str = ".png", size: tuple[int, int] = (12, 10)) -> Path:
    """A folder with so many pictures of each class, each of its own shade."""
    for index, (name, count) in enumerate(counts.items()):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            Image.new("RGB", size, (number * 5 % 256, 80 * index, 100)).save(folder / name / f"{number:03}{ending}")
    return folder


def test_each_sub_folder_is_a_class_and_each_picture_an_example(tmp_path: Path) -> None:
    folder = make(tmp_path / "mine", {"zebra": 20, "ant": 30})
    splits = datasets.load(ImageFolderData(path=str(folder), size=8))
    assert splits.class_names == ("ant", "zebra")
    assert splits.describe().sum(axis=1).tolist() == [30, 20]
    assert splits.input_shape == (3, 8, 8)
    for part in ("train", "validation", "test"):
        pair = splits.split(part)
        drawn = splits.pictures(pair.inputs)
        # make() gave "zebra", the first class, no green
        np.testing.assert_array_equal(drawn[:, 0, 0, 1], np.where(pair.targets == 1, 0, 80))


def test_a_folder_is_found_by_its_absolute_path_its_relative_path_or_its_name_among_the_samples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make(tmp_path / "mine", {"a": 20, "b": 20})
    monkeypatch.chdir(tmp_path)
    for path in (str(folder), "mine", "./mine", "photo_patches", str(SAMPLE_DATA / "photo_patches")):
        assert DATASETS["image_folder"].missing(ImageFolderData(path=path)) is None


def test_greyscale_pictures_have_one_channel(tmp_path: Path) -> None:
    folder = make(tmp_path, {"a": 20, "b": 20})
    assert datasets.load(ImageFolderData(path=str(folder), size=8, greyscale=True)).input_shape == (1, 8, 8)


@pytest.mark.parametrize("ending", [*ENDINGS, ".JPG", ".Png"])
def test_a_picture_is_read_in_every_format(tmp_path: Path, ending: str) -> None:
    if ending == ".webp" and not features.check("webp"):
        pytest.skip("this Pillow has no WebP")
    path = tmp_path / f"picture{ending}"
    Image.new("RGB", (20, 20), (200, 100, 50)).save(path)
    np.testing.assert_allclose(read_picture(path, 8, False)[:, 4, 4], (200, 100, 50), atol=6)


@pytest.mark.parametrize("upright", [False, True])
def test_the_longer_side_is_cut_equally_at_both_ends(tmp_path: Path, upright: bool) -> None:
    pixels = np.zeros((10, 30, 3), dtype=np.uint8)
    pixels[:, :10], pixels[:, 10:20], pixels[:, 20:] = RED, BLUE, RED
    Image.fromarray(pixels.transpose(1, 0, 2) if upright else pixels).save(tmp_path / "a.png")
    drawn = read_picture(tmp_path / "a.png", 10, False)
    assert {tuple(colour) for colour in drawn.reshape(3, -1).T.tolist()} == {BLUE}


def test_a_picture_of_the_right_size_keeps_every_pixel(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png", 16, False), pixels.transpose(2, 0, 1))


def test_transparent_pixels_become_white(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (10, 20, 30, 0)).save(tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png", 8, False).min() == 255
    palette = Image.new("P", (8, 8))
    palette.save(tmp_path / "b.png", transparency=b"\x00")
    assert read_picture(tmp_path / "b.png", 8, True).min() == 255


def test_a_16_bit_picture_is_as_bright_as_its_value_says(tmp_path: Path) -> None:
    Image.fromarray(np.full((8, 8), 0x8000, dtype=np.uint16)).save(tmp_path / "a.png")
    assert (read_picture(tmp_path / "a.png", 8, False) == 0x80).all()


def test_a_photograph_is_turned_upright_as_its_camera_says(tmp_path: Path) -> None:
    pixels = np.zeros((32, 32, 3), dtype=np.uint8)
    pixels[:16] = RED
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    Image.fromarray(pixels).save(tmp_path / "a.jpg", exif=exif, quality=95)
    red = read_picture(tmp_path / "a.jpg", 32, False)[0]
    assert red[:12].max() < 40
    assert red[20:].min() > 215


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"GIF89a\x01"])
def test_a_damaged_picture_is_left_out_and_told_with_the_reason(tmp_path: Path, content: bytes) -> None:
    folder = make(tmp_path, {"a": 20, "b": 20})
    (folder / "b" / "broken.png").write_bytes(content)
    splits = datasets.load(ImageFolderData(path=str(folder), size=8))
    assert splits.describe().sum(axis=1).tolist() == [20, 20]
    [(file, reason)] = splits.left_out
    assert file == "b/broken.png"
    assert "broken.png is not a readable image" in reason


def test_a_class_of_which_no_picture_can_be_read_is_named_with_the_first_reason(tmp_path: Path) -> None:
    folder = make(tmp_path, {"a": 20, "b": 0})
    (folder / "b" / "broken.png").write_bytes(b"no picture")
    with pytest.raises(ExplorerError, match=r"Class 'b' has 0 pictures.*b/broken\.png was left out"):
        datasets.load(ImageFolderData(path=str(folder)))


@pytest.mark.parametrize("highest", [255, 1023, 4095, 65535])
def test_a_16_bit_folder_keeps_all_of_the_256_shades_that_its_data_have(tmp_path: Path, highest: int) -> None:
    shades = np.linspace(0, highest, 256).round().astype(np.uint16).reshape(16, 16)
    for name, values in (("a", shades), ("b", shades // 4)):
        (tmp_path / name).mkdir()
        for number in range(20):
            Image.fromarray(values).save(tmp_path / name / f"{number}.png")
    splits = datasets.load(ImageFolderData(path=str(tmp_path), size=16))
    drawn = {label: splits.pictures(splits.train.inputs[splits.train.targets == label])[0] for label in (0, 1)}
    assert len(np.unique(drawn[0])) == 256
    assert drawn[0].max() == 255
    assert drawn[1].max() in (63, 64)  # a quarter: the darker class stays darker


def test_hidden_files_and_folders_and_other_files_are_left_out(tmp_path: Path) -> None:
    folder = make(tmp_path, {"a": 20, "b": 20})
    (folder / ".cache").mkdir()
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "readme.txt").write_text("about", encoding="utf-8")
    (folder / "a" / "._000.png").write_bytes(b"x")
    (folder / "a" / "notes.txt").write_text("about", encoding="utf-8")
    (folder / "b" / "folder.png").mkdir()
    assert datasets.load(ImageFolderData(path=str(folder), size=8)).describe().sum(axis=1).tolist() == [20, 20]


@pytest.mark.parametrize("path", ["nowhere", "", "/nowhere/at/all", "README.md", "\0", "~nobody-of-this-name/pictures"])
def test_a_folder_that_is_not_there_is_an_error_that_names_the_samples(path: str) -> None:
    config = ImageFolderData(path=path)
    with pytest.raises(ExplorerError, match=r"There is no folder .* one of the samples: photo_patches\.$") as caught:
        datasets.load(config)
    assert DATASETS["image_folder"].missing(config) == str(caught.value)


def test_fewer_than_two_classes_are_an_error(tmp_path: Path) -> None:
    make(tmp_path / "one", {"a": 20})
    (tmp_path / "none").mkdir()
    for name, count in (("one", 1), ("none", 0)):
        config = ImageFolderData(path=str(tmp_path / name))
        with pytest.raises(ExplorerError, match=f"in {count} folders, .*at least 2 classes"):
            datasets.load(config)
        assert DATASETS["image_folder"].missing(config) is not None


def test_a_class_without_pictures_is_named(tmp_path: Path) -> None:
    folder = make(tmp_path, {"a": 20, "empty": 0})
    with pytest.raises(ExplorerError, match="Class 'empty' has 0 pictures"):
        datasets.load(ImageFolderData(path=str(folder)))


def test_loose_pictures_and_files_of_other_kinds_are_told(tmp_path: Path) -> None:
    folder = make(tmp_path, {"a": 20, "b": 20})
    Image.new("RGB", (9, 9)).save(folder / "cover.png")
    (folder / "a" / "1.heic").write_bytes(b"x")
    left_out = dict(datasets.load(ImageFolderData(path=str(folder), size=8)).left_out)
    assert left_out == {
        "cover.png": "It is in the folder of no class.",
        "a/1.heic": "Its name is not that of a picture; PNG, JPEG, GIF, BMP, WEBP and TIFF are read.",
    }


def test_a_folder_that_links_to_itself_is_read_once_and_a_link_to_a_class_is_followed(tmp_path: Path) -> None:
    make(tmp_path / "elsewhere", {"b": 20})
    folder = make(tmp_path / "mine", {"a": 20})
    (folder / "b").symlink_to(tmp_path / "elsewhere" / "b")
    (folder / "a" / "again").symlink_to(folder)
    assert datasets.load(ImageFolderData(path=str(folder), size=8)).describe().sum(axis=1).tolist() == [20, 20]


def test_too_many_files_are_refused_with_both_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_folder, "MOST_FILES", 30)
    folder = make(tmp_path, {"a": 20, "b": 20})
    assert "more than 30 files and folders" in (
        DATASETS["image_folder"].missing(ImageFolderData(path=str(folder))) or ""
    )


def test_too_few_pictures_for_the_split_name_the_class_and_both_counts(tmp_path: Path) -> None:
    folder = make(tmp_path, {"many": 30, "few": 3})
    with pytest.raises(ExplorerError, match=r"Class 'few' has 3 of 33 pictures.*at least 14 pictures"):
        datasets.load(ImageFolderData(path=str(folder), size=8))


# ── the patches that ship ────────────────────────────────────────────────────────────────────────────────────────────
SCRIPT = SAMPLE_DATA.parent / "sample_data" / "make_photo_patches.py"


def test_the_patches_are_cut_out_of_the_photographs_and_nowhere_overlap() -> None:
    regions = runpy.run_path(str(SCRIPT))["REGIONS"]
    used = {name: np.zeros((427, 640), dtype=int) for name in ("china.jpg", "flower.jpg")}
    for name, (photograph, grids) in regions.items():
        photo = load_sample_image(photograph)
        files = sorted((SAMPLE_DATA / "photo_patches" / name).iterdir())
        corners = [
            (y + 32 * r, x + 32 * c) for x, y, columns, rows in grids for r in range(rows) for c in range(columns)
        ]
        assert len(files) == len(corners) == 40
        for file, (y, x) in zip(files, corners, strict=True):
            np.testing.assert_array_equal(np.asarray(Image.open(file)), photo[y : y + 32, x : x + 32])
            used[photograph][y : y + 32, x : x + 32] += 1
    assert max(grid.max() for grid in used.values()) == 1


def test_the_patches_are_small_and_their_authors_are_named() -> None:
    folder = SAMPLE_DATA / "photo_patches"
    assert sum(path.stat().st_size for path in folder.rglob("*.png")) < 600_000
    text = (SAMPLE_DATA / "README.md").read_text(encoding="utf-8")
    for part in ("creativecommons.org/licenses/by/2.0", "danielbuechele", "vultilion", "6061409035", "6056698931"):
        assert part in text


def test_the_script_makes_the_same_patches_again(tmp_path: Path) -> None:
    script = runpy.run_path(str(SCRIPT))
    main = script["main"]
    main.__globals__["TARGET"] = tmp_path / "again"
    main()
    made = {p.relative_to(tmp_path / "again"): np.asarray(Image.open(p)) for p in (tmp_path / "again").rglob("*.png")}
    shipped = SAMPLE_DATA / "photo_patches"
    assert set(made) == {path.relative_to(shipped) for path in shipped.rglob("*.png")}
    for path, pixels in made.items():
        np.testing.assert_array_equal(pixels, np.asarray(Image.open(shipped / path)))


@pytest.mark.slow
def test_the_default_network_tells_the_patches_apart() -> None:
    splits = datasets.load(ImageFolderData())
    model = models.build(CnnModel(), splits)
    for _ in train(model, splits, TrainingConfig(epochs=10, device="cpu"), watched_steps=()):
        pass
    assert evaluate(model, splits.test).accuracy > 0.9  # chance: 0.2
