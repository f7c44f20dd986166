"""A person's own weights and class names are kept under their own names."""

from io import BytesIO
from pathlib import Path

import pytest
import torch
from torch import nn

from explorer.errors import ExplorerError
from explorer.models.own_files import class_names, find, keep_class_names, keep_weights


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXPLORER_UPLOADS", str(tmp_path))
    return tmp_path / "weights"


def weights() -> bytes:
    content = BytesIO()
    torch.save(nn.Linear(2, 3).state_dict(), content)
    return content.getvalue()


@pytest.mark.parametrize(
    "name", ["my net.pth", "Vögel (3).PT", "checkpoint.pth.tar", "../../net.ckpt", "a\\b\\net.bin"]
)
def test_a_file_is_found_by_the_name_it_was_kept_under(name: str, folder: Path) -> None:
    content = weights()
    kept = keep_weights(content, name)
    assert find(kept) == folder / kept
    assert find(kept).read_bytes() == content
    assert kept.lower() == name.replace("\\", "/").rsplit("/", 1)[-1].lower()
    assert [path.name for path in folder.iterdir()] == [kept]


def test_another_file_of_that_name_is_kept_beside_it(folder: Path) -> None:
    first, second = weights(), weights()
    assert first != second
    names = [keep_weights(content, "net.pth") for content in (first, second, first, second)]
    assert names[0] == names[2] == "net.pth"
    assert names[1] == names[3] != "net.pth"
    assert find(names[1]).read_bytes() == second


def test_what_holds_no_weights_is_refused_by_its_name_and_not_kept(folder: Path) -> None:
    with pytest.raises(ExplorerError, match=r"^net\.pth is damaged or holds objects"):
        keep_weights(b"nothing", "net.pth")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["nothing.pth", "~nobody-of-this-name/net.pth", "\0.pth", "a/b.pth"])
def test_a_file_that_is_not_there_is_its_path(name: str) -> None:
    assert not find(name).is_file()


@pytest.mark.parametrize("given", ["cat, dog,bird", "cat;dog\nbird", " cat,, dog , bird,"])
def test_class_names_are_typed_with_commas_between_them(given: str) -> None:
    assert class_names(given, 3) == ("cat", "dog", "bird")


def test_class_names_come_from_a_file_with_one_in_each_line() -> None:
    kept = keep_class_names("\ufeffcat, tabby\r\nКошка\n\nbird\n".encode(), "names of mine.txt")
    assert class_names(kept, 3) == ("cat, tabby", "Кошка", "bird")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("cat, dog", "2 class names are given, and the network has 3 classes"),
        ("cat, dog, cat", "'cat' is given 2 times"),
        ("absent.txt", r"The file absent\.txt of class names cannot be read \(No such file"),
    ],
)
def test_class_names_that_are_no_use_are_refused(given: str, message: str) -> None:
    with pytest.raises(ExplorerError, match=message):
        class_names(given, 3)


def test_a_file_of_class_names_in_another_code_is_refused() -> None:
    with pytest.raises(ExplorerError, match=r"names\.txt is not UTF-8 text \(byte 0xe4\)"):
        keep_class_names("Bär".encode("latin-1"), "names.txt")
