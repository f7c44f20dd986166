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
from explorer.models.entries import SHIPPED, UNTRAINED, Entry, entry_of, is_path
from explorer.models.weights import SUFFIXES, read_weights
from explorer.training.run import Run
from explorer.ui.address import prepared_run
from explorer.ui.address.notices import attempt
from explorer.ui.cache import pictures_of
from explorer.ui.form.fields import choose_part, fill, part_form
from explorer.ui.form.prepare import default_of
from explorer.ui.subject import choose_picture
from explorer.ui.subject.published import PublishedSubject, TransferSubject, as_read, published_splits, transfer_splits

FIRST_PICTURES = ShapesData(classes="pretraining", examples=1000)  # what the network that ships has learnt
KEY = "published"
MEGABYTES = 1500  # the largest of torchvision's files is smaller


def network_and_weights() -> tuple[str, str]:
    """The select boxes of the network and its weights; both stand in the address."""
    known = zoo.networks()
    if st.session_state.get("network", SHIPPED) not in known:
        st.session_state["network"] = SHIPPED
    network: str = st.selectbox(
        "Network",
        known,
        key="network",
        bind="query-params",
        help="The one that ships, or any classifier of torchvision. Type to search; the table on the right compares.",
    )
    options = ["default", *zoo.weights_entries(network), UNTRAINED]
    asked = st.session_state.get("weights", "default")
    if asked not in options and not is_path(asked):
        st.session_state["weights"] = "default"
    elif asked not in options:
        options.append(asked)
    weights: str = st.selectbox(
        "Weights",
        options,
        key="weights",
        bind="query-params",
        accept_new_options=True,
        help="What it has learnt. none: an untrained network. Or the path of a .safetensors or .pth file of your own.",
    )
    st.file_uploader(
        "Weights of your own",
        type=[ending.removeprefix(".") for ending in SUFFIXES],
        key="own_weights",
        max_upload_size=MEGABYTES,
        on_change=_keep_weights,
        help="Tensors by the names that the network gives them. A file that could run code is never opened as one.",
    )
    return network, weights


def _keep_weights() -> None:
    file = st.session_state["own_weights"]
    if file is None:
        return

    def keep() -> None:
        content = file.getvalue()
        suffix = Path(file.name).suffix.lower()
        path = uploads_root() / "weights" / f"{hashlib.sha256(content).hexdigest()[:16]}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        read_weights(path)  # refuses whatever is no tensor
        st.session_state["weights"] = str(path)

    attempt(keep)


def pictures() -> DatasetConfig:
    """The form of the data set whose pictures are looked at."""
    absent = {name for name in names(ImageDataset) if DATASETS[name].missing(default_of(ImageDataset, name))}
    titles = {name: DATASETS[name].title for name in names(ImageDataset)}
    st.session_state.setdefault(f"{KEY}.dataset.name", FIRST_PICTURES.name)
    first = RunConfig(dataset=FIRST_PICTURES)
    prepared_run.begin("pictures", KEY, first, lambda config: config.dataset.name in titles, _use_pictures)
    part = choose_part(members(ImageDataset), titles, "Pictures", f"{KEY}.dataset", absent)
    name = part.model_fields["name"].default
    start = FIRST_PICTURES if part is ShapesData else None
    config = parse({"dataset": {"name": name, **part_form(part, f"{KEY}.dataset.{name}", None, start)}})
    prepared_run.write("pictures", KEY, config, first)
    return config.dataset


def _use_pictures(config: RunConfig) -> None:
    st.session_state[f"{KEY}.dataset.name"] = config.dataset.name
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
    st.session_state["weights"] = UNTRAINED


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
        megabytes = st.slider("At most this large, MB", 1, 1500, 1500, key="search_size", bind="query-params")
    with middle:
        cost = st.slider(
            "At most this costly, billion multiply-adds", 0.1, 1100.0, 1100.0, key="search_cost", bind="query-params"
        )
    with right:
        accuracy = st.slider("At least this accurate, % right", 0, 90, 0, key="search_accuracy", bind="query-params")
    narrowed = table[
        (table["size_mb"] <= megabytes) & (table["gflops"] <= cost) & (table["accuracy@1"] >= accuracy)
    ].reset_index(drop=True)
    st.session_state["search_rows"] = list(zip(narrowed["network"], narrowed["weights"], strict=True))
    st.dataframe(
        narrowed,
        hide_index=True,
        height=320,
        on_select=_choose_row,
        selection_mode="single-row",
        key="search_table",
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


@st.cache_data(max_entries=32, show_spinner="Loading the network …")
def _class_names(network: str, weights: str) -> tuple[str, ...]:
    """Of a file of one's own, what it holds decides how many there are."""
    return zoo.load(network, weights).class_names if is_path(weights) else entry_of(network, weights).class_names


@st.cache_data(max_entries=1, ttl=60, show_spinner=False)
def _catalogue() -> pd.DataFrame:
    return zoo.catalogue().drop(columns=["title"])


def _choose_row() -> None:
    chosen = st.session_state["search_table"].selection.rows
    if chosen:
        st.session_state["network"], st.session_state["weights"] = st.session_state["search_rows"][chosen[0]]


def published_subject(network: str, weights: str, config: DatasetConfig) -> PublishedSubject:
    """What all views look at: a published network and one picture, chosen by the probe's widgets."""
    splits = published_splits(config, network, weights)
    subject = PublishedSubject(
        splits=splits,
        split="test",
        image=0,
        network=network,
        weights=weights,
        pictures=config.model_dump_json(),
        names=_class_names(network, weights),
    )
    subject = choose_picture.choose(subject, lambda pixels: as_read(pixels, network, weights))
    with st.expander("The picture before and after the weights' own preprocessing"):
        _preprocessing(subject, config, entry_of(network, weights))
    return subject


def transfer_subject(run: Run, config: RunConfig, step: int, steps: list[int]) -> TransferSubject:
    """What all views look at: a run that began with a published network, and one picture."""
    model: Any = config.model
    splits = transfer_splits(run, config, step)
    subject = TransferSubject(splits=splits, split="test", image=0, run=run, config=config, step=step, steps=steps)
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
