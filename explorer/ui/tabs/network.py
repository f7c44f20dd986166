"""The network before it is trained: its layers, their shapes, and what it costs."""

import pandas as pd
import streamlit as st

from explorer.config import RunConfig
from explorer.datasets.splits import Splits
from explorer.inspection import LayerRow, layer_table
from explorer.models import build
from explorer.training.loop import check_batches, total_steps


def describe(config: RunConfig, splits: Splits) -> tuple[list[LayerRow], str]:
    """The layer table of a prepared run, and its total cost in one line.

    Raises:
        ExplorerError: where the model does not fit the data.
    """
    model = build(config.model, splits)
    check_batches(model, config.training, len(splits.train.targets))
    rows = layer_table(model, splits.input_shape)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    operations = sum(row.multiply_adds for row in rows)
    steps = total_steps(config.training, len(splits.train.targets))
    return rows, f"{parameters:,} parameters · {operations:,} multiply-adds an example · {steps:,} steps"


def table(rows: list[LayerRow]) -> pd.DataFrame:
    """The layer table as the page shows it."""
    return pd.DataFrame(
        {
            "layer": [row.name for row in rows],
            "kind": [row.kind for row in rows],
            "output shape": ["x".join(str(size) for size in row.output_shape) for row in rows],
            "parameters": [f"{row.parameters:,}" for row in rows],
            "multiply-adds": [f"{row.multiply_adds:,}" for row in rows],
            "receptive field": [_field(row) for row in rows],
        }
    )


def draw(rows: list[LayerRow]) -> None:
    """The layer table."""
    st.dataframe(table(rows), hide_index=True)
    st.caption(
        "The receptive field is how many input pixels, in height and width, one value of the layer can depend on."
    )


def _field(row: LayerRow) -> str:
    if row.receptive_field is None:
        return "whole input"
    if isinstance(row.receptive_field, tuple):
        return "x".join(str(size) for size in row.receptive_field)
    return f"{row.receptive_field}x{row.receptive_field}"
