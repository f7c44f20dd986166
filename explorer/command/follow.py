"""A training seen from a terminal: one line that moves, or a line now and then where the output is a file."""

import subprocess
import sys
import time
from contextlib import suppress

from pydantic import TypeAdapter, ValidationError

from explorer.bounded_files import read_bounded
from explorer.errors import MEGABYTE, ExplorerError
from explorer.training.accuracies import PLAIN, accuracies_of
from explorer.training.control import ask
from explorer.training.run import Run
from explorer.training.state import LEFT_OUT, RunState
from explorer.training.submit import start_worker, starting

FILES = TypeAdapter(list[tuple[str, str]])
EVERY = 0.2  # seconds between two looks at the run
EVERY_PLAIN = 5.0
GRACE = 5.0  # seconds that a worker has to stop
BAR = 24  # characters
UNFINISHED = 3  # exit status of a training that can go on, and was not stopped
EXIT = {"finished": 0, "failed": 1, "stopped": 130}  # exit status by the run's status


def train(run: Run) -> int:
    """Train a run in a process of its own and show how it goes; Ctrl-C stops it. The exit status."""
    with starting(run):  # until the worker has ended: nobody else starts this run meanwhile
        worker, attempt = start_worker(run)
        print(f"{run.id}: {run.title}", flush=True)
        try:
            _show(run, worker, attempt)
        except KeyboardInterrupt:
            print("\nStopping …", flush=True)
            _stop(run, worker)
    return farewell(run)


def line(run: Run) -> str:
    """A run in the list of runs."""
    if run.status == "broken":
        return f"{run.id:42} broken       {run.reason}"
    state = run.state()
    found = accuracies_of(run.config, state)
    shown = f"{state.test_accuracy:7.2%}" if found else "       "
    told = state.reason if set(found) <= {PLAIN} else _named(found)
    return f"{run.id:42} {state.status:12} {f'{state.step}/{state.total}':>13} {shown}  {told}".rstrip()


def _named(accuracies: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.2%}" for name, share in accuracies.items())


def progress(run: Run, state: RunState) -> str:
    """The progress of a run and its metrics."""
    done = state.step / state.total if state.total else 0.0
    bar = "█" * round(BAR * done) + "░" * (BAR - round(BAR * done))
    table = run.metrics()
    rows = table.tail(100)  # single batches jump about
    share = rows["accuracy"].notna().any()  # numbers are not right or wrong: of them the loss says it all
    validation = table["validation_accuracy" if share else "validation_loss"].dropna()
    parts = [
        f"{bar} {state.step}/{state.total}",
        f"loss {rows['loss'].mean():.4f}" if state.step else "",
        f"accuracy {rows['accuracy'].mean():.1%}" if share else "",
        f"validation {validation.iloc[-1]:{'.1%' if share else '.4f'}}" if len(validation) else "",
        f"{state.steps_per_second:.0f} steps/s" if state.steps_per_second else "",
        f"{state.seconds_left:.0f} s left" if state.seconds_left else "",
        state.status if state.status == "paused" else "",
    ]
    return "  ".join(filter(None, parts))


def _show(run: Run, worker: "subprocess.Popen[bytes]", attempt: int) -> None:
    moving = sys.stdout.isatty()
    shown = 0.0
    while True:
        ended = worker.poll() is not None  # before the state is read: then it is the last word
        state = run.state()
        begun = state.attempt == attempt and state.total > 0
        if moving:
            # the line is written over, and what is left of a longer one is erased
            print(f"\r{progress(run, state) if begun else 'starting …'}\x1b[K", end="\n" if ended else "", flush=True)
        elif begun and (ended or time.monotonic() - shown >= EVERY_PLAIN):
            shown = time.monotonic()
            print(progress(run, state), flush=True)
        if ended:
            return
        time.sleep(EVERY)


def _stop(run: Run, worker: "subprocess.Popen[bytes]") -> None:
    ask(run.path, "stop")
    try:
        worker.wait(GRACE)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        worker.kill()
        worker.wait()
        with suppress(ExplorerError):
            run.stop()  # nobody else holds it: it is marked as stopped here


def left_out(run: Run) -> list[str]:
    """The files of a person's own that the training could not use, a line each with the reason."""
    try:
        files = FILES.validate_json(read_bounded(run.path / LEFT_OUT, MEGABYTE))
    except (FileNotFoundError, ExplorerError, ValidationError):  # none, or somebody changed it
        return []
    return [f"Left out: {file} ({reason})" for file, reason in files]


def farewell(run: Run) -> int:
    """Say how a training ended, and which files it left out; the exit status."""
    state = run.state()
    for told in left_out(run):
        print(told)
    if state.status == "finished":
        parts = [_named(accuracies_of(run.config, state)), f"test loss {state.test_loss:.4f}"]
        print(f"Finished: {', '.join(filter(None, parts))}. {state.reason} Run: {run.path}".replace("  ", " "))
    elif state.status == "failed":
        print(f"Failed: {state.reason}", file=sys.stderr)
    elif state.status in ("queued", "running"):  # by the supervisor, after its worker died here
        print("The run goes on in the background. See: explorer runs")
    else:
        print(f"{state.reason or f'The run is {state.status}.'} Go on with: explorer resume {run.id}")
    return EXIT.get(state.status, UNFINISHED)
