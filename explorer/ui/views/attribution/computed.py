"""The results that the Attribution view shows, each computed once for all visitors."""

import time
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.inspection import (
    Faithfulness,
    attention_rollout,
    attribute,
    default_layer,
    deletion_insertion,
)
from explorer.inspection.attribution import OPTIONS
from explorer.inspection.faithfulness import RANDOM_ORDERS
from explorer.inspection.score import Target
from explorer.ui.cache import kept
from explorer.ui.subject.layers import graph_of, layers_of
from explorer.ui.subject.picture import PictureSubject

Baseline = Literal["average", "black", "white"]
BASELINES: dict[Baseline, float | None] = {"average": None, "black": 0.0, "white": 1.0}
ROLLOUT = "attention_rollout"
GRADIENTS = ("saliency", "guided_backprop")  # their sign says which way a pixel would have to change
WITH_BASELINE = tuple(method for method, options in OPTIONS.items() if "baseline" in options)
LARGE_PICTURE = 3 * 64 * 64  # numbers
PARTS, PARTS_LARGE = 64, 20  # into which the pixels are cut that are taken away
AT_ONCE, AT_ONCE_LARGE = 64, 4  # pictures in one pass: a large network keeps hundreds of megabytes of them
TRANSFORMER = "VisionTransformer"


class Facts(NamedTuple):
    """The facts that decide which widgets are drawn, and which results wait for a button."""

    large: bool  # a pass through it takes long enough that many of them wait for a button
    transformer: bool
    layers: tuple[str, ...]  # that Grad-CAM can be asked for
    layer: str  # that it is asked for by default; "" where there is none


class Found(NamedTuple):
    """One method's map, or the reason why the method gives none."""

    values: np.ndarray  # (row, column), float32, at the method's own resolution
    layer: str = ""
    steps: int | None = None
    change: float | None = None
    residual: float | None = None
    relative_residual: float | None = None
    refusal: str = ""


class Curves(NamedTuple):
    """The scores during deletion and insertion: (part,) of a map, (order, part) of random orders."""

    fractions: np.ndarray  # (part,)
    deletion: np.ndarray
    insertion: np.ndarray


def found(subject: PictureSubject, target: Target, method: str, layer: str | None, baseline: Baseline) -> Found:
    """A method's map for the probe, or the reason why the method does not suit the network."""
    return _found(
        subject,
        target if method != ROLLOUT else 0,
        method,
        layer if method == "grad_cam" else None,
        baseline if method in WITH_BASELINE else "average",
    )


def curves(subject: PictureSubject, target: Target, method: str, layer: str | None, baseline: Baseline) -> Curves:
    """The deletion and insertion curves of a method's map; for a difference between classes, of the logits."""
    return _curves(subject, target, method, layer if method == "grad_cam" else None, baseline)


def random_curves(subject: PictureSubject, target: Target, baseline: Baseline) -> Curves:
    """The same curves for pixels in twenty random orders, which all maps are compared with."""
    return _random_curves(subject, target, baseline)


def parts_of(subject: PictureSubject) -> int:
    """The number of parts that the pixels are divided into."""
    rows, columns = subject.inputs.shape[2:]
    return min(PARTS_LARGE if facts_of(subject).large else PARTS, rows * columns)


def baseline_of(subject: PictureSubject, baseline: Baseline) -> Tensor:
    """The normalised value of an absent pixel, (channel, 1, 1)."""
    level = BASELINES[baseline]
    splits = subject.splits
    normalised = torch.zeros_like(splits.mean) if level is None else (level - splits.mean) / splits.std
    return normalised.reshape(-1, 1, 1)


def pass_seconds(subject: PictureSubject) -> float:
    """The approximate duration of a forward pass on this machine."""
    return _pass_seconds(subject.without_probe())


@kept(64)
def _pass_seconds(subject: PictureSubject) -> float:
    with subject.model() as model, torch.no_grad():
        model(subject.inputs)
        begin = time.perf_counter()
        model(subject.inputs)
        return time.perf_counter() - begin


def facts_of(subject: PictureSubject) -> Facts:
    """The network's size, and the layers that Grad-CAM can use."""
    return _facts(subject.without_probe())


@kept(64)
def _facts(subject: PictureSubject) -> Facts:
    nodes = layers_of(graph_of(subject))
    with subject.model() as model:
        transformer = any(type(module).__name__ == TRANSFORMER for module in model.modules())
        try:
            default = default_layer(model, subject.inputs)
        except ExplorerError:  # Grad-CAM says it itself where its map would be
            default = ""
    # a call of a module that is called again has a name that is no module's
    layers = [name for name, node in nodes.items() if len(node.shape) > 1 and "#" not in name]
    if default and default not in layers:
        layers.append(default)
    large = subject.is_large or subject.inputs[0].numel() > LARGE_PICTURE
    return Facts(large, transformer, tuple(layers) if default else (), default)


@kept(192)
def _found(subject: PictureSubject, target: Target, method: str, layer: str | None, baseline: Baseline) -> Found:
    options = {"baseline": baseline_of(subject, baseline)} if method in WITH_BASELINE else {}
    try:
        with subject.model() as model:
            if method == ROLLOUT:
                return Found(attention_rollout(model, subject.inputs)[0].numpy())
            read = attribute(model, subject.inputs, target, method, layer, **options)
    except ExplorerError as error:
        return Found(np.zeros((0, 0), np.float32), refusal=str(error))
    values = read.maps if read.layer_values is None else read.layer_values[:, 0]
    change, residual, relative = (
        None if number is None else float(number[0]) for number in (read.change, read.residual, read.relative_residual)
    )
    return Found(
        values[0].numpy().astype(np.float32),
        read.layer or "",
        read.options.get("steps"),
        change,
        residual,
        relative,
    )


@kept(192)
def _curves(subject: PictureSubject, target: Target, method: str, layer: str | None, baseline: Baseline) -> Curves:
    values = torch.from_numpy(found(subject, target, method, layer, baseline).values)
    values = values.abs() if method in GRADIENTS else values
    size = subject.inputs.shape[2:]
    importance = functional.interpolate(values[None, None], size=size, mode="bilinear", align_corners=False)[0]
    read = _deleted_and_inserted(subject, target, baseline, importance, orders=0)
    return Curves(read.fractions.numpy(), read.deletion[0].numpy(), read.insertion[0].numpy())


@kept(64)
def _random_curves(subject: PictureSubject, target: Target, baseline: Baseline) -> Curves:
    nothing = torch.zeros(1, *subject.inputs.shape[2:])
    read = _deleted_and_inserted(subject, target, baseline, nothing, orders=RANDOM_ORDERS)
    return Curves(read.fractions.numpy(), read.random_deletion[0].numpy(), read.random_insertion[0].numpy())


def _deleted_and_inserted(
    subject: PictureSubject, target: Target, baseline: Baseline, importance: Tensor, orders: int
) -> Faithfulness:
    at_once = AT_ONCE_LARGE if facts_of(subject).large else AT_ONCE
    with subject.model() as model:
        return deletion_insertion(
            model,
            subject.inputs,
            importance,
            parts_of(subject),
            baseline_of(subject, baseline),
            target=target,
            orders=orders,
            batch_size=at_once,
        )
