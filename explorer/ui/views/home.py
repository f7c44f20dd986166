"""Home: what this is, and the way in."""

import streamlit as st

st.title("Deep Learning Explorer")
st.markdown(
    "Choose a network and a data set, train it live, and look inside it at any training step. "
    "Every number on the screen is the network's own, and is checked against PyTorch."
)
with st.container(border=True):
    st.subheader("CNN", anchor=False)
    st.markdown(
        "Train a convolutional network on handwritten digits in about ten seconds, and watch its feature maps form. "
        "See every kernel, compute any output value by hand, and find out where and why it is wrong."
    )
    st.page_link("views/cnn.py", label="Open the CNN page", icon=":material/grid_on:")
