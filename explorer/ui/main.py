"""Navigation: the pages, in the order of the lecture."""

from pathlib import Path

import streamlit as st

from explorer.ui import learnt

ICON = Path(__file__).with_name("icon.png")  # a file of ours: named icons are fetched from the internet

st.set_page_config(page_title="Deep Learning Explorer", page_icon=str(ICON), layout="wide")

st.navigation(
    {
        "": [st.Page("views/home.py", title="Home", icon=":material/home:", default=True)],
        "Learn": [
            st.Page(
                "views/machine_learning.py",
                title="Machine Learning roadmap",
                icon=":material/map:",
                url_path="machine-learning",
            ),
            st.Page(
                "views/deep_learning.py",
                title="Deep Learning roadmap",
                icon=":material/route:",
                url_path="deep-learning",
            ),
        ],
        "Explore": [
            st.Page("views/cnn.py", title="CNN", icon=":material/grid_on:", url_path="cnn"),
            st.Page("views/pretrained.py", title="Pretrained CNN", icon=":material/school:", url_path="pretrained"),
            st.Page("views/rnn.py", title="RNN", icon=":material/repeat:", url_path="rnn"),
            st.Page("views/lstm.py", title="LSTM", icon=":material/memory:", url_path="lstm"),
        ],
    }
).run()

learnt.keep()
