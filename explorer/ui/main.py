"""Navigation: the pages, in the order of the lecture."""

from pathlib import Path

import streamlit as st

from explorer.ui.address import history, known_topics, last_visit, link
from explorer.ui.address.pages import PLACES
from explorer.ui.address.visit import TO_TRAIN, WAITING

ICON = Path(__file__).with_name("icon.png")  # a file of ours: named icons are fetched from the internet
STYLE = Path(__file__).with_name("style.css")

st.set_page_config(page_title="Deep Learning Explorer", page_icon=str(ICON), layout="wide")
st.html(STYLE)

sections: dict[str, list[st.Page]] = {}
for address, place in PLACES.items():
    sections.setdefault(place.section, []).append(
        st.Page(place.file, title=place.title, icon=place.icon, url_path=address, default=not address)
    )
opened = st.navigation(sections)
history.keep()
link.restore()
link.translate_old_names()
asked = link.asked(opened.url_path)
last_visit.begin(opened.url_path)
if TO_TRAIN.get():
    from explorer.ui.run import start  # needs torch, as below

    start.train_what_was_asked()
opened.run()
link.say_what_is_unknown(asked)
if WAITING.get():
    from explorer.ui.run import queue  # only here: it needs torch, which the first page must not wait for

    queue.go_on()

last_visit.keep()
known_topics.keep()
