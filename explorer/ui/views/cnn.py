"""The CNN page: shape a convolutional network, train it, and look inside it at any step."""

import streamlit as st

from explorer.config import CnnModel, ImageDataset
from explorer.ui import explore, probe
from explorer.ui.tabs import (
    attribution,
    channels,
    convolution,
    data,
    embeddings,
    feature_maps,
    graph,
    health,
    kernels,
    predictions,
)

TABS = {
    "Feature maps": feature_maps.draw,
    "Network": graph.draw,
    "Kernels": kernels.draw,
    "Convolution": convolution.draw,
    "Attribution": attribution.draw,
    "Channels": channels.draw,
    "Predictions": predictions.draw,
    "Embeddings": embeddings.draw,
    "Health": health.draw,
    "Data": data.draw,
}

run, prepared = explore.choose(ImageDataset, CnnModel, "cnn")
st.title("CNN", anchor=False)
st.markdown(
    "A convolutional network slides small **kernels** over a picture; each makes a **feature map** of where its "
    "pattern is. Train one, then move the training step and look inside."
)
explore.page(run, prepared, probe.look_at, TABS)
