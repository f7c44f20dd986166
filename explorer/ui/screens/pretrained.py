"""The Pretrained CNN page: published networks, and transfer learning on other pictures."""

import streamlit as st

from explorer.config import ImageDataset, PretrainedModel, RunConfig, models_of
from explorer.errors import ExplorerError
from explorer.ui.address.notices import show_notice
from explorer.ui.address.settings import SUBJECT
from explorer.ui.rights import check_files
from explorer.ui.screens import explore
from explorer.ui.subject import choose_published
from explorer.ui.views import PUBLISHED_VIEWS, TRANSFER_VIEWS
from explorer.ui.widgets import pick_in_row

TRANSFERRED, PUBLISHED = "Transfer", "Network"

with st.sidebar:
    subject = pick_in_row(
        SUBJECT,
        "Show",
        [TRANSFERRED, PUBLISHED],
        help="A pretrained network trained on other pictures, or a network as it was published.",
    )

TITLE = "Pretrained CNN"
if subject == TRANSFERRED:
    run, prepared = explore.choose(ImageDataset, models_of("pretrained"), "pretrained", begin_with_run=True)
    explore.page(
        TITLE,
        "A network trained on many pictures already detects edges, textures and shapes. Keep these features "
        "**frozen** and train a new last layer, **fine-tune** them at a lower rate, or start **from scratch**: with "
        "few examples the difference is large.",
        run,
        prepared,
        choose_published.transfer_subject,
        TRANSFER_VIEWS,
    )
else:
    with st.sidebar:
        network, weights = choose_published.network_and_weights()
    show_notice()
    try:
        with st.sidebar, st.expander("Pictures", expanded=True, icon=":material/image:"):
            config = choose_published.pictures()
        check_files(RunConfig(dataset=config, model=PretrainedModel(network=network, weights=weights)))
        with explore.heading(TITLE, choose_published.facts(network, weights), {}):
            pass
        if choose_published.available(network, weights):
            shown = explore.look_at(
                lambda: choose_published.published_subject(network, weights, config), PUBLISHED_VIEWS
            )
            if shown is not None:
                with st.expander("The picture before and after the weights' preprocessing"):
                    choose_published.preprocessing(shown, network, weights, config)
    except ExplorerError as error:
        st.error(str(error), icon=":material/block:")
    with st.expander("Find a network by size, cost and accuracy", icon=":material/search:"):
        choose_published.search()
