"""Attribution of a prediction to the pixels: one function for all methods; the network is left unchanged."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.in_html import table
from explorer.inspection.activations import check_device, undisturbed
from explorer.inspection.contributions import RUNS, Question, residuals
from explorer.inspection.layers import named_layers
from explorer.inspection.methods import ATTRIBUTION_METHODS
from explorer.inspection.score import Score, Target, checked_target
from explorer.inspection.separate import joined, questions_of
from explorer.inspection.stand_in import stand_in, work_out_of_place
from explorer.inspection.survey import survey
from explorer.inspection.validity import CHECKS, check_valid

OPTIONS: dict[str, dict[str, Any]] = {
    "integrated_gradients": {
        "baseline": 0.0,
        "steps": None,
        "most_steps": 800,
        "tolerance": 0.01,
        "rule": "gausslegendre",
    },
    "deep_lift": {"baseline": 0.0},
    "deep_lift_corrected": {"baseline": 0.0},
    "occlusion": {"baseline": 0.0, "window": None, "stride": None},
}
CAPTUM_NAMES = {"baselines": "baseline", "n_steps": "steps", "sliding_window_shapes": "window", "strides": "stride"}
RULES = ("gausslegendre", "riemann_left", "riemann_right", "riemann_middle", "riemann_trapezoid")
MOST_NODES = 2000


@dataclass(frozen=True)
class Attribution:
    """The contribution of each input value to a logit, or to the difference of two logits."""

    method: str
    target: Target
    values: Tensor  # signed, the shape of the inputs: (batch, channel, row, column)
    options: dict[str, Any]  # as used: the steps of integrated gradients, the window and stride of occlusion
    layer: str | None = None  # of Grad-CAM
    layer_values: Tensor | None = None  # (batch, 1, row, column) at the layer's own resolution, before any final ReLU
    change: Tensor | None = None  # (batch,), the sum of complete values: f(x) - f(baseline); for LRP f(x)
    residual: Tensor | None = None  # (batch,), sum(values) - change
    relative_residual: Tensor | None = None  # (batch,), |residual| as a share of |change|

    def _repr_html_(self) -> str:
        sums = self.values.flatten(1).sum(1)
        rows: list[dict[str, object]] = [{"example": place, "sum": float(total)} for place, total in enumerate(sums)]
        if self.change is not None and self.residual is not None:
            for row, change, residual in zip(rows, self.change, self.residual, strict=True):
                row |= {"change of the score": float(change), "residual": float(residual)}
        return table(rows, f"{self.method}, target {self.target}, {'x'.join(map(str, self.values.shape))}")

    @property
    def maps(self) -> Tensor:
        """One number a pixel (batch, row, column): the sum over channels; for Grad-CAM one of the equal channels."""
        return self.values[:, 0] if self.layer_values is not None else self.values.sum(1)


def attribute(
    model: nn.Module, inputs: Tensor, target: Target, method: str, layer: str | None = None, **options: Any
) -> Attribution:
    """The contribution of each pixel to the logit of a class, or to the difference between two classes' logits.

    The numbers are captum's. Captum works on a copy of the model that shares its weights, in eval mode: the model
    itself is neither hooked nor changed. If the answer for one example depends on the others in its batch, each is run
    alone.

    Args:
        model: any network that gives logits (batch, class) for pictures, or for rows of features.
        inputs: (batch, channel, row, column) or (batch, feature), on the model's device.
        target: a class index, or two of them for the first one's logit minus the second one's.
        method: one of ``ATTRIBUTION_METHODS``.
        layer: of Grad-CAM, the module whose feature maps are weighted; ``default_layer`` by default.
        options: ``baseline`` (integrated gradients, DeepLIFT, occlusion), a number or a tensor that fits the inputs.
            Integrated gradients: ``steps``; by default doubled from 50 until the residual is below ``tolerance``
            of the change, up to ``most_steps``; ``rule``, captum's name of the quadrature.
            Occlusion: ``window`` and ``stride`` in pixels, a number, (rows, columns) or (channels, rows, columns);
            by default an eighth of the picture through all channels, and half of that. Captum's names for these
            options are accepted too.

    Raises:
        ExplorerError: for a method, target, layer or option that does not exist, and for a method that is not valid
            for the network; the message gives the reason and an alternative.
    """
    used = _checked(model, inputs, method, options)
    # inference mode would rule out gradients
    with torch.inference_mode(False), torch.enable_grad():
        score = Score(stand_in(model), checked_target(target))
        question = Question(score, inputs.detach().clone(), layer, used)
        with undisturbed(score):
            questions = questions_of(method, question, model)
            if method in CHECKS:  # the methods that work through hooks
                work_out_of_place(score)
                check_valid(method, survey(score.network, question.inputs[:1]))
            found = joined([RUNS[method](one) for one in questions], question)
            complete = ATTRIBUTION_METHODS[method].complete
            change = torch.cat([one.change for one in questions]) if complete else None
    values = found.values.detach().to(inputs.dtype)  # captum's occlusion always gives float32
    residual, relative = (None, None) if change is None else residuals(values, change)
    return Attribution(
        method,
        score.target,
        values,
        found.options,
        found.layer,
        found.layer_values,
        change,
        residual,
        relative,
    )


def _checked(model: nn.Module, inputs: Tensor, method: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options with their defaults, checked together with the other arguments."""
    check_device(model, inputs)
    if method not in ATTRIBUTION_METHODS:
        raise ExplorerError(f"There is no method {method!r}; choose one of {', '.join(ATTRIBUTION_METHODS)}.")
    known, options = OPTIONS.get(method, {}), {CAPTUM_NAMES.get(name, name): given for name, given in options.items()}
    for name in options:
        if name not in known:
            raise ExplorerError(f"{method} has no option {name!r}; it has {', '.join(known) or 'none'}.")
    recurrent = [
        name for name, module in named_layers(model).items() if isinstance(module, (nn.RNNBase, nn.RNNCellBase))
    ]
    if recurrent:
        raise ExplorerError(
            f"Attribution is for networks that read pictures; this one is recurrent ({recurrent[0] or 'itself'}). "
            "Look at its gradients through time instead."
        )
    if not inputs.is_floating_point() or inputs.dim() < 2 or not inputs.numel():
        raise ExplorerError(
            "The inputs must be a batch of pictures (batch, channel, row, column) as floating-point numbers, not "
            f"{inputs.dtype} of shape {tuple(inputs.shape)}."
        )
    if method == "grad_cam" and inputs.dim() != 4:
        raise ExplorerError(f"Grad-CAM needs pictures (batch, channel, row, column), not {tuple(inputs.shape)}.")
    used = {**known, **options}
    if used.get("rule", RULES[0]) not in RULES:
        raise ExplorerError(f"There is no rule {used['rule']!r}; choose one of {', '.join(RULES)}.")
    for name in ("steps", "most_steps"):
        if used.get(name) is not None and used[name] < 1:
            raise ExplorerError(f"{name} must be 1 or more, not {used[name]}.")
        if (used.get(name) or 0) > MOST_NODES and used["rule"] == RULES[0]:  # found as eigenvalues, in cubic time
            raise ExplorerError(
                f"{used[name]} steps of {RULES[0]} take longer to place than to run; choose {MOST_NODES} or fewer, or "
                "the rule riemann_middle."
            )
    return used
