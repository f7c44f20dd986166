"""From weights and inputs to arrays: the network's own numbers. Nothing here draws, and no model is changed."""

from explorer.inspection.activations import Captured, capture
from explorer.inspection.arithmetic import rounded_to_add_up
from explorer.inspection.attention import attention_rollout
from explorer.inspection.attribution import Attribution, attribute
from explorer.inspection.cells import GRULayer, LSTMLayer, RNNLayer
from explorer.inspection.cells.equation import Equation, Term
from explorer.inspection.channels import ablate, rank_channels
from explorer.inspection.clamped import Clamp, clamped_trace
from explorer.inspection.convolution import PixelSum, explain_pixel
from explorer.inspection.effective_field import effective_field, geometric_window, pixels_holding
from explorer.inspection.embeddings import align, penultimate, project
from explorer.inspection.equations import CellStep, cell_step, equations
from explorer.inspection.excitation import Excitation, excite, strongest_picture
from explorer.inspection.faithfulness import Faithfulness, deletion_insertion
from explorer.inspection.gradients import GradientTrace, gradients_through_time
from explorer.inspection.graph import Graph, Node, network_graph
from explorer.inspection.health import Histogram, LayerHealth, activation, functional_activations, health, histogram
from explorer.inspection.kernels import KernelChange, kernel_change, kernels
from explorer.inspection.layer_maps import LayerMaps, layer_call, layer_maps
from explorer.inspection.methods import ATTRIBUTION_METHODS, AttributionMethod
from explorer.inspection.patches import TopPatches, top_patches
from explorer.inspection.pooling import PoolingWindow, pooling_window
from explorer.inspection.predictions import (
    Predictions,
    SoftmaxSteps,
    confusion,
    mistakes,
    predict,
    softmax_steps,
)
from explorer.inspection.randomisation import RandomisationStage, randomisation_check, randomisation_verdict
from explorer.inspection.receptive_field import ReceptiveField, receptive_field
from explorer.inspection.recurrent import Saturation, Trace, saturation, trace
from explorer.inspection.score import class_score
from explorer.inspection.sliding import SlidingSum, SumTerm, sliding_sum
from explorer.inspection.spatial import default_layer
from explorer.inspection.summary import LayerRow, layer_table
from explorer.inspection.symbols import SymbolRow, symbol_table
from explorer.inspection.visualise import Ascent, Frame, visualise
from explorer.inspection.weight_edit import WeightEdit, edit_weight

__all__ = [
    "ATTRIBUTION_METHODS",
    "Ascent",
    "Attribution",
    "AttributionMethod",
    "Captured",
    "CellStep",
    "Clamp",
    "Equation",
    "Excitation",
    "Faithfulness",
    "Frame",
    "GRULayer",
    "GradientTrace",
    "Graph",
    "Histogram",
    "KernelChange",
    "LSTMLayer",
    "LayerHealth",
    "LayerMaps",
    "LayerRow",
    "Node",
    "PixelSum",
    "PoolingWindow",
    "Predictions",
    "RNNLayer",
    "RandomisationStage",
    "ReceptiveField",
    "Saturation",
    "SlidingSum",
    "SoftmaxSteps",
    "SumTerm",
    "SymbolRow",
    "Term",
    "TopPatches",
    "Trace",
    "WeightEdit",
    "ablate",
    "activation",
    "align",
    "attention_rollout",
    "attribute",
    "capture",
    "cell_step",
    "clamped_trace",
    "class_score",
    "confusion",
    "default_layer",
    "deletion_insertion",
    "edit_weight",
    "effective_field",
    "equations",
    "excite",
    "explain_pixel",
    "functional_activations",
    "geometric_window",
    "gradients_through_time",
    "health",
    "histogram",
    "kernel_change",
    "kernels",
    "layer_call",
    "layer_maps",
    "layer_table",
    "mistakes",
    "network_graph",
    "penultimate",
    "pixels_holding",
    "pooling_window",
    "predict",
    "project",
    "randomisation_check",
    "randomisation_verdict",
    "rank_channels",
    "receptive_field",
    "rounded_to_add_up",
    "saturation",
    "sliding_sum",
    "softmax_steps",
    "strongest_picture",
    "symbol_table",
    "top_patches",
    "trace",
    "visualise",
]
