"""Gates: how far each is open over time, which hardly ever move, and how they came to be so over training."""

from time import monotonic

import numpy as np
import streamlit as st

from explorer.figures.gates import Distribution, gate_distributions, gate_heatmaps, saturation_scatter
from explorer.inspection import saturation
from explorer.ui.chart import chart
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.subject.sequence_batch import SequenceBatch, choose_batch, trace_batch

GATES = ("input_gate", "forget_gate", "output_gate", "reset", "update")
BINS = 40
PATIENCE = 0.5  # seconds after which a person is told what takes so long


def draw(subject: SequenceSubject) -> None:
    """All gates on one time axis; over several sequences their saturation, and their values at every recorded step."""
    quantities = subject.trace().layers[subject.layer].quantities
    gates = {name: values[0].numpy().T for name, values in quantities.items() if name in (*GATES, "candidate")}
    if not gates:
        st.info("A plain RNN has no gates: its state is overwritten at every step. Train an LSTM or a GRU to see some.")
        return
    chart(gate_heatmaps(gates, subject.ticks, subject.time), "gates", "gates")
    chosen = choose_batch(subject)
    chart(
        saturation_scatter(_saturations(subject, chosen)),
        "saturation",
        "gate-saturation",
        reading=f"Each point is one unit of one gate, over {chosen}: to the right it is mostly shut, at the top mostly "
        "open. A forget gate at the top remembers for long.",
    )
    chart(
        gate_distributions(_over_training(subject, chosen), subject.steps, subject.step),
        "gate-distributions",
        "gates-over-training",
        reading=f"Each column is one recorded step: how often each value occurs, over all units and {chosen}. At step "
        "0 the gates are half open, but for what their biases say; what spreads to the edges has learnt to open and "
        "shut.",
    )


def _saturations(subject: SequenceSubject, chosen: SequenceBatch) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each gate the share of time below 0.1 and above 0.9, (unit,) each."""
    found = trace_batch(subject, subject.step, chosen)
    quantities = found.layers[subject.layer].quantities
    shares = {name: saturation(quantities[name], found.lengths) for name in GATES if name in quantities}
    return {name: (share.below.numpy(), share.above.numpy()) for name, share in shares.items()}


def _over_training(subject: SequenceSubject, chosen: SequenceBatch) -> dict[str, Distribution]:
    """Each gate's values at every recorded step; what was counted before is not counted again."""
    began, note = monotonic(), st.empty()
    by_step = []
    for number, step in enumerate(subject.steps):
        by_step.append(
            _at_step(str(subject.run.path), step, chosen.split, subject.decoder, subject.layer, subject, chosen),
        )
        if monotonic() - began > PATIENCE:
            text = f"Gates at step {step:,}: {number + 1} of {len(subject.steps)} recorded steps"
            note.progress((number + 1) / len(subject.steps), text)
    note.empty()
    return {
        name: Distribution(
            np.stack([found[name][0] for found in by_step]),
            _edges(name),
            np.array([found[name][1] for found in by_step]),
        )
        for name in by_step[0]
    }


@st.cache_data(max_entries=512, show_spinner=False)
def _at_step(
    path: str, step: int, split: str, decoder: bool, layer: int, _look: SequenceSubject, _chosen: SequenceBatch
) -> dict[str, tuple[np.ndarray, float]]:
    """For each gate how often its values fall between the edges, and their median."""
    quantities = trace_batch(_look, step, _chosen).layers[layer].quantities
    values = {name: quantities[name][_chosen.valid].numpy() for name in (*GATES, "candidate") if name in quantities}
    return {name: (np.histogram(found, _edges(name))[0], float(np.median(found))) for name, found in values.items()}


def _edges(name: str) -> np.ndarray:
    return np.linspace(-1 if name == "candidate" else 0, 1, BINS + 1)
