"""Readers open regular files alone, without waiting, and read no more than their bound."""

import ast
import os
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer import bounded_files
from explorer.bounded_files import (
    check_regular,
    entries,
    is_folder,
    is_regular,
    open_for_writing,
    open_regular,
    path_of,
    read_bounded,
)
from explorer.errors import ExplorerError, shown

TOO_LONG = Path("x" * 5000)


def test_a_file_up_to_its_bound_is_read_whole(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10
    (tmp_path / "file").write_bytes(content)
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert read_bounded(tmp_path / "file", len(content)) == content
    assert read_bounded(tmp_path / "link", len(content)) == content


def test_a_larger_file_is_refused_with_both_sizes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(2_500_000))
    with pytest.raises(ExplorerError, match="file cannot be read: it has 2 MB, and 1 MB is the limit"):
        read_bounded(tmp_path / "file", 1_000_000)


def test_a_file_that_hides_its_size_is_read_up_to_its_bound() -> None:
    path = Path("/proc/self/maps")
    assert path.stat().st_size == 0
    with pytest.raises(ExplorerError, match=r"0\.0001 MB is the limit"):
        read_bounded(path, 100)


@pytest.mark.parametrize("read", [lambda path: read_bounded(path, 9), open_regular, check_regular])
def test_a_missing_file_is_the_callers_to_explain(tmp_path: Path, read: Callable[[Path], object]) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "absent")


@pytest.mark.parametrize("use", [open_regular, lambda path: open_for_writing(path, os.O_RDWR)])
@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (Path.mkdir, "a folder"),
        (os.mkfifo, "a named pipe"),
        (lambda path: path.symlink_to("/dev/zero"), "a device"),
        (lambda path: path.symlink_to("/dev/tty"), "a device"),
        (lambda path: path.symlink_to("/"), "a folder"),
    ],
)
def test_what_is_no_file_is_named_and_never_opened(
    tmp_path: Path, use: Callable[[Path], object], make: Callable[[Path], None], kind: str
) -> None:
    make(tmp_path / "thing")
    with pytest.raises(ExplorerError, match=f"thing cannot be read: it is {kind}, not a file"):
        use(tmp_path / "thing")


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    for target in (tmp_path / "precious", tmp_path / "nowhere"):
        link = tmp_path / f"to-{target.name}"
        link.symlink_to(target)
        with pytest.raises(ExplorerError, match="cannot be written"):
            open_for_writing(link, os.O_WRONLY | os.O_APPEND)
    assert (tmp_path / "precious").read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("path", [TOO_LONG, Path("a\0b"), Path("/dev/null/inside")], ids=["long", "NUL", "inside"])
def test_a_path_that_no_system_call_takes_is_no_file(path: Path) -> None:
    assert not is_regular(path)
    assert not is_folder(path)
    with pytest.raises(ExplorerError):
        check_regular(path)


def test_a_folder_is_listed_in_order_up_to_its_bound(tmp_path: Path) -> None:
    for name in "cab":
        (tmp_path / name).touch()
    assert [path.name for path in entries(tmp_path, 3)] == ["a", "b", "c"]
    with pytest.raises(ExplorerError, match="more than 2 entries"):
        entries(tmp_path, 2)
    with pytest.raises(ExplorerError, match="Not a directory"):
        entries(tmp_path / "a", 3)


def test_nobodys_home_is_a_plain_path() -> None:
    assert path_of("~nobody-of-this-name/x") == Path("~nobody-of-this-name/x")
    assert path_of("~/x") == Path.home() / "x"


def test_an_error_can_be_shown_whatever_bytes_a_name_holds() -> None:
    name = os.fsdecode(b"caf\xe9")
    assert str(ExplorerError(f"There is no run at {name}.")) == "There is no run at caf\\udce9."


@pytest.mark.parametrize(
    ("value", "expected"),
    [("short", "'short'"), (3, "3"), ("x" * 200, f"'{'x' * 59}…{'x' * 20}'")],
)
def test_a_long_value_is_cut_in_a_message(value: object, expected: str) -> None:
    assert shown(value) == expected
    assert len(shown({str(number): "x" * 1000 for number in range(1000)})) <= 80


# ── who reads ────────────────────────────────────────────────────────────────────────────────────────────────────────
PACKAGE = Path(__file__).parents[1] / "explorer"
PLAIN = ("read_bytes", "read_text", "load_file", "fromfile", "loadtxt", "read_csv")  # they wait, and have no bound
OWN = {  # what these files read belongs to the package, or to Python
    *("datasets/text.py", "learn/files.py", "models/entries.py", "ui/views/picture/transfer.py"),
    *("ui/chart/mount.py", "ui/chart/assets.py", "ui/address/history.py", "ui/address/link.py", "ui/server.py"),
    "ui/film/html.py",
}
WRITES = {"bounded_files.py", "datasets/uploads.py", "models/fetch.py"}  # … and opens new files with open()
# names of our own, or of libraries that are given bytes or a checked path
NOT_FILES = {"Image", "Run", "run", "cls", "section", "tab", "safe_open"}


def calls(path: Path) -> list[tuple[int, str, str]]:
    """The line, the object and the name of each call of a method or a function."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found.append((node.lineno, ast.unparse(node.func.value), node.func.attr))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.append((node.lineno, "", node.func.id))
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_that_anybody_may_have_left_is_read_in_bounds(path: Path) -> None:
    name = path.relative_to(PACKAGE).as_posix()
    plain = [call for call in calls(path) if call[2] in PLAIN]
    opened = [call for call in calls(path) if call[2] == "open" and call[1] not in NOT_FILES]
    assert name in OWN or not plain, plain
    assert name in OWN | WRITES or not opened, opened


def test_the_exceptions_of_that_rule_are_needed() -> None:
    for name in OWN | WRITES:
        assert any(call[2] in (*PLAIN, "open", "load") for call in calls(PACKAGE / name)), name


def test_on_windows_files_are_opened_as_bytes_for_a_text_would_change_their_line_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = 0x8000  # O_BINARY of Microsoft's C library
    opened: list[int] = []
    system_open = os.open

    def recorded(path: Path, flags: int, mode: int = 0o777) -> int:
        opened.append(flags)
        return system_open(path, flags & ~binary, mode)

    for missing in ("O_NONBLOCK", "O_NOFOLLOW"):
        monkeypatch.delattr(os, missing)
    monkeypatch.setattr(os, "O_BINARY", binary, raising=False)
    monkeypatch.setattr(os, "open", recorded)
    there = runpy.run_path(bounded_files.__file__)
    os.close(there["open_for_writing"](tmp_path / "new", os.O_WRONLY))
    assert there["read_bounded"](tmp_path / "new", 10) == b""
    assert opened == [os.O_WRONLY | os.O_CREAT | binary, os.O_RDONLY | binary]
