"""Weights into a network: of whatever a file holds, the one set of tensors that fits."""

import re
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torchvision import models

from explorer.errors import ExplorerError
from explorer.models import zoo
from explorer.models.filling import fill
from explorer.models.fitting import fit
from explorer.models.weights import read_weights, versioned

OPTIONS: dict[str, dict[str, Any]] = {name: {"init_weights": False} for name in ("googlenet", "inception_v3")}
# one of each file of torchvision's with modules of its own, the smallest
FAMILIES = (
    "alexnet",
    "convnext_tiny",
    "densenet121",
    "efficientnet_b0",
    "googlenet",
    "inception_v3",
    "maxvit_t",
    "mnasnet0_5",
    "mnasnet0_75",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "regnet_y_400mf",
    "resnet18",
    "shufflenet_v2_x0_5",
    "squeezenet1_1",
    "swin_t",
    "vgg11_bn",
    "vit_b_32",
)
LARGE = ("alexnet", "convnext_tiny", "maxvit_t", "swin_t", "vgg11_bn", "vit_b_32")  # 100 MB and more


def network() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3))


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return first.keys() == second.keys() and all(first[name].equal(second[name]) for name in first)


def fitted(content: Any, path: Path) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """What a network has after it was filled with a file, and what of the file was not used."""
    torch.save(content, path)
    filled = network()
    unused = fit(filled, read_weights(path), path.name).unused
    return filled.state_dict(), unused


def averaged(trained: nn.Module) -> dict[str, Tensor]:
    state: dict[str, Tensor] = torch.optim.swa_utils.AveragedModel(trained).state_dict()
    return state


def counted(trained: nn.Module) -> dict[str, Tensor]:
    """As thop leaves it: a buffer in every module."""
    for module in trained.modules():
        module.register_buffer("total_ops", torch.zeros(1, dtype=torch.float64))
        module.register_buffer("total_params", torch.zeros(1, dtype=torch.float64))
    return trained.state_dict()


def below(prefix: str) -> Callable[[nn.Module], dict[str, Tensor]]:
    return lambda trained: {f"{prefix}{name}": value for name, value in trained.state_dict().items()}


WRAPPINGS: dict[str, tuple[Callable[[nn.Module], Any], set[str]]] = {
    "a state dict": (lambda trained: trained.state_dict(), set()),
    "a checkpoint": (lambda trained: {"state_dict": trained.state_dict(), "epoch": 3}, {"epoch"}),
    "torchvision's own": (lambda trained: {"model": trained.state_dict(), "epoch": 3}, {"epoch"}),
    "PyTorch's tutorial's": (
        lambda trained: {"model_state_dict": trained.state_dict(), "optimizer_state_dict": {"state": {}}, "loss": 0.1},
        {"optimizer_state_dict", "loss"},
    ),
    "any other name": (lambda trained: {"a": {"b": {"c": trained.state_dict()}}}, set()),
    "numbers beside the tensors": (lambda trained: {**trained.state_dict(), "epoch": 3}, {"epoch"}),
    "in parallel": (lambda trained: nn.DataParallel(trained).state_dict(), set()),
    "within another": (below("module.model."), set()),
    "below any name": (below("my_net.encoder."), set()),
    "compiled": (below("_orig_mod."), set()),
    "compiled in parallel": (below("module._orig_mod."), set()),
    "compiled within": (
        lambda trained: {re.sub(r"^(\d)", r"\1._orig_mod", name): v for name, v in trained.state_dict().items()},
        set(),
    ),
    "averaged": (averaged, {"n_averaged"}),
    "with its moving average": (
        lambda trained: {"model": trained.state_dict(), "ema": network().state_dict()},
        {"ema"},
    ),
    "with counters": (counted, {"total_ops", "0.total_params"}),
    "Lightning's": (
        lambda trained: {
            "epoch": 1,
            "state_dict": below("model.")(trained) | {"loss.weight": torch.ones(3)},
            "optimizer_states": [{"state": {0: {"exp_avg": torch.zeros(2)}}}],
            "hyper_parameters": {"rate": 0.1},
        },
        {"epoch", "optimizer_states", "hyper_parameters", "loss.weight"},
    ),
    "with an optimiser's tensors": (
        lambda trained: {
            "optimizer": {"state": {n: {"exp_avg": torch.zeros(3, 8)} for n in range(4)}},
            "net": trained.state_dict(),
        },
        {"optimizer"},
    ),
    "without counts of batches": (
        lambda trained: {k: v for k, v in trained.state_dict().items() if "num_batches" not in k},
        set(),
    ),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_tensors_are_found_in_whatever_wraps_them_and_the_rest_is_said(tmp_path: Path, wrapping: str) -> None:
    wrap, unused = WRAPPINGS[wrapping]
    trained = network()
    expected = {name: value.clone() for name, value in trained.state_dict().items()}
    state, said = fitted(wrap(trained), tmp_path / "own.pth")
    assert same(state, expected)
    assert unused <= set(said)
    assert bool(said) == bool(unused)


def test_a_file_with_other_classes_gives_the_network_as_many(tmp_path: Path) -> None:
    own = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 5))
    assert same(fitted({"net": own.state_dict()}, tmp_path / "own.pth")[0], own.state_dict())


def test_the_part_that_fits_is_taken_among_several_networks(tmp_path: Path) -> None:
    teacher = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(16, 3))
    student = network()
    content = {**below("teacher.")(teacher), **below("student.")(student)}
    assert same(fitted(content, tmp_path / "own.pth")[0], student.state_dict())


def test_a_larger_network_with_the_same_beginning_is_refused(tmp_path: Path) -> None:
    larger = OrderedDict({**network().state_dict(), "4.weight": torch.zeros(3, 3)})
    with pytest.raises(ExplorerError, match=r"1 tensors in the file are not in the network \(4\.weight\)"):
        fitted(larger, tmp_path / "own.pth")
    torch.save(models.resnet34().state_dict(), tmp_path / "resnet34.pth")
    with pytest.raises(ExplorerError, match=r"tensors in the file are not in the network \(layer1\.2\.conv1\.weight"):
        zoo.load("resnet18", str(tmp_path / "resnet34.pth"))


def test_what_does_not_fit_is_counted_and_named(tmp_path: Path) -> None:
    state = network().state_dict()
    state["1.weight"] = torch.zeros(5)
    state["fc.weight"] = state.pop("0.bias")
    for give in (lambda: fill(network(), state, "own.pth"), lambda: fitted(state, tmp_path / "own.pth")):
        with pytest.raises(ExplorerError) as caught:
            give()
        said = str(caught.value)
        assert "own.pth does not fit" in said
        assert "1 of its 9 tensors are missing (0.bias)" in said
        assert "1 tensors in the file are not in the network (fc.weight)" in said
        assert "1 tensors have another shape (1.weight: 5 in the file, 2 in the network)" in said


def meta(value: Tensor) -> Tensor:
    return value.to("meta")


def quantised(value: Tensor) -> Tensor:
    return torch.quantize_per_tensor(value, 0.1, 0, torch.qint8)


KINDS: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "sparse COO": (lambda value: value.to_sparse(), "to_dense"),
    "sparse CSR": (lambda value: value.to_sparse_csr(), "to_dense"),
    "quantised": (quantised, "dequantize"),
    "meta": (meta, "without values"),
    "whole numbers": (lambda value: value.to(torch.int8), "int8 in place of float32"),
    "complex": (lambda value: value.to(torch.complex64), "complex64 in place of float32"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["3.weight", "module.3.weight"])
def test_tensors_that_are_no_plain_numbers_are_refused_with_what_to_save(tmp_path: Path, kind: str, name: str) -> None:
    change, advice = KINDS[kind]
    prefix = name.removesuffix("3.weight")
    state = below(prefix)(network())
    state[name] = change(state[name])
    with pytest.raises(ExplorerError, match=rf"own\.pth .*3\.weight.*{advice}|own\.pth is not a weights file"):
        fitted(state, tmp_path / "own.pth")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_are_read(tmp_path: Path, dtype: torch.dtype) -> None:
    trained = network().to(dtype)
    state, _ = fitted(trained.state_dict(), tmp_path / "own.pth")
    assert state["3.weight"].equal(trained.state_dict()["3.weight"].float())


@pytest.mark.parametrize("depth", [2000, 30000])
def test_names_thousands_deep_are_no_trouble(tmp_path: Path, depth: int) -> None:
    trained = network()
    assert same(fitted(below("module." * depth)(trained), tmp_path / "own.pth")[0], trained.state_dict())
    with pytest.raises(ExplorerError, match="does not fit the network"):
        fitted({"a." * depth + "weight": torch.zeros(2)}, tmp_path / "own.pth")


# ── torchvision's networks ───────────────────────────────────────────────────────────────────────────────────────────
def test_the_families_are_all_there_are() -> None:
    homes = {models.get_model_builder(name).__module__ for name in zoo.networks()[1:]}
    assert {models.get_model_builder(name).__module__ for name in FAMILIES} == homes


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LARGE else name for name in FAMILIES]
)
def test_a_file_of_every_family_is_loaded_with_its_versions_and_without(tmp_path: Path, name: str) -> None:
    own = models.get_model(name, weights=None, num_classes=7, **OPTIONS.get(name, {})).state_dict()
    torch.save({"model_state_dict": own}, tmp_path / "own.pth")
    save_file({f"module.{key}": value for key, value in own.items()}, tmp_path / "own.safetensors")
    for file in ("own.pth", "own.safetensors"):
        loaded = zoo.load(name, str(tmp_path / file))
        state = loaded.module.state_dict()
        assert all(value.equal(own[key]) for key, value in state.items())
        assert loaded.class_names == tuple(f"class {number}" for number in range(7))


@pytest.mark.filterwarnings("ignore:A new version of MNASNet")
def test_the_first_mnasnets_have_another_stem_and_are_loaded_as_torchvision_does(tmp_path: Path) -> None:
    own, expected = models.mnasnet0_5(), models.mnasnet0_5()
    own._load_from_state_dict(OrderedDict(), "", {"version": 1}, False, [], [], [])  # makes itself one of these
    torch.save(own.state_dict(), tmp_path / "own.pth")
    expected.load_state_dict(own.state_dict())
    assert expected.layers[0].weight.shape != models.mnasnet0_5().layers[0].weight.shape
    assert same(zoo.load("mnasnet0_5", str(tmp_path / "own.pth")).module.state_dict(), expected.state_dict())


def test_names_of_before_are_understood_in_a_densenet(tmp_path: Path) -> None:
    dense = models.densenet121().state_dict()
    numbered = re.compile(r"(denselayer\d+\.(?:norm|conv))([12])\.")
    torch.save({numbered.sub(r"\1.\2.", name): value for name, value in dense.items()}, tmp_path / "dense.pth")
    assert same(zoo.load("densenet121", str(tmp_path / "dense.pth")).module.state_dict(), dense)


@pytest.mark.slow
def test_names_of_before_are_understood_in_a_vision_transformer(tmp_path: Path) -> None:
    vit = models.vit_b_32().state_dict()  # https://github.com/pytorch/vision/pull/6053 renamed linear_1 to 0
    old = {name.replace("mlp.0.", "mlp.linear_1.").replace("mlp.3.", "mlp.linear_2."): v for name, v in vit.items()}
    assert old.keys() != vit.keys()
    torch.save({f"module.{name}": value for name, value in old.items()}, tmp_path / "vit.pth")
    assert same(zoo.load("vit_b_32", str(tmp_path / "vit.pth")).module.state_dict(), vit)


@pytest.mark.parametrize("name", ["mnasnet0_5", "resnet18"])
def test_a_state_dict_that_was_rebuilt_has_the_versions_of_its_network(name: str) -> None:
    first, second = (models.get_model(name, weights=None) for _ in range(2))
    second.load_state_dict(versioned(dict(first.state_dict()), second))
    assert same(first.state_dict(), second.state_dict())


def test_what_a_file_of_torch_holds_is_what_a_file_of_safetensors_holds(tmp_path: Path) -> None:
    trained, filled = network(), network()
    save_file(below("module.")(trained), tmp_path / "own.safetensors")
    fit(filled, read_weights(tmp_path / "own.safetensors"), "own")
    assert same(filled.state_dict(), trained.state_dict())
