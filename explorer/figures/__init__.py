"""Arrays in, Plotly figures out: no torch, no Streamlit, one function per chart."""
