"""Gates: their values over time, their saturation, and their distribution over training."""

from dataclasses import replace
from functools import partial

import numpy as np
import plotly.graph_objects as go
from torch import nn

from explorer.figures.gates import Distribution, gate_distributions, gate_heatmaps, saturation_scatter
from explorer.inspection import saturation
from explorer.ui.cache import kept
from explorer.ui.chart import chart
from explorer.ui.progress import Progress
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.subject.sequence_batch import SequenceBatch, choose_batch, trace_batch
from explorer.ui.views.sequence.timed import timed_chart

GATES = ("input_gate", "forget_gate", "output_gate", "reset", "update")
NO_GATES = "A plain RNN has no gates: it overwrites its state at every step. Train an LSTM or a GRU to see gates."
BINS = 40


def unavailable(subject: SequenceSubject) -> str:
    """The reason why a cell has no gates to show."""
    with subject.part() as part:
        gated = isinstance(part.module, nn.LSTM | nn.GRU)
    return "" if gated else NO_GATES


def draw(subject: SequenceSubject) -> None:
    """Draw all gates over time; over several sequences their saturation, and their values at every recorded step."""
    quantities = subject.trace().layers[subject.layer].quantities
    gates = {name: values[0].numpy().T for name, values in quantities.items() if name in (*GATES, "candidate")}
    timed_chart(subject, gate_heatmaps(gates, subject.ticks, subject.time), "gates", "gates")
    chosen = choose_batch(subject)
    saturated = saturation_scatter(_saturations(subject, chosen))
    spread = gate_distributions(_over_training(subject, chosen), subject.steps, subject.step)
    chart(saturated, "saturation", "gate-saturation", reading=_over(chosen, saturated))
    chart(spread, "gate-distributions", "gates-over-training", reading=_over(chosen, spread))


def _over(chosen: SequenceBatch, figure: go.Figure) -> str:
    """What a figure says, with the sequences that it was computed over."""
    said = figure.layout.meta["reading"]
    return said and f"Over {chosen}. {said}"


def _saturations(subject: SequenceSubject, chosen: SequenceBatch) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each gate the shares of time below 0.1 and above 0.9, (unit,) each."""
    found = trace_batch(subject, subject.step, chosen)
    quantities = found.layers[subject.layer].quantities
    shares = {name: saturation(quantities[name], found.lengths) for name in GATES if name in quantities}
    return {name: (share.below.numpy(), share.above.numpy()) for name, share in shares.items()}


def _over_training(subject: SequenceSubject, chosen: SequenceBatch) -> dict[str, Distribution]:
    """The distribution of each gate at every recorded step; earlier counts are kept."""
    progress = Progress(len(subject.steps))
    by_step = [
        progress.of(
            partial(_at_step, replace(subject.without_sequence(), step=step), chosen), f"Gates at step {step:,}"
        )
        for step in subject.steps
    ]
    progress.end()
    return {
        name: Distribution(
            np.stack([found[name][0] for found in by_step]),
            _edges(name),
            np.array([found[name][1] for found in by_step]),
        )
        for name in by_step[0]
    }


@kept(512)
def _at_step(subject: SequenceSubject, batch: SequenceBatch) -> dict[str, tuple[np.ndarray, float]]:
    """For each gate the counts of its values between the edges, and their median."""
    quantities = trace_batch(subject, subject.step, batch).layers[subject.layer].quantities
    values = {name: quantities[name][batch.valid].numpy() for name in (*GATES, "candidate") if name in quantities}
    return {name: (np.histogram(found, _edges(name))[0], float(np.median(found))) for name, found in values.items()}


def _edges(name: str) -> np.ndarray:
    return np.linspace(-1 if name == "candidate" else 0, 1, BINS + 1)
