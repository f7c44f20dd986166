"""Watch above, look inside below: the pattern that every Explore page follows."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import streamlit as st

from explorer.config import RunConfig, names
from explorer.errors import ExplorerError
from explorer.training.run import Run
from explorer.ui.address import last_visit, link, prepared_run
from explorer.ui.address.notices import show_notice
from explorer.ui.form import prepare
from explorer.ui.form.prepare import Prepared
from explorer.ui.run import panel, runs

AnySubject = TypeVar("AnySubject")

STEP_HELP = (
    "Moves every view on this page to the network as it was after this many optimiser updates. "
    "Step 0 is the untrained network."
)
NEWEST = "newest"
FOLLOW_EVERY = 1.0  # seconds between two looks at a network that is learning


def choose(datasets: Any, models: Any, key: str, *, begin_with_run: bool = False) -> tuple[Run, Prepared]:
    """The left side of a page: the run that is shown, and the form that prepares the next one.

    Args:
        datasets: the union of data sets that the page offers.
        models: the union of models, or one.
        key: a prefix that tells the widgets of one page from those of another.
        begin_with_run: whether the form begins with the choices of the run that is shown first.
    """
    known = runs.known_runs(names(models))
    with st.sidebar:
        run = runs.choose_run(known, key)
        st.caption("What you choose below prepares the next run; the one above is kept.")
        first = (run.config if begin_with_run else None) or prepare.first_of(datasets, models)
        prepared_run.begin(
            "config",
            key,
            first,
            lambda config: config.dataset.name in names(datasets) and config.model.name in names(models),
            lambda config: prepare.use_settings_of(config, key),
            needs_first=begin_with_run,
        )
        if run.config is not None:
            st.button(
                "Start from this run's choices",
                icon=":material/content_copy:",
                type="tertiary",
                on_click=prepare.use_settings_of,
                args=(run.config, key),
            )
        prepared = prepare.form(datasets, models, key)
        if prepared.asked is not None:
            prepared_run.write("config", key, prepared.asked, first)
        return run, prepared


def page(
    run: Run,
    prepared: Prepared,
    choose_subject: Callable[[Run, RunConfig, int, list[int]], AnySubject],
    tabs: Mapping[str, Callable[[AnySubject], None]],
) -> None:
    """The prepared run and its buttons, the training panel, the Training step slider, the probe, and the views.

    One fragment holds the panel and the views, so that the chosen step is marked in the curves too; while a run lives,
    it refreshes by itself, and the panel in it more often.

    Args:
        run: the run that is shown.
        prepared: what the form on the left adds up to.
        look_at: draws the probe's widgets and says what all views look at, for a run, its configuration, the chosen
            step and all recorded steps.
        tabs: the views by name.
    """
    show_notice()
    panel.next_run(prepared, run.config)
    status = run.status
    panel.buttons(run, status, prepared.config)
    if status == "broken" or run.config is None:
        st.error(f"This run cannot be read: {run.reason} Choose another on the left.", icon=":material/broken_image:")
        return
    every = FOLLOW_EVERY if status in runs.ACTIVE else None
    st.fragment(_look_inside, run_every=every)(run, run.config, choose_subject, tabs, status)


def _look_inside(
    run: Run,
    config: RunConfig,
    choose_subject: Callable[[Run, RunConfig, int, list[int]], AnySubject],
    tabs: Mapping[str, Callable[[AnySubject], None]],
    status: str,
) -> None:
    active = status in runs.ACTIVE
    watch = st.container()  # one place for the panel, alive or not: what stands below it never jumps
    if active:
        with watch:
            panel.panel(run, status)
    steps = run.steps
    if not steps:
        if not active:
            with watch:
                panel.draw(run, None)
        st.info("The first look inside comes with the first snapshot, as soon as the training has begun.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container():
            step = _choose_step(steps, live=active)
        link.copy_button({"run": run.id, "step": str(step)} if active else {"run": run.id})
    if not active:
        with watch, st.container():  # as deep as the fragment of the living one
            panel.draw(run, step)
    try:
        views(choose_subject(run, config, step, steps), tabs)
    except ExplorerError as error:
        st.error(str(error), icon=":material/block:")


def _choose_step(steps: list[int], *, live: bool) -> int:
    """The slider over the recorded steps; while training its right end is the newest, whichever that is."""
    # what is set from here could meet an older value on its way from the browser: the end has a name of its own instead
    options: list[int | str] = [*steps, NEWEST] if live else list(steps)
    if len(options) == 1:
        st.caption(f"Training step: only {steps[0]} is recorded so far.")
        return steps[0]
    if st.session_state.pop(runs.AT_ITS_END, False):
        st.session_state["step"] = options[-1]
    if st.session_state.get("step", options[-1]) not in options:
        del st.session_state["step"]
    asked = st.query_params.get("step", "")
    if asked.isdigit() and int(asked) not in steps and "step" not in st.session_state:
        st.toast(f"Step {asked} was not recorded in this run; this is step {steps[-1]:,}.")
    chosen = st.select_slider(
        "Training step", options, value=options[-1], key="step", bind="query-params", help=STEP_HELP
    )
    if chosen != NEWEST:
        return int(chosen)
    st.caption(f"The views below show step {steps[-1]:,}, the newest, and go along.")
    return steps[-1]


def views(subject: AnySubject, tabs: Mapping[str, Callable[[AnySubject], None]]) -> None:
    """The tabs; only the open one is drawn."""
    drawn = st.tabs(list(tabs), key="view", bind="query-params")
    last_visit.note()
    for tab, draw in zip(drawn, tabs.values(), strict=True):
        if tab.open:
            with tab:
                draw(subject)
