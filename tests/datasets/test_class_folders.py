"""Which folder is the class: torchvision's own answer, for a zip file and for a folder alike."""

import zipfile
from io import BytesIO
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image
from torchvision.datasets import ImageFolder

from explorer.config import ImageFolderData
from explorer.datasets.archives import pictures_by_class
from explorer.datasets.class_folders import by_class
from explorer.datasets.image_folder import find_pictures
from explorer.errors import ExplorerError

DOT = BytesIO()
Image.new("RGB", (1, 1)).save(DOT, "PNG")
PART = st.sampled_from(["cats", "dogs", "2019", "2020", "best"])


def classes_of(names: list[str]) -> dict[str, int]:
    found = by_class([PurePosixPath(name) for name in names], [], "pets")
    return {label: len(places) for label, places in found.classes.items()}


def in_a_zip(names: list[str]) -> dict[str, int]:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, DOT.getvalue())
    classes = pictures_by_class(content.getvalue(), "pets.zip").classes
    return {label: len(pictures) for label, pictures in classes.items()}


def in_a_folder(names: list[str], folder: Path) -> dict[str, int]:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(DOT.getvalue())
    found = find_pictures(ImageFolderData(path=str(folder))).classes
    return {label: len(places) for label, places in found.items()}


LAYOUTS = {
    "folders in folders": (["cats/2019/1.png", "cats/2020/1.png", "dogs/2019/1.png"], {"cats": 2, "dogs": 1}),
    "pictures beside folders": (["cats/1.png", "cats/old/2.png", "dogs/1.png"], {"cats": 2, "dogs": 1}),
    "a folder around all": (["my pets/cats/a/1.png", "my pets/dogs/1.png"], {"cats": 1, "dogs": 1}),
    "splits": (["train/cats/1.png", "train/dogs/1.png", "val/cats/2.png", "test/dogs/1.png"], {"cats": 2, "dogs": 2}),
    "splits in a folder": (["pets/Train/cats/1.png", "pets/TEST/dogs/1.png"], {"cats": 1, "dogs": 1}),
    "one split": (["train/cats/1.png", "train/dogs/b/1.png"], {"cats": 1, "dogs": 1}),
    "a loose picture": (["cover.png", "pets/cover.png", "pets/cats/1.png", "pets/dogs/1.png"], {"cats": 1, "dogs": 1}),
    "split names without classes": (["train/1.png", "test/1.png"], {"train": 1, "test": 1}),
    "TIFF": (["cats/1.tif", "dogs/1.TIFF"], {"cats": 1, "dogs": 1}),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_zip_file_and_a_folder_agree(layout: str, tmp_path: Path) -> None:
    names, expected = LAYOUTS[layout]
    assert in_a_zip(names) == in_a_folder(names, tmp_path) == classes_of(names) == expected


@settings(max_examples=60, deadline=None)
@given(folders=st.lists(st.lists(PART, min_size=1, max_size=3), min_size=2, max_size=8))
def test_torchvision_divides_as_we_do(folders: list[list[str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    names = ["/".join([*folder, f"{number}.png"]) for number, folder in enumerate(folders)]
    assume(len({folder[0] for folder in folders}) > 1)  # otherwise ours looks inside, where torchvision sees one class
    root = tmp_path_factory.mktemp("pets")
    ours = in_a_folder(names, root)
    theirs = ImageFolder(str(root))
    assert list(ours) == theirs.classes
    assert list(ours.values()) == [theirs.targets.count(label) for label in range(len(theirs.classes))]
    assert in_a_zip(names) == ours


def test_folders_that_go_down_for_ever_end() -> None:
    with pytest.raises(ExplorerError, match="in 1 folders"):
        classes_of(["/".join(["a"] * 5000) + "/1.png"])


def understood(*names: str) -> str:
    return by_class([PurePosixPath(name) for name in names], [], "pets.zip").understood


def test_folders_at_the_top_are_the_classes_and_nothing_is_left_to_say() -> None:
    assert understood("cats/2019/1.png", "dogs/2020/1.png") == ""


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("pets/cats/1.png", "pets/dogs/1.png"), "The folder pets holds all pictures"),
        (("a/pets/cats/1.png", "a/pets/dogs/1.png"), "If pets is a class itself, put the folders of the other classes"),
        (("train/cats/1.png", "test/dogs/1.png"), "The folders test and train are taken for splits"),
        (("train/cats/1.png", "train/dogs/1.png"), "The folder train is taken for a split"),
        (("pets/train/a/1.png", "pets/test/b/1.png"), "The folder pets holds all pictures"),
        (("digits/0/1.png", "digits/1/1.png"), "The folder digits holds all pictures"),
    ],
)
def test_where_they_are_not_it_is_said_which_are_and_how_to_change_that(names: tuple[str, ...], said: str) -> None:
    assert said in understood(*names)


@pytest.mark.parametrize(
    "dates", [("2019", "2020"), ("2019-06", "2019-07", "2020-01"), ("20190601", "20190602"), ("2019_06_01", "1999")]
)
@pytest.mark.parametrize("around", ["cats", "photos/cats"])
def test_one_folder_with_folders_called_by_dates_is_not_guessed_and_both_readings_are_told(
    dates: tuple[str, ...], around: str, tmp_path: Path
) -> None:
    names = [f"{around}/{date}/1.png" for date in dates]
    for read in (classes_of, in_a_zip, lambda files: in_a_folder(files, tmp_path)):
        with pytest.raises(ExplorerError, match="holds one folder, cats, and in it folders called by dates") as error:
            read(names)
        assert "If cats is a class, put the folders of the other classes beside it" in str(error.value)
        assert "leave out the folder cats around them" in str(error.value)


def test_dates_at_the_top_or_in_a_split_are_classes() -> None:
    assert classes_of(["2019/1.png", "2020/1.png"]) == {"2019": 1, "2020": 1}
    assert classes_of(["train/2019/1.png", "train/2020/1.png"]) == {"2019": 1, "2020": 1}
    assert classes_of(["cats/2019/1.png", "cats/indoors/1.png"]) == {"2019": 1, "indoors": 1}


def test_what_stands_beside_train_and_test_is_no_class_and_is_listed() -> None:
    names = ["train/cats/a.png", "train/dogs/a.png", "test/cats/c.png", "sample/cats/x.png"]
    found = by_class([PurePosixPath(name) for name in names], [], "pets.zip")
    assert list(found.classes) == ["cats", "dogs"]
    assert [one.file for one in found.left_out] == ["sample/cats/x.png"]
    names = ["data/train_images/cats/a.png", "data/train_images/dogs/b.png", "data/test_images/cats/c.png"]
    assert list(by_class([PurePosixPath(name) for name in names], [], "pets.zip").classes) == ["cats", "dogs"]
