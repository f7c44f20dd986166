"""The Pretrained CNN page: what a network has learnt elsewhere, and what that is worth on other pictures."""

import streamlit as st

from explorer.config import ImageDataset, PretrainedModel
from explorer.errors import ExplorerError
from explorer.models.entries import entry_of
from explorer.ui.address import link
from explorer.ui.address.notices import show_notice
from explorer.ui.screens import explore
from explorer.ui.subject import choose_published
from explorer.ui.views.attribution import view
from explorer.ui.views.picture import (
    channels,
    convolution,
    data,
    embeddings,
    feature_maps,
    health,
    kernels,
    predictions,
    transfer,
)
from explorer.ui.views.picture import (
    network as network_view,
)

LOOKING = {
    "Network": network_view.draw,
    "Feature maps": feature_maps.draw,
    "Kernels": kernels.draw,
    "Convolution": convolution.draw,
    "Attribution": view.draw,
    "Channels": channels.draw,
    "Predictions": predictions.draw,
    "Embeddings": embeddings.draw,
}
TRANSFER = {"Transfer": transfer.draw, **LOOKING, "Health": health.draw, "Data": data.draw}
TABS = {**LOOKING, **TRANSFER}
TRANSFERRED, PUBLISHED = "Transfer", "Network"

with st.sidebar:
    subject = st.segmented_control(
        "Look at",
        [TRANSFERRED, PUBLISHED],
        default=TRANSFERRED,
        required=True,
        key="subject",
        bind="query-params",
        help="What becomes of a pretrained network on other pictures, or a network as it was published.",
    )

st.title("Pretrained CNN", anchor=False)
if subject == TRANSFERRED:
    run, prepared = explore.choose(ImageDataset, PretrainedModel, "pretrained", begin_with_run=True)
    st.markdown(
        "A network that has learnt many pictures knows edges, textures and shapes already. Keep these features "
        "**frozen** and train a new last layer, **fine-tune** them at a lower rate, or start **from scratch**: with "
        "few examples it makes all the difference."
    )
    explore.page(run, prepared, choose_published.transfer_subject, TRANSFER)
else:
    with st.sidebar:
        network, weights = choose_published.network_and_weights()
        with st.expander("Pictures", expanded=True, icon=":material/image:"):
            config = choose_published.pictures()
    show_notice()
    with st.expander("Find a network: size, cost and accuracy of them all", icon=":material/search:"):
        choose_published.search()
    try:
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container():
                st.markdown(choose_published.facts(entry_of(network, weights), weights))
            link.copy_button({})
        if choose_published.available(network, weights):
            explore.views(choose_published.published_subject(network, weights, config), LOOKING)
    except ExplorerError as error:
        st.error(str(error), icon=":material/block:")
