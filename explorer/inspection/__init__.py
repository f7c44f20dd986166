"""Weights and inputs to arrays: what a network does, each number its own. Nothing is drawn, nothing is changed."""

from explorer.inspection.activations import capture
from explorer.inspection.arithmetic import rounded_to_add_up
from explorer.inspection.convolution import KernelChange, PixelSum, explain_pixel, kernel_change, kernels
from explorer.inspection.health import Histogram, LayerHealth, health, histogram
from explorer.inspection.pooling import PoolingWindow, pooling_window
from explorer.inspection.predictions import (
    Predictions,
    SoftmaxSteps,
    confusion,
    gradient_norms,
    mistakes,
    predict,
    softmax_steps,
)
from explorer.inspection.receptive_field import ReceptiveField, receptive_field
from explorer.inspection.summary import LayerRow, layer_table

__all__ = [
    "Histogram",
    "KernelChange",
    "LayerHealth",
    "LayerRow",
    "PixelSum",
    "PoolingWindow",
    "Predictions",
    "ReceptiveField",
    "SoftmaxSteps",
    "capture",
    "confusion",
    "explain_pixel",
    "gradient_norms",
    "health",
    "histogram",
    "kernel_change",
    "kernels",
    "layer_table",
    "mistakes",
    "pooling_window",
    "predict",
    "receptive_field",
    "rounded_to_add_up",
    "softmax_steps",
]
