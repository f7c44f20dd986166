"""How far the gradient gets on its way back from the answer: through layers, and through time."""

import numpy as np
import streamlit as st
import torch

from explorer.datasets.sequences import Sequences
from explorer.figures.gradient_flow import GradientFlow
from explorer.inspection import gradients_through_time
from explorer.training.objective import loss_of
from explorer.training.run import Run
from explorer.ui.closing.results import RECURRENT, Result
from explorer.ui.look import data_of, model_at
from explorer.ui.recurrent.look import Sequence, part_of


def reach(result: Result) -> GradientFlow:
    """The gradient's norm at the answer and, one after the other, at each layer or time step before it."""
    run = result.run
    found = _through_time if result.model in RECURRENT else _through_layers
    places, norms = found(str(run.path), run.steps[-1], run)
    return GradientFlow(places, norms)


@st.cache_data(max_entries=64, show_spinner=False)
def _through_layers(path: str, step: int, _run: Run) -> tuple[tuple[str, ...], np.ndarray]:
    """Each layer's weights, the last first, and the median norm of their gradient over the watched updates."""
    watched = _run.parameter_steps()
    with model_at(_run, step) as model:
        matrices = [name for name, value in model.named_parameters() if value.ndim > 1 and value.requires_grad]
    medians = watched.groupby("parameter")["gradient"].median()
    names = [name for name in reversed(matrices) if name in medians.index]
    return tuple(name.removesuffix(".weight") for name in names), medians[names].to_numpy()


@st.cache_data(max_entries=64, show_spinner=False)
def _through_time(path: str, step: int, _run: Run) -> tuple[tuple[str, ...], np.ndarray]:
    """Each time step, the last first, and the norm there of the gradient of the loss over the whole test split."""
    assert _run.config is not None
    splits = data_of(_run.config.dataset)
    assert isinstance(splits, Sequences)
    inputs, targets = splits.test
    with model_at(_run, step) as model:
        part = part_of(model, splits, Sequence(inputs, targets, inputs.shape[1]), decoder=False)
        found = gradients_through_time(
            part.module, part.inputs, lambda output: loss_of(part.answer(output), targets, splits.objective)
        )
    forward = [layer for layer in found.layers if layer.direction == "forward"][-1]
    norms = torch.linalg.vector_norm(forward.quantities["hidden"], dim=(0, 2)).numpy()  # (time,)
    return tuple(str(time) for time in reversed(range(len(norms)))), norms[::-1].copy()
