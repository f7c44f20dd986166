"""Gates: how far each is open over time, and which hardly ever move."""

import numpy as np
import streamlit as st
import torch

from explorer.figures.gates import gate_heatmaps, saturation_scatter
from explorer.inspection import saturation, trace
from explorer.models.recurrent import EncoderDecoder, Recurrent
from explorer.ui.chart import chart
from explorer.ui.look import model_at
from explorer.ui.recurrent.look import SequenceLook

GATES = ("input_gate", "forget_gate", "output_gate", "reset", "update")
SEQUENCES = 32  # over which saturation is counted


def draw(look: SequenceLook) -> None:
    """All gates on one time axis; the saturation of each unit's gates over a handful of sequences."""
    quantities = look.trace().layers[look.layer].quantities
    gates = {name: values[0].numpy().T for name, values in quantities.items() if name in (*GATES, "candidate")}
    if not gates:
        st.info("A plain RNN has no gates: its state is overwritten at every step. Train an LSTM or a GRU to see some.")
        return
    chart(gate_heatmaps(gates, look.ticks, look.time), key="gates")
    st.caption("A gate of 1 lets everything through, one of 0 nothing. The candidate is what would be written.")
    chart(saturation_scatter(_saturations(look)), key="saturation")
    st.caption(
        f"Each point is one unit of one gate, over {SEQUENCES} validation sequences at most: to the right it is mostly "
        "shut, at the top mostly open. A forget gate at the top remembers for long (Karpathy, Johnson and Li 2015)."
    )


def _saturations(look: SequenceLook) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each gate the share of time below 0.1 and above 0.9, (unit,) each."""
    inputs, lengths = look.splits.validation.inputs[:SEQUENCES], look.splits.lengths_of("validation")
    lengths = None if lengths is None else lengths[:SEQUENCES]
    with model_at(look.run, look.step) as model, torch.no_grad():
        if isinstance(model, EncoderDecoder):
            source = inputs[:, : look.splits.source_length]
            if look.decoder:
                initial = model.encode(source, lengths)
                found = trace(model.decoder, model.embedding(inputs[:, look.splits.source_length :]), initial)
            else:
                found = trace(model.encoder, model.embedding(source), lengths=lengths)
        else:
            assert isinstance(model, Recurrent)
            found = trace(model.recurrent, model.embed(inputs), lengths=lengths)
    quantities = found.layers[look.layer].quantities
    shares = {name: saturation(quantities[name], found.lengths) for name in GATES if name in quantities}
    return {name: (share.below.numpy(), share.above.numpy()) for name, share in shares.items()}
