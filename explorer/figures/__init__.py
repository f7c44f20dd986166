"""Arrays in, Plotly figures out: no torch, no Streamlit, one function per chart.

The functions here draw the results of ``explorer`` for a notebook, as in ``optuna.visualization``: one object in, one
``go.Figure`` out, on a transparent ground with words that can be read on light and dark.
"""

from explorer.figures.of_pictures import attribution, deletion, feature_maps, insertion, network, pixel
from explorer.figures.of_runs import learning_curves
from explorer.figures.of_sequences import cell, gates, gradients_through_time, states

__all__ = [
    "attribution",
    "cell",
    "deletion",
    "feature_maps",
    "gates",
    "gradients_through_time",
    "insertion",
    "learning_curves",
    "network",
    "pixel",
    "states",
]
