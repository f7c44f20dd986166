"""The gradient on its way back from the output: through layers, and through time."""

import numpy as np
import torch

from explorer.figures.gradient_flow import GradientFlow
from explorer.inspection import gradients_through_time
from explorer.training.objective import loss_of
from explorer.training.run import ReadableRun
from explorer.ui.cache import kept, model_at, sequences_of
from explorer.ui.closing.results import Result
from explorer.ui.subject.sequence import network_at


def reach(result: Result) -> GradientFlow:
    """The gradient's norm at the output and at each layer or time step before it."""
    run = result.run
    found = _through_time if result.recurrent else _through_layers
    return GradientFlow(*found(run, run.steps[-1]))


@kept(64)
def _through_layers(run: ReadableRun, step: int) -> tuple[tuple[str, ...], np.ndarray]:
    """Each layer's weights, the last first, and the median norm of their gradient over the watched updates."""
    watched = run.parameter_steps()
    with model_at(run, step) as model:
        matrices = [name for name, value in model.named_parameters() if value.ndim > 1 and value.requires_grad]
    medians = watched.groupby("parameter")["gradient"].median()
    names = [name for name in reversed(matrices) if name in medians.index]
    return tuple(name.removesuffix(".weight") for name in names), medians[names].to_numpy()


@kept(64)
def _through_time(run: ReadableRun, step: int) -> tuple[tuple[str, ...], np.ndarray]:
    """Each time step, the last first, and the norm there of the gradient of the loss over the whole test split."""
    splits = sequences_of(run.config.dataset)
    inputs, targets = splits.test
    with network_at(run, step) as model:
        part = model.part(inputs)
        found = gradients_through_time(
            part.module, part.inputs, lambda output: loss_of(part.answer(output), targets, splits.objective)
        )
    forward = [layer for layer in found.layers if layer.direction == "forward"][-1]
    norms = torch.linalg.vector_norm(forward.quantities["hidden"], dim=(0, 2)).numpy()  # (time,)
    return tuple(str(time) for time in reversed(range(len(norms)))), norms[::-1].copy()
