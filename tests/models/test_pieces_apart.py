"""Weights whose parts have other names than the network's: the one way to place them, or a sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torchvision import models

from explorer.errors import ExplorerError
from explorer.models import zoo
from explorer.models.blocks import classifier_of
from explorer.models.fitting import Fitted, fit
from explorer.models.weights import read_weights
from tests.models.test_fitting import FAMILIES, LARGE, OPTIONS, same

State = dict[str, Tensor]


class Small(nn.Module):
    """A stem, a stage and a head, as torchvision's networks have them."""

    def __init__(self, classes: int = 3, units: int = 4) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.rand(units))
        self.conv1 = nn.Conv2d(1, units, 3)
        self.bn1 = nn.BatchNorm2d(units)
        self.layer1 = nn.Sequential(nn.Conv2d(units, units, 3), nn.BatchNorm2d(units))
        self.fc = nn.Linear(units, classes)


def trained(classes: int = 3) -> State:
    """Weights of which no two are alike."""
    state = Small(classes).state_dict()
    return {name: torch.rand(value.shape) if value.is_floating_point() else value + 7 for name, value in state.items()}


def named(state: State, name: Callable[[str], str]) -> State:
    return {name(own): value for own, value in state.items()}


def begins(own: str, **called: str) -> str:
    """A name with another beginning, by its first part; ``rest`` stands for all others."""
    first, _, rest = own.partition(".")
    return f"{called[first]}{rest}" if first in called else f"{called.get('others', '')}{own}"


def fitted(state: object, path: Path, network: nn.Module | None = None) -> tuple[nn.Module, Fitted]:
    torch.save(state, path)
    filled = network or Small()
    return filled, fit(filled, read_weights(path), path.name)


CALLED: dict[str, Callable[[str], str]] = {
    "a backbone and a head": lambda own: begins(own, fc="head.", others="backbone."),
    "a backbone and a head in one": lambda own: begins(own, fc="model.head.", others="model.backbone."),
    "both in parallel": lambda own: begins(own, fc="module.head.", others="module.backbone."),
    "the backbone alone in parallel": lambda own: begins(own, fc="head.", others="backbone.module."),
    "a stage alone in parallel": lambda own: begins(own, layer1="module.layer1."),
    "a head behind dropout": lambda own: begins(own, fc="fc.1."),
    "a head behind dropout elsewhere": lambda own: begins(own, fc="classifier.1.", others="encoder."),
    "a stage elsewhere": lambda own: begins(own, layer1="late.layer1.", others="early."),
    "children by number": lambda own: begins(
        own, conv1="net.0.", bn1="net.1.", layer1="net.4.", fc="head.", others="net."
    ),
}


@pytest.mark.parametrize("called", CALLED)
@pytest.mark.parametrize("classes", [3, 5, 1])
def test_parts_are_found_under_other_names(tmp_path: Path, called: str, classes: int) -> None:
    expected = trained(classes)
    filled, found = fitted(named(expected, CALLED[called]), tmp_path / "own.pth")
    assert same(filled.state_dict(), expected)
    assert not found.unused


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LARGE else name for name in FAMILIES]
)
def test_a_backbone_and_a_head_behind_dropout_are_found_for_every_family(tmp_path: Path, name: str) -> None:
    network = models.get_model(name, weights=None, num_classes=7, **OPTIONS.get(name, {}))
    own, classifier = network.state_dict(), classifier_of(network)[0]
    state = {
        f"head.1.{key.removeprefix(f'{classifier}.')}" if key.startswith(f"{classifier}.") else f"backbone.{key}": value
        for key, value in own.items()
    }
    torch.save({"state_dict": state, "epoch": 3}, tmp_path / "own.pth")
    loaded = zoo.load(name, str(tmp_path / "own.pth"))
    assert all(value.equal(own[key]) for key, value in loaded.module.state_dict().items())
    assert "epoch" in loaded.unused
    assert loaded.notes == (f"The file calls parts of the network otherwise: {classifier} is head.1.",)


def test_what_lies_beside_is_left_and_said(tmp_path: Path) -> None:
    state = named(trained(), CALLED["a backbone and a head"]) | {"projector.weight": torch.rand(9, 9)}
    filled, found = fitted({"net": state, "epoch": 3}, tmp_path / "own.pth")
    assert filled.state_dict()["fc.weight"].equal(state["head.weight"])
    assert set(found.unused) == {"epoch", "projector.weight"}


def test_of_two_heads_that_fit_none_is_guessed(tmp_path: Path) -> None:
    state = named(trained(), lambda own: begins(own, fc="colour.", others="backbone."))
    state |= {"shape.weight": torch.rand(5, 4), "shape.bias": torch.rand(5)}
    with pytest.raises(ExplorerError, match=r"own\.pth holds 2 sets of tensors that fit fc of the network \(") as error:
        fitted(state, tmp_path / "own.pth")
    assert "colour" in str(error.value)
    assert "shape" in str(error.value)
    assert "under the name fc" in str(error.value)


@pytest.mark.parametrize("place", ["fc", "head"])
@pytest.mark.parametrize(
    "further",
    [
        {"0.weight": torch.rand(4), "0.bias": torch.rand(4), "0.running_mean": torch.rand(4)},  # a norm before it
        {"4.weight": torch.rand(6, 3), "4.bias": torch.rand(6)},  # a layer behind it
    ],
)
def test_a_head_of_several_layers_is_no_head_of_one(tmp_path: Path, place: str, further: State) -> None:
    state = named(trained(), lambda own: begins(own, fc=f"{place}.1."))
    state |= {f"{place}.{name}": value for name, value in further.items()}
    with pytest.raises(ExplorerError, match=r"own\.pth does not fit the network: 2 of its \d+ tensors are missing"):
        fitted(state, tmp_path / "own.pth")


@pytest.mark.parametrize("called", CALLED)
@pytest.mark.parametrize("lost", ["conv1.weight", "layer1.1.running_var", "fc.bias"])
def test_a_part_that_lacks_a_tensor_is_refused(tmp_path: Path, called: str, lost: str) -> None:
    state = trained()
    del state[lost]
    with pytest.raises(ExplorerError, match=r"own\.pth does not fit the network"):
        fitted(named(state, CALLED[called]), tmp_path / "own.pth")


def test_two_sets_of_weights_are_refused_with_their_places_unless_they_are_the_same(tmp_path: Path) -> None:
    first, second = trained(), trained()
    for content in ({"first": first, "second": second}, named(first, "a.{}".format) | named(second, "b.{}".format)):
        with pytest.raises(
            ExplorerError, match=r"two sets of weights that fit the network, (first and second|a and b)"
        ):
            fitted(content, tmp_path / "own.pth")
    filled, _ = fitted({"first": first, "again": first}, tmp_path / "own.pth")
    assert same(filled.state_dict(), first)
