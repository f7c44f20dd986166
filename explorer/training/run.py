"""A run is a folder: a worker writes it, everyone else reads it and appends commands to it."""

import math
import secrets
import shutil
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from pydantic import ValidationError

from explorer.bounded_files import is_folder, read_bounded
from explorer.config import RunConfig, TrainingConfig, bounds, read_config
from explorer.errors import ExplorerError, printable, room_for, shortened
from explorer.in_html import table
from explorer.training.control import Action, ask
from explorer.training.files import rename, write_whole
from explorer.training.folder import LARGEST
from explorer.training.lock import Lock
from explorer.training.records import metrics_table, parameters_table
from explorer.training.snapshots import recorded_steps
from explorer.training.state import (
    RunInfo,
    RunState,
    Status,
    aware_now,
    current_state,
    read_info,
    read_state,
    run_folders,
    said,
    under_worker,
    write_record,
    write_state,
)
from explorer.training.submit import launch

if TYPE_CHECKING:  # torch takes two seconds to import, and most readers of a run do without
    from torch import Tensor, nn

    from explorer.datasets.splits import Shaped, ShapeFacts

Steps = list[int]
LATEST = 250_000_000_000  # seconds since 1970: a date beyond is no date


class Run:
    """The folder of a run: its state, its records, and its controls.

    A run with a readable configuration is a :class:`ReadableRun`; any other one is broken, and ``reason`` says why.
    """

    def __init__(self, path: Path, info: RunInfo, fault: str = "") -> None:
        self.path = path
        self.id = printable(path.name)  # what run.json says, but for a copy beside it
        self.owner = info.owner
        self.created: datetime = info.created
        self._fault = fault

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"

    def _repr_html_(self) -> str:
        steps = self.steps
        ends = {"recorded steps": len(steps), "last step": steps[-1] if steps else None}
        return table([{"run": self.id, "what": self.title, "status": self.status, **ends}])

    @property
    def config(self) -> RunConfig | None:
        """The configuration; None for a broken run."""
        return None

    # ── finding ──────────────────────────────────────────────────────────────────────────────────────────────────────
    @classmethod
    def create(cls, root: Path | str, config: RunConfig, owner: str = "local") -> "ReadableRun":
        """Make the folder of a new run under ``root``; it starts when it is launched.

        Raises:
            DiskFullError: where there is no room; nothing is left of it then.
            ExplorerError: where the folder may not be written.
        """
        try:
            return cls._created(Path(root).absolute(), config, owner)
        except OSError as error:
            raise ExplorerError(f"No run can be kept in {root}: {error.strerror}.") from error

    @classmethod
    def _created(cls, root: Path, config: RunConfig, owner: str) -> "ReadableRun":
        with room_for(root / "run.json"):
            root.mkdir(parents=True, exist_ok=True)
        created = aware_now()
        while True:
            name = f"{created:%Y%m%d-%H%M%S}-{config.dataset.name}-{config.model.name}-{secrets.token_hex(2)}"
            if not (root / name).exists():
                break
        info = RunInfo(id=name, owner=owner, created=created)
        # complete from the moment it can be seen
        unseen = root / f".{name}.{secrets.token_hex(4)}"
        try:
            with room_for(root / name):
                (unseen / "snapshots").mkdir(parents=True)
                write_whole(unseen / "config.json", config.model_dump_json(indent=2).encode())
                write_record(unseen / "run.json", info)
                rename(unseen, root / name)
        finally:
            shutil.rmtree(unseen, ignore_errors=True)  # what a full disk left
        return ReadableRun(root / name, info, config)

    @classmethod
    def open(cls, path: Path | str) -> "ReadableRun":
        """The run in a folder.

        Raises:
            ExplorerError: if the folder holds no run, or a broken one; the message says why.
        """
        path = Path(path).absolute()
        if not is_folder(path):
            raise ExplorerError(f"There is no run at {shortened(str(path), 300)}.")
        run = cls._read(path)
        state = run.state()
        if not isinstance(run, ReadableRun) or state.status == "broken":
            raise ExplorerError(f"{path} does not hold a readable run: {state.reason}")
        return run

    @classmethod
    def list(cls, root: Path | str) -> "list[Run]":
        """Every run under ``root``, the newest first; broken ones too, with the status "broken" and the reason."""
        runs = [cls._read(folder) for folder in run_folders(Path(root).absolute())]
        return sorted(runs, key=lambda run: (run.created, run.id), reverse=True)

    @classmethod
    def _read(cls, path: Path) -> "Run":
        info = RunInfo(id=path.name, owner="", created=_changed(path))
        try:
            info = read_info(path)
            return ReadableRun(path, info, read_config(path / "config.json"))
        except ExplorerError as error:
            return Run(path, info, str(error))

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def title(self) -> str:
        """The run in a few words."""
        return self.id

    @property
    def status(self) -> Status:
        """Its status, in one word."""
        return self.state().status

    @property
    def reason(self) -> str:
        """The reason for its status, in a sentence; empty if there is nothing to say."""
        return self.state().reason

    def state(self) -> RunState:
        """Its state, from one reading; "broken" with the reason where its folder is damaged."""
        if self._fault:
            return RunState(status="broken", reason=self._fault)
        return current_state(self.path)

    def metrics(self) -> pd.DataFrame:
        """One row per update, from step 0, the untrained network.

        Columns: step, epoch, loss, accuracy, gradient_norm, learning_rate, by_hand (whether the rate was set by hand),
        validation_loss, validation_accuracy (NaN if they were not measured) and seconds of training. Cheap to call
        again: only new rows are read.

        Raises:
            ExplorerError: if the file cannot be read; a damaged line is left out, see :meth:`damage`.
        """
        return metrics_table(self.path).read()

    def parameter_steps(self) -> pd.DataFrame:
        """The watched updates of each parameter: step, parameter, and the norms gradient, weight and update.

        Raises:
            ExplorerError: if the file cannot be read; a damaged line is left out, see :meth:`damage`.
        """
        return parameters_table(self.path).read()

    def damage(self) -> str:
        """What is left out of the tables that were read so far, in a sentence; empty where nothing is."""
        tables = (metrics_table(self.path), parameters_table(self.path))
        counts = [f"{table.damaged:,} of {table.path.name}" for table in tables if table.damaged]
        return f"Damaged lines are left out: {' and '.join(counts)}." if counts else ""

    @property
    def steps(self) -> Steps:
        """The recorded steps, ascending."""
        return recorded_steps(self.path)

    def weights(self, step: int) -> "dict[str, Tensor]":
        """Every weight and buffer after ``step`` updates, on the CPU.

        Raises:
            ExplorerError: if that step was not recorded; the message names the nearest ones.
        """
        from explorer.training.checkpoint import read_snapshot

        return read_snapshot(self.path, step)

    def model(self, step: int) -> "nn.Module":
        """The network after ``step`` updates; a broken run has none.

        Raises:
            ExplorerError: with the reason why the run is broken.
        """
        raise ExplorerError(f"The run is broken: {self._fault}")

    def data_shape(self) -> "ShapeFacts":
        """The facts that the network needs about its data: the shape of an input, the classes, the objective.

        Raises:
            ExplorerError: if the run has not loaded its data yet.
        """
        from explorer.datasets.splits import ShapeFacts

        try:
            return ShapeFacts.model_validate_json(read_bounded(self.path / "data.json", LARGEST["data.json"]))
        except FileNotFoundError:
            raise ExplorerError("The run has not loaded its data yet, so it has no network.") from None
        except ValidationError as error:
            raise ExplorerError(f"data.json of {self.id} is damaged: {said(error)}") from error

    def check_data(self, data: "Shaped") -> None:
        """Refuse data that the network was not built for.

        Raises:
            ExplorerError: where data.json is damaged, or the data set has changed since the run began.
        """
        unlike = self.data_shape().unlike(data.shape_facts())
        if unlike:
            raise ExplorerError(
                f"data.json of {self.id} says otherwise than its data set ({', '.join(unlike)}): one of them has "
                "changed since the run began; train a new run with its settings."
            )

    # ── steering ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def pause(self) -> None:
        """Pause the training, after one more update that is recorded in full.

        Raises:
            ExplorerError: if there is nothing to pause.
        """
        self._ask("pause", allowed=("queued", "running", "paused"))
        self._rewrite_state(status="paused", parked=True)

    def resume(self) -> None:
        """Continue after a pause, or from the last checkpoint of a stopped, interrupted or failed run.

        Raises:
            ExplorerError: where there is nothing to resume, or the queue is full.
        """
        if self.state().status in ("queued", "running", "paused"):
            self._ask("resume", allowed=("queued", "running", "paused"))
        state = self.state()
        if state.parked or state.status in ("stopped", "interrupted", "failed", "broken"):
            launch(self)
        elif state.status not in ("queued", "running", "paused"):
            raise ExplorerError(f"The run is {state.status}: there is nothing to resume.")

    def step_once(self) -> None:
        """Make exactly one update, recorded in full, and pause.

        Raises:
            ExplorerError: where the run is not under way.
        """
        allowed: tuple[Status, ...] = ("queued", "running", "paused")
        parked = self.state().parked
        if parked:
            launch(self)
        self._ask("step", allowed)

    def stop(self) -> None:
        """End the training at the next update; it can be resumed from there.

        Raises:
            ExplorerError: where the run is not under way.
        """
        self._ask("stop", allowed=("queued", "running", "paused", "interrupted"))
        self._rewrite_state(status="stopped", reason="Stopped while no worker was training it.", parked=False)

    def set_learning_rate(self, rate: float) -> None:
        """From the next update on, use this learning rate instead of the schedule's.

        Raises:
            ExplorerError: where the rate is out of its bounds, or the run is finished.
        """
        low, high = bounds(TrainingConfig.model_fields["learning_rate"].metadata)
        if low is None or high is None or not (math.isfinite(rate) and low <= rate <= high):
            raise ExplorerError(f"A learning rate of {rate:g} is out of bounds; choose one from {low:g} to {high:g}.")
        self._ask("learning_rate", _UNFINISHED, float(rate))

    def follow_schedule(self) -> None:
        """From the next update on, use the schedule's learning rate again, as if none had been set by hand.

        Raises:
            ExplorerError: where the run is finished.
        """
        self._ask("schedule", _UNFINISHED)

    def _ask(self, action: Action, allowed: tuple[Status, ...], value: float | None = None) -> None:
        status = self.status
        if status not in allowed:
            raise ExplorerError(f"The run is {status}; {_WORDS[action]} is possible while it is {_either(allowed)}.")
        ask(self.path, action, value)

    def _rewrite_state(self, **changes: object) -> None:
        """Carry a command out here where no worker can: the run waits for one, or has lost it."""
        lock = Lock(self.path / "lock")
        if not lock.acquire():
            return  # a worker reads the command
        try:
            state = read_state(self.path)
            if state.status in ("queued", "paused", "interrupted") or under_worker(state):
                write_state(self.path, state.changed(**changes))
        finally:
            lock.release()


def _changed(path: Path) -> datetime:
    """When a folder was last changed; the beginning of 1970 where that is no date, or the folder is gone."""
    try:
        return datetime.fromtimestamp(min(max(path.stat().st_mtime, 0), LATEST)).astimezone()
    except OSError:
        return datetime.fromtimestamp(0).astimezone()


_WORDS: dict[Action, str] = {
    "pause": "a pause",
    "resume": "resuming",
    "step": "a single step",
    "stop": "a stop",
    "learning_rate": "a new learning rate",
    "schedule": "a return to the schedule",
}
_UNFINISHED: tuple[Status, ...] = ("new", "queued", "running", "paused", "stopped", "interrupted", "failed")


def _either(words: tuple[str, ...]) -> str:
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


class ReadableRun(Run):
    """A run whose configuration is known."""

    def __init__(self, path: Path, info: RunInfo, config: RunConfig) -> None:
        super().__init__(path, info)
        self._config = config

    @property
    def config(self) -> RunConfig:
        """The configuration."""
        return self._config

    @property
    def title(self) -> str:
        """The run in a few words."""
        dataset, model, training = self.config.dataset, self.config.model, self.config.training
        return f"{dataset.name.replace('_', ' ')} · {model.name} · {training.epochs} epochs"

    def model(self, step: int) -> "nn.Module":
        """The network after ``step`` updates, in eval mode on the CPU; the data set is not needed.

        Raises:
            ExplorerError: if that step was not recorded, or the weights do not fit the configuration.
        """
        from explorer import models

        weights = self.weights(step)
        return models.filled(self.config, self.data_shape(), weights, f"step {step} of {self.id}").eval()
