"""The notebooks that come along and the README's examples: they run, and they make the same calls."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.places import SAMPLE_DATA

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((SAMPLE_DATA / "notebooks").glob("*.ipynb"))
EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
# in a process of its own: a notebook's client runs an event loop, and this one may have that of Playwright
EXECUTE = """
import sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
print(*sorted({kind for output in outputs for kind in output.get("data", ())}))
print(*[output.text for output in outputs if output.output_type == "stream"])
"""


def code_of(notebook: Path) -> list[list[str]]:
    """The lines of every cell of code."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]).splitlines() for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_figures_and_tables(notebook: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", EXECUTE, str(notebook)]
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
    }  # two threads on busy cores wait for each other
    env["PYTHONWARNINGS"] = "ignore:IProgress not found"  # captum's progress bar misses a widget that it can do without
    ran = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=600)
    assert ran.returncode == 0, ran.stderr[-3000:]
    shown, printed = ran.stdout.split("\n", 1)
    assert {"application/vnd.plotly.v1+json", "text/plain"} <= set(shown.split())
    assert not printed.strip()  # no warning either


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(notebook: Path) -> None:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert len(code) >= 4


def test_there_is_an_example_for_each_notebook() -> None:
    assert len(EXAMPLES) == len(NOTEBOOKS) == 3


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.strip().splitlines()[-1][:40])
def test_an_example_of_the_readme_runs_and_its_calls_are_those_of_a_notebook(example: str) -> None:
    exec(compile(example, "README.md", "exec"), {"__name__": "example"})
    calls = [line.strip() for line in example.splitlines() if re.search(r"explorer\.\w+\(|figures\.\w+\(", line)]
    assert len(calls) >= 3
    assert any(
        all(call in {line.strip() for cell in code_of(notebook) for line in cell} for call in calls)
        for notebook in NOTEBOOKS
    ), calls
