"""The networks for which a backward rule is valid: for others captum returns a wrong map without an error."""

from collections.abc import Callable, Iterable

from torch import nn

from explorer.errors import ExplorerError
from explorer.inspection.methods import ATTRIBUTION_METHODS
from explorer.inspection.survey import STATISTICS, Operation, Survey

# operations by their names in aten
ACTIVATIONS = frozenset(
    {"relu", "gelu", "silu", "tanh", "sigmoid", "elu", "leaky_relu", "hardtanh", "hardswish", "hardsigmoid"}
    | {"softplus", "mish", "prelu", "rrelu_with_noise", "log_sigmoid_forward", "clamp", "clamp_min", "threshold"}
)
SHAPES = frozenset(
    {"view", "unsafe_view", "reshape", "flatten", "squeeze", "unsqueeze", "permute", "transpose", "t", "expand"}
    | {"clone", "copy", "detach", "alias", "contiguous", "cat", "stack", "split", "split_with_sizes", "chunk"}
    | {"slice", "select", "unbind", "to_copy", "as_strided", "constant_pad_nd", "roll", "pixel_shuffle"}
    | {"new_zeros", "new_ones", "zeros_like", "ones_like"}
)
LINEAR = SHAPES | frozenset(
    {"convolution", "addmm", "mm", "bmm", "linear", "native_batch_norm", "cudnn_batch_norm", "miopen_batch_norm"}
    | {"native_batch_norm_legit_no_training", "batch_norm_impl_index", "avg_pool2d", "avg_pool1d", "mean", "sum"}
    | {"adaptive_avg_pool2d", "adaptive_avg_pool1d", "add", "sub", "rsub", "neg", "mul", "div"}
    | {"upsample_bilinear2d", "upsample_bilinear2d_aa", "upsample_nearest2d", "upsample_bicubic2d"}
    | {"upsample_bicubic2d_aa", "reflection_pad2d", "replication_pad2d", "mkldnn_convolution"}
)
PRODUCTS = frozenset(["mul", "div", "mm", "bmm", "addmm", "linear", "convolution"])  # linear in one of their tensors

# the layers for which captum 0.9 has a rule; it looks them up by exact type
DEEP_LIFT_RULES = frozenset(
    [nn.ReLU, nn.ELU, nn.LeakyReLU, nn.Sigmoid, nn.Tanh, nn.Softplus, nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d]
)
LRP_RULES = frozenset(
    {nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.Conv2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.Linear}
    | {nn.BatchNorm2d, nn.ReLU, nn.Dropout, nn.Tanh}
)
# the identity in eval mode: relevance passes back unchanged
SILENT = frozenset([nn.Identity, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout])
RESHAPING = frozenset([nn.Flatten, nn.Unflatten])
INSTEAD = "Choose integrated gradients, which is valid for any differentiable network."


def check_valid(method: str, seen: Survey) -> None:
    """Refuse a method that would give a wrong map for this network.

    Raises:
        ExplorerError: with the layers or functions for which the method has no valid rule, and an alternative.
    """
    check = CHECKS.get(method)
    if check is not None:
        check(seen)


def _check_guided_backprop(seen: Survey) -> None:
    title = ATTRIBUTION_METHODS["guided_backprop"].title
    acts = [step for step in seen.operations if step.name in ACTIVATIONS]
    rectifiers = [step for step in acts if step.name == "relu"]
    others = [step for step in acts if step.name != "relu"]
    if others:
        raise ExplorerError(
            f"{title} only cuts negative gradients at ReLUs and has no effect at {_places(others)}: the map would be "
            f"neither this method nor the gradient. {INSTEAD}"
        )
    if not rectifiers:
        raise ExplorerError(
            f"{title} cuts negative gradients at ReLUs, and this network has none: it would be the plain gradient. "
            "Choose saliency."
        )
    _refuse_functions(title, [step for step in rectifiers if not _is_a(step, nn.ReLU)])
    _refuse_reused(title, seen, frozenset([nn.ReLU]))


def _check_deep_lift(seen: Survey) -> None:
    title = ATTRIBUTION_METHODS["deep_lift"].title
    bare = [step for step in seen.operations if step.layer_type not in DEEP_LIFT_RULES]
    wrong = [step for step in bare if not _is_linear(step)]
    _refuse_functions(title, [step for step in wrong if step.layer_type is None])
    if wrong:
        raise ExplorerError(
            f"{title} has no rule for {_places(wrong)}: captum would silently use the plain gradient there. {INSTEAD}"
        )
    _refuse_reused(title, seen, DEEP_LIFT_RULES)


def _check_lrp(seen: Survey) -> None:
    title = ATTRIBUTION_METHODS["lrp"].title
    for name, calls in seen.calls.items():
        kind = type(seen.layers[name])
        if calls and kind not in LRP_RULES | SILENT | RESHAPING:
            raise ExplorerError(f"{title} has no rule for the layer {name} ({kind.__name__}). {INSTEAD}")
    # a ReLU outside of a module is valid: where it is 0, no relevance arrives
    loose = [step for step in seen.operations if step.layer_type is None and step.name not in SHAPES | {"relu"}]
    if loose:
        raise ExplorerError(
            f"{title} has no rule for {_places(loose)}, which runs outside of any layer: relevance would be counted "
            f"twice or lost where branches are added or multiplied. {INSTEAD}"
        )
    by_input = [step for step in seen.operations if step.name == STATISTICS]
    if by_input:
        raise ExplorerError(
            f"{title} has a rule for norms with running statistics, and {_places(by_input)} takes the statistics from "
            f"its input. {INSTEAD}"
        )
    _refuse_reused(title, seen, LRP_RULES | SILENT | RESHAPING)


CHECKS: dict[str, Callable[[Survey], None]] = {
    "guided_backprop": _check_guided_backprop,
    "deep_lift": _check_deep_lift,
    "deep_lift_corrected": _check_deep_lift,
    "lrp": _check_lrp,
}


def _is_linear(step: Operation) -> bool:
    return step.name in LINEAR and (step.name not in PRODUCTS or step.dependents == 1)


def _is_a(step: Operation, kind: type[nn.Module]) -> bool:
    return step.layer_type is not None and issubclass(step.layer_type, kind)


def _refuse_functions(title: str, steps: list[Operation]) -> None:
    if steps:
        raise ExplorerError(
            f"{title} works through hooks on layers, and this network calls {_places(steps)} outside of any layer, "
            f"out of reach of hooks. {INSTEAD}"
        )


def _refuse_reused(title: str, seen: Survey, kinds: frozenset[type[nn.Module]]) -> None:
    reused = [
        f"{name} ({type(seen.layers[name]).__name__}, {calls} times)"
        for name, calls in seen.calls.items()
        if calls > 1 and type(seen.layers[name]) in kinds
    ]
    if reused:
        raise ExplorerError(
            f"{title} needs each of its layers to be used once in a forward pass; used again: {_listed(reused)}. "
            f"{INSTEAD}"
        )


def _places(steps: list[Operation]) -> str:
    return _listed(step.place for step in steps)


def _listed(names: Iterable[str], most: int = 3) -> str:
    different = list(dict.fromkeys(names))
    more = f" and {len(different) - most} more" if len(different) > most else ""
    return ", ".join(different[:most]) + more
