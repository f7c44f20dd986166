import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import ExplorerError
from explorer.training.files import Tail, append, remove_leftovers, write_whole
from explorer.training.lock import Lock, held, holder


def test_a_file_is_replaced_as_a_whole_and_nothing_is_left_aside(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    write_whole(path, b"old")
    with path.open("rb") as reader:
        write_whole(path, b"new")
        assert reader.read() == b"old"
    assert path.read_bytes() == b"new"
    assert [file.name for file in tmp_path.iterdir()] == ["status.json"]


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Readers that have a file open: each attempt to replace it fails, and one of them goes meanwhile."""
    reading = [Path("status.json")] * 3
    replace = Path.replace

    def replaced(aside: Path, path: Path) -> Path:
        if reading:
            reading.pop()
            raise PermissionError(13, "Access is denied")
        return replace(aside, path)

    monkeypatch.setattr(Path, "replace", replaced)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    return reading


def test_on_windows_a_file_is_replaced_as_soon_as_nobody_has_it_open(
    tmp_path: Path, readers: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    write_whole(tmp_path / "status.json", b"new")
    assert readers == []
    assert (tmp_path / "status.json").read_bytes() == b"new"


def test_on_windows_a_file_that_stays_open_is_named(
    tmp_path: Path, readers: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    readers *= 100
    with pytest.raises(ExplorerError, match=r"status.json cannot be written: Access is denied"):
        write_whole(tmp_path / "status.json", b"new")
    assert list(tmp_path.iterdir()) == []


def test_elsewhere_a_file_that_may_not_be_replaced_is_not_tried_again(tmp_path: Path, readers: list[Path]) -> None:
    with pytest.raises(ExplorerError, match=r"status.json cannot be written"):
        write_whole(tmp_path / "status.json", b"new")
    assert len(readers) == 2


def test_what_a_killed_writer_left_aside_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".status.json.123.456").write_bytes(b"half")
    (tmp_path / "status.json").write_bytes(b"whole")
    remove_leftovers(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["status.json"]


def test_a_torn_last_line_is_not_read_until_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"one\ntw")
    tail = Tail(path)
    assert tail.read() == ([b"one"], False)
    with path.open("ab") as file:
        file.write(b"o\nthree\n")
    assert tail.read() == ([b"two", b"three"], False)
    assert tail.read() == ([], False)


def test_appending_after_a_torn_line_does_not_join_the_two(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"tor")
    append(path, b"whole\n")
    assert path.read_bytes() == b"tor\nwhole\n"


def test_a_replaced_file_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"one\ntwo\n")
    tail = Tail(path)
    tail.read()
    write_whole(path, b"one\nother\nmore\n")
    assert tail.read() == ([b"one", b"other", b"more"], True)


@given(st.lists(st.binary(max_size=8).map(lambda line: line.replace(b"\n", b"")), max_size=12), st.data())
def test_lines_arrive_once_and_in_order_however_the_writes_are_cut(lines: list[bytes], data: st.DataObject) -> None:
    import tempfile

    content = b"".join(line + b"\n" for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=6)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines"
        tail, read = Tail(path), []
        for start, end in zip([0, *cuts], [*cuts, len(content)], strict=True):
            with path.open("ab") as file:
                file.write(content[start:end])
            read += tail.read()[0]
    assert read == lines


def test_a_lock_has_one_holder_whose_process_is_known(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not held(path)
    first, second = Lock(path), Lock(path)
    assert first.acquire()
    assert not second.acquire()
    assert held(path)
    assert holder(path) == os.getpid()
    first.release()
    assert not held(path)
    assert second.acquire()
    second.release()


def test_a_lock_is_free_when_its_holder_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    script = (
        "import sys, time; from pathlib import Path; from explorer.training.lock import Lock;"
        "assert Lock(Path(sys.argv[1])).acquire(); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert holder(path) == process.pid
        process.kill()
    assert not held(path)
