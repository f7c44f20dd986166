"""One topic of a roadmap: explanation, equation, sources, neighbours, and the way to its live page."""

import streamlit as st

from explorer.config import parse
from explorer.learn import Roadmap, Topic

PAGES = {
    "cnn": "CNN",
    "pretrained": "Pretrained CNN",
    "rnn": "RNN",
    "lstm": "LSTM",
}  # address -> what the navigation calls it


def show(roadmap: Roadmap, topic: Topic, *, known: bool) -> None:
    """Draw a topic.

    Args:
        roadmap: where it stands.
        topic: what is shown.
        known: whether the visitor knows it.
    """
    st.subheader(topic.title, anchor=False)
    key = f"know-{topic.id}"
    st.session_state[key] = known
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(topic.stage, width="content")
        st.toggle("I know this", key=key, on_change=_know, args=(topic.id, key), width="content")
    if topic.page:
        _live(topic)
    if topic.equation:
        st.latex(typeset(topic.equation))
    st.markdown(topic.what)
    st.markdown(f"**When to use it.** {topic.when}")
    st.markdown(f"**What goes wrong.** {topic.wrong}")
    if topic.requires:
        links("Needs", roadmap, topic.requires, f"needs-{topic.id}")
    if roadmap.followers(topic.id):
        links("Leads to", roadmap, roadmap.followers(topic.id), f"leads-{topic.id}")
    sources = (f"- :small[[{one.title}]({one.url}), {one.authors}, {one.year}]" for one in topic.sources)
    st.markdown("\n".join([":small[**Sources**]", "", *sources]))


def typeset(equation: str) -> str:
    """An equation with its parts one below the other: side by side they are too wide beside the map, and on a phone."""
    return "\n".join((r"\begin{gathered}", equation.strip().replace(r"\qquad", r"\\[0.5em]"), r"\end{gathered}"))


def links(
    label: str, roadmap: Roadmap, names: tuple[str, ...], key: str, chosen: str = "", *, numbered: bool = False
) -> None:
    """Other topics to be opened by a click."""
    words = {name: roadmap.topics[name].title for name in names}
    if numbered:
        words = {name: f"{number} · {word}" for number, (name, word) in enumerate(words.items(), start=1)}
    st.session_state[key] = chosen if chosen in names else None
    st.pills(
        label,
        names,
        format_func=words.__getitem__,
        key=key,
        on_change=_follow,
        args=(key,),
        label_visibility="collapsed" if numbered else "visible",
    )


def _follow(key: str) -> None:
    if st.session_state[key] is not None:
        st.session_state["topic"] = st.session_state[key]


def _know(name: str, key: str) -> None:
    others = [other for other in st.session_state["known"] if other != name]
    st.session_state["known"] = [*others, name] if st.session_state[key] else others


def _live(topic: Topic) -> None:
    """The button that opens the live page; opening it counts as having learnt the topic."""
    title, view = PAGES[topic.page_name], topic.page_settings.get("view")
    where = f"{title} page, {view}" if view else f"{title} page"
    label = f"Set it up on the {title} page" if topic.prepares else f"See it live: {where}"
    opened = st.button(
        label,
        key=f"live-{topic.id}",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        on_click=_opened,
        args=(topic,),
    )
    if opened:
        st.session_state["opened"] = topic.id
        st.switch_page(f"screens/{topic.page_name}.py", query_params=topic.page_settings)
    if topic.prepares:
        st.caption("Fills in the form on that page; press Train there.")


def _opened(topic: Topic) -> None:
    st.session_state["known"] = [*{*st.session_state["known"], topic.id}]
    if topic.prepares:
        from explorer.ui.form import prepare

        prepare.use_settings_of(parse(topic.prepares), topic.page_name)
