"""What a person hands over is checked, kept under a safe name, and never changed."""

import io
import itertools
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from explorer import datasets
from explorer.config import ImageFolderData, SeriesData, TextData
from explorer.datasets import archives, image_folder, measurements, text
from explorer.datasets.uploads import UPLOADS, safe_name
from explorer.errors import ExplorerError

YEARS = itertools.cycle(range(1980, 2100))  # the same pictures are zipped at another time

CSV = b"day,price\n" + b"".join(b"%d,%d.5\n" % (day, day * day % 17) for day in range(80))


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXPLORER_UPLOADS", str(tmp_path / "uploads"))
    return tmp_path / "uploads"


def picture(shade: int, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((9, 9, 3), shade, np.uint8)).save(file, kind)
    return file.getvalue()


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, date_time=(next(YEARS), 1, 1, 0, 0, 0)), content, method)
    return file.getvalue()


def two_classes(count: int = 10, above: str = "") -> dict[str, bytes]:
    return {
        f"{above}{name}/{number}.png": picture(shade + number)
        for name, shade in (("dark", 0), ("light", 200))
        for number in range(count)
    }


def test_a_table_is_found_by_the_name_it_was_kept_under_and_is_learnt_from(root: Path) -> None:
    kept = UPLOADS["series"].keep(CSV, "My prices (2024).csv")
    assert kept.name == "My_prices_2024.csv"
    assert kept.what == "80 rows, columns of numbers: day, price"
    assert (root / kept.name).read_bytes() == CSV
    config = SeriesData(path=kept.name, column="price", window=6)
    assert measurements.missing(config) is None
    assert measurements.read(config).values[:3].tolist() == [0.5, 1.5, 4.5]
    assert len(datasets.load(config).train.inputs) > 0


def test_a_text_is_found_by_the_name_it_was_kept_under() -> None:
    kept = UPLOADS["text"].keep("Ring a ring o’ roses. ".encode() * 100, "rhyme.md")
    assert kept[:2] == ("rhyme.txt", "2,200 characters")
    assert "’" in text.load_text(TextData(path="rhyme.txt")).vocabulary


def test_the_same_content_is_kept_once_and_another_one_of_that_name_beside_it(root: Path) -> None:
    first = UPLOADS["series"].keep(CSV, "prices.csv").name
    assert UPLOADS["series"].keep(CSV, "prices.csv").name == first == "prices.csv"
    other = UPLOADS["series"].keep(CSV + b"80,1\n", "prices.csv").name
    assert other != first
    assert (root / first).read_bytes() == CSV  # runs that were trained on it are still shown with it
    assert sorted(path.name for path in root.iterdir()) == sorted([first, other])


def test_a_name_of_a_sample_is_not_taken() -> None:
    kept = UPLOADS["series"].keep(CSV, "sunspots.csv").name
    assert kept != "sunspots.csv"
    assert measurements.read(SeriesData(path=kept)).column == "price"
    assert measurements.read(SeriesData(path="sunspots.csv")).column == "sunspots"


def test_a_missing_file_names_the_samples_and_nobodys_uploads() -> None:
    UPLOADS["series"].keep(CSV, "prices.csv")
    told = measurements.missing(SeriesData(path="price.csv")) or ""
    assert "the samples: passengers.csv, sunspots.csv" in told
    assert "prices.csv" not in told  # it may be somebody else's


@given(st.text(max_size=100))
def test_a_safe_name_is_one_name_without_dots_and_separators(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert len(safe) <= 60
    assert not set(safe) & set('./\\:*?"<>|\0\n ')
    assert Path(safe).name == safe


@pytest.mark.parametrize("name", ["../../etc/passwd.csv", "/etc/passwd.csv", "..\\..\\passwd.csv", "C:\\passwd.csv"])
def test_a_name_that_leads_elsewhere_stays_among_the_uploads(name: str, root: Path) -> None:
    assert UPLOADS["series"].keep(CSV, name).name == "passwd.csv"
    assert [path.name for path in root.iterdir()] == ["passwd.csv"]


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("series", b"a,b\n1,2\n3,4,5\n", "Line 3 of given has 3 fields"),
        ("series", b"a,b\n1,2\n3,4\n5,x\n", "Line 4 of given has 'x' in column 'b'"),
        ("series", b"a\nx\ny\n", "no column of numbers among a"),
        ("series", b"", "given is empty"),
        ("series", b"x" * 20_000_001, "given has 20.0 MB, and 20 MB is the limit"),
        ("text", bytes(range(256)), "Line 2 of given is not UTF-8 text .byte 0x80., and no other encoding fits"),
        ("image_folder", b"no zip", "given cannot be unpacked"),
    ],
)
def test_what_is_no_use_is_refused_and_not_kept(kind: str, content: bytes, message: str, root: Path) -> None:
    with pytest.raises(ExplorerError, match=message):
        UPLOADS[kind].keep(content, "given")
    assert not root.exists()


@pytest.mark.parametrize("above", ["", "my pets/", "my pets/train/"])
def test_pictures_are_kept_by_the_folder_they_lie_in(above: str, root: Path) -> None:
    members = {
        **two_classes(above=above),
        "Thumbs.txt": b"no picture",
        "__MACOSX/dark/._0.png": b"\0\0",
        ".hidden/a.png": b"",
    }
    kept = UPLOADS["image_folder"].keep(zipped(members), "pets.zip")
    assert kept[:2] == ("pets", "20 pictures of 2 classes: dark, light")
    assert [file for file, _ in kept.left_out] == ["Thumbs.txt"]
    splits = image_folder.load(ImageFolderData(path="pets", size=8))
    assert splits.class_names == ("dark", "light")
    assert sum(len(splits.split(name).targets) for name in ("train", "validation", "test")) == 20
    assert UPLOADS["image_folder"].keep(zipped(members), "pets.zip").name == "pets"
    assert [path.name for path in root.iterdir()] == ["pets"]  # and nothing half unpacked


def test_folders_of_one_name_are_one_class_and_no_picture_is_lost() -> None:
    members = {
        f"{part}/{name}/{file}": picture(shade)
        for shade, part in enumerate(("test", "train"))
        for name in ("cat", "dog")
        for file in ("1.png", "1?.png", "1-2.png", "A.png", "a.png")
    }
    found = archives.pictures_by_class(zipped(members), "pets.zip").classes
    assert {name: len(pictures) for name, pictures in found.items()} == {"cat": 10, "dog": 10}
    for pictures in found.values():
        assert len({name.casefold() for name in pictures}) == 10


def test_one_damaged_picture_among_many_is_left_out_with_the_reason(root: Path) -> None:
    cut = picture(3)[:-30]
    members = {**two_classes(30), "dark/cut.png": cut, "dark/phone.heic": b"x", "loose.png": picture(0)}
    kept = UPLOADS["image_folder"].keep(zipped(members), "pets.zip")
    assert kept.what == "60 pictures of 2 classes: dark, light"
    reasons = dict(kept.left_out)
    assert set(reasons) == {"dark/cut.png", "dark/phone.heic", "loose.png"}
    assert "cut.png is not a readable image" in reasons["dark/cut.png"]
    assert not list(root.rglob("cut*"))


def test_a_picture_that_cannot_be_unpacked_is_left_out_alone() -> None:
    content = bytearray(zipped({**two_classes(), "dark/x.png": picture(7)}, zipfile.ZIP_STORED))
    content[content.rfind(b"IDAT") + 6] ^= 0xFF  # in the last member
    found = archives.pictures_by_class(bytes(content), "pets.zip")
    [(file, reason)] = found.left_out
    assert file == "dark/x.png"
    assert "cannot be unpacked (Bad CRC-32" in reason


def test_classes_whose_safe_names_are_the_same_stay_two() -> None:
    found = archives.pictures_by_class(zipped({"c+/1.png": picture(0), "c#/1.png": picture(1)}), "letters.zip")
    assert list(found.classes) == ["c#", "c+"]


@pytest.mark.parametrize("name", ["../outside/1.png", "a/../../1.png", "/etc/1.png", "C:/a/1.png", "..\\a\\1.png"])
def test_a_place_outside_is_refused_and_nothing_is_written(name: str, root: Path) -> None:
    with pytest.raises(ExplorerError, match="has a file outside its own folder"):
        UPLOADS["image_folder"].keep(zipped({**two_classes(), name: picture(0)}), "pets.zip")
    assert not root.exists()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"one/1.png": picture(0)}, "in 1 folders, and a classifier needs at least 2"),
        ({"readme.txt": b"none"}, "in 0 folders"),
        ({**two_classes(), "empty/": b""}, "Class 'empty' has 0 pictures"),
        (
            {**two_classes(), "bad/no.png": b"no picture"},
            r"Class 'bad' has 0 pictures.*bad/no\.png was left out: no\.png is not a readable image",
        ),
    ],
)
def test_pictures_that_are_no_classes_are_refused(members: dict[str, bytes], message: str) -> None:
    with pytest.raises(ExplorerError, match=message):
        archives.pictures_by_class(zipped(members), "pets.zip")


def test_a_small_file_that_unpacks_to_too_much_is_refused_before_it_is() -> None:
    bomb = zipped({**two_classes(), "dark/bomb.png": bytes(archives.LARGEST_UNPACKED)})
    assert len(bomb) < 1_000_000
    with pytest.raises(ExplorerError, match="holds 200 MB of pictures, and 200 MB is the limit"):
        archives.pictures_by_class(bomb, "pets.zip")


def test_a_file_that_declares_less_than_it_holds_is_not_unpacked_further() -> None:
    honest = zipped({**two_classes(), "dark/bomb.png": bytes(5_000_000)})
    lying = honest.replace(struct.pack("<L", 5_000_000), struct.pack("<L", 50))
    assert lying != honest
    found = archives.pictures_by_class(lying, "pets.zip")
    assert [file for file, _ in found.left_out] == ["dark/bomb.png"]
    assert max(len(content) for pictures in found.classes.values() for content in pictures.values()) < 1000


def test_more_files_than_allowed_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_FILES", 19)
    with pytest.raises(ExplorerError, match="holds 20 files, and 19 is the limit"):
        archives.pictures_by_class(zipped(two_classes()), "pets.zip")


def test_an_encrypted_or_uncommonly_packed_file_is_refused() -> None:
    encrypted = bytearray(zipped(two_classes()))
    place = -1
    while (place := encrypted.find(b"PK\x01\x02", place + 1)) >= 0:
        encrypted[place + 8] |= 1  # the flag in each entry of the central directory
    with pytest.raises(ExplorerError, match="is encrypted"):
        archives.pictures_by_class(bytes(encrypted), "pets.zip")
    with pytest.raises(ExplorerError, match="packed in an uncommon way"):
        archives.pictures_by_class(zipped(two_classes(), zipfile.ZIP_BZIP2), "pets.zip")


@pytest.mark.parametrize("raised", [MemoryError, RuntimeError, OverflowError, AttributeError, struct.error])
def test_whatever_the_unpacking_of_a_picture_raises_leaves_out_that_picture(
    raised: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = zipfile.ZipFile.read

    def fail_once(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
        if member.filename == "dark/3.png":
            raise raised
        return read(archive, member)

    monkeypatch.setattr(zipfile.ZipFile, "read", fail_once)
    found = archives.pictures_by_class(zipped(two_classes()), "pets.zip")
    assert found.left_out == (("dark/3.png", f"It cannot be unpacked ({raised.__name__})."),)
    assert sum(map(len, found.classes.values())) == 19


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_a_damaged_file_is_refused_or_read_but_nothing_else_is_raised(seed: int, changes: int) -> None:
    chance = np.random.default_rng(seed)
    damaged = bytearray(zipped(two_classes(3)))
    for place in chance.integers(0, len(damaged), changes):
        damaged[place] = chance.integers(0, 256)
    try:
        found = archives.pictures_by_class(bytes(damaged), "pets.zip")
    except ExplorerError:
        return
    assert all(os.sep not in name for pictures in found.classes.values() for name in pictures)
