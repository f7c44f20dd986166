"""The attribution methods, through captum (https://captum.ai), on a copy that may be hooked and rewired."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.inspection.deep_lift import WARNING_FILTERS, corrected_deep_lift, deep_lift
from explorer.inspection.grad_cam import grad_cam
from explorer.inspection.score import Score
from explorer.inspection.spatial import default_layer
from explorer.inspection.validity import SILENT

NUMBERS_PER_PASS = 64 * 2**20  # kept for the backward pass: 270 megabytes
MOST_PER_PASS = 512
PASSING = (nn.ReLU, nn.Dropout, nn.Tanh)  # captum's LRP passes relevance through them as it is


@dataclass(frozen=True)
class Question:
    """The arguments of a method."""

    score: Score  # of a stand-in, in eval mode
    inputs: Tensor
    layer: str | None
    options: dict[str, Any]

    @property
    def baseline(self) -> Tensor:
        """The baseline, in the shape of the inputs."""
        given = torch.as_tensor(self.options["baseline"]).to(self.inputs)
        try:
            return given.expand_as(self.inputs)
        except RuntimeError as error:
            raise ExplorerError(
                f"A baseline of shape {tuple(given.shape)} does not fit inputs of shape {tuple(self.inputs.shape)}; "
                "give a number, or a tensor of the inputs' shape."
            ) from error

    @cached_property
    def change(self) -> Tensor:
        """The sum of complete values (batch,): the score minus the baseline's; for LRP the score alone."""
        with torch.no_grad():
            if "baseline" not in self.options:
                return torch.squeeze(self.score(self.inputs), 1)
            both: Tensor = self.score(torch.cat((self.inputs, self.baseline)))
        inputs, baseline = both[:, 0].chunk(2)
        return inputs - baseline

    def watched_inputs(self) -> Tensor:
        """A copy that needs a gradient; captum would switch that on with a warning."""
        return self.inputs.clone().requires_grad_()


@dataclass(frozen=True)
class Contribution:
    """The result of a method."""

    values: Tensor  # the shape of the inputs
    options: dict[str, Any]  # as used
    layer: str | None = None
    layer_values: Tensor | None = None


def inputs_per_pass(score: nn.Module, inputs: Tensor) -> int:
    """The number of inputs for one pass: enough to be fast, few enough to fit into memory.

    The memory that one input keeps for the backward pass is measured: a network may enlarge its inputs first.
    """
    weights = {parameter.data_ptr() for parameter in score.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        if tensor.data_ptr() not in weights:
            kept[tensor.data_ptr()] = tensor.numel()
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        score(inputs[:1].clone().requires_grad_())
    return max(1, min(MOST_PER_PASS, NUMBERS_PER_PASS // max(1, sum(kept.values()))))


def residuals(values: Tensor, change: Tensor) -> tuple[Tensor, Tensor]:
    """The sum of the values minus the change, absolute and relative to the change; (batch,) each.

    If the change is tiny compared with the values, it is relative to a thousandth of their total magnitude.
    """
    precision = torch.promote_types(values.dtype, torch.float32)  # a share of next to nothing is infinite in float16
    values, change = values.to(precision).flatten(1), change.to(precision)
    residual, amount = values.sum(1) - change, values.abs().sum(1)
    scale = torch.maximum(change.abs(), amount / 1000).clamp_min(torch.finfo(precision).tiny)
    return residual, residual.abs() / scale


def _saliency(question: Question) -> Contribution:
    from captum.attr import Saliency

    values = Saliency(question.score).attribute(question.watched_inputs(), target=0, abs=False)
    return Contribution(values, question.options)


def _input_x_gradient(question: Question) -> Contribution:
    from captum.attr import InputXGradient

    return Contribution(InputXGradient(question.score).attribute(question.watched_inputs(), target=0), question.options)


def _integrated_gradients(question: Question) -> Contribution:
    from captum.attr import IntegratedGradients

    options, inputs, change = question.options, question.inputs, question.change
    method = IntegratedGradients(question.score)
    share = max(1, inputs_per_pass(question.score, inputs) // len(inputs))
    steps = options["steps"] or min(50, options["most_steps"])
    while True:
        sizes, places = _quadrature(options["rule"], steps)
        values = torch.zeros_like(inputs)
        for start in range(0, steps, share):
            # as captum splits its own passes, but the nodes are found once: most of the work for a small network
            part = sizes[start : start + share], places[start : start + share]
            (share_of_values,) = method._attribute(
                (inputs,), (question.baseline,), target=0, n_steps=len(part[0]), step_sizes_and_alphas=part
            )
            values += share_of_values.detach()
        relative = residuals(values, change)[1]
        if options["steps"] or steps >= options["most_steps"] or bool((relative < options["tolerance"]).all()):
            return Contribution(values, {**options, "steps": steps})
        steps = min(2 * steps, options["most_steps"])


@lru_cache(maxsize=32)
def _quadrature(rule: str, steps: int) -> tuple[list[float], list[float]]:
    """The weights of the steps and their positions between 0 and 1, from captum."""
    from captum.attr._utils.approximation_methods import approximation_parameters

    sizes, places = approximation_parameters(rule)
    return list(sizes(steps)), list(places(steps))


def _grad_cam(question: Question) -> Contribution:
    inputs = question.inputs
    layer = question.layer or default_layer(question.score.network, inputs)
    values = grad_cam(question.score, inputs, layer)
    enlarged = functional.interpolate(values, size=inputs.shape[-2:], mode="bilinear", align_corners=False)
    return Contribution(enlarged.expand_as(inputs), question.options, layer, values)


def _guided_backprop(question: Question) -> Contribution:
    from captum.attr import GuidedBackprop

    with WARNING_FILTERS, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\s*Setting")  # hooks, on a copy that is thrown away
        values = GuidedBackprop(question.score).attribute(question.watched_inputs(), target=0)
    return Contribution(values, question.options)


def _deep_lift(question: Question) -> Contribution:
    return Contribution(deep_lift(question.score, question.inputs, question.baseline), question.options)


def _corrected_deep_lift(question: Question) -> Contribution:
    return Contribution(corrected_deep_lift(question.score, question.inputs, question.baseline), question.options)


def _lrp(question: Question) -> Contribution:
    target, network = question.score.target, question.score.network
    for module in network.modules():
        for name, child in module._modules.items():
            if type(child) in SILENT:  # the one of these that captum has a rule for
                module._modules[name] = nn.Dropout().eval()
    if isinstance(target, int):
        return Contribution(_relevance(network, target, question), question.options)
    first, second = (_relevance(network, label, question) for label in target)  # relevance is propagated for one class
    return Contribution(first - second, question.options)


def _relevance(network: nn.Module, label: int, question: Question) -> Tensor:
    from captum.attr import LRP
    from captum.attr._utils.lrp_rules import EpsilonRule

    score = Score(network, label)
    least = torch.finfo(question.inputs.dtype).tiny  # in half precision captum's 1e-9 is 0, and 0 / 0 is NaN
    for module in score.modules():
        if not module._modules and type(module) not in PASSING:
            module.rule = EpsilonRule(max(1e-9, least))
    values: Tensor = LRP(score).attribute(question.watched_inputs(), target=0)
    return values.detach()


def _occlusion(question: Question) -> Contribution:
    from captum.attr import Occlusion

    options, inputs = question.options, question.inputs
    shape = inputs.shape[1:]  # windows go through all channels
    eighths = (
        (shape[0], *(min(side, max(2, side // 8)) for side in shape[1:])) if inputs.dim() == 4 else (1,) * len(shape)
    )
    window = _by_axis("window", options["window"], eighths, shape)
    halves = [size if axis == 0 and len(shape) > 1 else max(1, size // 2) for axis, size in enumerate(window)]
    stride = _by_axis("stride", options["stride"], halves, shape)
    values = Occlusion(question.score).attribute(
        inputs,
        window,
        stride,
        question.baseline,
        target=0,
        perturbations_per_eval=max(1, inputs_per_pass(question.score, inputs) // len(inputs)),
    )
    return Contribution(values, {**options, "window": window, "stride": stride})


def _by_axis(name: str, given: Any, default: Sequence[int], most: Sequence[int]) -> tuple[int, ...]:
    """One number for each axis, from the default, one number, one for each spatial axis, or one for each axis."""
    inner = len(most) - 1 if len(most) > 1 else 1
    sizes = tuple(default) if given is None else tuple(given) if isinstance(given, (tuple, list)) else (given,) * inner
    if len(sizes) == inner < len(most):
        sizes = (default[0], *sizes)
    if len(sizes) != len(most) or not all(1 <= size <= limit for size, limit in zip(sizes, most, strict=False)):
        limits = " x ".join(map(str, most[-inner:]))
        raise ExplorerError(f"The {name} of an occlusion must be from 1 to {limits} here, not {given}.")
    return sizes


RUNS: dict[str, Callable[[Question], Contribution]] = {
    "saliency": _saliency,
    "input_x_gradient": _input_x_gradient,
    "integrated_gradients": _integrated_gradients,
    "grad_cam": _grad_cam,
    "guided_backprop": _guided_backprop,
    "deep_lift": _deep_lift,
    "deep_lift_corrected": _corrected_deep_lift,
    "lrp": _lrp,
    "occlusion": _occlusion,
}
