"""A run is a folder: a worker writes it, everyone else reads it and leaves commands in it."""

import math
import secrets
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from explorer.config import RunConfig, TrainingConfig, bounds, read_config
from explorer.errors import ExplorerError
from explorer.training.control import Action, ask
from explorer.training.files import rename, write_whole
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
    under_worker,
    write_record,
    write_state,
)
from explorer.training.submit import launch

if TYPE_CHECKING:  # torch takes two seconds to import, and most readers of a run do without
    from torch import Tensor, nn

    from explorer.datasets.splits import ShapeFacts

Steps = list[int]


class Run:
    """One run's folder: its configuration, its state, what it recorded, and how to steer it."""

    def __init__(self, path: Path, info: RunInfo, config: RunConfig | None, fault: str = "") -> None:
        self.path = path
        self.id = info.id
        self.owner = info.owner
        self.created: datetime = info.created
        self.config = config
        self._fault = fault

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    # ── finding ──────────────────────────────────────────────────────────────────────────────────────────────────────
    @classmethod
    def create(cls, root: Path | str, config: RunConfig, owner: str = "local") -> "Run":
        """Make the folder of a new run under ``root``; it starts when it is launched."""
        root = Path(root).absolute()
        root.mkdir(parents=True, exist_ok=True)
        created = aware_now()
        while True:
            name = f"{created:%Y%m%d-%H%M%S}-{config.dataset.name}-{config.model.name}-{secrets.token_hex(2)}"
            if not (root / name).exists():
                break
        info = RunInfo(id=name, owner=owner, created=created)
        # complete from the moment it can be seen
        unseen = root / f".{name}.{secrets.token_hex(4)}"
        (unseen / "snapshots").mkdir(parents=True)
        write_whole(unseen / "config.json", config.model_dump_json(indent=2).encode())
        write_record(unseen / "run.json", info)
        rename(unseen, root / name)
        return cls(root / name, info, config)

    @classmethod
    def open(cls, path: Path | str) -> "Run":
        """The run in a folder.

        Raises:
            ExplorerError: where the folder holds no run, or a broken one; the message says why.
        """
        path = Path(path).absolute()
        if not path.is_dir():
            raise ExplorerError(f"There is no run at {path}.")
        run = cls._read(path)
        if run._fault:
            raise ExplorerError(f"{path} holds no run that can be read: {run._fault}")
        run.state()  # raises where the status is damaged
        return run

    @classmethod
    def list(cls, root: Path | str) -> "list[Run]":
        """Every run under ``root``, the newest first; broken ones too, with the status "broken" and the reason."""
        runs = [cls._read(folder) for folder in run_folders(Path(root).absolute())]
        return sorted(runs, key=lambda run: (run.created, run.id), reverse=True)

    @classmethod
    def _read(cls, path: Path) -> "Run":
        changed = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
        info = RunInfo(id=path.name, owner="", created=changed)
        try:
            info = read_info(path)
            return cls(path, info, read_config(path / "config.json"))
        except (ExplorerError, OSError) as error:
            return cls(path, info, None, str(error))

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def title(self) -> str:
        """A short text for people."""
        if self.config is None:
            return self.id
        dataset, model, training = self.config.dataset, self.config.model, self.config.training
        return f"{dataset.name.replace('_', ' ')} · {model.name} · {training.epochs} epochs"

    @property
    def status(self) -> Status:
        """How it stands, in one word."""
        return self._state_or_broken().status

    @property
    def reason(self) -> str:
        """Why it stands so, in a sentence; empty where nothing needs saying."""
        return self._state_or_broken().reason

    def state(self) -> RunState:
        """How it stands, from one reading.

        Raises:
            ExplorerError: where the status file is damaged.
        """
        if self._fault:
            return RunState(status="broken", reason=self._fault)
        return current_state(self.path)

    def metrics(self) -> pd.DataFrame:
        """A row an update, from step 0, the untrained network.

        Columns: step, epoch, loss, accuracy, gradient_norm, learning_rate, validation_loss, validation_accuracy (NaN
        where they were not measured) and seconds of training. Cheap to call again: only new rows are read.

        Raises:
            ExplorerError: where the file is damaged.
        """
        return metrics_table(self.path).read()

    def parameter_steps(self) -> pd.DataFrame:
        """What watched updates did to each parameter: step, parameter, and the norms gradient, weight and update."""
        return parameters_table(self.path).read()

    @property
    def steps(self) -> Steps:
        """The steps whose weights were kept, ascending."""
        return recorded_steps(self.path)

    def weights(self, step: int) -> "dict[str, Tensor]":
        """Every weight and buffer as it was after ``step`` updates, on the CPU.

        Raises:
            ExplorerError: where that step was not kept; the message names the nearest ones.
        """
        from explorer.training.checkpoint import read_snapshot

        return read_snapshot(self.path, step)

    def model(self, step: int) -> "nn.Module":
        """The network as it was after ``step`` updates, in eval mode on the CPU; the data set is not needed.

        Raises:
            ExplorerError: where that step was not kept, or the weights do not fit the configuration.
        """
        from explorer import models

        weights = self.weights(step)
        if self.config is None:
            raise ExplorerError(f"The run is broken: {self._fault}")
        model = models.blank(self.config, self.data_shape())
        try:
            model.load_state_dict(weights)
        except RuntimeError as error:
            raise ExplorerError(f"The weights of step {step} do not fit the configuration of {self.id}.") from error
        return model.eval()

    def data_shape(self) -> "ShapeFacts":
        """What its network has to know of the data: the shape of an input, the classes, what is asked.

        Raises:
            ExplorerError: where the run has not got as far as its data.
        """
        from explorer.datasets.splits import ShapeFacts

        try:
            return ShapeFacts.model_validate_json((self.path / "data.json").read_bytes())
        except FileNotFoundError:
            raise ExplorerError("The run has not loaded its data yet: it has no network to look into.") from None
        except ValueError as error:
            raise ExplorerError(f"data.json of {self.id} is damaged: {error}.") from error

    # ── steering ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def pause(self) -> None:
        """Hold the training, after one more update that is recorded in full.

        Raises:
            ExplorerError: where there is nothing to pause.
        """
        self._ask("pause", allowed=("queued", "running", "paused"))
        self._settle(status="paused", parked=True)

    def resume(self) -> None:
        """Go on after a pause, or from the last checkpoint of a stopped, interrupted or failed run.

        Raises:
            ExplorerError: where there is nothing to resume, or the queue is full.
        """
        if self.state().status in ("queued", "running", "paused"):
            self._ask("resume", allowed=("queued", "running", "paused"))
        state = self.state()
        if state.parked or state.status in ("stopped", "interrupted", "failed"):
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
        self._settle(status="stopped", reason="Stopped while no worker was training it.", parked=False)

    def set_learning_rate(self, rate: float) -> None:
        """From the next update on, use this learning rate instead of the schedule's.

        Raises:
            ExplorerError: where the rate is out of its bounds, or the run is finished.
        """
        low, high = bounds(TrainingConfig.model_fields["learning_rate"].metadata)
        if low is None or high is None or not (math.isfinite(rate) and low <= rate <= high):
            raise ExplorerError(f"A learning rate of {rate:g} is out of bounds; choose one from {low:g} to {high:g}.")
        self._ask(
            "learning_rate", ("new", "queued", "running", "paused", "stopped", "interrupted", "failed"), float(rate)
        )

    def _state_or_broken(self) -> RunState:
        try:
            return self.state()
        except ExplorerError as error:
            return RunState(status="broken", reason=str(error))

    def _ask(self, action: Action, allowed: tuple[Status, ...], value: float | None = None) -> None:
        status = self.status
        if status not in allowed:
            raise ExplorerError(f"The run is {status}; {_WORDS[action]} is possible while it is {_either(allowed)}.")
        ask(self.path, action, value)

    def _settle(self, **changes: object) -> None:
        """Carry a command out here where no worker can: the run waits for one, or has lost it."""
        lock = Lock(self.path / "lock")
        if not lock.acquire():
            return  # a worker reads the command
        try:
            state = read_state(self.path)
            if state.status in ("queued", "paused") or under_worker(state):
                write_state(self.path, state.changed(**changes))
        finally:
            lock.release()


_WORDS: dict[Action, str] = {
    "pause": "a pause",
    "resume": "going on",
    "step": "a single step",
    "stop": "a stop",
    "learning_rate": "a new learning rate",
}


def _either(words: tuple[str, ...]) -> str:
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
