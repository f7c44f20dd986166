"""What both roadmaps have in common: the map, the chosen topic beside it, and the path to a goal."""

from functools import partial

import streamlit as st

from explorer.figures.roadmap import Line, Node, node_at, roadmap_map
from explorer.figures.style import MARK
from explorer.learn import Layout, Roadmap, layout, load, path_between
from explorer.ui.address import known_topics
from explorer.ui.chart import Click, chart
from explorer.ui.roadmap import topic

GROUND = ", ".join(st.get_option(f"theme.{theme}.backgroundColor") for theme in ("light", "dark"))
STYLE = f"""<style>
.st-key-roadmap .nsewdrag {{ cursor: pointer !important; }}
.st-key-topic-panel .katex-display .katex {{ font-size: 1em; }}
[data-testid="stColumn"]:has(.st-key-topic-panel) {{
  position: sticky; top: 4rem; align-self: flex-start; max-height: calc(100vh - 5rem); overflow-y: auto;
}}
@media (max-width: 640px) {{
  .st-key-roadmap-choices [data-testid="stColumn"] {{ min-width: 0; flex: 1 1 40%; }}
  .st-key-roadmap-choices [data-testid="stColumn"]:last-child {{ flex-basis: 100%; }}
  [data-testid="stColumn"]:has(.st-key-topic-panel) {{
    top: auto; bottom: 0; max-height: 36vh; z-index: 5; padding: 0.75rem 0.25rem 0.5rem;
    background: Canvas; background: light-dark({GROUND}); border-top: 2px solid {MARK};
  }}
}}
</style>"""


def show(name: str) -> None:
    """Draw one of the two pages: "machine_learning" or "deep_learning"."""
    roadmap, places = _roadmap(name)
    st.html(STYLE)
    st.title(roadmap.title, anchor=False)
    st.markdown(roadmap.introduction)
    chosen, goal, known = _choices(roadmap)
    path = path_between(roadmap, known, goal) if goal else ()
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(key="roadmap"):
        _map(roadmap, places, chosen, known, path)
    with right, st.container(key="topic-panel"):
        if goal:
            _path(roadmap, goal, path, chosen)
        topic.show(roadmap, roadmap.topics[chosen], known=chosen in known)


@st.cache_resource(max_entries=2, show_spinner=False)
def _roadmap(name: str) -> tuple[Roadmap, Layout]:
    roadmap = load(name)
    return roadmap, layout(roadmap)


def _choices(roadmap: Roadmap) -> tuple[str, str | None, set[str]]:
    """The topic, the goal and what is known, as the address and the visitor have them."""
    topics = list(roadmap.topics)
    for key in ("topic", "goal"):  # the other roadmap's, which this one does not have
        if key in st.session_state and st.session_state[key] not in (*topics, None):
            del st.session_state[key]
    if not set(st.session_state.get("known", [""])) <= set(topics):
        st.session_state.pop("known", None)
        if "known" not in st.query_params:
            st.session_state["known"] = [name for name in topics if name in known_topics.learnt()]
    if "taught" in st.session_state:
        st.session_state["known"] = [*st.session_state.get("known", []), st.session_state.pop("taught")]
    title = partial(_title, roadmap)
    with st.container(key="roadmap-choices"):
        left, middle, right = st.columns(3, vertical_alignment="bottom")
    with left:
        chosen: str = st.selectbox(
            "Topic",
            topics,
            format_func=title,
            key="topic",
            bind="query-params",
            help="Type to search, or click on the map.",
        )
    with middle:
        goal: str | None = st.selectbox(
            "I want to reach",
            topics,
            index=None,
            format_func=title,
            placeholder="choose a goal",
            key="goal",
            bind="query-params",
            help="Draws the path from what you know to this topic, every prerequisite included.",
        )
    with right:
        # an address's choices reach the widget only once it is drawn
        count = len(st.session_state.get("known", st.query_params.get_all("known")))
        with st.popover(f"I know {count} of {len(topics)}", icon=":material/check:", width="stretch"):
            known: list[str] = st.multiselect(
                "I know", topics, format_func=title, key="known", bind="query-params", placeholder="nothing yet"
            )
            st.caption("Kept in this browser, and in the address. A topic whose live page you opened counts as well.")
    opened = st.session_state.pop("opened", None)
    if opened in topics and opened not in known:  # Back brought the address from before its live page was opened
        st.session_state["taught"] = opened
        st.rerun()
    known_topics.unlearn(set(topics) - set(known))
    known_topics.learn(set(known))
    return chosen, goal, set(known)


def _title(roadmap: Roadmap, name: str) -> str:
    return roadmap.topics[name].title


def _map(roadmap: Roadmap, places: Layout, chosen: str, known: set[str], path: tuple[str, ...]) -> None:
    nodes = {
        name: Node(
            one.title,
            places.places[name].row,
            places.places[name].slot,
            "known" if name in known else "next" if known.issuperset(one.requires) else "later",
            chosen=name == chosen,
            number=path.index(name) + 1 if name in path else None,
        )
        for name, one in roadmap.topics.items()
    }
    ready = sum(node.state == "next" for node in nodes.values())
    figure = roadmap_map(
        nodes,
        _lines(roadmap, places, chosen, path),
        places.stages,
        "Each topic rests on those that lead to it: choose one",
        f"Map of {len(nodes)} topics in {len(places.stages)} stages from top to bottom. {len(known)} are known, "
        f"{ready} can be learnt next; {roadmap.topics[chosen].title} is chosen. "
        "The list Topic does the same as a click.",
    )
    chart(figure, "roadmap-chart", "roadmap", on_click=partial(_choose_at, nodes, places.stages))


def _lines(roadmap: Roadmap, places: Layout, chosen: str, path: tuple[str, ...]) -> list[Line]:
    """Near lines always; far ones where they lead to or from the chosen topic, or along the path."""
    lines = []
    for topic_of_end in roadmap.topics.values():
        for required in topic_of_end.requires:
            edge = (required, topic_of_end.id)
            direct = edge in places.edges
            if direct and edge[0] in path and edge[1] in path:
                lines.append(Line(*edge, "path"))
            elif chosen == edge[1]:
                lines.append(Line(*edge, "before"))
            elif chosen == edge[0]:
                lines.append(Line(*edge, "after"))
            elif direct and not places.far(edge):
                lines.append(Line(*edge))
    return lines


def _choose_at(nodes: dict[str, Node], stages: dict[str, tuple[int, int]], click: Click) -> None:
    name = node_at(nodes, stages, float(click.x), float(click.y))
    if name is not None:
        st.session_state["topic"] = name


def _path(roadmap: Roadmap, goal: str, path: tuple[str, ...], chosen: str) -> None:
    """The topics still to be learnt, in order; each opens on a click."""
    title = roadmap.topics[goal].title
    if not path:
        st.success(f"You know **{title}** already.", icon=":material/check:")
        return
    word = "topic" if len(path) == 1 else "topics"
    with st.expander(f"Your path to **{title}**: {len(path)} {word}", expanded=True, icon=":material/route:"):
        topic.links("Your path", roadmap, path, "path", chosen=chosen, numbered=True)
