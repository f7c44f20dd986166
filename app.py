"""The dashboard: ``streamlit run app.py``, ``python app.py`` and the ``explorer`` command all start it."""

import streamlit as st

from explorer.places import PACKAGE
from explorer.ui.chart.assets import routes
from explorer.ui.server import MIDDLEWARE, lifespan

app = st.App(PACKAGE / "ui" / "main.py", routes=routes(), lifespan=lifespan, middleware=MIDDLEWARE)

if __name__ == "__main__":
    app.run()
