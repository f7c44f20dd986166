"""What a wheel holds, and that its commands work from any folder."""

import os
import subprocess
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.wheel import ELSEWHERE, ROOT, Installed, installed

pytestmark = pytest.mark.slow
MOST = 20e6  # bytes


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return installed(tmp_path_factory.mktemp("wheel"))


def files_below(*folders: str) -> set[str]:
    """The files that git would keep below some folders of the clone."""
    return {
        str(path.relative_to(ROOT))
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_a_wheel_holds_the_package_and_what_lies_beside_it(package: Installed) -> None:
    with zipfile.ZipFile(package.wheel) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    beside = {name for name in files_below("sample_data") if not name.endswith(".py")}
    beside -= files_below("sample_data/readme")  # pictures of the README
    beside |= {"app.py", ".streamlit/config.toml"}
    assert held == files_below("explorer") | {f"explorer/share/{name}" for name in beside}
    assert package.wheel.stat().st_size < MOST


def test_a_source_distribution_has_all_that_the_tests_need(package: Installed) -> None:
    with tarfile.open(package.source) as source:
        held = {str(Path(*Path(name).parts[1:])) for name in source.getnames()}
    wanted = files_below("explorer", "sample_data", "tests") | {"app.py", ".streamlit/config.toml", "pyproject.toml"}
    wanted |= {"Dockerfile", ".dockerignore", "compose.yaml", "README.md", "LICENSE", "CITATION.cff"}
    assert wanted <= held


def test_an_installed_package_is_found_far_from_its_source_with_everything_in_reach(package: Installed) -> None:
    said = package.run(
        package.python, "-c", "from explorer.places import *; print(PACKAGE, APP.is_file(), SAMPLE_DATA, sep='\\n')"
    )
    share = package.packages / "explorer" / "share"
    assert said.split() == [str(package.packages / "explorer"), "True", str(share / "sample_data")]
    assert str(ROOT) not in package.run(package.python, "-c", "import sys; print(*sys.path, sep='\\n')").splitlines()
    counted = "from explorer.training.examples import SHIPPED; print(len(list(SHIPPED.iterdir())))"
    shipped = package.run(package.python, "-c", counted)
    assert int(shipped) == len(list((ROOT / "sample_data" / "runs").iterdir()))


@pytest.mark.parametrize("command", ["explorer", "deep-learning-explorer"])
def test_the_command_says_which_package_and_version_it_is_and_where_it_lies(package: Installed, command: str) -> None:
    named = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    told = f"deep-learning-explorer {named} ({package.packages / 'explorer'})\n"
    assert package.run(str(package.home / "bin" / command), "--version") == told
    assert f"version: {named}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_the_command_is_also_called_as_the_package_for_uvx_and_where_another_explorer_comes_first(
    package: Installed,
) -> None:
    [declared] = package.packages.glob("deep_learning_explorer-*.dist-info/entry_points.txt")
    commands = dict(line.split(" = ") for line in declared.read_text().splitlines() if " = " in line)
    assert set(commands) == {"explorer", "deep-learning-explorer"}
    assert commands["deep-learning-explorer"] == commands["explorer"]


STRANGER = """
import explorer
import torch

def layers(run: explorer.Run) -> int:
    return len(explorer.trace(explorer.load(run), torch.zeros(1, 50, 2)).layers)

wrong: str = layers
explorer.figures.gates(explorer.trace(torch.nn.GRU(2, 3), torch.zeros(5, 1, 2)))
print(explorer.capture)
"""


def test_the_types_of_the_package_are_known_to_a_strangers_script(package: Installed) -> None:
    script = package.home / "script.py"
    script.write_text(STRANGER, encoding="utf-8")
    checked = subprocess.run(
        [package.python, "-m", "mypy", "--strict", "--cache-dir", os.devnull, str(script)],
        cwd=ELSEWHERE,
        env=package.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert "import-untyped" not in checked.stdout
    assert "Found 1 error" in checked.stdout, checked.stdout  # the wrong type, and nothing else
    assert 'variable has type "str"' in checked.stdout


def test_a_network_is_trained_on_the_shipped_series_from_any_folder(package: Installed) -> None:
    said = package.run(package.command, "train", "--dataset", "passengers", "--training.epochs", "1")
    assert "Finished: " in said
    assert "finished" in package.run(package.command, "runs")
