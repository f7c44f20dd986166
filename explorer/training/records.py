"""The rows of a run's growing files, as data frames that are read on instead of read again."""

import json
import threading
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from explorer.errors import ExplorerError
from explorer.training.files import Tail

METRICS = {
    "step": "int64",
    "epoch": "int64",
    "loss": "float64",
    "accuracy": "float64",
    "gradient_norm": "float64",
    "learning_rate": "float64",
    "validation_loss": "float64",
    "validation_accuracy": "float64",
    "seconds": "float64",
}
PARAMETER_STEPS = {"step": "int64", "parameter": "str", "gradient": "float64", "weight": "float64", "update": "float64"}

Row = dict[str, Any]


class Table:
    """One growing file of JSON lines, each with its step; a call parses only the lines that are new."""

    def __init__(self, path: Path, columns: dict[str, str], rows: Callable[[Row], Iterable[Row]]) -> None:
        self.path = path
        self.columns = columns
        self.rows = rows  # one line of the file -> rows of the frame
        self._tail = Tail(path)
        self._frame = self._framed([])
        self._lock = threading.Lock()  # many pages may read one run

    def read(self) -> pd.DataFrame:
        """All rows, steps ascending and each once.

        A line that goes back to an earlier step was written by a worker that resumed there: older rows from that step
        on are dropped.

        Raises:
            ExplorerError: if a complete line is not a row.
        """
        with self._lock:
            try:
                self._extend(self._tail)
            except ExplorerError:  # the file may have been rewritten under our feet: from its start, once
                self._tail = Tail(self.path)
                self._frame = self._framed([])
                self._extend(self._tail)
            return self._frame.copy(deep=False)

    def _extend(self, tail: Tail) -> None:
        lines, replaced = tail.read()
        if replaced:
            self._frame = self._framed([])
        if not lines:
            return
        parsed = self._parse(lines)
        fresh = self._framed([row for line in _without_rewound(parsed) for row in self.rows(line)])
        if self._frame.empty:
            self._frame = fresh
            return
        first = min(line["step"] for line in parsed)
        self._frame = pd.concat([self._frame[self._frame["step"] < first], fresh], ignore_index=True)

    def _parse(self, lines: list[bytes]) -> list[Row]:
        try:
            parsed: list[Row] = json.loads(b"[" + b",".join(lines) + b"]")
            if all(_is_record(line) for line in parsed):
                return parsed
        except ValueError:
            pass
        for line in lines:  # one by one, to name the faulty one
            try:
                faulty = not _is_record(json.loads(line))
            except ValueError:
                faulty = True
            if faulty:
                raise ExplorerError(
                    f"{self.path.name} has a line that is not a record: {line[:60].decode(errors='replace')}"
                )
        raise ExplorerError(f"{self.path.name} has lines that are not records.")

    def _framed(self, rows: list[Row]) -> pd.DataFrame:
        return pd.DataFrame(rows, columns=list(self.columns)).astype(self.columns)


def _is_record(line: object) -> bool:
    return isinstance(line, dict) and isinstance(line.get("step"), int)


def _without_rewound(parsed: list[Row]) -> list[Row]:
    """The lines that no later line goes back behind."""
    steps = np.array([row["step"] for row in parsed])
    later = np.minimum.accumulate(steps[::-1])[::-1]  # the smallest step from each line on
    return [row for row, step, smallest in zip(parsed, steps, [*later[1:], np.inf], strict=True) if step < smallest]


@lru_cache(maxsize=64)
def metrics_table(run: Path) -> Table:
    """The metrics of a run: a row an update."""
    return Table(run / "metrics.jsonl", METRICS, lambda line: (line,))


@lru_cache(maxsize=64)
def parameters_table(run: Path) -> Table:
    """The effect of the watched updates on each parameter: one row per parameter."""
    return Table(run / "layers.jsonl", PARAMETER_STEPS, _parameter_rows)


def _parameter_rows(line: Row) -> Iterable[Row]:
    for name, (gradient, weight, update) in line.get("parameters", {}).items():
        yield {"step": line["step"], "parameter": name, "gradient": gradient, "weight": weight, "update": update}
