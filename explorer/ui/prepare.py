"""The left side of a page: choose the data, shape the network and the training for the next run."""

from dataclasses import dataclass
from typing import Any

import streamlit as st
from pydantic import BaseModel

from explorer.config import DatasetConfig, Part, RunConfig, TrainingConfig, parse
from explorer.datasets import DATASETS
from explorer.errors import ExplorerError
from explorer.inspection import LayerRow
from explorer.training.loop import available_devices
from explorer.ui.form import choose_part, label, part_form, word
from explorer.ui.look import splits_of
from explorer.ui.tabs import network


@dataclass(frozen=True)
class Prepared:
    """What the form on the left adds up to: a configuration with its layers and cost, or what is wrong with it."""

    config: RunConfig | None = None
    layers: tuple[LayerRow, ...] = ()
    cost: str = ""
    fault: str = ""


def form(model: type[Part], key: str) -> Prepared:
    """Draw the sections Data, Architecture and Training, and check what they add up to."""
    missing = {name: reason for name, spec in DATASETS.items() if (reason := spec.missing(_default(name)))}
    with st.expander("Data", expanded=True, icon=":material/database:"):
        titles = {name: spec.title for name, spec in DATASETS.items()}
        dataset = choose_part(DatasetConfig, titles, "Data set", f"{key}.dataset", missing)
        chosen_data = {"name": dataset.model_fields["name"].default, **part_form(dataset, f"{key}.dataset")}
    with st.expander("Architecture", icon=":material/account_tree:"):
        chosen_model = {"name": model.model_fields["name"].default, **part_form(model, f"{key}.model")}
    with st.expander("Training", icon=":material/tune:"):
        devices = {"device": ("auto", *available_devices())}
        chosen_training = part_form(TrainingConfig, f"{key}.training", devices)
    return check({"dataset": chosen_data, "model": chosen_model, "training": chosen_training})


def check(values: dict[str, Any]) -> Prepared:
    """Whether the values can be trained on this machine, and what the network will be."""
    try:
        config = parse(values)
        layers, cost = network.describe(config, splits_of(config.dataset))
    except ExplorerError as error:
        return Prepared(fault=str(error))
    return Prepared(config, tuple(layers), cost)


def differences(prepared: RunConfig, shown: RunConfig) -> list[str]:
    """What the next run changes against the one shown: "Learning rate 0.003 → 0.01"."""
    return [
        difference
        for part in ("dataset", "model", "training")
        for difference in _differences(getattr(prepared, part), getattr(shown, part))
    ]


def _differences(new: BaseModel, old: BaseModel) -> list[str]:
    if type(new) is not type(old):
        return [f"{word(getattr(old, 'name', ''))} → {word(getattr(new, 'name', ''))}"]
    changed = []
    for name in type(new).model_fields:
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        if isinstance(after, tuple):
            changed += _block_differences(after, before)
        else:
            changed.append(f"{label(name)} {_short(before)} → {_short(after)}")
    return changed


def _block_differences(new: tuple[BaseModel, ...], old: tuple[BaseModel, ...]) -> list[str]:
    changed = [] if len(new) == len(old) else [f"Blocks {len(old)} → {len(new)}"]
    for number, (after, before) in enumerate(zip(new, old, strict=False), start=1):
        changed += [f"Block {number}: {difference}" for difference in _differences(after, before)]
    return changed


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else word(str(value))


def _default(name: str) -> Any:
    return parse({"dataset": {"name": name}}).dataset
