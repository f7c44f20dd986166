"""The code is linted, formatted and typed, and the README gives the commands that continuous integration runs."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        pytest.param(["mypy"], marks=pytest.mark.slow),
        # a name that Windows lacks, outside a branch for other systems, is a fault
        pytest.param(
            ["mypy", "--platform", "win32", "--cache-dir", ".mypy_cache/win32", "explorer", "app.py"],
            marks=pytest.mark.slow,
        ),
    ],
    ids=["ruff check", "ruff format", "mypy", "mypy for Windows"],
)
def test_tool_finds_nothing(command: list[str]) -> None:
    outcome = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_every_file_can_be_checked_out_on_windows() -> None:
    below = [path for folder in ("explorer", "sample_data", "tests") for path in (ROOT / folder).rglob("*")]
    names = [path.relative_to(ROOT) for path in below if "__pycache__" not in path.parts]
    assert len(names) > 100
    assert len({str(name).lower() for name in names}) == len(names)
    for name in names:
        assert len(str(name)) < 120, f"{name}: a path has 260 characters at most, and a person's folder is a part of it"
        assert all(re.fullmatch(r'[^<>:"|?*\\]*[^<>:"|?*\\. ]', part) for part in name.parts), name
        assert not any(re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", part) for part in name.parts), name


def section(heading: str) -> str:
    """A section of the README."""
    return (ROOT / "README.md").read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]


def command(heading: str) -> str:
    """The one command that a section of the README begins with."""
    [line] = section(heading).split("```")[1].strip().splitlines()
    return line


def test_continuous_integration_runs_exactly_the_test_command_of_the_readme() -> None:
    last_line = (ROOT / ".ci" / "run").read_text(encoding="utf-8").strip().splitlines()[-1]
    assert last_line == command("Run the tests")
    assert last_line.endswith("/pytest")


def test_the_dashboard_is_opened_by_the_packages_own_name_and_by_a_shorter_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"`uvx {project['name']}`" in section("Open the dashboard")
    assert {project["name"], Path(command("Open the dashboard")).name} == set(project["scripts"])


def test_no_test_runs_a_coroutine_in_the_thread_in_which_playwright_keeps_its_event_loop() -> None:
    apart = ("event_loop.py", "proxy.py", Path(__file__).name)  # the proxy is a process of its own
    own = [path for path in (ROOT / "tests").rglob("*.py") if path.name not in apart]
    assert [path.name for path in own if "asyncio.run(" in path.read_text()] == []
