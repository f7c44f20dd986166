"""A training seen from a terminal: one line that moves, or a line now and then where the output is a file."""

import subprocess
import sys
import time
from contextlib import suppress
from shutil import get_terminal_size

from pydantic import TypeAdapter, ValidationError
from tqdm import tqdm

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
LINE = "{desc}: {bar} {n_fmt}/{total_fmt}, {remaining} left, {rate_noinv_fmt}"  # a narrow terminal cuts its end off
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


def progress(run: Run, state: RunState, width: int | None = None) -> str:
    """The progress of a run and its metrics, in a line that is no wider than a terminal's ``width`` in characters."""
    table = run.metrics()
    rows = table.tail(100)  # single batches jump about
    share = rows["accuracy"].notna().any()  # numbers are not right or wrong: of them the loss says it all
    validation = table["validation_accuracy" if share else "validation_loss"].dropna()
    parts = [
        state.status if state.status == "paused" else "",
        f"loss {rows['loss'].mean():.4f}" if state.step else "",
        f"accuracy {rows['accuracy'].mean():.1%}" if share else "",
        f"validation {validation.iloc[-1]:{'.1%' if share else '.4f'}}" if len(validation) else "",
    ]
    told: str = tqdm.format_meter(
        state.step,
        state.total,
        elapsed=0,  # not told: the run may have been resumed
        rate=state.steps_per_second or None,
        unit=" steps",
        bar_format=LINE,
        prefix=", ".join(filter(None, parts)),
        ncols=width,
    )
    return told


def _show(run: Run, worker: "subprocess.Popen[bytes]", attempt: int) -> None:
    moving = sys.stdout.isatty()
    write_over = tqdm.status_printer(sys.stdout)
    shown = 0.0
    while True:
        ended = worker.poll() is not None  # before the state is read: then it is the last word
        state = run.state()
        begun = state.attempt == attempt and state.total > 0
        if moving:
            write_over(progress(run, state, get_terminal_size().columns - 1) if begun else "starting …")
        elif begun and (ended or time.monotonic() - shown >= EVERY_PLAIN):
            shown = time.monotonic()
            print(progress(run, state), flush=True)
        if ended:
            print(end="\n" if moving else "", flush=True)
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
