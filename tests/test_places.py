from collections.abc import Callable
from pathlib import Path, PurePosixPath, PureWindowsPath

import platformdirs
import pytest
from platformdirs import windows
from platformdirs.api import PlatformDirsABC
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from platformdirs.windows import Windows

from explorer.places import cache_root, runs_root, uploads_root

OWN = {"EXPLORER_RUNS": runs_root, "EXPLORER_UPLOADS": uploads_root, "EXPLORER_DATA": cache_root}

# where each system keeps what is a person's own, and what can be fetched or computed again
LINUX = "/home/ada/.local/share/deep-learning-explorer"
MAC = "/home/ada/Library/Application Support/deep-learning-explorer"
WINDOWS = "C:/Users/Ada/AppData/Local/deep-learning-explorer"
SYSTEMS = {
    Unix: (f"{LINUX}/runs", f"{LINUX}/uploads", "/home/ada/.cache/deep-learning-explorer"),
    MacOS: (f"{MAC}/runs", f"{MAC}/uploads", "/home/ada/Library/Caches/deep-learning-explorer"),
    Windows: (f"{WINDOWS}/runs", f"{WINDOWS}/uploads", f"{WINDOWS}/Cache"),
}


@pytest.fixture(autouse=True)
def nothing_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (*OWN, "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", "/home/ada")


@pytest.mark.parametrize("system", SYSTEMS)
def test_runs_uploads_and_downloads_lie_where_the_system_keeps_a_persons_own(
    system: type[PlatformDirsABC], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCALAPPDATA", r"C:\Users\Ada\AppData\Local")
    monkeypatch.setattr(windows, "get_win_folder", windows.get_win_folder_from_env_vars)  # there is no shell to ask
    monkeypatch.setattr(platformdirs, "PlatformDirs", system)
    kind = PureWindowsPath if system is Windows else PurePosixPath
    assert [kind(str(place())) for place in OWN.values()] == [kind(place) for place in SYSTEMS[system]]


def test_the_folder_of_data_can_be_moved_as_on_every_linux_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platformdirs, "PlatformDirs", Unix)
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert runs_root() == Path("/data/deep-learning-explorer/runs")


@pytest.mark.parametrize(("variable", "place"), OWN.items())
def test_a_variable_chooses_another_folder(
    variable: str, place: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    without = place()
    monkeypatch.setenv(variable, "~/somewhere")
    assert place() == Path("/home/ada/somewhere")
    monkeypatch.setenv(variable, "~nobody-is-called-so/somewhere")
    assert place() == Path("~nobody-is-called-so/somewhere")
    monkeypatch.setenv(variable, "")
    assert place() == without
