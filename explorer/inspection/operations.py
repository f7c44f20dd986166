"""The effect of each operation of PyTorch's core (aten) on a tensor's track along one axis of the input.

A new operation is one function, or one line in ``RULES``. Pointwise operations need none: PyTorch tags them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch._ops import OpOverload

from explorer.inspection import geometry
from explorer.inspection.geometry import Track


@dataclass(frozen=True)
class Step:
    """One operation, seen along one axis of the input."""

    inputs: list[Tensor]  # those that depend on the input
    tracks: list[Track]  # one for each
    arguments: dict[str, Any]  # by the names of the operation's schema
    output: Tensor
    place: int  # which of several outputs

    @property
    def source(self) -> Tensor:
        """The operation's first tensor that depends on the input."""
        return self.inputs[0]

    @property
    def track(self) -> Track:
        """The track of that tensor."""
        return self.tracks[0]

    def axes(self, argument: str = "dim") -> list[int]:
        """The axes of the source that an argument names, counted from the first; all of them if it names none."""
        value = self.arguments.get(argument)
        named = [value] if isinstance(value, int) else list(value or range(self.source.dim()))
        return [axis % self.source.dim() for axis in named]


Rule = Callable[[Step], Track | None]  # None: these arguments are not supported


def rule_for(operation: OpOverload) -> Rule | None:
    """The rule of an operation or of its in-place form; None if it has no rule."""
    name = operation._schema.name.removeprefix("aten::")
    rule = RULES.get(name) or RULES.get(name.removesuffix("_"))
    if rule is None and torch.Tag.pointwise in operation.tags:
        return pointwise
    return rule


# ── operations that move nothing, or mix everything ──────────────────────────────────────────────────────────────────
def unchanged(step: Step) -> Track:
    """The output's elements keep the positions of the input's."""
    return step.track


def everywhere(step: Step) -> Track:
    """Every element of the output may depend on every element of the inputs."""
    return geometry.union([track.everywhere() for track in step.tracks])


def pointwise(step: Step) -> Track:
    """Each element depends on one element of each input, after broadcasting."""
    return geometry.union(
        [_broadcast(source, track, step.output) for source, track in zip(step.inputs, step.tracks, strict=True)]
    )


def _broadcast(source: Tensor, track: Track, output: Tensor) -> Track:
    if track.axis is None:
        return track
    axis = track.axis + output.dim() - source.dim()
    return track.on_axis(axis if output.shape[axis] == source.shape[track.axis] else None)


def over_axes(step: Step) -> Track:
    """Elements along the axes of the argument ``dim`` are mixed, and the shape stays (softmax)."""
    return step.track.everywhere() if step.track.axis in step.axes() else step.track


def reduction(step: Step) -> Track:
    """Elements along the axes of the argument ``dim`` are mixed into one (mean)."""
    axis, reduced = step.track.axis, step.axes()
    if axis is None or axis in reduced:
        return step.track.everywhere()
    kept = bool(step.arguments.get("keepdim"))
    return step.track.on_axis(axis if kept else axis - sum(other < axis for other in reduced))


def over_last_axis(step: Step) -> Track:
    """Elements along the last axis are mixed (linear)."""
    return step.track.everywhere() if step.track.axis == step.source.dim() - 1 else step.track


def layer_norm(step: Step) -> Track:
    """Elements along the last axes are mixed, as many as the normalised shape has."""
    axis, normalised = step.track.axis, len(step.arguments["normalized_shape"])
    return step.track.everywhere() if axis is not None and axis >= step.source.dim() - normalised else step.track


def batch_norm(step: Step) -> Track:
    """With running statistics a pointwise operation; with batch statistics each element depends on all."""
    own = step.arguments["training"] or step.arguments["running_mean"] is None
    return step.track.everywhere() if own else step.track


# ── windows ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def convolution(step: Step) -> Track:
    """A convolution of one to three axes; its padding may be "same" or "valid"."""
    arguments, axes = step.arguments, step.arguments["weight"].dim() - 2
    if arguments.get("transposed"):
        return transposed_convolution(step)
    place = _window_axis(step, axes)
    if place is None:
        return _over_channels(step)
    size = arguments["weight"].shape[2 + place]
    stride, dilation = (_along(arguments[name], place) for name in ("stride", "dilation"))
    padding = arguments["padding"]
    if isinstance(padding, str):
        before = (size - 1) * dilation // 2 if padding == "same" else 0
    else:
        before = _along(padding, place)
    return geometry.window(step.track, step.output.shape[place - axes], size, stride, before, dilation)


def transposed_convolution(step: Step) -> Track:
    """A transposed convolution of one to three axes."""
    arguments, axes = step.arguments, step.arguments["weight"].dim() - 2
    place = _window_axis(step, axes)
    if place is None:
        return _over_channels(step)
    size = arguments["weight"].shape[2 + place]
    stride, padding, dilation = (_along(arguments[name], place) for name in ("stride", "padding", "dilation"))
    return geometry.transposed_window(step.track, step.output.shape[place - axes], size, stride, padding, dilation)


def pooling(step: Step) -> Track:
    """A max or average pooling over the last two axes."""
    place = _window_axis(step, 2)
    if place is None:
        return step.track
    size, padding = (_along(step.arguments[name], place) for name in ("kernel_size", "padding"))
    stride = _along(step.arguments["stride"] or [size], place)
    dilation = _along(step.arguments.get("dilation", 1), place)
    return geometry.window(step.track, step.output.shape[place - 2], size, stride, padding, dilation)


def adaptive_pooling(step: Step) -> Track:
    """A pooling over the last two axes to a given size."""
    place = _window_axis(step, 2)
    return step.track if place is None else geometry.adaptive_window(step.track, step.output.shape[place - 2])


def resizing(reach: int) -> Rule:
    """An interpolation over the last two axes that mixes ``2 * reach`` neighbours."""

    def rule(step: Step) -> Track | None:
        place = _window_axis(step, 2)
        if place is None:
            return step.track
        if step.arguments.get("align_corners"):
            return None
        return geometry.resized(step.track, step.output.shape[place - 2], reach)

    return rule


def antialiased_resizing(reach: int) -> Rule:
    """An interpolation that mixes proportionally more neighbours when it downsamples."""

    def rule(step: Step) -> Track | None:
        place = _window_axis(step, 2)
        if place is None:
            return step.track
        if step.arguments.get("align_corners"):
            return None
        return geometry.resized_antialiased(step.track, step.output.shape[place - 2], reach)

    return rule


def _window_axis(step: Step, axes: int) -> int | None:
    """The tracked one of the last ``axes`` axes; None if none of them is tracked."""
    if step.track.axis is None or step.track.axis < step.source.dim() - axes:
        return None
    return step.track.axis - (step.source.dim() - axes)


def _over_channels(step: Step) -> Track:
    return step.track.everywhere() if step.track.axis == 1 else step.track


def _along(setting: int | Sequence[int], place: int) -> int:
    return setting if isinstance(setting, int) else int(setting[place % len(setting)])


# ── cutting, padding and joining ─────────────────────────────────────────────────────────────────────────────────────
def padding(step: Step) -> Track:
    """``functional.pad``: pairs of (before, after), the last axis first."""
    pairs = step.arguments.get("pad") or step.arguments["padding"]
    axis = step.track.axis
    from_last = step.source.dim() - 1 - axis if axis is not None else len(pairs)
    if 2 * from_last >= len(pairs):
        return step.track
    before, after = pairs[2 * from_last : 2 * from_last + 2]
    return geometry.padded(step.track, before, after, step.arguments.get("mode", "constant"))


def padding_as(mode: str) -> Rule:
    """A padding operation for one mode."""
    return lambda step: padding(replace(step, arguments={**step.arguments, "mode": mode}))


def slicing(step: Step) -> Track:
    """``tensor[start:end:step]`` along one axis."""
    if step.track.axis is None or step.track.axis != step.axes()[0]:
        return step.track
    size = step.source.shape[step.track.axis]
    start, _, stride = slice(*(step.arguments[name] for name in ("start", "end", "step"))).indices(size)
    return step.track.gather(
        start + stride * np.arange(step.output.shape[step.track.axis])[:, None], start, start, stride
    )


def splitting(step: Step) -> Track:
    """One of several parts along one axis."""
    track, axis = step.track, step.axes()[0]
    if track.axis is None or track.axis != axis:
        return track
    size = step.output.shape[axis]
    parts = step.arguments.get("split_sizes", step.arguments.get("split_size"))
    if isinstance(parts, list):
        start = sum(parts[: step.place])
    elif isinstance(parts, int):
        start = parts * step.place
    else:
        start = -(-step.source.shape[axis] // step.arguments["chunks"]) * step.place
    return track.gather(start + np.arange(size)[:, None], start, start, 1)


def choosing(step: Step) -> Track:
    """One position along one axis, which is removed."""
    track, axis = step.track, step.axes()[0]
    if track.axis is None:
        return track
    if track.axis != axis:
        return track.on_axis(track.axis - (axis < track.axis))
    index = step.arguments.get("index", step.place) % step.source.shape[axis]
    return track.gather(np.array([[index]]), index, index, 1).everywhere()


def concatenation(step: Step) -> Track | None:
    """Tensors concatenated along one axis."""
    axis = step.axes()[0]
    if any(track.axis != step.track.axis for track in step.tracks):
        return everywhere(step)
    if step.track.axis != axis:
        return geometry.union(step.tracks)
    return geometry.joined(step.tracks) if len(step.inputs) == len(step.arguments["tensors"]) else None


def stacking(step: Step) -> Track:
    """Tensors stacked along a new axis."""
    track, axis = geometry.union(step.tracks), step.arguments["dim"] % step.output.dim()
    return track if track.axis is None else track.on_axis(track.axis + (axis <= track.axis))


def rolling(step: Step) -> Track:
    """``torch.roll``: elements that leave at one end enter at the other."""
    axes, shifts = step.arguments["dims"], step.arguments["shifts"]
    track = step.track
    if not axes:
        return track.everywhere()
    for axis, shift in zip(step.axes("dims"), shifts, strict=True):
        if axis == track.axis:
            size = len(track.first)
            track = track.gather((np.arange(size)[:, None] - shift) % size, 0, 0, 1)
    return track


# ── the same elements in another shape ───────────────────────────────────────────────────────────────────────────────
def permutation(step: Step) -> Track:
    """A permutation of the axes."""
    return step.track if step.track.axis is None else step.track.on_axis(step.axes("dims").index(step.track.axis))


def exchange(step: Step) -> Track:
    """Two axes swapped."""
    first, second = step.axes("dim0")[0], step.axes("dim1")[0]
    axis = step.track.axis
    return step.track if axis is None else step.track.on_axis({first: second, second: first}.get(axis, axis))


def reshaping(step: Step) -> Track:
    """A reshape: the axis is followed if it remains one axis between the same neighbours; otherwise all is mixed."""
    if step.track.axis is None:
        return step.track
    size, behind = step.source.shape[step.track.axis], prod(step.source.shape[step.track.axis + 1 :])
    shape = step.output.shape
    places = [axis for axis in range(len(shape)) if shape[axis] == size and prod(shape[axis + 1 :]) == behind]
    return step.track.on_axis(places[-1] if places else None)


# these read the shape of a tensor, not its values
FACTORIES = frozenset(
    ["new_zeros", "new_ones", "new_empty", "new_full", "zeros_like", "ones_like", "empty_like", "full_like"]
)
RULES: dict[str, Rule] = {
    **dict.fromkeys(
        ["clone", "contiguous", "detach", "alias", "to", "_to_copy", "dropout", "feature_dropout"], unchanged
    ),
    **dict.fromkeys(["hardswish", "hardtanh", "channel_shuffle", "native_dropout", "copy"], pointwise),
    **dict.fromkeys(["group_norm", "instance_norm", "matmul", "bmm", "mm", "scaled_dot_product_attention"], everywhere),
    **dict.fromkeys(["softmax", "_softmax", "log_softmax", "_log_softmax", "cumsum"], over_axes),
    **dict.fromkeys(
        ["mean", "sum", "amax", "amin", "max", "min", "var", "std", "logsumexp", "argmax", "linalg_vector_norm"],
        reduction,
    ),
    **dict.fromkeys(["conv1d", "conv2d", "conv3d", "convolution"], convolution),
    **dict.fromkeys(["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"], transposed_convolution),
    **dict.fromkeys(["max_pool2d", "max_pool2d_with_indices", "avg_pool2d"], pooling),
    **dict.fromkeys(["adaptive_avg_pool2d", "_adaptive_avg_pool2d", "adaptive_max_pool2d"], adaptive_pooling),
    **dict.fromkeys(["upsample_nearest2d", "_upsample_nearest_exact2d", "pixel_shuffle"], resizing(0)),
    **dict.fromkeys(["pad", "constant_pad_nd"], padding),
    **dict.fromkeys(["view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "_unsafe_view"], reshaping),
    **dict.fromkeys(["chunk", "split", "split_with_sizes"], splitting),
    **dict.fromkeys(["select", "unbind"], choosing),
    **dict.fromkeys(["cat", "concat", "concatenate"], concatenation),
    "upsample_bilinear2d": resizing(1),
    "upsample_bicubic2d": resizing(2),
    "_upsample_bilinear2d_aa": antialiased_resizing(1),
    "_upsample_bicubic2d_aa": antialiased_resizing(2),
    "reflection_pad2d": padding_as("reflect"),
    "replication_pad2d": padding_as("replicate"),
    "linear": over_last_axis,
    "layer_norm": layer_norm,
    "batch_norm": batch_norm,
    "expand": pointwise,
    "slice": slicing,
    "stack": stacking,
    "roll": rolling,
    "permute": permutation,
    "transpose": exchange,
}
