"""The widgets that choose a sequence, a layer, a time step and a unit."""

from dataclasses import replace
from typing import Any

import streamlit as st

from explorer.datasets.sequences import Sequences
from explorer.errors import ExplorerError
from explorer.training.run import ReadableRun
from explorer.ui.address.settings import EXAMPLE, PART, RECURRENT_LAYER, SPLIT, TIME, TYPED, UNIT
from explorer.ui.cache import sequences_of
from explorer.ui.subject.edited_sequence import readable, typed_sequence
from explorer.ui.subject.sequence import Sequence, SequenceSubject
from explorer.ui.widgets import ask, number, pick_from_list, pick_in_row, slide

SPLITS = ("test", "validation", "train")


def choose_subject(run: ReadableRun, step: int, steps: list[int]) -> SequenceSubject:
    """Draw the widgets; the subject of all views."""
    model: Any = run.config.model  # recurrent: what the page offers
    splits = sequences_of(run.config.dataset)
    sliders = st.container()
    with st.container(horizontal=True, gap="xsmall"):
        with st.popover("Sequence", help="The sequence that the network reads, from a split or typed."):
            sequence = _sequence(run, step, splits)
        decoder = splits.is_encoder_decoder and _part() == "decoder"
        subject = SequenceSubject(run, step, steps, splits, sequence, decoder)
        layer = _layer(subject, two_ways=model.bidirectional)
    with sliders:
        left, right = st.columns(2, gap="small")
    with left:
        time = slide(TIME, "Time step", len(subject.ticks))
    with right:
        unit = slide(UNIT, "Unit", model.hidden_size)
    return replace(subject, layer=layer, time=time, unit=unit)


def _part() -> str:
    return pick_in_row(PART, "Network", ["encoder", "decoder"], label_visibility="collapsed")


def _layer(subject: SequenceSubject, *, two_ways: bool) -> int:
    names = [f"layer {layer}, {way}" if two_ways else f"layer {layer}" for layer, way in subject.layers]
    if len(names) == 1:
        return 0
    return names.index(pick_from_list(RECURRENT_LAYER, "Layer", names, label_visibility="collapsed"))


def _sequence(run: ReadableRun, step: int, splits: Sequences) -> Sequence:
    split = pick_from_list(SPLIT, "Sequence from the split", SPLITS)
    count = len(splits.split(split).inputs)
    example = number(EXAMPLE, f"Sequence, 0 to {count - 1:,}", count)
    typed = ""
    if splits.vocabulary:
        typed = ask(
            TYPED,
            st.text_input,
            "Or type a sequence",
            placeholder=f"of {readable(splits)}",
            help="Empty: the sequence above.",
        )
    if typed:
        try:
            own = typed_sequence(typed, run, step, splits)
        except ExplorerError as error:  # the views stay, with the sequence of the split
            st.error(f"{error} The page shows sequence {example:,} of the {split} split.", icon=":material/block:")
        else:
            if own.note:
                st.caption(f"{own.note} Views that need the target say so.")
            return own
    pair, lengths = splits.split(split), splits.lengths_of(split)
    inputs = pair.inputs[example : example + 1]
    whole = splits.source_length or inputs.shape[1]
    steps = whole if lengths is None else int(lengths[example])
    return Sequence(inputs, pair.targets[example : example + 1], steps, split=split, example=example)
