"""Measures what the network that ships is worth on other pictures, and writes pretrained/transfer.json.

Run with ``python sample_data/make_transfer_curve.py``: about ten minutes on one processor. Every point is one training
with the settings that the Pretrained CNN page begins with.
"""

import json
from typing import Any

import torch

from explorer import datasets, models
from explorer.config import RunConfig, parse
from explorer.places import SAMPLE_DATA
from explorer.training import Trainer

DATA: tuple[dict[str, Any], ...] = ({"name": "shapes", "classes": "unseen"}, {"name": "digits"})
EXAMPLES = (1, 2, 5, 10, 20, 50, 100)  # a class
STRATEGIES = ("frozen", "all", "scratch")


def accuracy(config: RunConfig) -> float:
    """The share right on the test split after a whole training."""
    splits = datasets.load(config)
    trainer = Trainer(models.build(config, splits), splits, config.training)
    while not trainer.done:
        trainer.step()
    return trainer.evaluate("test").accuracy


def curve(data: dict[str, Any]) -> dict[str, Any]:
    """Every strategy at every number of examples, on one data set."""
    points = []
    for examples in EXAMPLES:
        for strategy in STRATEGIES:
            config = parse(
                {
                    "dataset": {**data, "examples_per_class": examples},
                    "model": {"name": "pretrained", "strategy": strategy},
                }
            )
            share = accuracy(config)
            print(data, examples, strategy, f"{share:.3f}", flush=True)
            points.append({"strategy": strategy, "examples": examples, "accuracy": round(share, 4)})
    config = parse({"dataset": data, "model": {"name": "pretrained"}})
    of = {
        "dataset": config.dataset.model_dump(exclude={"examples_per_class"}),
        "model": config.model.model_dump(include={"network", "weights"}),
    }
    return {"of": of, "points": points}


if __name__ == "__main__":
    torch.set_num_threads(1)
    measured = {"curves": [curve(data) for data in DATA]}
    target = SAMPLE_DATA / "pretrained" / "transfer.json"
    target.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
