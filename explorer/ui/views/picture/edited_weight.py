"""One weight set to another value, and the changes that follow."""

import streamlit as st

from explorer.figures.channels import changes_by_layer, logits_before_after
from explorer.inspection import edit_weight
from explorer.ui.address.settings import EDIT_WEIGHT, EDITED, EDITED_VALUE
from explorer.ui.chart import chart
from explorer.ui.subject.picture import PictureSubject
from explorer.ui.widgets import ask, number, pick_from_list, toggle

MOST_LAYERS = 24


def draw(subject: PictureSubject, layer: str) -> None:
    """Draw the choice of a weight and its new value; the logits and the layers before and after."""
    if not toggle(EDIT_WEIGHT, "Change a single weight, for this view only"):
        return
    with subject.model() as model:
        shapes = {name: tuple(value.shape) for name, value in model.named_parameters()}
    names = list(shapes)
    near = next((number for number, name in enumerate(names) if name.startswith(f"{layer.rsplit('.', 1)[0]}.")), 0)
    choice, *places = st.columns([3, *(1 for _ in range(4)), 2], vertical_alignment="bottom")
    with choice:
        parameter = pick_from_list(EDITED.variant(near, names[near]), "Parameter", names)
    index = []
    for axis, (size, place) in enumerate(zip(shapes[parameter], places, strict=False)):
        with place:
            setting = EDITED.variant(f"{parameter}-{axis}", 0)
            index.append(number(setting, f"of {size:,}", size, help="Counted from 0"))
    with subject.model() as model:
        old = float(model.get_parameter(parameter).detach()[tuple(index)])
    with places[-1]:
        value = ask(EDITED_VALUE, st.number_input, f"New value (now {old:.4g})", step=0.1, format="%.4f")
    with subject.model() as model:
        edit = edit_weight(model, subject.inputs, parameter, index, value)
    left, right = st.columns(2)
    with left:
        chart(
            logits_before_after(
                edit.before[0].numpy(),
                edit.after[0].numpy(),
                subject.class_names,
                ("trained", "with the new weight"),
            ),
            "edited-logits",
            "edited-logits",
        )
    with right:
        moved = {name: share for name, share in edit.relative.items() if share > 0}
        shown = edit.relative if len(edit.relative) <= MOST_LAYERS else dict(list(moved.items())[:MOST_LAYERS])
        chart(
            changes_by_layer(shown, "Change of each layer's output"),
            "edited-layers",
            "moved-layers",
            reading=f"Of {len(edit.relative)} layers, {len(moved)} change: only layers after the weight can, and an "
            "activation that is 0 before and after blocks the change.",
        )
