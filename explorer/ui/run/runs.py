"""Which runs a page can show, and what is done with them: choose, train, pause, stop."""

from uuid import uuid4

import streamlit as st

from explorer.config import SAMPLE_DATA, PretrainedModel, RunConfig
from explorer.training.run import Run
from explorer.training.submit import launch, runs_root
from explorer.ui.address import link
from explorer.ui.address.notices import attempt
from explorer.ui.form.fields import word

SHIPPED = SAMPLE_DATA / "runs"
OPENED_FIRST = ("cnn-on-digits", "pretrained-on-unseen-shapes", "rnn-on-adding", "lstm-on-adding")  # one a page
BOXES = "run_choice.count"
AT_ITS_END = "run_choice.at_its_end"  # another run was chosen, and its last step is to be shown
ACTIVE = ("queued", "running", "paused")
WORDS = {
    "new": "not started",
    "queued": "waiting for a free processor",
    "running": "training",
    "paused": "paused",
    "stopped": "stopped",
    "finished": "finished",
    "failed": "failed",
    "interrupted": "interrupted",
    "broken": "cannot be read",
}


def known_runs(models: tuple[str, ...]) -> dict[str, Run]:
    """Every run of these models by its id: one's own, newest first, then those that ship.

    Broken folders are among them. Of those that ship, what a page opens with is the first.
    """
    own = [run for run in Run.list(runs_root()) if run.config is None or run.config.model.name in models]
    shipped = [run for run in Run.list(SHIPPED) if run.config is not None and run.config.model.name in models]
    shipped.sort(key=lambda run: run.id not in OPENED_FIRST)
    return {run.id: run for run in (*own, *shipped)}


def describe(run: Run) -> str:
    """A run in a line that never changes: the list of runs tells its entries apart by it."""
    if run.config is None:
        return f"{run.id} · cannot be read"
    dataset = word(run.config.dataset.name)
    if run.path.is_relative_to(SHIPPED):
        return f"{dataset} · shipped example"
    model, few = run.config.model, getattr(run.config.dataset, "examples_per_class", 0)
    strategy = word(model.strategy) if isinstance(model, PretrainedModel) else ""
    apart = [dataset, strategy, f"{few} a class" if few else "", f"{run.created:%d %b %H:%M:%S}", run.id[-4:]]
    return " · ".join(filter(None, apart))


def choose_run(runs: dict[str, Run], page: str) -> Run:
    """The select box of runs; what is chosen stands in the address, unless it is the one a page opens with.

    An address that names an unknown run shows the first one, and says so.

    Args:
        runs: as :func:`known_runs` gives them.
        page: whose choice is remembered.
    """
    remembered: dict[str, str] = st.session_state.setdefault("run_of_page", {})
    first = next((run_id for run_id, run in runs.items() if run.path.is_relative_to(SHIPPED)), next(iter(runs)))
    asked = st.query_params.get("run", "")
    if asked and asked not in runs:
        st.toast(f"There is no run {asked} here; this is one of those there are.")
    if link.went_back():
        show(asked if asked in runs else first)
    elif asked in runs and asked != st.session_state.get("run_written"):  # a link
        show(asked)
    elif shown() not in runs:  # of another page
        kept = remembered.get(page)
        show(kept if kept in runs else first)
    chosen: str = st.selectbox(
        "Run",
        list(runs),
        format_func=lambda run_id: describe(runs[run_id]),
        key=_box(),
        persist_state="session",
        on_change=_forget_what_was_looked_at,
        help="Each training is kept. Choosing one shows it; nothing is lost.",
    )
    remembered[page] = chosen
    st.session_state["run_written"] = "" if chosen == first != asked else chosen
    link.put("run", st.session_state["run_written"])
    return runs[chosen]


def shown() -> str:
    """The id of the run that is shown, on this page or on the last one that showed any; empty where none was."""
    run_id: str = st.session_state.get(_box(), "")
    return run_id


def show(run_id: str) -> None:
    """Show a run that was not chosen in the select box.

    The box gets another name: a page that refreshes itself tells what the browser last knew of each widget, and an
    older choice that is still on its way would be taken for a new one.
    """
    if run_id != shown():
        st.session_state[BOXES] = st.session_state.get(BOXES, 0) + 1
        st.session_state[_box()] = run_id


def _box() -> str:
    return f"run_choice.{st.session_state.get(BOXES, 0)}"


def owner() -> str:
    """Who trains: one visit of one browser tab."""
    name: str = st.session_state.setdefault("owner", uuid4().hex[:12])
    return name


def train(config: RunConfig) -> None:
    """Create a run and start it; a refusal is kept to be shown."""

    def start() -> None:
        run = Run.create(runs_root(), config, owner=owner())
        launch(run)
        show(run.id)
        _forget_what_was_looked_at()

    attempt(start)


def resume(run: Run) -> None:
    """Go on with a paused run, or start a stopped, interrupted or failed one again where it was."""
    attempt(run.resume if run.status == "paused" else lambda: launch(run))


def control(run: Run, action: str) -> None:
    """Pause, step or stop a run: ``action`` is "pause", "step_once" or "stop"."""
    attempt(getattr(run, action))


def set_learning_rate(run: Run, key: str) -> None:
    """Give a living run the learning rate that a widget holds."""
    attempt(lambda: run.set_learning_rate(float(st.session_state[key])))


def _forget_what_was_looked_at() -> None:
    """Another run has other steps, and its channels mean something else."""
    st.session_state[AT_ITS_END] = True
    for name in ("silent", "value"):
        link.put(name, "")
