"""Make the finished runs that ship, so that no page is ever empty: ``python sample_data/make_shipped_runs.py``.

Each is the default run of its page, trained by the same worker that trains everyone's runs. What only a living run
needs is removed: the checkpoint, the locks, the log.
"""

import shutil
from pathlib import Path

from explorer.config import SAMPLE_DATA, RunConfig
from explorer.training.run import Run
from explorer.training.state import take_lease
from explorer.training.worker import work

SHIPPED = SAMPLE_DATA / "runs"
RUNS: dict[str, RunConfig] = {
    "cnn-on-digits": RunConfig(),
}
ONLY_WHILE_ALIVE = ("checkpoint.safetensors", "lock", "lease.json", "log.txt", "control.jsonl")


def make(name: str, config: RunConfig) -> None:
    """Train one run and put it where the pages look for it, under a name that does not change."""
    made = Run.create(SHIPPED, config, owner="explorer")
    work(made.path, take_lease(made.path))
    print(f"{name}: {made.status}, test accuracy {made.state().test_accuracy:.4f}")
    for leftover in ONLY_WHILE_ALIVE:
        (made.path / leftover).unlink(missing_ok=True)
    target = SHIPPED / name
    if target.exists():
        shutil.rmtree(target)
    info = made.path / "run.json"
    info.write_text(info.read_text().replace(made.id, name))
    Path(made.path).rename(target)


if __name__ == "__main__":
    for name, config in RUNS.items():
        make(name, config)
