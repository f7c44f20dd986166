"""The layout of every Explore page: the training above, the bar that stays, the views below."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from explorer.config import names
from explorer.errors import ExplorerError
from explorer.figures.strip import loss_strip
from explorer.training.run import ReadableRun, Run
from explorer.ui.address import choices_of_page, last_visit, link, prepared_run
from explorer.ui.address.notices import show_notice
from explorer.ui.address.settings import CONFIG, PRESENT, RUN, STEP, VIEW
from explorer.ui.address.visit import AT_ITS_END
from explorer.ui.bar import bar, frames, two_steps
from explorer.ui.chart import player
from explorer.ui.form import prepare
from explorer.ui.form.prepare import Prepared
from explorer.ui.run import news, panel, runs
from explorer.ui.subject.picture import PictureSubject
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.view import View
from explorer.ui.widgets import tabs, toggle

AnySubject = TypeVar("AnySubject", bound=PictureSubject | SequenceSubject)

STEP_HELP = (
    "Shows the network as it was after this many optimiser updates, in every view of this page. "
    "Step 0 is the untrained network."
)
PRESENT_HELP = (
    "For a projector: large type and pictures, without forms and captions. The arrow keys move the training step, the "
    "space bar plays."
)
NEWEST = "newest"  # how older links called the last step
STYLE, PRESENT_STYLE = (Path(__file__).parents[1] / file for file in ("explore.css", "present.css"))
TRAINING = player.Played(
    "the training", "recorded step", "Training step", speed=2, keys=True, ahead=True, help=STEP_HELP
)


def choose(datasets: Any, models: Any, key: str, *, begin_with_run: bool = False) -> tuple[Run, Prepared]:
    """Draw the left side of a page: the list of runs, and the form that prepares the next run.

    Args:
        datasets: the union of data sets that the page offers.
        models: the union of models, or one.
        key: a prefix that tells the widgets of one page from those of another.
        begin_with_run: whether the form starts from the settings of the run that is shown first.
    """
    choices_of_page.restore(key)
    known = runs.known_runs(names(models))
    with st.sidebar:
        run = runs.choose_run(known, key)
        st.caption("The choices below prepare the next run. The run above is kept.")
        first = (run.config if begin_with_run else None) or prepare.first_of(datasets, models)
        prepared_run.begin(
            CONFIG,
            key,
            first,
            lambda config: config.dataset.name in names(datasets) and config.model.name in names(models),
            lambda config: prepare.use_settings_of(config, key),
            needs_first=begin_with_run,
        )
        if run.config is not None:
            st.button(
                "Copy this run's settings",
                icon=":material/content_copy:",
                type="tertiary",
                on_click=prepare.use_settings_of,
                args=(run.config, key),
            )
        prepared = prepare.form(datasets, models, key)
        if prepared.asked is not None:
            prepared_run.write(CONFIG, key, prepared.asked, first)
        return run, prepared


@contextmanager
def heading(title: str, introduction: str, link_settings: dict[str, str]) -> Iterator[None]:
    """Draw the top of a page: its title and, in the same line, what is drawn meanwhile; then one line of words.

    Args:
        title: of the page.
        introduction: one or two sentences on its network.
        link_settings: what the copied link says though the address leaves it out.
    """
    st.html(STYLE)
    with st.container(key="heading", horizontal=True, vertical_alignment="center"):
        st.title(title, anchor=False, width="content")
        yield
        link.copy_button(link_settings)
        presenting = toggle(PRESENT, "Present", help=PRESENT_HELP)
    if presenting:
        st.html(PRESENT_STYLE)
    st.caption(introduction)


def page(
    title: str,
    introduction: str,
    run: Run,
    prepared: Prepared,
    choose_subject: Callable[[ReadableRun, int, list[int]], AnySubject],
    views: Sequence[View[AnySubject]],
) -> None:
    """Draw the title with the buttons, the training panel, the bar that stays, the views, and the prepared run.

    One fragment holds the panel, the bar and the views, so that the chosen step is marked in the curves too. While a
    run lives, the panel in it is drawn again and again, and all of it whenever the run has recorded another step.

    Args:
        title: of the page.
        introduction: one or two sentences on its network.
        run: the run that is shown.
        prepared: the result of the form on the left.
        choose_subject: draws the probe's widgets and returns the subject of all views, for a run, the chosen
            step and all recorded steps.
        views: the tabs, the first of which is open at first.
    """
    show_notice()
    status = run.status
    with heading(title, introduction, {RUN.name: run.id}):
        panel.buttons(run, status, prepared.config)
    panel.fault(prepared)
    if status == "broken" or not isinstance(run, ReadableRun):
        st.error(f"This run cannot be read: {run.reason} Choose another on the left.", icon=":material/broken_image:")
        return
    st.fragment(_look_inside, key=news.VIEWS)(run, choose_subject, views, status)
    panel.next_run(prepared, run.config)


def _look_inside(
    run: ReadableRun,
    choose_subject: Callable[[ReadableRun, int, list[int]], AnySubject],
    views: Sequence[View[AnySubject]],
    status: str,
) -> None:
    watch = st.container()  # the panel is filled in once the step is chosen, and nothing below it moves
    steps, active = run.steps, status in runs.ACTIVE
    if not steps:
        with watch:
            panel.panel(run, status, None, None)
        st.info(
            "The views appear with the first snapshot, as soon as training has started."
            if active or status == "new"
            else "There are no views: the folder of this run holds no weights."
        )
        return
    parts, step = bar.parts(), _chosen_step(steps)

    def go(to: int) -> None:
        STEP.set(None if to == steps[-1] else to)

    with parts.step:
        player.player("player", TRAINING._replace(of=run.id), steps, step, go, loss_strip(run.metrics(), steps))
    with watch:
        panel.panel(run, status, step, steps[-1])
    look_at(lambda: choose_subject(run, step, steps), views, parts, go)
    player.page_drawn()


def look_at(
    choose_subject: Callable[[], AnySubject],
    views: Sequence[View[AnySubject]],
    parts: bar.Parts | None = None,
    go: Callable[[int], None] = lambda step: None,
) -> AnySubject | None:
    """Fill the bar and draw the views; the subject, or None where it cannot be read, which is said.

    Args:
        choose_subject: draws the probe's widgets and returns the subject of all views.
        views: the tabs.
        parts: of the bar; unless given, the bar of a network without training steps is drawn.
        go: chooses a training step.
    """
    parts = parts or bar.parts(with_step=False)
    try:
        with parts.choose:
            subject = choose_subject()
        place, view = _open_view(views)
        frames.offer(subject, view, go)
        bar.fill(parts, subject, view)
        with place:
            _draw_view(subject, view)
    except ExplorerError as error:
        st.error(str(error), icon=":material/block:")
        return None
    return subject


def _chosen_step(steps: list[int]) -> int:
    """The recorded step that the address names; without one the last, which of a run that trains is the newest."""
    if AT_ITS_END.take():
        STEP.drop()
    asked = STEP.text()
    if asked and STEP.get() not in steps:
        if asked != NEWEST:
            st.toast(f"Step {asked[:20]} was not recorded in this run; the page shows step {steps[-1]:,}.")
        STEP.drop()
    chosen = STEP.get()
    return steps[-1] if chosen is None else chosen


def _open_view(views: Sequence[View[AnySubject]]) -> tuple[Any, View[AnySubject]]:
    """Draw the tabs; the open one and its view. They alone know it: after Back they read the address."""
    drawn = tabs(VIEW, [view.name for view in views])
    last_visit.note()
    choices_of_page.note()
    return next((tab, view) for tab, view in zip(drawn, views, strict=True) if tab.open)


def _draw_view(subject: AnySubject, view: View[AnySubject]) -> None:
    """Draw a view, or the reason why it has nothing to show."""
    reason = view.unavailable(subject)
    if reason:
        st.info(reason)
    else:
        two_steps.draw(view, subject)
