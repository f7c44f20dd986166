"""Inspection never changes the model: one contract for every function that takes one."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection import (
    Ascent,
    ablate,
    attribute,
    capture,
    class_score,
    default_layer,
    deletion_insertion,
    edit_weight,
    effective_field,
    explain_pixel,
    geometric_window,
    health,
    kernels,
    layer_call,
    layer_maps,
    layer_table,
    network_graph,
    penultimate,
    pooling_window,
    predict,
    randomisation_check,
    rank_channels,
    receptive_field,
    sliding_sum,
    top_patches,
    visualise,
)
from tests.inspection.reparametrised_cases import by_weight_norm_hook


class Watched(nn.Module):
    """A network with everything that a careless inspection changes; it can be made to fail halfway."""

    seen: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(2, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.activation = nn.ReLU(inplace=True)
        self.dropout = nn.Dropout(0.5)
        self.pooling = nn.MaxPool2d(2)
        self.head = nn.Linear(36, 3)
        self.register_buffer("seen", torch.zeros(()))
        self.failing = False
        self.grid: Tensor | None = None  # made in the first forward pass, and kept

    def forward(self, images: Tensor) -> Tensor:
        self.seen += 1
        self.latest = images  # replaced in each forward pass
        if self.grid is None:
            self.grid = torch.zeros(6, dtype=images.dtype, device=images.device)
        hidden = self.activation(self.norm(self.convolution(images + self.grid))) + torch.rand(())
        if self.failing:
            raise RuntimeError("told to fail")
        logits: Tensor = self.head(self.pooling(self.dropout(hidden)).flatten(1))
        return logits


IMAGES = torch.randn(3, 2, 6, 6, generator=torch.Generator().manual_seed(0))
LOOKS: dict[str, Callable[[Watched], Any]] = {
    "capture": lambda model: capture(model, IMAGES),
    "explain_pixel": lambda model: explain_pixel(model.convolution, IMAGES[0], 1, 2, 3),
    "sliding_sum": lambda model: sliding_sum(model.convolution, IMAGES[0], 1),
    "receptive_field": lambda model: receptive_field(model, (2, 6, 6), "pooling"),
    "layer_table": lambda model: layer_table(model, (2, 6, 6)),
    "health": lambda model: health(model, IMAGES),
    "predict": lambda model: predict(model, IMAGES, batch_size=2),
    "kernels": kernels,
    "network_graph": lambda model: network_graph(model, IMAGES),
    "layer_maps": lambda model: layer_maps(model, IMAGES, "activation"),
    "layer_call": lambda model: layer_call(model, IMAGES, "activation"),
    "effective_field": lambda model: effective_field(model, IMAGES, "activation", 1, 2, 3),
    "geometric_window": lambda model: geometric_window(model, IMAGES, "activation", 2, 3),
    "pooling_window": lambda model: pooling_window(model.pooling, IMAGES[0], 1, 2, 0),
    "ablate": lambda model: ablate(model, IMAGES, {"activation": [1], "norm": [0]}),
    "rank_channels": lambda model: rank_channels(model, IMAGES[:2], "activation", 1, chunk=3),
    "top_patches": lambda model: top_patches(model, IMAGES, "activation", count=2),
    "edit_weight": lambda model: edit_weight(model, IMAGES, "convolution.weight", (1, 0, 2, 2), 3.0),
    "visualise": lambda model: list(
        visualise(model, "norm", 1, (2, 6, 6), torch.zeros(2), torch.ones(2), Ascent(iterations=3))
    ),
    "penultimate": lambda model: penultimate(model, IMAGES),
    "attribute": lambda model: attribute(model, IMAGES, 1, "integrated_gradients", steps=3),
    "grad_cam": lambda model: attribute(model, IMAGES, (0, 2), "grad_cam", layer="activation"),
    "randomisation_check": lambda model: list(randomisation_check(model, IMAGES[:1], 1, "saliency")),
    "class_score": lambda model: class_score(model, 1)(IMAGES),
    "default_layer": lambda model: default_layer(model, IMAGES),
    "deletion_insertion": lambda model: deletion_insertion(class_score(model, 1), IMAGES, IMAGES, steps=3),
}
FORWARD = (
    "capture",
    "receptive_field",
    "layer_table",
    "health",
    "predict",
    "ablate",
    "rank_channels",
    "top_patches",
    "edit_weight",
    "visualise",
    "penultimate",
    "network_graph",
    "layer_maps",
    "layer_call",
    "effective_field",
    "geometric_window",
    "default_layer",
    "deletion_insertion",
)


def state(model: Watched) -> dict[str, Any]:
    """The state of a model that others may rely on; the tensors themselves, and copies."""
    tensors = [*model.parameters(), *model.buffers()]
    return {
        "tensors": [id(tensor) for tensor in tensors],
        "values": [tensor.detach().numpy().tobytes() for tensor in tensors],
        "gradients": [None if p.grad is None else p.grad.numpy().tobytes() for p in model.parameters()],
        "needed": [parameter.requires_grad for parameter in model.parameters()],
        "modes": [module.training for module in model.modules()],
        "hooks": [
            (dict(module._forward_hooks), dict(module._forward_pre_hooks), dict(module._backward_hooks))
            for module in model.modules()
        ],
        "attributes": {
            (place, name): value if value is None else id(value)
            for place, module in model.named_modules()
            for name, value in vars(module).items()
            if value is None or isinstance(value, Tensor)
        },
        "random": torch.random.get_rng_state().numpy().tobytes(),
        "inputs": IMAGES.numpy().tobytes(),
        "grad_enabled": torch.is_grad_enabled(),
    }


def watched() -> Watched:
    model = Watched().train()
    model.norm.eval()  # someone froze this one: it must stay so
    model.head.requires_grad_(False)
    model(IMAGES).sum().backward()
    model.activation.register_forward_hook(lambda *_: None)
    return model


@pytest.mark.parametrize("name", LOOKS)
def test_inspection_changes_nothing(name: str) -> None:
    model = watched()
    before = state(model)
    LOOKS[name](model)
    assert state(model) == before


@pytest.mark.parametrize("name", FORWARD)
def test_inspection_changes_nothing_when_the_model_fails(name: str) -> None:
    model = watched()
    model.failing = True
    before = state(model)
    with pytest.raises((RuntimeError, ExplorerError), match="told to fail"):
        LOOKS[name](model)
    assert state(model) == before


@pytest.mark.parametrize("name", LOOKS)
def test_inspection_keeps_the_weight_that_a_hook_has_computed_for_the_loss(name: str) -> None:
    """It may have a gradient history; and in a pass without memory it would be replaced by one without values."""
    model = watched()
    by_weight_norm_hook(model.head, "weight")
    model(IMAGES)
    before = state(model)
    LOOKS[name](model)
    assert state(model) == before
    assert model.head.weight.requires_grad


@pytest.mark.parametrize("name", LOOKS)
def test_a_network_can_be_used_after_it_has_only_been_inspected(name: str) -> None:
    """What it keeps from its first forward pass is of that pass, not of an inspection without memory."""
    model = Watched()
    LOOKS[name](model)
    assert model.grid is None
    assert model(IMAGES).isfinite().all()


@pytest.mark.parametrize("name", LOOKS)
def test_inspecting_twice_gives_the_same(name: str) -> None:
    model = watched()
    assert repr(LOOKS[name](model)) == repr(LOOKS[name](model))


@pytest.mark.parametrize("name", [name for name in LOOKS if name not in ("receptive_field", "layer_table", "kernels")])
def test_float64_models_can_be_inspected(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "IMAGES", IMAGES.double())
    LOOKS[name](watched_double())


def watched_double() -> Watched:
    return Watched().double()
