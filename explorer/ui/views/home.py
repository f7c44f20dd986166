"""Home: what this is, and the way in."""

import streamlit as st

PAGES = (
    (
        "cnn",
        "CNN",
        ":material/grid_on:",
        "Train a convolutional network on handwritten digits in about ten seconds, and watch its feature maps form. "
        "See every kernel, compute any output value by hand, and find out where and why it is wrong.",
    ),
    (
        "rnn",
        "RNN",
        ":material/repeat:",
        "A state carried from step to step: walk through time with the numbers in the equations, and see why the "
        "gradient of a plain recurrent network does not reach far back.",
    ),
    (
        "lstm",
        "LSTM",
        ":material/memory:",
        "Gates that forget, write and read: look at each over time, hold one at a value, and compare what an LSTM "
        "remembers with what an RNN does.",
    ),
)

st.title("Deep Learning Explorer")
st.markdown(
    "Choose a network and a data set, train it live, and look inside it at any training step. "
    "Every number on the screen is the network's own, and is checked against PyTorch."
)
for place, (name, title, icon, text) in zip(st.columns(len(PAGES)), PAGES, strict=True):
    with place, st.container(border=True, height="stretch"):
        st.subheader(title, anchor=False)
        st.markdown(text)
        st.page_link(f"views/{name}.py", label=f"Open the {title} page", icon=icon)
