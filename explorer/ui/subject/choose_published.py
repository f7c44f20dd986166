"""The widgets that choose a published network, its weights, and its pictures."""

from typing import Any

import pandas as pd
import streamlit as st
import torch

from explorer.config import DatasetConfig, ImageDataset, RunConfig, ShapesData, members, name_of, names, parse
from explorer.datasets import DATASETS
from explorer.errors import ExplorerError
from explorer.models import zoo
from explorer.models.entries import UNTRAINED, entry_of, is_path
from explorer.training.run import ReadableRun
from explorer.ui.address import prepared_run
from explorer.ui.address.notices import attempt
from explorer.ui.address.settings import NETWORK, PICTURES, SEARCH_ACCURACY, SEARCH_COST, SEARCH_SIZE, WEIGHTS
from explorer.ui.address.visit import SEARCH_ROWS, SEARCH_TABLE, field_of_form
from explorer.ui.cache import kept, pictures_of
from explorer.ui.form.fields import choose_part, fill, part_form
from explorer.ui.form.numbers import reasons
from explorer.ui.form.prepare import default_of
from explorer.ui.subject import choose_picture, own_weights
from explorer.ui.subject.picture import PictureSubject, enlarged
from explorer.ui.subject.published import Published, PublishedSubject, TransferSubject, as_read, splits_as_read
from explorer.ui.widgets import ask, pick_from_list

FIRST_PICTURES = ShapesData(classes="pretraining", examples=1000)  # the training data of the included network
KEY = "published"


def network_and_weights() -> tuple[str, str]:
    """Draw the choice of the network and its weights."""
    network = pick_from_list(
        NETWORK,
        "Network",
        zoo.networks(),
        help="The included network, or any classifier of torchvision. Type to search, or compare them in "
        "the table on the right.",
    )
    options = ["default", *zoo.weights_entries(network), UNTRAINED]
    if WEIGHTS.get() not in options and is_path(WEIGHTS.get()):
        options.append(WEIGHTS.get())
    weights = pick_from_list(
        WEIGHTS,
        "Weights",
        options,
        accept_new_options=True,
        help="The trained weights; none for an untrained network; or the name or the path of your own file.",
    )
    own_weights.choose()
    return network, weights


def pictures() -> DatasetConfig:
    """Draw the form of the data set whose pictures the network reads.

    Raises:
        ExplorerError: where a number of the form cannot be used.
    """
    absent = {name for name in names(ImageDataset) if DATASETS[name].missing(default_of(ImageDataset, name))}
    name_of_data = field_of_form(f"{KEY}.dataset.name")
    name_of_data.set(name_of_data.get() or FIRST_PICTURES.name)
    first = RunConfig(dataset=FIRST_PICTURES)
    prepared_run.begin(PICTURES, KEY, first, lambda config: config.dataset.name in names(ImageDataset), _use_pictures)
    part = choose_part(members(ImageDataset), "Pictures", f"{KEY}.dataset", absent)
    name = name_of(part)
    start = FIRST_PICTURES if part is ShapesData else None
    chosen = part_form(part, f"{KEY}.dataset.{name}", None, start)
    if unusable := reasons(chosen):
        raise ExplorerError(" ".join(unusable))
    config = parse({"dataset": {"name": name, **chosen}})
    prepared_run.write(PICTURES, KEY, config, first)
    return config.dataset


def _use_pictures(config: RunConfig) -> None:
    field_of_form(f"{KEY}.dataset.name").set(config.dataset.name)
    fill(config.dataset, f"{KEY}.dataset.{config.dataset.name}")


def available(network: str, weights: str) -> bool:
    """True if the weights are on this machine; otherwise offer a download."""
    fault = zoo.missing(network, weights)
    if not fault:
        return True
    st.warning(fault, icon=":material/cloud_download:")
    with st.container(horizontal=True):
        fetch = st.button("Download", icon=":material/download:", type="primary")
        st.button("Use it untrained", on_click=_choose_untrained)
    if fetch:
        bar = st.progress(0.0, "Downloading …")
        attempt(lambda: zoo.download(network, weights, lambda share: _show(bar, share)))
        st.rerun()
    return False


def _show(bar: Any, share: float) -> None:
    bar.progress(min(1.0, share), f"Downloading … {share:.0%}")


def _choose_untrained() -> None:
    WEIGHTS.set(UNTRAINED)


def facts(network: str, weights: str) -> str:
    """A network in one line.

    Raises:
        ExplorerError: where there is no such network, or a person's own weights do not fit.
    """
    if is_path(weights):
        return own_weights.facts(network, weights)
    entry = entry_of(network, weights)
    size = f"{entry.parameters / 1e6:.3g} million parameters · {entry.gflops:.2g} billion multiply-adds per picture"
    if weights == UNTRAINED:
        return f"**{entry.title}**, untrained: random weights · {size}"
    right = f"accuracy {entry.accuracy_1:.1f} %, top-5 accuracy {entry.accuracy_5:.1f} %"
    recipe = f"[recipe]({entry.source})" if entry.source.startswith("https://") else f"recipe: `{entry.source}`"
    return f"**{entry.title}** · {size} · {len(entry.class_names):,} classes · {right} · {recipe}"


def search() -> None:
    """Draw the table of all networks, filtered by size, cost and accuracy; a click chooses a row's network."""
    table = _catalogue()
    left, middle, right = st.columns(3)
    with left:
        megabytes = ask(SEARCH_SIZE, st.slider, "Maximum size, MB", 1, 1500)
    with middle:
        cost = ask(SEARCH_COST, st.slider, "Maximum cost, billion multiply-adds", 0.1, 1100.0)
    with right:
        accuracy = ask(SEARCH_ACCURACY, st.slider, "Minimum accuracy, %", 0, 90)
    narrowed = table[
        (table["size_mb"] <= megabytes) & (table["gflops"] <= cost) & (table["accuracy@1"] >= accuracy)
    ].reset_index(drop=True)
    SEARCH_ROWS.set(list(zip(narrowed["network"], narrowed["weights"], strict=True)))
    st.dataframe(
        narrowed,
        hide_index=True,
        height=320,
        on_select=_choose_row,
        selection_mode="single-row",
        key=SEARCH_TABLE.key,
        column_config={
            "parameters": st.column_config.NumberColumn(format="compact"),
            "size_mb": st.column_config.NumberColumn("MB", format="%.1f"),
            "gflops": st.column_config.NumberColumn("billion multiply-adds", format="%.2f"),
            "accuracy@1": st.column_config.NumberColumn("accuracy, %", format="%.1f"),
            "accuracy@5": st.column_config.NumberColumn("top-5 accuracy, %", format="%.1f"),
            "source": st.column_config.LinkColumn("recipe"),
            "cached": st.column_config.CheckboxColumn("on this machine"),
        },
    )
    st.caption(
        f"{len(narrowed)} of {len(table)} weights. Each accuracy is on the classes that the weights were trained on."
    )


def _class_names(network: str, weights: str) -> tuple[str, ...]:
    return own_weights.names_of(network, weights) if is_path(weights) else entry_of(network, weights).class_names


@kept(1, seconds=60)
def _catalogue() -> pd.DataFrame:
    return zoo.catalogue().drop(columns=["title"])


def _choose_row() -> None:
    chosen = SEARCH_TABLE.get().selection.rows
    if chosen:
        network, weights = SEARCH_ROWS.get()[chosen[0]]
        NETWORK.set(network)
        WEIGHTS.set(weights)


def published_subject(network: str, weights: str, config: DatasetConfig) -> PublishedSubject:
    """Draw the probe's widgets; the subject of all views: a published network and one picture."""
    subject = PublishedSubject(
        splits=splits_as_read(config, network, weights),
        published=Published(network, weights),
        pictures=config,
        names=_class_names(network, weights),
    )
    return choose_picture.choose(subject, lambda pixels: as_read(pixels, network, weights))


def transfer_subject(run: ReadableRun, step: int, steps: list[int]) -> TransferSubject:
    """Draw the probe's widgets; the subject of all views: a run of a pretrained network and one picture."""
    model: Any = run.config.model
    splits = splits_as_read(run.config.dataset, model.network, model.weights)
    subject = TransferSubject(splits=splits, run=run, step=step, steps=steps)
    return choose_picture.choose(subject, lambda pixels: as_read(pixels, model.network, model.weights))


def preprocessing(subject: PictureSubject, network: str, weights: str, config: DatasetConfig) -> None:
    """Draw the probe before and after the transforms of the weights."""
    preset = entry_of(network, weights).transforms()
    published = "the weights, as torchvision publishes them"
    owner = "the network's published weights, which yours are taken to share" if is_path(weights) else published
    left, right = st.columns(2)
    with left:
        if subject.own is None:
            original = pictures_of(config)
            inputs = original.split(subject.split).inputs[subject.image : subject.image + 1]
            picture = original.pictures(inputs)[0]
            st.image(
                enlarged(picture, 224),
                caption=f"the picture, {picture.shape[1]}x{picture.shape[0]}",
                alt="The picture",
            )
        else:
            st.caption("The uploaded picture is on the left of the page.")
    with right:
        seen = subject.picture
        st.image(
            enlarged(seen, 224),
            caption=f"the network's input, {seen.shape[1]}x{seen.shape[0]}",
            alt="As read",
        )
    st.caption(
        f"The transforms of {owner}: resize to {preset.resize_size[0]} pixels, crop "
        f"the central {preset.crop_size[0]}, subtract {_numbers(preset.mean)} from the colour channels and divide by "
        f"{_numbers(preset.std)}."
    )


def _numbers(values: Any) -> str:
    return ", ".join(f"{float(value):.3f}" for value in torch.as_tensor(values))
