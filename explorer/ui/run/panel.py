"""The training panel: the state of the run, its curves, and the buttons that control it."""

from functools import partial
from typing import Literal

import streamlit as st

from explorer.config import RunConfig
from explorer.datasets.sequences import Sequences
from explorer.datasets.splits import Splits
from explorer.errors import ExplorerError
from explorer.figures.curves import learning_curve
from explorer.training.accuracies import TOLD_SO_FAR, accuracies_of, is_told
from explorer.training.acknowledged import acknowledged, look_every
from explorer.training.marks import best_step
from explorer.training.run import ReadableRun, Run
from explorer.training.state import RunState
from explorer.training.verdict import nothing_learnt
from explorer.ui.address.settings import CURVES, RATE_CURVE, STEP
from explorer.ui.address.visit import REFUSED, STEP_CLICKED
from explorer.ui.cache import data_of
from explorer.ui.chart import Click, chart
from explorer.ui.form import estimate, prepare, preview
from explorer.ui.form.prepare import Prepared
from explorer.ui.rights import why_not_steer
from explorer.ui.run import news, rates, runs
from explorer.ui.run.start import train_button
from explorer.ui.widgets import toggle

FOLDED = ("finished",)  # the bar's strip stands for the curves, unless they are opened
CURVES_HELP = "The loss and the accuracy at full height. The strip above the slider shows the loss alone."
STEERABLE = (*runs.ACTIVE, "stopped", "interrupted", "failed")
RESUMABLE = ("paused", "stopped", "interrupted", "failed", "new")
Badge = tuple[Literal["green", "blue", "orange", "gray", "red"], str]  # its colour and its icon
ABOUT_TO: Badge = ("orange", ":material/hourglass_top:")
BADGES: dict[str, Badge] = {
    "running": ("green", ":material/play_arrow:"),
    "queued": ("blue", ":material/hourglass_top:"),
    "paused": ("orange", ":material/pause:"),
    "stopped": ("gray", ":material/stop:"),
    "finished": ("blue", ":material/check:"),
    "failed": ("red", ":material/error:"),
    "interrupted": ("red", ":material/power_off:"),
    "new": ("gray", ":material/fiber_new:"),
}


def buttons(run: Run, status: str, prepared: RunConfig | None) -> None:
    """Draw Train, and the buttons that control the run shown; those of another's run are off."""
    refused = why_not_steer(run)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        train_button(prepared)
        if status in RESUMABLE or (status == "broken" and isinstance(run, ReadableRun)):
            st.button(
                "Resume",
                icon=":material/resume:",
                disabled=bool(refused),
                on_click=runs.resume,
                args=(run,),
                help="Continue where it stopped.",
            )
        else:
            st.button(
                "Pause",
                icon=":material/pause:",
                disabled=bool(refused) or status not in ("running", "queued"),
                on_click=_control,
                args=(run, "pause"),
                help="Pause the training; nothing is lost.",
            )
        st.button(
            "Step",
            icon=":material/skip_next:",
            disabled=bool(refused) or status not in ("running", "paused"),
            on_click=_control,
            args=(run, "step_once"),
            help="Run one optimiser update, then pause.",
        )
        st.button(
            "Stop",
            icon=":material/stop:",
            disabled=bool(refused) or status not in runs.ACTIVE,
            on_click=_control,
            args=(run, "stop"),
            help="Stop the training; it can be resumed later.",
        )
        if status in STEERABLE and not refused and isinstance(run, ReadableRun):
            rates.choose(run)
    if status in STEERABLE and refused:
        st.caption(refused)


def _control(run: Run, action: str) -> None:
    """Pause, step or stop a run, and say so before the rest of the page is drawn; a refusal needs the whole page."""
    runs.control(run, action)
    if not REFUSED.noted:
        st.rerun(scope=news.VIEWS)


def panel(run: ReadableRun, status: str, chosen_step: int | None, known: int | None) -> None:
    """Draw state and curves, again and again while the run may change; a change of state redraws the page.

    A run that can be resumed is looked at too: it may be, from another tab.

    Args:
        run: the run that is shown.
        status: its status as the page knows it.
        chosen_step: the step that is marked in the curves.
        known: the newest recorded step that the views know; they are drawn again once there is another.
    """
    st.fragment(_draw, run_every=look_every(*acknowledged(run)))(run, status, chosen_step, known)


def _draw(run: ReadableRun, status_when_drawn: str, chosen_step: int | None, known: int | None) -> None:
    state, about_to = acknowledged(run)
    begins = status_when_drawn == "queued" and state.status == "running"  # Step follows with the first loss
    if (state.status != status_when_drawn and not begins) or STEP_CLICKED.take():
        st.rerun(scope="app")
    colour, icon = ABOUT_TO if about_to else BADGES[state.status]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(about_to or runs.WORDS[state.status], color=colour, icon=icon)
        st.markdown(facts(run.config, state), width="content")
        _offer_best_step(run, chosen_step)
        opened = state.status not in FOLDED or toggle(CURVES, "Curves", help=CURVES_HELP)
        with_rate = opened and toggle(RATE_CURVE, "Rate", help="The learning rate of every update, as a third curve.")
    reason, progress = st.empty(), st.empty()  # they come and go, and the curves below keep their place
    if state.reason and state.status in ("failed", "interrupted", "running", "paused"):
        reason.error(state.reason)
    elif state.reason and state.status == "finished":
        reason.info(state.reason, icon=":material/flag:")
    if state.status in runs.ACTIVE:
        progress.progress(min(1.0, state.step / max(1, state.total)))
    try:
        if opened:
            _curves(run, state, chosen_step)
        if with_rate:
            rates.curve(run, state.total, chosen_step)
        _say_what_failed(run, state)
    except ExplorerError as error:
        st.error(str(error), icon=":material/block:")
    if told := run.damage():
        st.warning(told, icon=":material/healing:")
    if state.status in runs.ACTIVE:
        news.follow(max(run.steps, default=None), known)
    if state.status != status_when_drawn and state.step:
        st.rerun(scope="app")  # the buttons, now that the first loss is drawn


def _curves(run: ReadableRun, state: RunState, chosen_step: int | None) -> None:
    metrics, go_there = run.metrics(), partial(_go_to, run)
    best, events = best_step(run), rates.events(run)
    asked = data_of(run.config.dataset) if state.total else None
    if isinstance(asked, Sequences):
        loss = learning_curve(
            metrics,
            "loss",
            state.total,
            chosen_step,
            baseline=asked.baseline,
            baseline_name=asked.baseline_name,
            unit="cross-entropy, nats" if asked.objective.is_classification else asked.unit,
            best=best,
            events=events,
        )
    else:
        loss = learning_curve(metrics, "loss", state.total, chosen_step, best=best, events=events)
    if isinstance(asked, Sequences) and not asked.objective.is_classification:  # a regression has no accuracy
        chart(loss, "loss-curve", "loss", on_click=go_there)
        return
    left, right = st.columns(2)
    with left:
        chart(loss, "loss-curve", "loss", on_click=go_there)
    with right:
        unit = TOLD_SO_FAR if is_told(run.config) else "accuracy"
        shares = learning_curve(metrics, "accuracy", state.total, chosen_step, unit=unit, best=best, events=events)
        chart(shares, "accuracy-curve", "accuracy", on_click=go_there)


def _offer_best_step(run: ReadableRun, chosen_step: int | None) -> None:
    best = best_step(run)
    if best is not None and best in run.steps:
        st.button(
            f"Best step {best:,}",
            type="tertiary",
            icon=":material/star:",
            disabled=best == chosen_step,
            on_click=_show_step,
            args=(best,),
            help="The recorded step with the lowest validation loss.",
        )


def _go_to(run: ReadableRun, click: Click) -> None:
    """Show the recorded step that is nearest to a click on a curve."""
    if run.steps:
        _show_step(min(run.steps, key=lambda step: abs(step - float(click.x))))


def _show_step(step: int) -> None:
    STEP.set(step)
    STEP_CLICKED.set(True)


def _say_what_failed(run: ReadableRun, state: RunState) -> None:
    failed = nothing_learnt(state, data_of(run.config.dataset)) if state.total else ""
    if failed:
        st.warning(failed, icon=":material/trending_flat:")


def _prepared_data(config: RunConfig) -> None:
    splits = data_of(config.dataset)
    if isinstance(splits, Splits):
        preview.overview(splits, "prepared")
    else:
        st.dataframe(splits.describe())


def facts(config: RunConfig | None, state: RunState) -> str:
    """The progress of a run in one line."""
    if state.status == "queued":
        return "it starts automatically; one of your runs trains at a time"
    if not state.total:
        return "reading the data and building the network …" if state.status in runs.ACTIVE else ""
    parts = [f"step **{state.step:,}** of {state.total:,}"]
    if state.epoch:
        parts.append(f"epoch {state.epoch}")
    if state.examples_per_second:
        parts.append(f"{state.examples_per_second:,.0f} examples/s")
    if state.status == "running" and state.seconds_left is not None:
        parts.append(f"{state.seconds_left:,.0f} s left")
    elif state.seconds:
        parts.append(f"{state.seconds:,.1f} s on {state.device.upper()}")
    if state.learning_rate is not None and state.status in runs.ACTIVE:
        parts.append(f"rate {state.learning_rate:.2g}")
    parts += [f"{name} **{share:.2%}**" for name, share in accuracies_of(config, state).items()]
    return " · ".join(parts)


def fault(prepared: Prepared) -> None:
    """Say why the prepared run cannot be trained, if so, and offer the download that it needs."""
    if prepared.config is not None:
        return
    st.error(prepared.fault, icon=":material/block:")
    if prepared.fetch is not None:
        st.button("Download", icon=":material/download:", on_click=prepare.download, args=(prepared.fetch,))


def next_run(prepared: Prepared, shown: RunConfig | None) -> None:
    """Draw the prepared run: its cost, its changes, and its layers."""
    if prepared.config is None:
        return
    changed = prepare.differences(prepared.config, shown) if shown else []
    text = f"**Next run:** {prepared.cost}"
    if changed:
        text += f" · changes: {'; '.join(changed[:4])}" + (f" and {len(changed) - 4} more" if len(changed) > 4 else "")
    section = st.expander(text, key="next_run", on_change="rerun")
    if section.open:
        with section:
            estimate.draw(list(prepared.layers))
            if shown is None or prepared.config.dataset != shown.dataset:
                _prepared_data(prepared.config)
            preview.augmented_pictures(prepared.config)
