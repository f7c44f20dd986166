"""The package as a library: what it offers, and what an import of it brings along."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

import explorer
from explorer.errors import ExplorerError
from explorer.training.examples import SHIPPED

ROOT = Path(__file__).parents[1]
HEAVY = ("captum", "matplotlib", "pandas", "plotly", "pydantic", "scipy", "sklearn", "streamlit", "torchvision")


def loaded_by(code: str) -> set[str]:
    """The top names of all modules that a fresh interpreter has loaded after some code."""
    code = f"{code}\nimport sys\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    return set(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True, timeout=60).split())


def test_importing_the_package_imports_no_torch_and_nothing_else_that_is_large() -> None:
    assert not loaded_by("import explorer\ndir(explorer)") & {"torch", "numpy", *HEAVY}


def test_looking_into_a_network_imports_torch_and_nothing_else_that_is_large() -> None:
    loaded = loaded_by("import explorer\nexplorer.capture, explorer.trace, explorer.attribute, explorer.health")
    assert "torch" in loaded
    assert not loaded & set(HEAVY)


def test_the_figures_and_the_list_of_runs_need_no_torch() -> None:
    assert "torch" not in loaded_by("import explorer\nexplorer.figures\nexplorer.Run")


@pytest.mark.parametrize("name", explorer.__all__)
def test_every_name_that_is_offered_is_there_and_is_listed(name: str) -> None:
    assert getattr(explorer, name).__doc__
    assert name in dir(explorer)


def test_a_name_that_is_not_offered_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'explorer' has no attribute 'captur'"):
        explorer.captur  # type: ignore[attr-defined]  # noqa: B018


def test_a_recorded_network_is_loaded_by_its_run_and_step() -> None:
    last, first = explorer.load("cnn-on-digits"), explorer.load(str(SHIPPED / "cnn-on-digits"), 0)
    run = explorer.Run.open(SHIPPED / "cnn-on-digits")
    for network, step in ((last, run.steps[-1]), (first, 0)):
        assert not network.training
        weights = run.weights(step)
        assert all(torch.equal(tensor, weights[name]) for name, tensor in network.state_dict().items())


def test_a_run_or_step_that_does_not_exist_is_refused_in_a_sentence() -> None:
    with pytest.raises(ExplorerError, match=r"There is no run 'cnn-on-digit'.*cnn-on-digits"):
        explorer.load("cnn-on-digit")
    with pytest.raises(ExplorerError, match="999999"):
        explorer.load("cnn-on-digits", 999_999)
