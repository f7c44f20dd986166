"""The code is linted, formatted and typed, and the README gives the commands that continuous integration runs."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], pytest.param(["mypy"], marks=pytest.mark.slow)],
    ids=["ruff check", "ruff format", "mypy"],
)
def test_tool_finds_nothing(command: list[str]) -> None:
    outcome = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_continuous_integration_runs_exactly_the_test_command_of_the_readme() -> None:
    last_line = (ROOT / ".ci" / "run").read_text().strip().splitlines()[-1]
    assert last_line.endswith("-m pytest")
    assert last_line in (ROOT / "README.md").read_text().splitlines()


def test_no_test_runs_a_coroutine_in_the_thread_in_which_playwright_keeps_its_event_loop() -> None:
    apart = ("event_loop.py", "proxy.py", Path(__file__).name)  # the proxy is a process of its own
    own = [path for path in (ROOT / "tests").rglob("*.py") if path.name not in apart]
    assert [path.name for path in own if "asyncio.run(" in path.read_text()] == []
