"""Whose an upload is."""

from pathlib import Path

import pytest

from explorer.datasets import own_uploads
from explorer.datasets.own_uploads import OwnUpload
from explorer.datasets.uploads import keep_text


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXPLORER_UPLOADS", str(tmp_path / "uploads"))
    return tmp_path / "uploads"


def test_an_owner_sees_their_own_uploads_with_their_sizes(uploads: Path) -> None:
    assert own_uploads.of("ada") == []
    name = keep_text(b"0123456789", "a poem.txt").name
    own_uploads.note("ada", name, "text")
    (uploads / "pets" / "cats").mkdir(parents=True)
    (uploads / "pets" / "cats" / "1.png").write_bytes(b"12345")
    own_uploads.note("ada", "pets", "image_folder")
    own_uploads.note("grace", "weights/0a1b.pth", "weights")
    assert own_uploads.of("ada") == [OwnUpload("a_poem.txt", "text", 10), OwnUpload("pets", "image_folder", 5)]
    assert own_uploads.belongs("a_poem.txt", "ada")
    assert not own_uploads.belongs("a_poem.txt", "grace")
    assert own_uploads.has_owner("weights/0a1b.pth")
    assert not own_uploads.has_owner("old.txt")
    assert own_uploads.of("grace") == []  # the file itself is gone


def test_what_two_owners_uploaded_stays_until_both_have_deleted_it(uploads: Path) -> None:
    name = keep_text(b"the same", "poem.txt").name
    for owner in ("ada", "grace"):
        own_uploads.note(owner, name, "text")
    own_uploads.delete("ada", name)
    assert own_uploads.of("ada") == []
    assert (uploads / name).read_bytes() == b"the same"
    own_uploads.delete("grace", name)
    assert not (uploads / name).exists()


def test_a_second_deletion_deletes_nothing_nor_does_that_of_anothers(uploads: Path) -> None:
    own_uploads.note("ada", keep_text(b"the first", "poem.txt").name, "text")
    own_uploads.delete("ada", "poem.txt")
    (uploads / "poem.txt").write_bytes(b"of an older version, nobody's")
    own_uploads.delete("ada", "poem.txt")
    own_uploads.delete("grace", "poem.txt")
    assert (uploads / "poem.txt").exists()


def test_a_folder_is_deleted_with_all_that_is_in_it(uploads: Path) -> None:
    (uploads / "pets" / "cats").mkdir(parents=True)
    (uploads / "pets" / "cats" / "1.png").write_bytes(b"12345")
    own_uploads.note("ada", "pets", "image_folder")
    own_uploads.delete("ada", "pets")
    assert [path.name for path in uploads.iterdir()] == [own_uploads.OWNERS]
