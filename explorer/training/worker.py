"""A worker: the process that trains one run and is the only one to write its folder.

``python -m explorer.training.worker RUN ATTEMPT`` is what a launcher starts; a fork server calls :func:`begin` itself.
"""

import json
import math
import os
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError

from explorer import datasets, models
from explorer.bounded_files import open_for_writing, read_bounded
from explorer.config import read_config
from explorer.datasets.splits import ShapeFacts, Splits
from explorer.errors import DiskFullError, ExplorerError, printable, shortened
from explorer.training.checkpoint import read_checkpoint
from explorer.training.control import Requests, control_tail, new_commands
from explorer.training.files import append, write_whole
from explorer.training.folder import LARGEST
from explorer.training.lock import Lock
from explorer.training.loop import Trainer
from explorer.training.patience import Patience
from explorer.training.progress import Progress
from explorer.training.recorder import Recorder
from explorer.training.records import metrics_table
from explorer.training.schedule import snapshot_steps
from explorer.training.state import LEFT_OUT, Status, read_lease, read_state, write_state
from explorer.training.written import written_accuracy

LOOK = 0.1  # seconds between two looks at the controls
LOOK_PAUSED = 0.05
FLUSH = 0.25  # seconds between two writings of rows and status
HEARTBEAT = 1.0  # seconds between two writings of the status in a pause
PARK = 60.0  # seconds of pause after which the place is given back
# what a checkpoint of another network, or a damaged one, makes of its keys, shapes and values
FOREIGN = (LookupError, TypeError, ValueError, AttributeError, RuntimeError, OverflowError)
STDOUT, STDERR = 1, 2  # descriptors: a process that Windows starts without a console has no sys.stdout
MOST_TOLD = 1000  # files that were left out
WAIT_FOR_ROOM = 1.0  # seconds between two looks for room on a full disk
LOCK_PATIENCE = 3.0  # longer than a worker whose lease is gone takes to see it


def begin(run: Path, attempt: int) -> None:
    """The whole life of a worker process; what it prints goes to the run's log."""
    log = open_for_writing(run / "log.txt", os.O_WRONLY | os.O_APPEND)
    os.dup2(log, STDOUT)
    os.dup2(log, STDERR)
    work(run, attempt)


def work(run: Path, attempt: int) -> None:
    """Train a run to its end, to a stop or to a long pause; return at once where another attempt may write it."""
    lock = Lock(run / "lock")
    if not lock.acquire(patience=LOCK_PATIENCE):
        return
    try:
        if read_lease(run).attempt == attempt:
            _attempt(run, attempt)
    finally:
        lock.release()


def _attempt(run: Path, attempt: int) -> None:
    torch.set_num_threads(1)  # two threads a job on busy cores collapse
    worker = Worker(run, attempt)
    try:
        worker.train()
    except _LeaseLostError:
        return
    except ExplorerError as error:
        worker.last_word("failed", str(error), seconds_left=None)
    except Exception as error:  # told in full in the log, in short to the person
        with suppress(DiskFullError):
            append(run / "log.txt", traceback.format_exc().encode())
        worker.last_word("failed", f"unexpected {type(error).__name__}: {error}; see log.txt", seconds_left=None)


class _LeaseLostError(Exception):
    """A later attempt was started: this one may write no more."""


class Worker:
    """One attempt at training a run."""

    trainer: Trainer
    recorder: Recorder
    patience: Patience

    def __init__(self, run: Path, attempt: int) -> None:
        self.run = run
        self.attempt = attempt
        self.state = read_state(run).changed(
            attempt=attempt, parked=False, test_loss=None, test_accuracy=None, test_written=None
        )
        self.requests = Requests()
        self.controls = control_tail(run)
        self.progress = Progress()
        self.scheduled: frozenset[int] = frozenset()
        self.without_room = -1  # the step whose weights the disk had no room for
        self._prepared = False
        self._looked = self._flushed = 0.0

    def train(self) -> None:
        """Everything from the first look at the folder to the last word in it."""
        self.say("running")
        self.prepare()
        while not self.trainer.done and not self.patience.lost:
            self.look()
            kept = self.recorder.has_snapshot or self.trainer.step_count == self.without_room
            if not self.requests.waiting or not kept:
                self.update()  # before a pause or stop, one more is made, watched and kept: it can be looked into
            elif self.requests.stopping:
                self.once_room(self.checkpoint)
                reason = f"Stopped at step {self.trainer.step_count} of {self.trainer.total}."
                return self.last_word("stopped", reason, seconds_left=None)
            elif not self.pause():
                return None
        self.once_room(self.keep if self.trainer.step_count == self.without_room else self.checkpoint)
        loss, accuracy = self.trainer.evaluate("test")
        return self.last_word(
            "finished",
            self.patience.reason if self.patience.lost else "",
            seconds_left=None,
            test_loss=loss,
            test_accuracy=None if math.isnan(accuracy) else accuracy,
            test_written=written_accuracy(self.trainer.learner.module, self.trainer.splits, "test"),
        )

    def prepare(self) -> None:
        """Load the data, build the network, and go back to the last checkpoint where there is one."""
        config = read_config(self.run / "config.json")
        splits = datasets.load(config)
        self.check_data(splits.shape_facts())
        write_whole(self.run / "data.json", splits.shape_facts().model_dump_json().encode())
        files = splits.left_out[:MOST_TOLD] if isinstance(splits, Splits) else ()
        told = [[printable(file), printable(reason)] for file, reason in files]
        write_whole(self.run / LEFT_OUT, json.dumps(told).encode())
        self.trainer = Trainer(models.build(config, splits), splits, config.training)
        self.scheduled = frozenset(snapshot_steps(self.trainer.total, config.training.snapshots))
        kept = self.run / "checkpoint.safetensors"
        if kept.exists():
            self.go_back_to(read_checkpoint(kept))
            self.recorder = Recorder(self.run, self.trainer)
            self.recorder.rewind()
        else:
            self.recorder = Recorder(self.run, self.trainer)
            self.recorder.begin(self.trainer.evaluate("validation"))
            self.progress.start()
            self.checkpoint()
        self.patience = Patience(config.training.patience, self.trainer.steps_per_epoch)
        self.patience.read(metrics_table(self.run).read(), self.scheduled)
        self._prepared = True
        self.say("running", device=str(self.trainer.device), total=self.trainer.total)

    def check_data(self, facts: ShapeFacts) -> None:
        """Refuse to go on with other data than the run began with: no recorded step would open any more.

        Raises:
            ExplorerError: naming what has changed.
        """
        if not (self.run / "checkpoint.safetensors").exists():
            return
        try:
            before = ShapeFacts.model_validate_json(read_bounded(self.run / "data.json", LARGEST["data.json"]))
        except (FileNotFoundError, ValidationError):  # lost in a power cut: it is written anew
            return
        if unlike := before.unlike(facts):
            raise ExplorerError(
                f"The data set has changed since the run began ({', '.join(unlike)}); restore it and resume, or train "
                "a new run with the same settings."
            )

    def go_back_to(self, checkpoint: dict[str, Any]) -> None:
        """Take everything over that an earlier attempt kept.

        Raises:
            ExplorerError: where it does not belong to this run.
        """
        try:
            step = checkpoint["trainer"]["step"]
            if not 0 <= step <= self.trainer.total:
                raise ValueError(f"step {step} of {self.trainer.total}")
            self.trainer.load_state(checkpoint["trainer"])
            self.requests = Requests.read(checkpoint)
            self.controls = control_tail(self.run, checkpoint["controls"])
            self.progress.start(checkpoint["seconds"])
        except torch.OutOfMemoryError as error:
            raise ExplorerError(
                "The device has no memory left for this run; end what else uses it, then resume."
            ) from error
        except FOREIGN as error:
            raise ExplorerError(
                f"checkpoint.safetensors does not fit the configuration ({type(error).__name__}: "
                f"{shortened(str(error), 300)}); train a new run with the same settings."
            ) from error

    def look(self, every: float = LOOK) -> None:
        """Take new commands into account, unless the last look was less than ``every`` seconds ago."""
        now = time.perf_counter()
        if now - self._looked < every:
            return
        self._looked = now
        for command in new_commands(self.controls):
            self.requests.apply(command)
        if self.state.status == "paused" and not self.requests.paused:  # during a pause, or just after a single step
            self.where_room(lambda: self.say("running", parked=False))
        if self.trainer.manual_rate != self.requests.learning_rate:
            self.trainer.manual_rate = self.requests.learning_rate
            self.where_room(self.checkpoint)  # a resume must change the rate at this very step again

    def update(self) -> None:
        """One optimiser update, recorded; watched where it is scheduled or somebody waits to see it."""
        watch = self.trainer.step_count + 1 in self.scheduled or self.requests.paused or self.requests.stopping
        record = self.trainer.step(watch=watch)
        self.recorder.add(record, self.progress.seconds)
        self.progress.examples += record.examples
        self.requests.pending_steps = max(0, self.requests.pending_steps - 1)
        if record.validation is not None:
            if record.step in self.scheduled:
                self.patience.evaluated(record.step, record.validation.loss)
            self.where_room(self.keep)
        first = self.recorder.step == 0  # whoever pressed Train waits for a loss
        if first or time.perf_counter() - self._flushed >= FLUSH:
            self.flush()

    def keep(self) -> None:
        """Write the rows, the weights, and everything that a resume needs."""
        self.recorder.flush()
        self.recorder.snapshot()
        self.checkpoint()
        self.state = self.state.changed(reason="")  # of a full disk, which has room again

    def flush(self) -> None:
        """Write the rows and the status."""
        self._flushed = time.perf_counter()
        self.check_lease()
        self.where_room(self.recorder.flush)
        self.where_room(lambda: self.say(self.state.status, self.state.reason))

    def where_room(self, write: Callable[[], None]) -> None:
        """Write, and go on training where the disk is full: rows wait for room, this snapshot is left out."""
        try:
            write()
        except DiskFullError as error:
            self.without_room = self.trainer.step_count
            self.state = self.state.changed(reason=f"{error} Meanwhile the training goes on.")

    def once_room(self, write: Callable[[], None]) -> None:
        """Write what must not be missing, as soon as the disk has room."""
        while True:
            self.check_lease()
            try:
                write()
            except DiskFullError:
                time.sleep(WAIT_FOR_ROOM)
            else:
                return

    def last_word(self, status: Status, reason: str = "", **values: Any) -> None:
        """Write the status that ends the attempt."""
        self.once_room(lambda: self.say(status, reason, **values))

    def checkpoint(self) -> None:
        """Keep everything that a later attempt needs to go on from here."""
        self.recorder.checkpoint(
            seconds=self.progress.seconds, requests=asdict(self.requests), controls=self.controls.offset
        )

    def pause(self) -> bool:
        """Wait until something else is wanted; False after so long that the place was given back."""
        self.where_room(self.checkpoint)
        self.progress.stop()
        self.where_room(lambda: self.say("paused"))
        began = spoke = time.perf_counter()
        while self.requests.waiting and not self.requests.stopping:
            time.sleep(LOOK_PAUSED)
            rate = self.requests.learning_rate
            self.look(every=0.0)
            now = time.perf_counter()
            if now - spoke >= HEARTBEAT or rate != self.requests.learning_rate:
                spoke = now
                self.check_lease()
                self.where_room(lambda: self.say("paused"))
            if now - began >= PARK:
                self.once_room(lambda: self.say("paused", parked=True))
                self.look(every=0.0)  # what was asked for before that word was out
                if self.requests.waiting and not self.requests.stopping:
                    return False
        self.progress.start()
        if self.state.parked:
            self.where_room(lambda: self.say("paused", parked=False))
        return True

    def check_lease(self) -> None:
        """Leave where a later attempt was started, such as after a silence that was taken for death."""
        if read_lease(self.run).attempt != self.attempt:
            raise _LeaseLostError

    def measured(self) -> dict[str, Any]:
        """The metrics of the last written update, for the status file."""
        if not self._prepared:
            return {"steps_per_second": 0.0, "examples_per_second": 0.0, "seconds_left": None}
        step = self.recorder.step
        return {
            "step": step,
            "epoch": self.recorder.epoch,
            "learning_rate": self.trainer.learning_rate(min(step + 1, self.trainer.total)),
            **self.progress.mark(step, self.trainer.total),
        }

    def say(self, status: Status, reason: str = "", **values: Any) -> None:
        """Write the status, at once."""
        self.state = self.state.changed(status=status, reason=reason, **(self.measured() | values))
        write_state(self.run, self.state)


if __name__ == "__main__":
    begin(Path(sys.argv[1]), int(sys.argv[2]))
