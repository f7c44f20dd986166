"""The runs that a page can show, and the actions on them: choose, train, pause, stop."""

from collections.abc import Callable, Collection
from contextlib import suppress

import streamlit as st

from explorer.config import PretrainedModel, RunConfig
from explorer.errors import ExplorerError
from explorer.places import runs_root
from explorer.training.examples import OPENED_FIRST, SHIPPED, ships
from explorer.training.run import ReadableRun, Run
from explorer.training.submit import launch
from explorer.ui.address import link
from explorer.ui.address.notices import attempt
from explorer.ui.address.settings import RUN, drop_choices_of_run
from explorer.ui.address.visit import (
    AT_ITS_END,
    BEGUN,
    BESIDE,
    RATE_CHOICE,
    RUN_BOX,
    RUN_BOXES,
    RUN_OF_PAGE,
    RUN_WRITTEN,
)
from explorer.ui.address.visitor import visitor
from explorer.ui.form.fields import word
from explorer.ui.rights import check_files, check_steering, mine

ACTIVE = ("queued", "running", "paused")
UNDER_WAY = ("new", "queued", "running")
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
    """Every run of these models by its id: those of all visitors, newest first, then the example runs.

    Broken folders are included. The first example run is the one that a page opens with.
    """
    try:
        found = Run.list(runs_root())
    except ExplorerError as error:  # the folder of all runs; the example runs lie elsewhere
        st.toast(str(error))
        found = []
    trained = [run for run in found if run.config is None or run.config.model.name in models]
    shipped = [run for run in Run.list(SHIPPED) if isinstance(run, ReadableRun) and run.config.model.name in models]
    shipped.sort(key=lambda run: run.id not in OPENED_FIRST)
    return {run.id: run for run in (*trained, *shipped)}


def readable_runs(models: tuple[str, ...]) -> list[ReadableRun]:
    """The same without broken folders, in the same order."""
    return [run for run in known_runs(models).values() if isinstance(run, ReadableRun)]


def mine_or_examples(models: tuple[str, ...]) -> list[ReadableRun]:
    """The same without the runs of others: the visitor's own, newest first, then the example runs."""
    return [run for run in readable_runs(models) if mine(run) or ships(run)]


def describe(run: Run) -> str:
    """A run in one line that never changes, so that the list of runs can tell its entries apart."""
    if not isinstance(run, ReadableRun):
        return f"{run.id} · cannot be read"
    dataset = word(run.config.dataset.name)
    model = run.config.model
    if ships(run):
        return f"{dataset} · {model.short} · example run"
    few = getattr(run.config.dataset, "examples_per_class", 0)
    strategy = word(model.strategy) if isinstance(model, PretrainedModel) else ""
    apart = [dataset, strategy, f"{few} a class" if few else "", f"{run.created:%d %b %H:%M:%S}", run.id[-4:]]
    return " · ".join(filter(None, apart))


def choose_run(runs: dict[str, Run], page: str) -> Run:
    """Draw the list of runs; the address holds the choice, unless it is the run that the page opens with.

    An address with an unknown run shows another one, and says so.

    Args:
        runs: as :func:`known_runs` gives them.
        page: the page whose last choice is remembered.
    """
    first = next((run_id for run_id, run in runs.items() if ships(run)), next(iter(runs)))
    asked = RUN.get()
    if asked and asked not in runs:
        st.toast(f"There is no run {asked} here; this page shows another one.")
    show(
        run_to_show(
            runs,
            first,
            asked="" if asked == RUN_WRITTEN.get() and not link.went_back() else asked,
            shown=shown(),
            remembered=RUN_OF_PAGE.get().get(page, ""),
            went_back=link.went_back(),
        )
    )
    chosen: str = st.selectbox(
        "Run",
        list(runs),
        format_func=lambda run_id: describe(runs[run_id]),
        key=RUN_BOX.of(RUN_BOXES.get()).key,
        persist_state="session",
        on_change=_begin_at_its_end,
        help="Every run is kept. Choose one to show it.",
    )
    RUN_OF_PAGE.set({**RUN_OF_PAGE.get(), page: chosen})
    RUN_WRITTEN.set("" if chosen == first != asked else chosen)
    RUN.set(RUN_WRITTEN.get())
    return runs[chosen]


def run_to_show(known: Collection[str], first: str, *, asked: str, shown: str, remembered: str, went_back: bool) -> str:
    """The run that a page shows.

    Args:
        known: the ids of the runs that the page can show.
        first: the one that the page opens with.
        asked: the run that a link, or the address after Back, asks for; empty where it asks for none.
        shown: the run that is shown now, here or on another page.
        remembered: the run that this page showed last.
        went_back: whether the browser went back or forward: then an address that asks for none means the first.
    """
    if asked in known:
        return asked
    if went_back:
        return first
    if shown in known:
        return shown
    return remembered if remembered in known else first


def shown() -> str:
    """The id of the run shown here or on the last page that showed one; empty if none was."""
    return RUN_BOX.of(RUN_BOXES.get()).get()


def show(run_id: str) -> None:
    """Show a run that was not chosen in the list.

    The list gets a new key: a page that refreshes itself sends the browser's last value of each widget, and an older
    choice still on its way would count as a new one.
    """
    if run_id != shown():
        RUN_BOXES.set(RUN_BOXES.get() + 1)
        RUN_BOX.of(RUN_BOXES.get()).set(run_id)


def begin(config: RunConfig, beside: str = "") -> ReadableRun:
    """Create a run of the visitor's and start it; where the visit began the same one and it is under way, that one.

    Args:
        config: of the run.
        beside: a run under way beside which the same one is wanted once more.

    Raises:
        ExplorerError: where the visitor may not read its data, or has too many runs waiting.
    """
    already = under_way(config)
    if already is not None and already.id != beside:  # a second click
        return already
    check_files(config)
    run = Run.create(runs_root(), config, owner=visitor())
    launch(run)
    BEGUN.set([*BEGUN.get(), str(run.path)])
    return run


def under_way(config: RunConfig) -> ReadableRun | None:
    """The run of this configuration that the visit began and that waits or trains now."""
    return next((run for run in _begun() if run.config == config and run.status in UNDER_WAY), None)


def _begun() -> list[ReadableRun]:
    """The runs that this visit began and that are not over, the newest first; others are forgotten."""
    found = []
    for path in BEGUN.get():
        with suppress(ExplorerError):  # deleted meanwhile
            found.append(Run.open(path))
    living = [run for run in found if run.status in ("new", *ACTIVE)]
    BEGUN.set([str(run.path) for run in living])
    return living[::-1]


def train(config: RunConfig, beside: str = "") -> None:
    """Begin a run and show it, as :func:`begin` does; the page shows the reason if that fails."""

    def start() -> None:
        switch_to(begin(config, beside).id)

    attempt(start)


def train_beside(config: RunConfig) -> None:
    """The same for a run that is compared with the one shown, which stays."""
    attempt(lambda: BESIDE.set([*BESIDE.get(), begin(config).id]))


def resume(run: Run) -> None:
    """Continue a paused run, or restart a stopped, interrupted or failed one from its last checkpoint."""
    _steer(run, run.resume if run.status == "paused" else lambda: launch(run))


def control(run: Run, action: str) -> None:
    """Pause, step or stop a run: ``action`` is "pause", "step_once" or "stop"."""
    _steer(run, getattr(run, action))


def set_learning_rate(run: Run, rate: float) -> None:
    """Set the learning rate of a run that can go on, in place of its schedule's."""
    _steer(run, lambda: run.set_learning_rate(rate))


def follow_schedule(run: Run) -> None:
    """Give the learning rate of a run back to its schedule; its box shows that rate from then on."""
    _steer(run, run.follow_schedule)
    RATE_CHOICE.of(run.id).forget()


def _steer(run: Run, action: Callable[[], object]) -> None:
    def allowed() -> None:
        check_steering(run)
        action()

    attempt(allowed)


def switch_to(run_id: str) -> None:
    """Show another run at its end, as a choice in the list does."""
    show(run_id)
    _begin_at_its_end()


def _begin_at_its_end() -> None:
    """Show the last step of another run, and drop choices that mean something else there."""
    AT_ITS_END.set(True)
    drop_choices_of_run()
