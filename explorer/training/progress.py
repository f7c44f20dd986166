"""The duration of a training without its pauses, its speed now, and the time that remains."""

import time
from collections import deque


class Progress:
    """A clock of training time, and the speed over the last two seconds or so."""

    def __init__(self) -> None:
        self.examples = 0
        self._before = 0.0  # seconds, until the clock was last started
        self._started: float | None = None
        self._marks: deque[tuple[float, int, int]] = deque(maxlen=9)  # seconds, step, examples

    @property
    def seconds(self) -> float:
        """Training time so far."""
        return self._before + (time.perf_counter() - self._started if self._started is not None else 0.0)

    def start(self, seconds: float | None = None) -> None:
        """Let the clock run on, from ``seconds`` where given."""
        self._before = self.seconds if seconds is None else seconds
        self._started = time.perf_counter()

    def stop(self) -> None:
        """Hold the clock."""
        self._before, self._started = self.seconds, None
        self._marks.clear()

    def mark(self, step: int, total: int) -> dict[str, float | None]:
        """The speeds and the time left, as of ``step``."""
        self._marks.append((self.seconds, step, self.examples))
        seconds, steps, examples = (last - first for last, first in zip(self._marks[-1], self._marks[0], strict=True))
        speed = steps / seconds if seconds and steps else 0.0
        return {
            "seconds": self.seconds,
            "steps_per_second": speed,
            "examples_per_second": examples / seconds if speed else 0.0,
            "seconds_left": (total - step) / speed if speed else None,
        }
