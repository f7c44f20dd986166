"""The package as a library: what it offers, and what an import of it brings along."""

import inspect
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

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


def test_the_parts_of_the_package_are_there_without_an_import_of_their_own() -> None:
    assert "torch" in loaded_by(
        "import explorer\nexplorer.datasets.load, explorer.inspection.project, explorer.training.Trainer"
    )


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


NETWORK = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(2 * 6 * 6, 3))
PICTURE = torch.arange(64.0).reshape(1, 1, 8, 8) / 64
# a network, what it reads, and what else must be said
LOOKS: dict[str, Callable[[Any, Any], object]] = {
    "ablate": lambda model, inputs: explorer.ablate(model, inputs, {"0": [1]}),
    "attribute": lambda model, inputs: explorer.attribute(model, inputs, 0, "saliency"),
    "capture": explorer.capture,
    "deletion_insertion": lambda model, inputs: explorer.deletion_insertion(model, inputs, PICTURE, target=0),
    "explain_pixel": lambda model, inputs: explorer.explain_pixel(model, inputs, 0, 0, 0, "0"),
    "health": explorer.health,
    "layer_table": explorer.layer_table,
    "network_graph": explorer.network_graph,
    "receptive_field": lambda model, inputs: explorer.receptive_field(model, inputs, "0"),
}
SEQUENCE = torch.zeros(1, 4, 3)
TIMED: dict[str, Callable[[Any, Any], object]] = {
    "equations": lambda model, inputs: explorer.equations(model, inputs, 0, 0),
    "gradients_through_time": lambda model, inputs: explorer.gradients_through_time(model, inputs, torch.sum),
    "trace": explorer.trace,
}


def test_every_look_takes_the_network_first_and_then_what_it_reads() -> None:
    looks = {name: getattr(explorer, name) for name in explorer.__all__}
    looks = {name: look for name, look in looks.items() if getattr(look, "__module__", "").startswith("explorer.insp")}
    assert set(looks) == LOOKS.keys() | TIMED.keys()
    for look in looks.values():
        assert list(inspect.signature(look).parameters)[:2] == ["model", "inputs"]


@pytest.mark.parametrize("name", [*LOOKS, *TIMED])
def test_a_wrong_call_is_answered_in_a_sentence(name: str) -> None:
    look = LOOKS.get(name) or TIMED[name]
    network, inputs = (NETWORK, PICTURE) if name in LOOKS else (nn.GRU(3, 4, batch_first=True), SEQUENCE)
    look(network, inputs)
    for wrong in ((inputs, network), (network, [inputs]), (network, "conv1"), (network, None)):
        with pytest.raises(ExplorerError) as refused:
            look(*wrong)
        assert len(str(refused.value)) < 200
        assert "[" not in str(refused.value)  # a printed tensor


def test_a_target_that_is_none_is_answered_in_a_sentence() -> None:
    with pytest.raises(ExplorerError, match=r"not a tensor of shape \(1, 1, 8, 8\)\.$"):
        explorer.attribute(NETWORK, PICTURE, PICTURE, "saliency")  # type: ignore[arg-type]


def test_a_map_is_scored_by_the_network_and_the_class_that_it_explains() -> None:
    found = explorer.attribute(NETWORK, PICTURE, 2, "saliency")
    faithful = explorer.deletion_insertion(NETWORK, PICTURE, found, steps=4, orders=0)
    with torch.no_grad():
        ends = [NETWORK(picture).softmax(1)[0, 2].item() for picture in (PICTURE, torch.zeros_like(PICTURE))]
    assert faithful.deletion[0, [0, -1]].tolist() == pytest.approx(ends)
    first = explorer.explain_pixel(NETWORK, PICTURE, 1, 4, 5, layer="0")
    with torch.no_grad():
        assert first.value == pytest.approx(NETWORK[0](PICTURE)[0, 1, 4, 5].item())
    with pytest.raises(ExplorerError, match="Choose one of the convolutions 0, such as layer='0'"):
        explorer.explain_pixel(NETWORK, PICTURE, 1, 4, 5)


@pytest.mark.parametrize("target", [torch.tensor(2), np.int64(2)], ids=["tensor", "numpy"])
def test_a_class_scores_its_probability_whatever_kind_of_whole_number_names_it(target: Any) -> None:
    maps = torch.rand(1, 8, 8)
    found, expected = (
        explorer.deletion_insertion(NETWORK, PICTURE, maps, target=one, steps=4, orders=0) for one in (target, 2)
    )
    assert torch.equal(found.deletion, expected.deletion)


@pytest.mark.parametrize("maps", [np.zeros((1, 8, 8)), "saliency"], ids=["numpy", "words"])
def test_a_map_that_is_no_tensor_is_refused(maps: Any) -> None:
    with pytest.raises(ExplorerError, match="An attribution is what attribute gives, or a tensor, not"):
        explorer.deletion_insertion(NETWORK, PICTURE, maps, target=2)


def test_wrong_lengths_of_a_large_batch_are_not_all_printed() -> None:
    batch = torch.zeros(1000, 3, 4)
    with pytest.raises(ExplorerError, match="Every length must be from 1 to 3") as refused:
        explorer.trace(nn.LSTM(4, 2, batch_first=True), batch, lengths=[7] * 1000)
    assert len(str(refused.value)) < 200


def test_an_output_without_numbers_is_a_row_without_numbers() -> None:
    captured = explorer.capture(nn.Sequential(nn.Linear(3, 2)), torch.zeros(0, 3))
    assert "<td>0</td><td>0x2</td><td></td>" in captured._repr_html_()


def test_one_layer_is_captured_by_its_name_and_a_field_is_found_for_a_picture_or_its_shape() -> None:
    assert list(explorer.capture(NETWORK, PICTURE, "1")) == ["1"]
    sizes = {explorer.receptive_field(NETWORK, given, "0").size for given in (PICTURE, PICTURE.shape, (1, 8, 8))}
    assert sizes == {3}
    in_the_former_order: Any = ("0", (1, 8, 8))
    assert explorer.receptive_field(NETWORK, *in_the_former_order).size == 3
