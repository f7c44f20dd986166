"""Home: an introduction, a picture of each network, the chapters, and the way back to the last page."""

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.config import ModelConfig, RunConfig, names
from explorer.errors import ExplorerError
from explorer.learn import ROADMAPS, load
from explorer.training.accuracies import accuracies_of
from explorer.training.run import ReadableRun
from explorer.ui.address import known_topics, last_visit
from explorer.ui.address.notices import show_notice
from explorer.ui.address.pages import PLACES, link
from explorer.ui.address.settings import RUN, TOPIC, VIEW
from explorer.ui.address.visit import REFUSED, TILE_OPENED
from explorer.ui.cache import kept
from explorer.ui.chart import Click, chart
from explorer.ui.form.fields import word
from explorer.ui.rights import mine
from explorer.ui.run import runs
from explorer.ui.run.start import start_button
from explorer.ui.screens import home_tiles

NEWEST_RUNS = 3
CHAPTERS: tuple[tuple[tuple[str, ...], str], ...] = (  # pages, and what each chapter is about
    (("machine-learning",), "What learning from data means, and how to tell that it worked."),
    (("deep-learning",), "From one unit to transformers, every step with its reason."),
    (("cnn", "pretrained"), "Pictures: trained by you, and learnt elsewhere."),
    (("rnn",), "Sequences: a state that is carried along."),
    (("lstm",), "Gates: what is kept, and for how long."),
    (("closing-thoughts",), "The same digits, every network: which to use when."),
)
STYLE = """<style>
.st-key-tiles .nsewdrag { cursor: pointer !important; }
[class*="st-key-tile-picture-"] { min-height: 190px; }
.st-key-lead p { font-size: 1.15rem; line-height: 1.55; max-width: 46rem; }
.st-key-chapters [data-testid="stPageLink-NavLink"] { height: auto; padding-left: 0; }
.st-key-chapters [data-testid="stPageLink-NavLink"] * { white-space: normal; overflow: visible; }
.st-key-chapters [data-testid="stPageLink-NavLink"] p { font-weight: 600; line-height: 1.3; }
.chapter-number { display: flex; align-items: center; }
.chapter-number b {
  display: inline-flex; align-items: center; justify-content: center; width: 2rem; height: 2rem; flex: none;
  border-radius: 50%; border: 2px solid var(--st-primary-color, currentColor); font-weight: 650;
}
.chapter-number i { flex: 1; border-top: 2px solid var(--st-border-color, currentColor); margin: 0 -1rem 0 0.4rem; }
@media (max-width: 640px) { .chapter-number i { margin-right: 0; } }
</style>"""


def show() -> None:
    """Draw the page; the pictures, which take longest, are filled in last."""
    opened = TILE_OPENED.take()
    if opened:
        st.switch_page(PLACES[opened].file)
    st.html(STYLE)
    st.title("Deep Learning Explorer", anchor=False)
    with st.container(key="lead"):
        st.markdown(
            "Choose a network and a data set, train it live, and look inside it at any training step: every number on "
            "the screen is the network's own, and is checked against PyTorch."
        )
    newest = _newest_runs()
    _begin(newest)
    show_notice()
    places = _tiles()
    if newest:
        _go_on(newest)
    _path()
    for model, (picture, under) in places.items():
        with picture:
            _picture(model, under)


def _newest_runs() -> list[ReadableRun]:
    return [run for run in runs.readable_runs(names(ModelConfig)) if mine(run)][:NEWEST_RUNS]


def _begin(newest: list[ReadableRun]) -> None:
    """Draw the first button, and for a returning visitor the link to the last page."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        pressed = start_button(
            "Train a network now",
            [RunConfig()],
            partial(runs.train, RunConfig()),
            key="train-now",
            type="primary",
            icon=":material/play_arrow:",
            help="Watch a small CNN learn handwritten digits in about ten seconds.",
        )
        last = last_visit.place()
        if last is not None:
            page, settings = last
            place = PLACES[page]
            view = settings.get(VIEW.name, settings.get(TOPIC.name, [""]))[0]
            label = f"Pick up where you left off: {place.title}" + (f", {view}" if view else "")
            st.page_link(place.file, label=label, icon=place.icon, query_params=settings)
        elif not newest:
            st.caption("It takes about ten seconds, and no setup.", width="content")
    if pressed and not REFUSED.get():
        st.switch_page(PLACES["cnn"].file, query_params={RUN.name: runs.shown()})


def _tiles() -> dict[str, tuple[DeltaGenerator, DeltaGenerator]]:
    """Draw the four tiles; by model, the places for the picture and for the words below it."""
    places = {}
    with st.container(key="tiles"):
        for column, (model, tile) in zip(st.columns(len(home_tiles.TILES)), home_tiles.TILES.items(), strict=True):
            with column, st.container(border=True, height="stretch"):
                link(model, f"**{PLACES[model].title}**")
                picture, under = st.container(key=f"tile-picture-{model}"), st.empty()
                under.caption(tile.text)
                places[model] = picture, under
    return places


def _picture(model: str, under: DeltaGenerator) -> None:
    try:
        run = home_tiles.run_of(model)
        tile = home_tiles.TILES[model]
        chart(
            home_tiles.figure_of(model, run),
            f"tile-{model}",
            tile.kind,
            reading=f"{tile.text} {home_tiles.source_of(run)}",
            on_click=partial(_open, model),
        )
        under.empty()
    except ExplorerError as error:
        st.caption(str(error))


def _open(page: str, click: Click) -> None:
    TILE_OPENED.set(page)


def _go_on(newest: list[ReadableRun]) -> None:
    st.subheader("Your newest runs", anchor=False)
    for column, run in zip(st.columns(NEWEST_RUNS), newest, strict=False):
        state = run.state()
        facts = [runs.WORDS[state.status]]
        if state.status in runs.ACTIVE and state.total:
            facts = [f"{runs.WORDS[state.status]}, {state.step / state.total:.0%}"]
        shares = accuracies_of(run.config, state)
        facts += [f"{name} **{share:.1%}**" for name, share in shares.items()]
        if not shares and state.test_loss is not None:
            facts.append(f"test loss **{state.test_loss:.3g}**")
        with column, st.container(border=True):
            model = run.config.model
            link(model.pages[0], f"{model.short} on {word(run.config.dataset.name)}", {RUN.name: run.id})
            st.caption(f"{run.created.astimezone():%d %b, %H:%M} · {' · '.join(facts)}")


def _path() -> None:
    """Draw the six chapters in the order of the lecture, and the progress on the roadmaps."""
    st.subheader("Six chapters", anchor=False)
    known = known_topics.known()
    with st.container(key="chapters"):
        columns = st.columns(len(CHAPTERS))
    for number, (column, (pages, about)) in enumerate(zip(columns, CHAPTERS, strict=True), start=1):
        with column, st.container(gap="xsmall"):
            onwards = "<i></i>" if number < len(CHAPTERS) else ""
            st.html(f'<div class="chapter-number"><b>{number}</b>{onwards}</div>')
            for page in pages:
                link(page)
            st.caption(about)
            name = pages[0].replace("-", "_")
            if name in ROADMAPS:
                topics = _topics(name)
                st.progress(len(known & topics) / len(topics), f"{len(known & topics)} of {len(topics)} topics known")


@kept(2)
def _topics(roadmap: str) -> frozenset[str]:
    return frozenset(load(roadmap).topics)


show()
