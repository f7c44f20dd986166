"""The CNN page: shape a convolutional network, train it, and look inside it at any step."""

import streamlit as st

from explorer.config import CnnModel, ImageDataset
from explorer.ui import explore, prepare, probe, runs
from explorer.ui.tabs import convolution, data, feature_maps, health, kernels, predictions

TABS = {
    "Feature maps": feature_maps.draw,
    "Kernels": kernels.draw,
    "Convolution": convolution.draw,
    "Predictions": predictions.draw,
    "Health": health.draw,
    "Data": data.draw,
}

known = runs.known_runs(("cnn",))
with st.sidebar:
    run = runs.choose_run(known)
    st.caption("What you choose below prepares the next run; the one above is kept.")
    if run.config is not None:
        st.button(
            "Start from this run's choices",
            icon=":material/content_copy:",
            type="tertiary",
            on_click=prepare.use_settings_of,
            args=(run.config, "cnn"),
        )
    prepared = prepare.form(ImageDataset, CnnModel, "cnn")

st.title("CNN")
st.markdown(
    "A convolutional network slides small **kernels** over a picture; each makes a **feature map** of where its "
    "pattern is. Train one, then move the training step and look inside."
)
explore.page(run, prepared, probe.look_at, TABS)
