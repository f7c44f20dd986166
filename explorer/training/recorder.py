"""The files that a worker writes while it trains: metrics, parameter statistics, snapshots, checkpoints.

Rows are collected and written together, and their numbers leave the device together: a row costs some microseconds.
"""

import json
import math
from pathlib import Path
from typing import Any

import torch

from explorer.errors import ExplorerError
from explorer.training.checkpoint import write_checkpoint, write_snapshot
from explorer.training.files import Tail, append, remove_leftovers, write_whole
from explorer.training.lines import LINES, Row, parsed
from explorer.training.loop import StepRecord, Trainer
from explorer.training.objective import Evaluation
from explorer.training.snapshots import recorded_steps, snapshot_path


class Recorder:
    """Writes one trainer's progress into a run folder."""

    def __init__(self, run: Path, trainer: Trainer) -> None:
        self.run = run
        self.trainer = trainer
        self.step = trainer.step_count  # the last one that was written
        self.epoch = 0
        self._waiting: list[tuple[StepRecord, float]] = []
        self._unwritten = {"metrics.jsonl": b"", "layers.jsonl": b""}  # rows for which the disk had no room yet
        (run / "snapshots").mkdir(exist_ok=True)
        remove_leftovers(run)
        remove_leftovers(run / "snapshots")

    def begin(self, validation: Evaluation) -> None:
        """Record the untrained network."""
        self.rewind()
        row = {"step": 0, "epoch": 0, **_validated(validation), "seconds": 0.0}
        append(self.run / "metrics.jsonl", json.dumps(row).encode() + b"\n")
        self.snapshot()

    def rewind(self) -> None:
        """Drop what an earlier attempt recorded beyond the trainer's step, which will be made again."""
        step = self.trainer.step_count if (self.run / "checkpoint.safetensors").exists() else -1
        for name in LINES:
            kept, last = _until(self.run / name, step)
            write_whole(self.run / name, kept)
            self.epoch = last.get("epoch", self.epoch)
        for later in recorded_steps(self.run):
            if later > step:
                snapshot_path(self.run, later).unlink()

    def add(self, record: StepRecord, seconds: float) -> None:
        """Take an update's record, ``seconds`` of training after the start; :meth:`flush` writes it."""
        self._waiting.append((record, seconds))

    def flush(self) -> None:
        """Write the collected rows.

        Raises:
            ExplorerError: where a loss is no longer a finite number; rows up to that one are kept.
            DiskFullError: where there is no room; the next flush writes the rows.
        """
        if not self._waiting:
            self._write()
            return
        waiting, self._waiting = self._waiting, []
        numbers = torch.stack([record.measured for record, _ in waiting]).tolist()
        diverged = next((index for index, (loss, _, _) in enumerate(numbers) if not math.isfinite(loss)), None)
        if diverged is None and waiting[-1][0].step == self.trainer.total and not math.isfinite(numbers[-1][2]):
            diverged = len(numbers) - 1  # a gradient that no later loss will show
        written = waiting if diverged is None else waiting[: diverged + 1]
        rows = [_row(record, seconds, *measured) for (record, seconds), measured in zip(written, numbers, strict=False)]
        self._unwritten["metrics.jsonl"] += "".join(rows).encode()
        watched = [record for record, _ in written if record.parameters is not None]
        self._unwritten["layers.jsonl"] += "".join(map(_parameters_row, watched)).encode()
        last = written[-1][0]
        self.step, self.epoch = last.step, last.epoch
        self._write()
        if diverged is not None:
            raise ExplorerError(_divergence(last, self.trainer.config.gradient_clip))

    def _write(self) -> None:
        for name, rows in self._unwritten.items():
            if rows:
                append(self.run / name, rows)
                self._unwritten[name] = b""

    def snapshot(self) -> None:
        """Keep the weights as they are now."""
        write_snapshot(self.run, self.trainer.step_count, self.trainer.model, self.trainer.constant)

    @property
    def has_snapshot(self) -> bool:
        """True if the current weights were kept."""
        return snapshot_path(self.run, self.trainer.step_count).exists()

    def checkpoint(self, **plain: Any) -> None:
        """Keep all that the next update depends on, and plain values of the worker's own.

        The rows come first: a checkpoint without its rows would leave a hole after a resume.
        """
        self.flush()
        write_checkpoint(self.run / "checkpoint.safetensors", {"trainer": self.trainer.state(), **plain})


def _row(record: StepRecord, seconds: float, loss: float, accuracy: float, gradient_norm: float) -> str:
    row = {
        "step": record.step,
        "epoch": record.epoch,
        "loss": loss,
        "accuracy": _number(accuracy),
        "gradient_norm": gradient_norm,
        "learning_rate": record.learning_rate,
        "seconds": round(seconds, 4),
    }
    if record.by_hand:
        row["by_hand"] = True
    if record.validation is not None:
        row |= _validated(record.validation)
    return json.dumps(row) + "\n"


def _validated(validation: Evaluation) -> dict[str, float | None]:
    return {"validation_loss": validation.loss, "validation_accuracy": _number(validation.accuracy)}


def _number(value: float) -> float | None:
    """JSON knows no NaN."""
    return None if math.isnan(value) else value


def _parameters_row(record: StepRecord) -> str:
    return json.dumps({"step": record.step, "parameters": record.parameters}) + "\n"


def _until(path: Path, step: int) -> tuple[bytes, Row]:
    """The complete lines up to a step, and what the last of them says; what a power cut damaged is left out."""
    tail, kept, last = Tail(path), bytearray(), Row()
    while lines := tail.read()[0]:
        for text in lines:
            row = parsed(text, LINES[path.name])
            if row is not None and row["step"] <= step:
                kept += text + b"\n"
                last = row
    return bytes(kept), last


def _divergence(record: StepRecord, clip: float) -> str:
    what = "loss" if not math.isfinite(record.loss) else "gradient"
    advice = "" if clip else ", or clip gradients at a norm such as 1"
    return (
        f"The {what} at step {record.step} is not a finite number (learning rate {record.learning_rate:.3g}); "
        f"choose a lower learning rate, such as {record.learning_rate / 10:.1g}{advice}."
    )
