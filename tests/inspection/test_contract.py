"""Every function of inspection, for every network that it could show wrongly: PyTorch's own numbers, or a refusal."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection import (
    ATTRIBUTION_METHODS,
    Ascent,
    ablate,
    attribute,
    capture,
    class_score,
    default_layer,
    deletion_insertion,
    edit_weight,
    effective_field,
    excite,
    explain_pixel,
    geometric_window,
    health,
    kernels,
    layer_call,
    layer_maps,
    layer_table,
    network_graph,
    penultimate,
    predict,
    randomisation_check,
    rank_channels,
    receptive_field,
    strongest_picture,
    top_patches,
    visualise,
)
from explorer.inspection.downstream import follow
from tests.inspection.contract_cases import NETWORKS, alone, calls_of, network, output_of, pictures_for, used_kernels

Numbers = Any  # a tensor, a number, or lists of them
Function = Callable[[nn.Module, Tensor], Numbers]
ZERO, ONE = torch.zeros(1), torch.ones(1)


def answers(model: nn.Module, pictures: Tensor) -> Tensor:
    return alone(model, pictures)


def stacked(model: nn.Module, pictures: Tensor) -> dict[str, Tensor]:
    by_name: dict[str, list[Tensor]] = {}
    for name, output in calls_of(model, pictures):
        by_name.setdefault(name, []).append(output)
    return {name: torch.stack(own, 1) if len(own) > 1 else own[0] for name, own in by_name.items()}


def gradients(model: nn.Module, pictures: Tensor) -> Tensor:
    leaf = pictures.clone().requires_grad_()
    return torch.autograd.grad(answers(model, leaf)[:, 1].sum(), leaf)[0]


def field_of_a_unit(model: nn.Module, pictures: Tensor) -> Tensor:
    leaf = pictures[:1].clone().requires_grad_()
    unit = output_of(model, "first", leaf)[0, 0, 1, 2]
    return torch.autograd.grad(unit, leaf)[0][0].abs().sum(0)


def peaks(model: nn.Module, pictures: Tensor) -> Tensor:
    """The highest value of each channel of the first layer's last call, in each picture: (channel, rank)."""
    output = alone(lambda one: output_of(model, "first", one, -1), pictures)
    return output.flatten(2).amax(2).T.sort(1, descending=True).values


def strongest(model: nn.Module, pictures: Tensor) -> list[float]:
    means = alone(lambda one: output_of(model, "head", one), pictures)[:, 1]
    return [float(means.argmax()), float(means.max())]


def means_of_activations(model: nn.Module, pictures: Tensor) -> list[float]:
    return [output.double().mean().item() for name, output in calls_of(model, pictures) if name == "act"]


def first_weight(model: nn.Module) -> str:
    return next(
        name for name, weight in model.named_parameters() if name.startswith("first.") and weight.shape[2:] == (3, 3)
    )


# the numbers that a function shows, and those of PyTorch
SHOWN: dict[str, tuple[Function, Function]] = {
    "capture": (capture, stacked),
    "capture of one": (lambda model, x: capture(model, x[:1]), lambda model, x: stacked(model, x[:1])),
    "health": (lambda model, x: [layer.mean for layer in health(model, x)], means_of_activations),
    "kernels": (lambda model, _: kernels(model, ["first"])["first"], lambda model, _: used_kernels(model.first)),  # type: ignore[arg-type]
    "explain_pixel": (
        lambda model, x: explain_pixel(model.first, x[0], 0, 1, 2).total,  # type: ignore[arg-type]
        lambda model, x: float(output_of(model, "first", x)[0, 0, 1, 2]),
    ),
    "layer_maps": (
        lambda model, x: layer_maps(model, x, "first").maps,
        lambda model, x: output_of(model, "first", x[:1])[0],
    ),
    "layer_call": (
        lambda model, x: layer_call(model, x, "head").output,
        lambda model, x: output_of(model, "head", x[:1])[0],
    ),
    "predict": (lambda model, x: predict(model, x, batch_size=2).logits, answers),
    "class_score": (lambda model, x: class_score(model, 1, "logit")(x), lambda model, x: answers(model, x)[:, 1]),
    "top_patches": (lambda model, x: top_patches(model, x, "first").values, peaks),
    "strongest_picture": (lambda model, x: list(strongest_picture(model, "head", 1, x)), strongest),
    "ablate": (lambda model, x: ablate(model, x, {}), answers),
    "edit_weight": (lambda model, x: edit_weight(model, x, first_weight(model), (0, 0, 1, 1), 2.0).before, answers),
    "network_graph": (
        lambda model, x: [[node.name, *node.shape] for node in network_graph(model, x).nodes if node.role == "layer"],
        lambda model, x: [[name, *output.shape[1:]] for name, output in calls_of(model, x)],
    ),
    "layer_table": (
        lambda model, _: {row.name: list(row.output_shape) for row in layer_table(model, (1, 6, 6))},
        lambda model, x: {name: list(output.shape[1:]) for name, output in calls_of(model, x)},
    ),
    "effective_field": (lambda model, x: effective_field(model, x, "first", 0, 1, 2), field_of_a_unit),
    "saliency": (lambda model, x: attribute(model, x, 1, "saliency").values, gradients),
    "input_x_gradient": (
        lambda model, x: attribute(model, x, 1, "input_x_gradient").values,
        lambda model, x: gradients(model, x) * x,
    ),
}
# functions whose numbers are held by tests of their own: here they must be finite
FINITE: dict[str, Function] = {
    "penultimate": penultimate,
    "rank_channels": lambda model, x: rank_channels(model, x, "first", 1),
    "receptive_field": lambda model, _: receptive_field(model, (1, 6, 6), "first").size,
    "geometric_window": lambda model, x: list(geometric_window(model, x, "first", 1, 2)),
    "follow": lambda model, x: follow(model, graph := network_graph(model, x), x, graph.nodes[1].id, (0, 1, 2)),
    "default_layer": default_layer,
    "visualise": lambda model, x: list(visualise(model, "first", 0, (1, 6, 6), ZERO, ONE, Ascent(iterations=2))),
    "visualise by frequencies": lambda model, x: list(
        visualise(model, "head", 0, (1, 6, 6), ZERO, ONE, Ascent(iterations=2, fourier=True, rotation=5.0))
    ),
    "excite": lambda model, x: list(excite(model, "first", 0, x, ZERO, ONE, Ascent(iterations=2), seeds=1)),
    "randomisation_check": lambda model, x: list(randomisation_check(model, x[:1], 1, "saliency", stages=2)),
    "deletion_insertion": lambda model, x: deletion_insertion(class_score(model, 1), x, x, steps=3),
    **{method: partial(attribute, target=1, method=method) for method in ATTRIBUTION_METHODS if method not in SHOWN},
}
OWN_KERNELS = {"kernels", "explain_pixel"}
NEED_A_RULE = {"deep_lift", "deep_lift_corrected", "lrp"}
OF_ONE_PICTURE = (SHOWN.keys() | FINITE.keys()) - {"capture", "health", *OWN_KERNELS}
# what is refused; everything else is shown
REFUSED: dict[str, set[str]] = {
    "batch statistics": NEED_A_RULE,
    "batch statistics of units": OF_ONE_PICTURE,
    "halved convolution": {*OWN_KERNELS, "lrp"},
    "convolution halved inside": {*OWN_KERNELS, "lrp"},
    "convolution halved outside": {*OWN_KERNELS, "lrp"},
    "activation halved outside": NEED_A_RULE,
    "halved transposed convolution": {*OWN_KERNELS, "lrp"},
    "halved linear": {"lrp"},
    "by function": {"guided_backprop", "deep_lift", "deep_lift_corrected"},
    "twice": {"guided_backprop", "grad_cam", *NEED_A_RULE},
}


def is_finite(found: object) -> bool:
    if isinstance(found, Tensor):
        return bool(found.isfinite().all())
    if isinstance(found, float):
        return abs(found) < float("inf")
    if is_dataclass(found):
        return all(is_finite(getattr(found, field.name)) for field in fields(found))
    parts = found.values() if isinstance(found, dict) else found if isinstance(found, (list, tuple)) else ()
    return all(is_finite(part) for part in parts)


def assert_same(found: Numbers, expected: Numbers, precision: torch.dtype, what: str) -> None:
    if isinstance(expected, dict):
        assert list(found) == list(expected), what
        found, expected = list(found.values()), list(expected.values())
    if isinstance(expected, list):
        assert len(found) == len(expected), what
        for own, theirs in zip(found, expected, strict=True):
            assert_same(own, theirs, precision, what)
    elif isinstance(expected, (str, int)):
        assert found == expected, what
    else:
        own, theirs = (torch.as_tensor(numbers).double() for numbers in (found, expected))
        eps = torch.finfo(precision).eps
        torch.testing.assert_close(own, theirs, rtol=16 * eps, atol=16 * eps, msg=lambda text: f"{what}: {text}")


@pytest.mark.sample(4)
@pytest.mark.parametrize("name", NETWORKS)
def test_pytorchs_own_numbers_are_shown_or_the_reason_why_not(name: str) -> None:
    refused: set[str] = set()
    for look, show in {**{look: pair[0] for look, pair in SHOWN.items()}, **FINITE}.items():
        model = network(name)
        pictures = pictures_for(model)
        try:
            found = show(model, pictures)
        except ExplorerError:
            refused.add(look)
            continue
        assert is_finite(found), look
        if look in SHOWN:
            with torch.set_grad_enabled(look in ("saliency", "input_x_gradient", "effective_field")):
                assert_same(found, SHOWN[look][1](model, pictures), pictures.dtype, look)
    assert refused == REFUSED.get(name.partition(" in ")[0], set())
