"""The button Film: what a film costs, its making, and its files."""

from functools import partial
from time import perf_counter
from typing import Any

import streamlit as st

from explorer.errors import MEGABYTE, ExplorerError
from explorer.ui.address.choices import choices
from explorer.ui.address.visit import FILM, FILM_FAULT, FILM_WANTED, GIF, GIF_BEGUN
from explorer.ui.cache import identity
from explorer.ui.chart.assets import PLOTLY_SCRIPT
from explorer.ui.film import camera
from explorer.ui.film.html import page_of
from explorer.ui.film.reel import Film, film_of
from explorer.ui.progress import Progress
from explorer.ui.redraw import figures_of
from explorer.ui.run.runs import ACTIVE
from explorer.ui.view import View

HTML, ANIMATION = "HTML file", "GIF"
BROWSER = 0.02  # seconds in which a browser draws one chart


def offer(subject: Any, view: View[Any]) -> None:
    """Draw the button; opened, it offers the view over all recorded steps, as it is set up now.

    Args:
        subject: what the view shows: a run at a step, or a published network, which has no steps to film.
        view: the open one.
    """
    box = st.popover(
        "Film",
        type="tertiary",
        icon=":material/movie:",
        key="film",
        on_change="rerun",
        help="This view at every recorded step, to take along: an HTML file that plays offline, or an animated GIF.",
    )
    if not box.open:  # a closed one costs nothing
        return
    with box:
        reason = reason_against(subject, view)
        if reason:
            st.caption(reason)
        else:
            _offer(subject, view)


def reason_against(subject: Any, view: View[Any]) -> str:
    """A sentence where a view of this subject cannot be filmed; empty where it can."""
    steps = getattr(subject, "steps", [])
    if not steps:
        return "A published network has one set of weights, so there is no training to film. Choose a run."
    if subject.run.status in ACTIVE:
        return "This run can still learn, and a film shows a training to its end. Wait for it, or press Stop."
    if len(steps) == 1:
        return f"Only step {steps[0]:,} is recorded, and a film needs two. Choose a run with more snapshots."
    return view.unavailable(subject)


def _offer(subject: Any, view: View[Any]) -> None:
    question = (identity(subject.at(subject.steps[-1])), view.name, tuple(subject.steps), choices())
    wanted, fault = FILM_WANTED.take(), FILM_FAULT.take()
    if fault:
        st.error(fault, icon=":material/block:")
    film = _made(FILM, question)
    try:
        if film is None and wanted:
            film = _make(subject, view)
            FILM.set((question, film))
        if film is None:
            _estimate(subject, view)
    except ExplorerError as error:
        st.error(str(error), icon=":material/block:")
        return
    if wanted == ANIMATION:
        GIF_BEGUN.set(question)
    if film is None:
        _button(HTML)
        _button(ANIMATION)
        return
    page = page_of(film)
    _download(page, film, HTML, "text/html")
    _animation(film, question)


def _animation(film: Film, question: object) -> None:
    """The GIF, the camera while it is drawn, or the button that begins it."""
    made = _made(GIF, question)
    if made is not None:
        _download(made, film, ANIMATION, "image/gif")
        st.image(made, width="stretch", caption=f"{film.view} at {len(film.steps)} steps")
    elif GIF_BEGUN.get() == question:
        camera.record(film, partial(_develop, question), _fail)
    else:
        _button(ANIMATION)


def _develop(question: object, frames: list[bytes]) -> None:
    GIF_BEGUN.forget()
    GIF.set((question, camera.animated(frames)))


def _fail(reason: str) -> None:
    GIF_BEGUN.forget()
    FILM_FAULT.set(reason)


def _make(subject: Any, view: View[Any]) -> Film:
    progress = Progress(len(subject.steps))
    frames = [
        progress.of(partial(figures_of, view, subject.at(step)), f"The view at step {step:,}") for step in subject.steps
    ]
    progress.end()
    return film_of(subject.run.title, view.name, subject.steps, frames)


def _estimate(subject: Any, view: View[Any]) -> None:
    """Say how long a film takes and how large it is, from the view at one step."""
    began = perf_counter()
    charts = figures_of(view, subject)
    count, seconds = len(subject.steps), perf_counter() - began
    size = PLOTLY_SCRIPT.stat().st_size + count * sum(len(str(chart.figure.to_json())) for chart in charts)
    drawing = BROWSER * len(charts)
    st.caption(
        f"**{view.name}** at all {count} recorded steps, with the choices of this page.\n\n"
        f"**HTML**: one file that plays offline, with a slider. About {count * seconds:.0f} s, at most "
        f"{size / MEGABYTE:.0f} MB.\n\n"
        f"**GIF**: your browser draws it in the colours of this page. About {count * (seconds + drawing):.0f} s."
    )


def _button(kind: str) -> None:
    st.button(f"Make the {kind}", key=f"film-{kind}", on_click=FILM_WANTED.set, args=(kind,))


def _download(file: bytes, film: Film, kind: str, mime: str) -> None:
    st.download_button(
        f"Download the {kind}, {len(file) / MEGABYTE:.1f} MB",
        file,
        f"{film.name}.{mime.rpartition('/')[2]}",
        mime,
        on_click="ignore",
        icon=":material/download:",
        key=f"film-download-{kind}",
    )


def _made(note: Any, question: object) -> Any:
    """What was made for this question; None where it was another."""
    made = note.get()
    return made[1] if made is not None and made[0] == question else None
