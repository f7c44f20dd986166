"""Navigation: the pages, in the order of the lecture."""

import streamlit as st

st.set_page_config(page_title="Deep Learning Explorer", page_icon=":material/neurology:", layout="wide")

st.navigation(
    {
        "": [st.Page("views/home.py", title="Home", icon=":material/home:", default=True)],
        "Explore": [st.Page("views/cnn.py", title="CNN", icon=":material/grid_on:", url_path="cnn")],
    }
).run()
