"""A folder of runs is told from all others."""

from pathlib import Path

import pytest

from explorer.training.identity import IDENTITY, identity_of


@pytest.fixture(autouse=True)
def _as_a_process_starts() -> None:
    identity_of.cache_clear()


def test_two_folders_have_two_identities(tmp_path: Path) -> None:
    assert identity_of(tmp_path / "one") != identity_of(tmp_path / "other")


def test_an_identity_stays_when_its_folder_is_moved_and_another_process_asks(tmp_path: Path) -> None:
    before = identity_of(tmp_path / "runs")
    identity_of.cache_clear()
    assert identity_of((tmp_path / "runs").rename(tmp_path / "moved")) == before


@pytest.mark.parametrize("left", [b"", b"x=1; ", b"\xff" * 8, b"ABCDEF12"])
def test_what_somebody_else_wrote_in_its_place_is_replaced(tmp_path: Path, left: bytes) -> None:
    (tmp_path / IDENTITY).write_bytes(left)
    found = identity_of(tmp_path)
    assert len(found) == 8
    assert set(found) <= set("0123456789abcdef")
    assert (tmp_path / IDENTITY).read_text() == found


def test_a_folder_that_cannot_be_written_has_a_name_too(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert identity_of(tmp_path / "file" / "runs") == "00000000"
    (tmp_path / IDENTITY).mkdir()
    assert identity_of(tmp_path) == "00000000"
