"""Make the pretrained network that ships: ``python sample_data/make_pretrained.py``, ten minutes of one processor.

It learns to name the pretraining shapes, drawn anew for every round, with the explorer's own training loop. With the
word ``measure`` the weights that are there are measured again. The weights, what is needed to use them, and every
number of the model card beside them are written by this script.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.utils.flop_counter import FlopCounterMode

from explorer import datasets, models
from explorer.config import (
    DigitsData,
    ImageDataset,
    ImageFolderData,
    PretrainedModel,
    ShapesData,
    TrainingConfig,
)
from explorer.datasets.images import normalise
from explorer.datasets.shapes import CLASSES, draw_hard
from explorer.datasets.splits import Pair
from explorer.models.residual import SHAPES_RESNET, ShapesResNet, fresh
from explorer.places import SAMPLE_DATA
from explorer.training import evaluate, train
from explorer.training.loop import Trainer

FACTS, CARD = SHAPES_RESNET.with_suffix(".json"), SHAPES_RESNET.parent / "README.md"
TEMPLATE = SAMPLE_DATA / "make_pretrained_card.md"
OUTLINES = CLASSES["pretraining"]
SEED, SIZE = 0, 32
ROUNDS, DRAWN = 80, 10_000  # every round learns from pictures of its own
RECIPE = TrainingConfig(
    learning_rate=4e-3, weight_decay=0.05, warmup_steps=100, batch_size=128, epochs=ROUNDS, seed=SEED, device="cpu"
)
TESTS = {
    "40 classes, clutter 0.3 (the default)": ShapesData(classes="pretraining", examples=20_000),
    "40 classes, no clutter": ShapesData(classes="pretraining", examples=20_000, clutter=0.0),
    "40 classes, clutter 1.0": ShapesData(classes="pretraining", examples=20_000, clutter=1.0),
    "the ten basic shapes, drawn plainly, named among all 40": ShapesData(),
}
TRANSFERS: dict[str, Callable[[int, int], ImageDataset]] = {
    "shapes, unseen classes": lambda examples, seed: ShapesData(
        classes="unseen", drawing_seed=seed, split_seed=seed, examples_per_class=examples
    ),
    "digits": lambda examples, seed: DigitsData(split_seed=seed, examples_per_class=examples),
    "photo_patches": lambda examples, seed: ImageFolderData(split_seed=seed, examples_per_class=examples),
}
STRATEGIES = ("frozen", "all", "scratch")
SEEDS = (0, 1, 2)


def drawn(number: int) -> tuple[np.ndarray, np.ndarray]:
    """A round's pictures and labels: without clutter at first, with up to all of it from two thirds of the way on."""
    generator = np.random.default_rng((SEED, number))
    labels = generator.integers(len(OUTLINES), size=DRAWN)
    most = min(1.0, 1.5 * number / ROUNDS)
    parts = np.array_split(labels, DRAWN // 250)
    return np.concatenate([draw_hard(p, generator, most * generator.random(), SIZE, OUTLINES) for p in parts]), labels


def learn() -> None:
    """Train the network; write its weights and what a user of them has to know."""
    first, held = drawn(ROUNDS - 1), drawn(ROUNDS)  # normalised by pictures with all the clutter
    splits = normalise("shapes", [first, held, held], tuple(OUTLINES))
    trainer = Trainer(fresh(len(OUTLINES), SEED), splits, RECIPE)
    started, accuracy = time.process_time(), 0.0
    for number in range(ROUNDS):
        pixels, labels = drawn(number)
        inputs = (torch.from_numpy(pixels) - splits.mean.view(-1, 1, 1)) / splits.std.view(-1, 1, 1)
        trainer.splits = replace(trainer.splits, train=Pair(inputs, torch.from_numpy(labels)))
        accuracy = float(np.mean([trainer.step().accuracy for _ in range(trainer.steps_per_epoch)]))
        print(f"round {number + 1} of {ROUNDS}: {accuracy:.1%}, {time.process_time() - started:.0f} s", flush=True)
    SHAPES_RESNET.parent.mkdir(exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in trainer.model.state_dict().items()}, SHAPES_RESNET)
    facts = {
        "class_names": splits.class_names,
        "size": SIZE,
        "mean": splits.mean.tolist(),
        "deviation": splits.std.tolist(),
        "recipe": {
            "script": "sample_data/make_pretrained.py",
            "torch": torch.__version__.split("+")[0],
            "pictures": ROUNDS * DRAWN,
            "rounds": ROUNDS,
            "processor_seconds": round(time.process_time() - started),
            "training": RECIPE.model_dump(mode="json"),
        },
        "training_accuracy": 100 * accuracy,
        "validation_accuracy": 100 * evaluate(trainer.model, trainer.splits.validation).accuracy,
    }
    FACTS.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def measure() -> None:
    """Measure the weights that are there, and write it beside them and into the card."""
    facts = json.loads(FACTS.read_text(encoding="utf-8"))
    network = ShapesResNet(len(facts["class_names"]))
    network.load_state_dict(load_file(SHAPES_RESNET))
    network.eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 3, SIZE, SIZE))
    found = {title: hits(network, config, facts) for title, config in TESTS.items()}
    facts |= {
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "gflops": counter.get_total_flops() / 2e9,  # multiplications with their additions, as torchvision counts
        "tests": found,
        "accuracy@1": next(iter(found.values()))["accuracy@1"],
        "accuracy@5": next(iter(found.values()))["accuracy@5"],
    }
    FACTS.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")  # to load the network takes all of this
    facts["transfer"] = [row for name in TRANSFERS for row in transfers(name)]
    longer = [transfer(TRANSFERS["shapes, unseen classes"](10, seed), "scratch", seed, 5 * 60) for seed in SEEDS]
    facts["scratch_five_times_as_long"] = 100 * float(np.mean(longer))
    FACTS.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    CARD.write_text(card(facts), encoding="utf-8")


def hits(network: ShapesResNet, config: ShapesData, facts: dict[str, Any]) -> dict[str, float]:
    """How often, in percent, the right class is the network's first, or among its first five, on a test split."""
    splits = datasets.load(config)
    mean, deviation = (torch.tensor(facts[name]).view(-1, 1, 1) for name in ("mean", "deviation"))
    pixels = splits.test.inputs * splits.std.view(-1, 1, 1) + splits.mean.view(-1, 1, 1)
    with torch.no_grad():
        logits = torch.cat([network((part - mean) / deviation) for part in torch.split(pixels, 500)])
    ranked = logits.topk(5).indices == splits.test.targets[:, None]
    return {
        "pictures": len(ranked),
        "accuracy@1": 100 * ranked[:, 0].double().mean().item(),
        "accuracy@5": 100 * ranked.any(1).double().mean().item(),
    }


def transfers(name: str) -> list[dict[str, Any]]:
    """Test accuracy in percent on a data set for several numbers of examples a class, for each way to learn it."""
    rows = []
    for examples in (5, 10, 20):
        row: dict[str, Any] = {"data": name, "examples_per_class": examples}
        for strategy in STRATEGIES:
            accuracies = [transfer(TRANSFERS[name](examples, seed), strategy, seed) for seed in SEEDS]
            row[strategy] = 100 * float(np.mean(accuracies))
        print(row, flush=True)
        rows.append(row)
    return rows


def transfer(config: ImageDataset, strategy: str, seed: int, epochs: int = 60) -> float:
    """Test accuracy, 0…1, of the network with a new head, trained as is usual but for the epochs."""
    splits = datasets.load(config)
    model = models.build(PretrainedModel.model_validate({"strategy": strategy, "seed": seed}), splits)
    for _ in train(model, splits, TrainingConfig(epochs=epochs, seed=seed, device="cpu"), watched_steps=()):
        pass
    return evaluate(model, splits.test).accuracy


def card(facts: dict[str, Any]) -> str:
    """The model card, in Markdown: the template, with every number that was measured."""
    recipe = facts["recipe"]
    tests = [
        f"| {title} | {row['pictures']:,} | {row['accuracy@1']:.1f}% | {row['accuracy@5']:.1f}% |"
        for title, row in facts["tests"].items()
    ]
    rows = [
        f"| {row['data']} | {row['examples_per_class']} | {' | '.join(f'{row[name]:.1f}%' for name in STRATEGIES)} |"
        for row in facts["transfer"]
    ]
    values = {
        **facts,
        **recipe,
        **recipe["training"],
        "megabytes": SHAPES_RESNET.stat().st_size / 1e6,
        "classes": len(facts["class_names"]),
        "class_names": ", ".join(facts["class_names"]),
        "mean": _three(facts["mean"]),
        "deviation": _three(facts["deviation"]),
        "million_operations": facts["gflops"] * 1000,
        "drawn": recipe["pictures"] // recipe["rounds"],
        "tests": "\n".join(tests),
        "seeds": len(SEEDS),
        "usual_epochs": TrainingConfig().epochs,
        "transfer": "\n".join(rows),
    }
    return TEMPLATE.read_text(encoding="utf-8").format(**values)


def _three(numbers: list[float]) -> str:
    return ", ".join(f"{number:.3f}" for number in numbers)


if __name__ == "__main__":
    torch.set_num_threads(1)  # the same sums in the same order, however many processors there are
    if "measure" not in sys.argv[1:]:
        learn()
    measure()
