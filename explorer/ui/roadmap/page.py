"""The layout of both roadmaps: the map, the chosen topic beside it, and the path to a goal."""

from functools import partial

import streamlit as st

from explorer.figures.roadmap import Line, Node, node_at, roadmap_map
from explorer.figures.style import MARK
from explorer.learn import Layout, Roadmap, layout, load, path_between
from explorer.ui.address import known_topics, topics
from explorer.ui.address.settings import GOAL, KNOWN, TOPIC
from explorer.ui.address.visit import TOPIC_OPENED, TOPIC_TAUGHT
from explorer.ui.cache import held
from explorer.ui.chart import Click, chart
from explorer.ui.roadmap import topic
from explorer.ui.widgets import pick_from_list, pick_many, pick_or_none

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
    topics.translate_ids(roadmap)
    chosen, goal, known = _choices(roadmap)
    path = path_between(roadmap, known, goal) if goal else ()
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(key="roadmap"):
        _map(roadmap, places, chosen, known, path)
    with right, st.container(key="topic-panel"):
        if goal:
            _path(roadmap, goal, path, chosen)
        topic.show(roadmap, roadmap.topics[chosen], known=chosen in known)


@held(2)
def _roadmap(name: str) -> tuple[Roadmap, Layout]:
    roadmap = load(name)
    return roadmap, layout(roadmap)


def _choices(roadmap: Roadmap) -> tuple[str, str | None, set[str]]:
    """Draw the choices; the topic, the goal and the known topics."""
    names = list(roadmap.topics)
    if GOAL.get() not in (*names, None):  # of the other roadmap
        GOAL.drop()
    if not KNOWN.chosen or not set(KNOWN.get()) <= set(names):
        KNOWN.drop()
        if not KNOWN.text():
            KNOWN.set([name for name in names if name in known_topics.known()])
    if TOPIC_TAUGHT.noted:
        KNOWN.set([*KNOWN.get(), TOPIC_TAUGHT.take()])
    title = partial(topics.write, roadmap)
    with st.container(key="roadmap-choices"):
        left, middle, right = st.columns(3, vertical_alignment="bottom")
    with left:
        chosen = pick_from_list(TOPIC, "Topic", names, format_func=title, help="Type to search, or click on the map.")
    with middle:
        goal = pick_or_none(
            GOAL,
            "Goal",
            names,
            format_func=title,
            placeholder="Choose a topic to reach",
            help="Draws the path from the topics that you know to this one, with every prerequisite.",
        )
    with right:
        # an address's choices reach the widget only once it is drawn
        count = len(KNOWN.get() if KNOWN.chosen else KNOWN.texts())
        with st.popover(f"I know {count} of {len(names)}", icon=":material/check:", width="stretch"):
            known = pick_many(KNOWN, "I know", names, format_func=title, placeholder="no topic yet")
            st.caption("Stored in this browser and in the address. Opening a topic's live page marks it as known.")
    opened = TOPIC_OPENED.take()
    if opened in names and opened not in known:  # Back brought the address from before its live page was opened
        TOPIC_TAUGHT.set(opened)
        st.rerun()
    known_topics.remove(set(names) - set(known))
    known_topics.add(set(known))
    return chosen, goal, set(known)


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
        "Topics and their prerequisites: choose one",
        f"Map of {len(nodes)} topics in {len(places.stages)} stages from top to bottom. {len(known)} are known, "
        f"{ready} can be learnt next; {roadmap.topics[chosen].title} is chosen. "
        "The list Topic does the same as a click.",
    )
    chart(figure, "roadmap-chart", "roadmap", on_click=partial(_choose_at, nodes, places.stages))


def _lines(roadmap: Roadmap, places: Layout, chosen: str, path: tuple[str, ...]) -> list[Line]:
    """Near lines always; far lines only at the chosen topic and along the path."""
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
        TOPIC.set(name)


def _path(roadmap: Roadmap, goal: str, path: tuple[str, ...], chosen: str) -> None:
    """Draw the topics on the path, in order; each opens on a click."""
    title = roadmap.topics[goal].title
    if not path:
        st.success(f"You already know **{title}**.", icon=":material/check:")
        return
    word = "topic" if len(path) == 1 else "topics"
    with st.expander(f"Your path to **{title}**: {len(path)} {word}", expanded=True, icon=":material/route:"):
        topic.links("Your path", roadmap, path, "path", chosen=chosen, numbered=True)
