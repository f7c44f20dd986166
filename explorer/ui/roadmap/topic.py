"""One topic of a roadmap: explanation, equation, sources, neighbours, and the link to its live page."""

import streamlit as st

from explorer.config import parse
from explorer.learn import Roadmap, Topic
from explorer.ui.address.pages import PLACES
from explorer.ui.address.settings import KNOWN, TOPIC, VIEW
from explorer.ui.address.visit import KNOW, TOPIC_LINKS, TOPIC_OPENED


def show(roadmap: Roadmap, topic: Topic, *, known: bool) -> None:
    """Draw a topic.

    Args:
        roadmap: the roadmap of the topic.
        topic: the topic.
        known: whether the visitor knows it.
    """
    st.subheader(topic.title, anchor=False)
    know = KNOW.of(topic.id)
    know.set(known)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(topic.stage, width="content")
        st.toggle("I know this", key=know.key, on_change=_know, args=(topic.id,), width="content")
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
    """An equation with its parts one below the other, since side by side they are too wide beside the map."""
    return "\n".join((r"\begin{gathered}", equation.strip().replace(r"\qquad", r"\\[0.5em]"), r"\end{gathered}"))


def links(
    label: str, roadmap: Roadmap, names: tuple[str, ...], key: str, chosen: str = "", *, numbered: bool = False
) -> None:
    """Draw other topics that open on a click."""
    words = {name: roadmap.topics[name].title for name in names}
    if numbered:
        words = {name: f"{number} · {word}" for number, (name, word) in enumerate(words.items(), start=1)}
    link = TOPIC_LINKS.of(key)
    link.set(chosen if chosen in names else None)
    st.pills(
        label,
        names,
        format_func=words.__getitem__,
        key=link.key,
        on_change=_follow,
        args=(key,),
        label_visibility="collapsed" if numbered else "visible",
    )


def _follow(key: str) -> None:
    name = TOPIC_LINKS.of(key).get()
    if name is not None:
        TOPIC.set(name)


def _know(name: str) -> None:
    others = [other for other in KNOWN.get() if other != name]
    KNOWN.set([*others, name] if KNOW.of(name).get() else others)


def _live(topic: Topic) -> None:
    """Draw the button that opens the live page, which marks the topic as known."""
    title, view = PLACES[topic.page_name].title, topic.page_settings.get(VIEW.name)
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
        TOPIC_OPENED.set(topic.id)
        st.switch_page(PLACES[topic.page_name].file, query_params=topic.page_settings)
    if topic.prepares:
        st.caption("Shows an example run there, and fills in the form: press Train to make your own.")


def _opened(topic: Topic) -> None:
    KNOWN.set([*{*KNOWN.get(), topic.id}])
    if topic.prepares:
        from explorer.ui.form import prepare  # only here: it needs torch, which a roadmap must not wait for

        prepare.use_settings_of(parse(topic.prepares), topic.page_name)
