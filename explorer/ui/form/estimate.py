"""The network before training: its layers, their shapes, and its cost."""

import pandas as pd
import streamlit as st
from torch import nn

from explorer.config import RunConfig
from explorer.datasets.sequences import Sequences
from explorer.datasets.splits import Splits
from explorer.inspection import LayerRow, capture, layer_table
from explorer.models import blank
from explorer.training.augmentation import check_augmentation
from explorer.training.loop import check_batches
from explorer.training.schedule import total_steps


def describe(config: RunConfig, splits: Splits | Sequences) -> tuple[list[LayerRow], str]:
    """The layer table of a prepared run, and its total cost in one line.

    Raises:
        ExplorerError: where the model does not fit the data.
    """
    model = blank(config.model, splits)
    check_batches(model, config.training, len(splits.train.targets))
    check_augmentation(config.training, splits.input_shape)
    rows = layer_table(model, splits.input_shape) if isinstance(splits, Splits) else _sequence_rows(model, splits)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    operations = sum(row.multiply_adds or 0 for row in rows)
    uncounted = [row.name for row in rows if row.multiply_adds is None]
    without = f" (not counted: {', '.join(uncounted)})" if uncounted else ""
    steps = total_steps(config.training, len(splits.train.targets))
    return rows, f"{parameters:,} parameters · {operations:,} multiply-adds an example{without} · {steps:,} steps"


def _sequence_rows(model: nn.Module, splits: Sequences) -> list[LayerRow]:
    """The layers on the way of one sequence; every weight of a matrix is used once at each time step."""
    modules = dict(model.named_modules())
    rows = []
    for name, output in capture(model, splits.test.inputs[:1]).items():
        if "#" in name:  # a second call of the same module, with the same weights
            continue
        module = modules[name]
        steps = output.shape[1] if output.ndim == 3 else 1
        weights = sum(weight.numel() for weight in module.parameters() if weight.ndim == 2)
        multiplied = 0 if isinstance(module, nn.Embedding) else steps * weights
        parameters = sum(parameter.numel() for parameter in module.parameters())
        seen = _steps_seen(name, module, model, splits)
        rows.append(LayerRow(name, type(module).__name__, tuple(output.shape[1:]), parameters, multiplied, seen))
    return rows


def _steps_seen(name: str, module: nn.Module, model: nn.Module, splits: Sequences) -> str:
    """The time steps that one value of a layer can depend on."""
    if not isinstance(module, nn.RNNBase | nn.Linear):  # an embedding
        return "1 time step"
    if splits.is_encoder_decoder:
        return "the source so far" if name == "encoder" else "the source, and the target so far"
    both_ways = any(isinstance(one, nn.RNNBase) and one.bidirectional for one in model.modules())
    answers_once = isinstance(module, nn.Linear) and not splits.objective.per_step
    return "all time steps" if both_ways or answers_once else "the time steps so far"


def table(rows: list[LayerRow]) -> pd.DataFrame:
    """The layer table as the page shows it."""
    return pd.DataFrame(
        {
            "layer": [row.name for row in rows],
            "kind": [row.kind for row in rows],
            "output shape": ["x".join(str(size) for size in row.output_shape) for row in rows],
            "parameters": [f"{row.parameters:,}" for row in rows],
            "multiply-adds": ["not counted" if row.multiply_adds is None else f"{row.multiply_adds:,}" for row in rows],
            "receptive field": [_field(row) for row in rows],
        }
    )


def draw(rows: list[LayerRow]) -> None:
    """The layer table."""
    st.dataframe(table(rows), hide_index=True)
    steps = any(isinstance(row.receptive_field, str) for row in rows)
    extent = "time steps" if steps else "height and width, in input pixels,"
    st.caption(f"The receptive field is the {extent} that one value of the layer can depend on.")


def _field(row: LayerRow) -> str:
    if row.receptive_field is None:
        return "whole input"
    if isinstance(row.receptive_field, str):
        return row.receptive_field
    if isinstance(row.receptive_field, tuple):
        return "x".join(str(size) for size in row.receptive_field)
    return f"{row.receptive_field}x{row.receptive_field}"
