"""Arrays in, Plotly figures out: no torch, no Streamlit, one chart a function."""
