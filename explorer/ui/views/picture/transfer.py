"""Transfer: frozen features, fine-tuning and training from scratch on the same pictures, side by side."""

import json
from functools import partial
from typing import Any

import pandas as pd
import torch
from torch import nn

from explorer.config import PretrainedModel, RunConfig
from explorer.errors import ExplorerError
from explorer.figures.transfer import accuracy_by_examples, distances
from explorer.inspection.movement import relative_distance
from explorer.places import SAMPLE_DATA
from explorer.training.run import ReadableRun
from explorer.ui.address.settings import TRANSFER_COUNTS
from explorer.ui.cache import kept, pictures_of
from explorer.ui.chart import chart
from explorer.ui.run import queue, runs
from explorer.ui.run.start import start_button
from explorer.ui.subject.published import TransferSubject, transferred
from explorer.ui.widgets import pick_many_in_row

EXAMPLES = (1, 2, 5, 10, 20, 50, 100)
THREE = ("frozen", "all", "scratch")
SHIPPED_CURVE = SAMPLE_DATA / "pretrained" / "transfer.json"
COLUMNS = ["strategy", "examples", "accuracy"]


def draw(subject: TransferSubject) -> None:
    """Draw accuracy against examples, the buttons that train missing runs, and the movement of each part."""
    related = _related(subject.config)
    there = _training_examples(_with_examples(subject.config, 0))
    own = pd.DataFrame([_point(run, there) for run in related if run.status == "finished"], columns=COLUMNS)
    shipped = _shipped(subject.config)
    classes = len(subject.splits.class_names)
    chart(
        accuracy_by_examples(own, shipped, 1 / classes, f"The value of {subject.config.model.name} weights"),
        "transfer-curve",
        "transfer",
    )
    _experiments(subject.config, related, there)
    _movement(subject, related)


# ── the runs that belong together ────────────────────────────────────────────────────────────────────────────────────
def comparable(config: RunConfig) -> dict[str, Any]:
    """The settings that two runs on one line share: the data apart from the number of examples, and the network."""
    data = config.dataset.model_dump(exclude={"examples_per_class"})
    return {"dataset": data, "model": config.model.model_dump(include={"network", "weights"})}


def _related(config: RunConfig) -> list[ReadableRun]:
    known = runs.readable_runs(("pretrained",))
    return [run for run in known if comparable(run.config) == comparable(config)]


def _point(run: ReadableRun, there: tuple[int, ...]) -> tuple[str, int, float]:
    """Strategy, training examples per class (of a run on all of them their mean over the classes) and accuracy."""
    return _strategy(run), _asked(run.config) or round(sum(there) / len(there)), run.state().test_accuracy or 0.0


def _strategy(run: ReadableRun) -> str:
    model = run.config.model
    assert isinstance(model, PretrainedModel)
    return model.strategy


def _asked(config: RunConfig) -> int:
    """The training examples per class that a configuration asks for; 0: all."""
    return int(getattr(config.dataset, "examples_per_class", 0))


@kept(32)
def _training_examples(config: RunConfig) -> tuple[int, ...]:
    """The training examples that there are of each class."""
    splits = pictures_of(config.dataset)
    return tuple(torch.bincount(splits.train.targets, minlength=len(splits.class_names)).tolist())


def _shipped(config: RunConfig) -> pd.DataFrame:
    """Shipped measurements for the same data and network; empty for others."""
    measured = json.loads(SHIPPED_CURVE.read_text(encoding="utf-8"))
    fits = [curve["points"] for curve in measured["curves"] if curve["of"] == comparable(config)]
    return pd.DataFrame(fits[0] if fits else [], columns=COLUMNS)


# ── missing runs ─────────────────────────────────────────────────────────────────────────────────────────
def _experiments(config: RunConfig, related: list[ReadableRun], there: tuple[int, ...]) -> None:
    counts = pick_many_in_row(
        TRANSFER_COUNTS,
        "Training examples per class",
        [count for count in EXAMPLES if count <= min(there)],
        help=f"The smallest class has {min(there):,}. Each number is trained with frozen features, with full "
        "fine-tuning, and from scratch.",
    )
    done = {_point(run, there)[:2] for run in related if run.status in ("finished", *runs.ACTIVE)}
    wanted = [(strategy, count) for count in sorted(counts) for strategy in THREE if (strategy, count) not in done]
    configs = [_variant(config, strategy, count) for strategy, count in wanted]
    learning = any(run.status in runs.ACTIVE for run in related)
    start_button(
        _offer(len(configs), learning),
        configs,
        partial(queue.add, configs),
        key="train-missing",
        icon=":material/play_arrow:",
        disabled=not configs,
        help="They train one after another, and the lines grow as they finish.",
    )
    queue.draw()


def _offer(missing: int, learning: bool) -> str:
    if missing:
        return "Train the missing run" if missing == 1 else f"Train the {missing} missing runs"
    return "The last of these runs are training" if learning else "All of these are trained"


def _variant(config: RunConfig, strategy: str, count: int) -> RunConfig:
    values = _with_examples(config, count).model_dump()
    values["model"]["strategy"] = strategy
    return RunConfig.model_validate(values)


def _with_examples(config: RunConfig, count: int) -> RunConfig:
    values = config.model_dump()
    values["dataset"]["examples_per_class"] = count
    return RunConfig.model_validate(values)


# ── movement ───────────────────────────────────────────────────────────────────────────────────────────────────────
def _movement(subject: TransferSubject, related: list[ReadableRun]) -> None:
    count = _asked(subject.config)
    same = {subject.run.id: subject.run}
    same |= {run.id: run for run in related if run.status == "finished" and _asked(run.config) == count}
    moved: dict[str, dict[str, float]] = {}
    parts: list[str] = []
    for run in same.values():
        strategy = _strategy(run)
        if strategy in moved or not run.steps:
            continue
        step = subject.step if run.id == subject.run.id else run.steps[-1]
        try:
            moved[strategy] = _moved(run, step)
        except ExplorerError:
            if run.id == subject.run.id:
                raise
            continue  # its own page says why
        parts = parts or list(moved[strategy])
    examples = f"{count} examples per class" if count else "all examples"
    figure = distances(parts, moved, f"Distance of each part from its initial weights, {examples}")
    chart(
        figure,
        "transfer-moved",
        "moved-parts",
        reading=f"The run above at step {subject.step:,}, the others at their last. {figure.layout.meta['reading']}",
    )


@kept(64)
def _moved(run: ReadableRun, step: int) -> dict[str, float]:
    before, after = run.weights(run.steps[0]), run.weights(step)
    with transferred(run, run.steps[0]) as model:
        groups = {name: _names(model.backbone, block) for name, block in model.blocks().items()}
    groups = {name: [f"backbone.{parameter}" for parameter in names] for name, names in groups.items()}
    groups["head"] = ["head.weight", "head.bias"]
    return {part: relative_distance(before, after, names) for part, names in groups.items()}


def _names(backbone: nn.Module, block: nn.Module) -> list[str]:
    """The names of a block's parameters in the backbone."""
    own = {id(parameter) for parameter in block.parameters()}
    return [name for name, parameter in backbone.named_parameters() if id(parameter) in own]
