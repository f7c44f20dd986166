"""Make the finished runs that ship: ``python sample_data/make_shipped_runs.py [NAME …]``; no page is ever empty.

The first four are the default runs of their pages; all are trained by the same worker that trains everyone's runs. What
only a living run needs is removed: the checkpoint, the locks, the log.
"""

import shutil
import sys
from pathlib import Path

from explorer.config import RunConfig, parse
from explorer.places import SAMPLE_DATA
from explorer.training.run import Run
from explorer.training.state import take_lease
from explorer.training.worker import work

SHIPPED = SAMPLE_DATA / "runs"
RUNS: dict[str, RunConfig] = {
    "cnn-on-digits": RunConfig(),
    "pretrained-on-unseen-shapes": parse(
        {"dataset": {"name": "shapes", "classes": "unseen", "examples_per_class": 10}, "model": {"name": "pretrained"}}
    ),
    "rnn-on-adding": parse({"dataset": {"name": "adding"}, "model": {"name": "rnn"}}),
    "lstm-on-adding": parse({"dataset": {"name": "adding"}, "model": {"name": "lstm"}}),
    "mlp-on-digits": parse({"model": {"name": "mlp"}, "training": {"epochs": 30, "snapshots": 8}}),
    # what the closing thoughts compare with the first one, on the same digits
    "pretrained-on-digits": parse({"model": {"name": "pretrained"}, "training": {"snapshots": 8}}),
    "rnn-on-digit-rows": parse(
        {"dataset": {"name": "digit_rows"}, "model": {"name": "rnn"}, "training": {"snapshots": 8}}
    ),
    "lstm-on-digit-rows": parse(
        {"dataset": {"name": "digit_rows"}, "model": {"name": "lstm"}, "training": {"snapshots": 8}}
    ),
    # the other three of the five types, a GRU, and what else topics of the Deep Learning roadmap open
    "gru-on-flip-flop": parse(
        {"dataset": {"name": "flip_flop"}, "model": {"name": "gru"}, "training": {"snapshots": 8}}
    ),
    "rnn-on-digit-drawing": parse(
        {"dataset": {"name": "digit_drawing"}, "model": {"name": "rnn"}, "training": {"snapshots": 8}}
    ),
    "rnn-on-bracket-depth": parse(
        {"dataset": {"name": "bracket_depth"}, "model": {"name": "rnn"}, "training": {"snapshots": 8}}
    ),
    "lstm-on-reverse": parse({"dataset": {"name": "reverse"}, "model": {"name": "lstm"}, "training": {"snapshots": 8}}),
    "bidirectional-lstm-on-parity": parse(
        {
            "dataset": {"name": "parity"},
            "model": {"name": "lstm", "layers": 2, "bidirectional": True},
            "training": {"snapshots": 8},
        }
    ),
}
ONLY_WHILE_ALIVE = ("checkpoint.safetensors", "lock", "lease.json", "log.txt", "control.jsonl")


def make(name: str, config: RunConfig) -> None:
    """Train one run and put it where the pages look for it, under a name that does not change."""
    made = Run.create(SHIPPED, config, owner="explorer")
    work(made.path, take_lease(made.path))
    state = made.state()
    print(f"{name}: {state.status}, test loss {state.test_loss:.4g}, {state.seconds:.0f} s")
    for leftover in ONLY_WHILE_ALIVE:
        (made.path / leftover).unlink(missing_ok=True)
    target = SHIPPED / name
    if target.exists():
        shutil.rmtree(target)
    info = made.path / "run.json"
    info.write_text(info.read_text().replace(made.id, name))
    Path(made.path).rename(target)


if __name__ == "__main__":
    for name in sys.argv[1:] or RUNS:
        make(name, RUNS[name])
