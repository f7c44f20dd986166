"""The lock as Windows has it: a byte far beyond the file's end is locked, since locked bytes cannot be read there."""

import os
import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from explorer.training import lock as on_this_system

Region = tuple[int, int]  # a file, and a byte of it


class FakeMsvcrt:
    """The C library's ``locking``: one holder a region, and the file's end is no bound."""

    LK_NBLCK, LK_UNLCK = 2, 0

    def __init__(self) -> None:
        self.held: dict[Region, int] = {}

    def locking(self, descriptor: int, mode: int, size: int) -> None:
        region = os.fstat(descriptor).st_ino, os.lseek(descriptor, 0, os.SEEK_CUR)
        assert size == 1
        if mode == self.LK_UNLCK:
            assert self.held.pop(region) == descriptor
        elif region in self.held:
            raise OSError(36, "Resource deadlock avoided")  # what msvcrt says of a region that another holds
        else:
            self.held[region] = descriptor


@pytest.fixture
def msvcrt(monkeypatch: pytest.MonkeyPatch) -> FakeMsvcrt:
    fake = FakeMsvcrt()
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(**{name: getattr(fake, name) for name in NAMES}))
    monkeypatch.setitem(sys.modules, "fcntl", None)  # importing it fails, as there
    return fake


NAMES = ("LK_NBLCK", "LK_UNLCK", "locking")


@pytest.fixture
def lock(msvcrt: FakeMsvcrt) -> Iterator[Any]:
    """The module, as it is imported on Windows."""
    spec = spec_from_file_location("lock_on_windows", on_this_system.__file__)
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_has_one_holder_whose_process_is_known_and_frees_it_at_once(
    lock: Any, msvcrt: FakeMsvcrt, tmp_path: Path
) -> None:
    path = tmp_path / "lock"
    assert not lock.held(path)
    first, second = lock.Lock(path), lock.Lock(path)
    assert first.acquire()
    assert not second.acquire()
    assert lock.held(path)
    assert lock.holder(path) == os.getpid()
    first.release()
    assert msvcrt.held == {}
    assert not lock.held(path)
    assert msvcrt.held == {}  # whoever only asked holds nothing
    assert second.acquire()
    second.release()


def test_the_bytes_that_name_the_holder_are_not_locked(lock: Any, msvcrt: FakeMsvcrt, tmp_path: Path) -> None:
    holding = lock.Lock(tmp_path / "lock")
    assert holding.acquire()
    [(_, place)] = msvcrt.held
    assert place > (tmp_path / "lock").stat().st_size
    assert (tmp_path / "lock").read_text() == str(os.getpid())
    holding.release()
