"""The rows of a run's growing files, as data frames that are read on instead of read again."""

import threading
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from explorer.training.files import Tail
from explorer.training.lines import METRICS_LINE, PARAMETERS_LINE, Row, parsed

METRICS = {
    "step": "int64",
    "epoch": "int64",
    "loss": "float64",
    "accuracy": "float64",
    "gradient_norm": "float64",
    "learning_rate": "float64",
    "by_hand": "bool",
    "validation_loss": "float64",
    "validation_accuracy": "float64",
    "seconds": "float64",
}
PARAMETER_STEPS = {"step": "int64", "parameter": "str", "gradient": "float64", "weight": "float64", "update": "float64"}


class Table:
    """One growing file of JSON lines, each with its step; a call parses only the lines that are new.

    A damaged line is skipped; ``damaged`` counts them.
    """

    def __init__(
        self,
        path: Path,
        columns: dict[str, str],
        rows: Callable[[Row], Iterable[Row]],
        line: TypeAdapter[Any] = METRICS_LINE,
    ) -> None:
        self.path = path
        self.columns = columns
        self.rows = rows  # one line of the file -> rows of the frame
        self.line = line
        self._lock = threading.Lock()  # many pages may read one run
        self._begin()

    def read(self) -> pd.DataFrame:
        """All rows, steps ascending and each once.

        A line that goes back to an earlier step was written by a worker that resumed there: older rows from that step
        on are dropped.

        Raises:
            ExplorerError: if the file cannot be read as a whole.
        """
        with self._lock:
            before, begun = self.damaged, self._tail.offset > 0
            self._read_on()
            if begun and self.damaged > before:  # the file may have been rewritten under our feet: from its start
                self._begin()
                self._read_on()
            return self._frame.copy(deep=False)

    def _begin(self) -> None:
        self._tail = Tail(self.path)
        self._forget()

    def _forget(self) -> None:
        self.damaged = 0  # lines that were skipped
        self._frame = self._framed([])

    def _read_on(self) -> None:
        while True:
            lines, replaced = self._tail.read()
            if replaced:
                self._forget()
            if not lines:
                return
            self._extend(lines)

    def _extend(self, lines: list[bytes]) -> None:
        rows = [row for text in lines if (row := parsed(text, self.line)) is not None]
        self.damaged += len(lines) - len(rows)
        if not rows:
            return
        fresh = self._framed([row for line in _without_rewound(rows) for row in self.rows(line)])
        if self._frame.empty:
            self._frame = fresh
            return
        first = min(row["step"] for row in rows)
        self._frame = pd.concat([self._frame[self._frame["step"] < first], fresh], ignore_index=True)

    def _framed(self, rows: list[Row]) -> pd.DataFrame:
        return pd.DataFrame(rows, columns=list(self.columns)).astype(self.columns)


def _without_rewound(parsed: list[Row]) -> list[Row]:
    """The lines that no later line goes back behind."""
    steps = np.array([row["step"] for row in parsed])
    later = np.minimum.accumulate(steps[::-1])[::-1]  # the smallest step from each line on
    return [row for row, step, smallest in zip(parsed, steps, [*later[1:], np.inf], strict=True) if step < smallest]


@lru_cache(maxsize=64)
def metrics_table(run: Path) -> Table:
    """The metrics of a run: a row an update."""
    return Table(run / "metrics.jsonl", METRICS, lambda line: ({"by_hand": False, **line},))


@lru_cache(maxsize=64)
def parameters_table(run: Path) -> Table:
    """The effect of the watched updates on each parameter: one row per parameter."""
    return Table(run / "layers.jsonl", PARAMETER_STEPS, _parameter_rows, PARAMETERS_LINE)


def _parameter_rows(line: Row) -> Iterable[Row]:
    for name, (gradient, weight, update) in line["parameters"].items():
        yield {"step": line["step"], "parameter": name, "gradient": gradient, "weight": weight, "update": update}
