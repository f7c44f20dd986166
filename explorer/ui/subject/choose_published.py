"""The widgets that choose a published network, its weights, and the pictures it looks at."""

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
import torch

from explorer.config import DatasetConfig, ImageDataset, RunConfig, ShapesData, members, names, parse
from explorer.datasets import DATASETS
from explorer.datasets.files import uploads_root
from explorer.models import zoo
from explorer.models.entries import UNTRAINED, Entry, entry_of, is_path
from explorer.models.weights import SUFFIXES, read_weights
from explorer.training.run import Run
from explorer.ui.address import prepared_run
from explorer.ui.address.notices import attempt
from explorer.ui.address.settings import NETWORK, PICTURES, SEARCH_ACCURACY, SEARCH_COST, SEARCH_SIZE, WEIGHTS
from explorer.ui.address.visit import OWN_WEIGHTS, SEARCH_ROWS, SEARCH_TABLE, field_of_form
from explorer.ui.cache import kept, pictures_of
from explorer.ui.form.fields import choose_part, fill, part_form
from explorer.ui.form.prepare import default_of
from explorer.ui.subject import choose_picture
from explorer.ui.subject.published import Published, PublishedSubject, TransferSubject, as_read, splits_as_read
from explorer.ui.widgets import ask, pick_from_list

FIRST_PICTURES = ShapesData(classes="pretraining", examples=1000)  # what the network that ships has learnt
KEY = "published"
MEGABYTES = 1500  # the largest of torchvision's files is smaller


def network_and_weights() -> tuple[str, str]:
    """The select boxes of the network and its weights; both stand in the address."""
    network = pick_from_list(
        NETWORK,
        "Network",
        zoo.networks(),
        help="The one that ships, or any classifier of torchvision. Type to search; the table on the right compares.",
    )
    options = ["default", *zoo.weights_entries(network), UNTRAINED]
    if WEIGHTS.get() not in options and is_path(WEIGHTS.get()):
        options.append(WEIGHTS.get())
    weights = pick_from_list(
        WEIGHTS,
        "Weights",
        options,
        accept_new_options=True,
        help="What it has learnt. none: an untrained network. Or the path of a .safetensors or .pth file of your own.",
    )
    st.file_uploader(
        "Weights of your own",
        type=[ending.removeprefix(".") for ending in SUFFIXES],
        key=OWN_WEIGHTS.key,
        max_upload_size=MEGABYTES,
        on_change=_keep_weights,
        help="Tensors by the names that the network gives them. A file that could run code is never opened as one.",
    )
    return network, weights


def _keep_weights() -> None:
    file = OWN_WEIGHTS.get()
    if file is None:
        return

    def keep() -> None:
        content = file.getvalue()
        suffix = Path(file.name).suffix.lower()
        path = uploads_root() / "weights" / f"{hashlib.sha256(content).hexdigest()[:16]}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        read_weights(path)  # refuses whatever is no tensor
        WEIGHTS.set(str(path))

    attempt(keep)


def pictures() -> DatasetConfig:
    """The form of the data set whose pictures are looked at."""
    absent = {name for name in names(ImageDataset) if DATASETS[name].missing(default_of(ImageDataset, name))}
    titles = {name: DATASETS[name].title for name in names(ImageDataset)}
    name_of_data = field_of_form(f"{KEY}.dataset.name")
    name_of_data.set(name_of_data.get() or FIRST_PICTURES.name)
    first = RunConfig(dataset=FIRST_PICTURES)
    prepared_run.begin(PICTURES, KEY, first, lambda config: config.dataset.name in titles, _use_pictures)
    part = choose_part(members(ImageDataset), titles, "Pictures", f"{KEY}.dataset", absent)
    name = part.model_fields["name"].default
    start = FIRST_PICTURES if part is ShapesData else None
    config = parse({"dataset": {"name": name, **part_form(part, f"{KEY}.dataset.{name}", None, start)}})
    prepared_run.write(PICTURES, KEY, config, first)
    return config.dataset


def _use_pictures(config: RunConfig) -> None:
    field_of_form(f"{KEY}.dataset.name").set(config.dataset.name)
    fill(config.dataset, f"{KEY}.dataset.{config.dataset.name}")


def available(network: str, weights: str) -> bool:
    """Whether the weights are on this machine; where not, say so and offer what can be done."""
    fault = zoo.missing(network, weights)
    if not fault:
        return True
    st.warning(fault, icon=":material/cloud_download:")
    with st.container(horizontal=True):
        fetch = st.button("Download", icon=":material/download:", type="primary")
        st.button("Look at it untrained", on_click=_choose_untrained)
    if fetch:
        bar = st.progress(0.0, "Downloading …")
        attempt(lambda: zoo.download(network, weights, lambda share: _show(bar, share)))
        st.rerun()
    return False


def _show(bar: Any, share: float) -> None:
    bar.progress(min(1.0, share), f"Downloading … {share:.0%}")


def _choose_untrained() -> None:
    WEIGHTS.set(UNTRAINED)


def facts(entry: Entry, weights: str) -> str:
    """A network in a line."""
    size = f"{entry.parameters / 1e6:.3g} million parameters · {entry.gflops:.2g} billion multiply-adds a picture"
    if weights == UNTRAINED:
        return f"**{entry.title}**, untrained: random weights · {size}"
    right = f"{entry.accuracy_1:.1f} % right, {entry.accuracy_5:.1f} % among its first five"
    recipe = f"[recipe]({entry.source})" if entry.source.startswith("https://") else f"recipe: `{entry.source}`"
    return f"**{entry.title}** · {size} · {len(entry.class_names):,} classes · {right} · {recipe}"


def search() -> None:
    """The table of all networks, narrowed by size, cost and accuracy; a row that is clicked becomes the network."""
    table = _catalogue()
    left, middle, right = st.columns(3)
    with left:
        megabytes = ask(SEARCH_SIZE, st.slider, "At most this large, MB", 1, 1500)
    with middle:
        cost = ask(SEARCH_COST, st.slider, "At most this costly, billion multiply-adds", 0.1, 1100.0)
    with right:
        accuracy = ask(SEARCH_ACCURACY, st.slider, "At least this accurate, %", 0, 90)
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
            "accuracy@1": st.column_config.NumberColumn("% right", format="%.1f"),
            "accuracy@5": st.column_config.NumberColumn("% in first five", format="%.1f"),
            "source": st.column_config.LinkColumn("recipe"),
            "cached": st.column_config.CheckboxColumn("on this machine"),
        },
    )
    st.caption(f"{len(narrowed)} of {len(table)} weights. Accuracies are each file's own, on the classes it learnt.")


@kept(32, spinner="Loading the network …")
def _class_names(network: str, weights: str) -> tuple[str, ...]:
    """Of a file of one's own, what it holds decides how many there are."""
    return zoo.load(network, weights).class_names if is_path(weights) else entry_of(network, weights).class_names


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
    """What all views look at: a published network and one picture, chosen by the probe's widgets."""
    subject = PublishedSubject(
        splits=splits_as_read(config, network, weights),
        published=Published(network, weights),
        pictures=config,
        names=_class_names(network, weights),
    )
    subject = choose_picture.choose(subject, lambda pixels: as_read(pixels, network, weights))
    with st.expander("The picture before and after the weights' own preprocessing"):
        _preprocessing(subject, config, entry_of(network, weights))
    return subject


def transfer_subject(run: Run, config: RunConfig, step: int, steps: list[int]) -> TransferSubject:
    """What all views look at: a run that began with a published network, and one picture."""
    model: Any = config.model
    splits = splits_as_read(config.dataset, model.network, model.weights)
    subject = TransferSubject(splits=splits, run=run, config=config, step=step, steps=steps)
    return choose_picture.choose(subject, lambda pixels: as_read(pixels, model.network, model.weights))


def _preprocessing(subject: PublishedSubject, config: DatasetConfig, entry: Entry) -> None:
    preset = entry.transforms()
    left, right = st.columns(2)
    with left:
        if subject.own is None:
            original = pictures_of(config)
            inputs = original.split(subject.split).inputs[subject.image : subject.image + 1]
            picture = original.pictures(inputs)[0]
            st.image(
                choose_picture.enlarged(picture, 224),
                caption=f"the picture, {picture.shape[1]}x{picture.shape[0]}",
                alt="The picture",
            )
        else:
            st.caption("Your picture is on the left of the page, as you handed it over.")
    with right:
        seen = subject.picture
        st.image(
            choose_picture.enlarged(seen, 224),
            caption=f"what the network reads, {seen.shape[1]}x{seen.shape[0]}",
            alt="As read",
        )
    st.caption(
        f"Resized to {preset.resize_size[0]} pixels, cut to the middle {preset.crop_size[0]}; from each colour "
        f"{_numbers(preset.mean)} is taken off, and the rest divided by {_numbers(preset.std)}: the weights' own "
        "transforms, as torchvision publishes them."
    )


def _numbers(values: Any) -> str:
    return ", ".join(f"{float(value):.3f}" for value in torch.as_tensor(values))
