"""Watch above, look inside below: the pattern that every Explore page follows."""

from collections.abc import Callable

import streamlit as st

from explorer.datasets.splits import Splits
from explorer.errors import ExplorerError
from explorer.training.run import Run
from explorer.ui import live, probe, runs
from explorer.ui.look import Look, splits_of

FOLLOW_EVERY = 1.0  # seconds between two looks at a network that is learning


def look_inside(run: Run, tabs: dict[str, Callable[[Look], None]]) -> None:
    """The training panel, the Training step slider, the probe, and the views as tabs.

    While a run lives, the panel and the views each refresh by themselves; afterwards one fragment holds both, so that
    the chosen step is marked in the curves too.
    """
    refusal = runs.refusal()
    if refusal:
        st.error(refusal, icon=":material/block:")
    if run.status == "broken" or run.config is None:
        st.error(f"This run cannot be read: {run.reason}", icon=":material/broken_image:")
        return
    active = run.status in runs.ACTIVE
    if active:
        live.panel(run)
    st.fragment(_look_inside, run_every=FOLLOW_EVERY if active else None)(run, tabs, active)


def _look_inside(run: Run, tabs: dict[str, Callable[[Look], None]], active: bool) -> None:
    watch = st.container()
    steps = run.steps
    if not steps:
        st.info("The first look inside comes with the first snapshot, as soon as the training has begun.")
        return
    step = _choose_step(steps, follow=active)
    if not active:
        with watch:
            live.draw(run, step)
    try:
        splits = splits_of(run.config.dataset)
        probe.apply_choice()
        look = _choose_probe(run, step, steps, splits)
        _views(look, tabs)
    except ExplorerError as error:
        st.error(str(error), icon=":material/block:")


def _choose_step(steps: list[int], *, follow: bool) -> int:
    """The slider over the recorded steps; while training it stays at the newest unless it was moved away."""
    newest_seen = st.session_state.get("newest_step")
    if "step" in st.session_state:
        chosen = st.session_state["step"]
        if (follow and chosen == newest_seen) or chosen not in steps:
            st.session_state["step"] = steps[-1] if chosen == newest_seen else _nearest(steps, chosen)
    st.session_state["newest_step"] = steps[-1]
    if len(steps) == 1:
        st.caption(f"Training step: only {steps[0]} is recorded so far.")
        return steps[0]
    step: int = st.select_slider(
        "Training step",
        steps,
        value=steps[-1],
        key="step",
        bind="query-params",
        help="Moves every view on this page to the network as it was after this many optimiser updates. "
        "Step 0 is the untrained network.",
    )
    return step


def _nearest(steps: list[int], wanted: int) -> int:
    return min(steps, key=lambda step: abs(step - int(wanted)))


def _choose_probe(run: Run, step: int, steps: list[int], splits: Splits) -> Look:
    left, middle, right = st.columns([2, 2, 3], vertical_alignment="bottom")
    with left:
        split = probe.choose_split(splits)
    with middle:
        image = probe.choose_image_number(splits, split)
    look = Look(run, step, steps, splits, split, image)
    with right:
        wanted = st.toggle(
            "Errors first", key="errors_first", bind="query-params", help="This split's mistakes at this step"
        )
    if wanted:
        probe.errors_first(look)
    return look


def _views(look: Look, tabs: dict[str, Callable[[Look], None]]) -> None:
    for tab, draw in zip(st.tabs(list(tabs), key="view", bind="query-params"), tabs.values(), strict=True):
        if tab.open:
            with tab:
                draw(look)
