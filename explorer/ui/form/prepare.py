"""The form of the next run: its data, its network and its training."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st
from pydantic import BaseModel

from explorer.config import (
    Part,
    PretrainedModel,
    RecurrentModel,
    RunConfig,
    TorchvisionData,
    TrainingConfig,
    by_name,
    holds_parts,
    members,
    misfit,
    name_of,
    names,
    parse,
    recommended_network,
    recommended_training,
    written,
)
from explorer.datasets import DATASETS
from explorer.errors import ExplorerError
from explorer.inspection import LayerRow
from explorer.training.devices import available_devices
from explorer.ui.address.notices import attempt
from explorer.ui.address.settings import WEIGHTS
from explorer.ui.address.visit import field_of_form
from explorer.ui.cache import data_of, kept
from explorer.ui.form import estimate, numbers, questions, uploads
from explorer.ui.form.fields import choose_part, fill, label, part_form, word
from explorer.ui.rights import check_files


@dataclass(frozen=True)
class Prepared:
    """The result of the form: a configuration with its layers and cost, or the reason why it cannot be trained."""

    config: RunConfig | None = None
    asked: RunConfig | None = None  # the same configuration, even where this machine cannot train it
    layers: tuple[LayerRow, ...] = ()
    cost: str = ""
    fault: str = ""
    notes: tuple[str, ...] = ()  # on how a person's own file was read
    fetch: Callable[[], object] | None = None  # downloads what is missing


def form(datasets: Any, models: Any, key: str) -> Prepared:
    """Draw the sections Data, Architecture and Training, and check the resulting configuration.

    Args:
        datasets: a union of data sets, as ``config.ImageDataset``.
        models: a union of models, or one.
        key: a prefix that tells the widgets of one page from those of another.
    """
    missing = {name for name in names(datasets) if DATASETS[name].missing(default_of(datasets, name))}
    with st.expander("Data", expanded=True, icon=":material/database:"):
        dataset = choose_part(members(datasets), "Data set", f"{key}.dataset", missing)
        data_name = name_of(dataset)
        data_key = f"{key}.dataset.{data_name}"
        chosen_data = {"name": data_name, **part_form(dataset, data_key, uploads.choices(data_name, data_key))}
        questions.ask(chosen_data, data_key)
        notes = st.container()
    with st.expander("Architecture", icon=":material/account_tree:"):
        model = members(models)[0]
        if len(members(models)) > 1:
            model = choose_part(_readers(models, dataset), "Network", f"{key}.model", set())
        model_name = name_of(model)
        network_start = _network(data_name, model)
        model_key = own_key(f"{key}.model.{model_name}", network_start)
        chosen_model = {
            "name": model_name,
            **part_form(model, model_key, _choices(model_name, model_key), network_start),
        }
    with st.expander("Training", icon=":material/tune:"):
        devices = {"device": ("auto", *available_devices())}
        recommended = recommended_training(data_name)
        training_key = own_key(f"{key}.training", recommended)
        chosen_training = part_form(TrainingConfig, training_key, devices, recommended, dataset.kind)
    chosen = {"dataset": chosen_data, "model": chosen_model, "training": chosen_training}
    unusable = numbers.reasons(chosen)  # each is said beside its number, too
    if unusable:
        return Prepared(fault=" ".join(unusable))
    prepared = check(chosen)
    refused = uploads.refused(dataset, data_key)
    if refused:  # the field still names the data of before
        prepared = Prepared(asked=prepared.asked, fault=f"{refused} Remove the refused file to train on other data.")
    if prepared.fault:
        st.error(prepared.fault, icon=":material/block:")  # beside the controls that caused it
    for note in prepared.notes:
        notes.info(note, icon=":material/info:")
    return prepared


def _readers(models: Any, dataset: type[Part]) -> tuple[type[Part], ...]:
    """The models that can read a data set; all of them if none can, so that the error names the reason."""
    return tuple(model for model in members(models) if not misfit(dataset(), model())) or members(models)


def check(values: dict[str, Any]) -> Prepared:
    """Check that the values can be trained on this machine, and describe the network."""
    config = None
    try:
        config = parse(values)
        check_files(config)
        absent = DATASETS[config.dataset.name].missing(config.dataset)
        if absent:
            fetchable = isinstance(config.dataset, TorchvisionData)
            fetch = partial(data_of, config.dataset) if fetchable else None
            return Prepared(asked=config, fault=absent, fetch=fetch)
        absent = _missing_weights(config.model)
        if absent:
            return Prepared(asked=config, fault=absent, fetch=partial(_fetch_weights, config.model))
        layers, cost, notes = _described(config)
    except ExplorerError as error:
        return Prepared(asked=config, fault=str(error))
    return Prepared(config, config, tuple(layers), cost, notes=notes)


@kept(32)
def _described(config: RunConfig) -> tuple[list[LayerRow], str, tuple[str, ...]]:
    """The layers, the cost and the notes on the data; kept, since a large network takes a second to build."""
    splits = data_of(config.dataset)
    return *estimate.describe(config, splits), splits.notes


def _missing_weights(model: Part) -> str:
    if not isinstance(model, PretrainedModel) or not model.begins_pretrained:
        return ""
    from explorer.models import zoo

    return zoo.missing(model.network, model.weights)


def _fetch_weights(model: Part) -> None:
    from explorer.models import zoo

    assert isinstance(model, PretrainedModel)
    zoo.download(model.network, model.weights, lambda share: None)


def download(fetch: Callable[[], object]) -> None:
    """Download missing data or weights; the page shows the reason if that fails."""
    attempt(fetch)


def _choices(model_name: str, key: str) -> dict[str, tuple[str, ...]] | None:
    """The choices of a pretrained network: all networks of the zoo, and the weights of the chosen one."""
    if model_name != "pretrained":
        return None
    from explorer.models import zoo  # imports torchvision: a second that other pages need not wait
    from explorer.models.entries import is_path

    known = zoo.networks()
    network = field_of_form(f"{key}.network").get() or known[0]
    weights = ("default", *zoo.weights_entries(network if network in known else known[0]), "none")
    own = WEIGHTS.get()  # a file that was uploaded on this page
    if is_path(own):
        weights = (*weights, own)
    chosen = field_of_form(f"{key}.weights")
    if chosen.noted and chosen.get() not in weights:  # of the network before
        chosen.set("default")
    return {"network": known, "weights": weights}


def use_settings_of(config: RunConfig, key: str) -> None:
    """Copy a run's settings into the form."""
    dataset, model = config.dataset.name, config.model.name
    field_of_form(f"{key}.dataset.name").set(dataset)
    field_of_form(f"{key}.model.name").set(model)
    fill(config.dataset, f"{key}.dataset.{dataset}")
    fill(config.model, own_key(f"{key}.model.{model}", _network(dataset, type(config.model))))
    fill(config.training, own_key(f"{key}.training", recommended_training(dataset)))


def first_of(datasets: Any, models: Any) -> RunConfig:
    """The configuration of an untouched form."""
    dataset = members(datasets)[0]
    named = {"dataset": dataset, "model": _readers(models, dataset)[0]}
    return parse({part: {"name": name_of(kind)} for part, kind in named.items()})


def differences(prepared: RunConfig, shown: RunConfig) -> list[str]:
    """The changes of the next run against the one shown: "Learning rate 0.003 → 0.01"."""
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
        if holds_parts(after):
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
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return written(value) if isinstance(value, float) else word(str(value))


def default_of(union: Any, name: str) -> Any:
    """The part of a union with this name, with its defaults."""
    return by_name(union)[name]()


def own_key(key: str, start: Part) -> str:
    """The key of the widgets that start from ``start``; another start gives another key, so that it takes effect."""
    return ".".join([key, *(f"{name}={value}" for name, value in start.model_dump(exclude_defaults=True).items())])


def _network(dataset: str, model: type[Part]) -> Part:
    """The first settings of a network on a data set."""
    start = model()
    return recommended_network(dataset, name_of(model)) if isinstance(start, RecurrentModel) else start
