"""A person's own weights on the Pretrained CNN page: the widgets that take them, and what is known of them."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from explorer.datasets import own_uploads
from explorer.datasets.own_uploads import WEIGHTS as WEIGHTS_KIND
from explorer.datasets.own_uploads import OwnUpload
from explorer.models import zoo
from explorer.models.entries import entry_of, is_path
from explorer.models.filling import listed
from explorer.models.own_files import class_names, find, is_names_file, keep_class_names, keep_weights
from explorer.models.weights import SUFFIXES
from explorer.ui.address.notices import attempt
from explorer.ui.address.settings import CLASS_NAMES, WEIGHTS
from explorer.ui.address.visit import OWN_CLASS_NAMES, OWN_WEIGHTS
from explorer.ui.address.visitor import visitor
from explorer.ui.cache import kept
from explorer.ui.form import own_list
from explorer.ui.form.own_list import Named
from explorer.ui.rights import check_path
from explorer.ui.widgets import ask

MEGABYTES = 1500  # the largest of torchvision's files is smaller


class Card(NamedTuple):
    """What a file of weights says of the network that it fills."""

    parameters: int
    class_names: tuple[str, ...]
    unused: tuple[str, ...]
    notes: tuple[str, ...]


def choose() -> None:
    """Draw the widgets: a file of weights, and the names of its classes."""
    st.file_uploader(
        "Upload weights",
        type=[ending.removeprefix(".") for ending in SUFFIXES],
        key=OWN_WEIGHTS.key,
        max_upload_size=MEGABYTES,
        on_change=_keep_weights,
        help="A state dict of the chosen network, or a checkpoint that holds one. The explorer reads tensors only and "
        "never runs code from a file.",
    )
    own_list.draw(
        _mine(is_path),
        Named("own_weights", WEIGHTS.get(), _use_weights, _use_no_own_weights),
        "Your weights",
        "Runs that began with {name} stay as they are; no new run can begin with it.",
    )
    if is_path(WEIGHTS.get()):
        ask(
            CLASS_NAMES,
            st.text_input,
            "Class names",
            placeholder="cat, dog, …",
            help="In the order of the network's outputs, with commas between them; or the path of a .txt file with one "
            "in each line.",
        )
        st.file_uploader(
            "Upload class names", type=["txt"], key=OWN_CLASS_NAMES.key, max_upload_size=1, on_change=_keep_class_names
        )
        own_list.draw(
            _mine(is_names_file),
            Named("own_class_names", CLASS_NAMES.get(), CLASS_NAMES.set, lambda: CLASS_NAMES.set(CLASS_NAMES.default)),
            "Your class names",
            "Weights whose classes {name} names show numbers instead.",
        )


def _mine(is_one: Callable[[str], bool]) -> dict[str, OwnUpload]:
    """The visitor's uploaded weights or class names, by their names in their folder."""
    own = {Path(upload.name).name: upload for upload in own_uploads.of(visitor()) if upload.kind == WEIGHTS_KIND}
    return {name: upload for name, upload in own.items() if is_one(name)}


def names_of(network: str, weights: str) -> tuple[str, ...]:
    """The names of the classes: those given, else those of the published weights if there are as many, else numbers.

    Raises:
        ExplorerError: where the file cannot be loaded, or the names given do not fit.
    """
    own = _card(network, weights).class_names
    given = CLASS_NAMES.get().strip()
    if is_names_file(given):
        check_path(str(find(given).absolute()))
    return class_names(given, len(own)) if given else own


def facts(network: str, weights: str) -> str:
    """A person's own network in one line: what was read from the file, and no accuracy, which nobody has measured.

    Raises:
        ExplorerError: as :func:`names_of`.
    """
    card, entry = _card(network, weights), entry_of(network, weights)
    names = names_of(network, weights)
    called = "named as those of the published weights" if names == entry.class_names else ""
    classes = ", ".join(filter(None, (f"{len(names):,} classes", called)))
    file = Path(weights).name.replace("`", "'")
    line = (
        f"**`{file}`**, your weights of {entry.title} · {card.parameters / 1e6:.3g} million parameters · {classes} · "
        "accuracy not measured"
    )
    said = [line, *(note.replace("`", "") for note in card.notes)]
    if card.unused:
        entries = f"{len(card.unused):,} {'entries' if len(card.unused) > 1 else 'entry'}"
        said.append(f"Not used of the file: {entries} (`{listed(card.unused).replace('`', '')}`)")
    return "\n\n".join(said)


@kept(32, spinner="Loading the network …")
def _card(network: str, weights: str) -> Card:
    loaded = zoo.load(network, weights)
    parameters = sum(parameter.numel() for parameter in loaded.module.parameters())
    return Card(parameters, loaded.class_names, loaded.unused, loaded.notes)


def _keep_weights() -> None:
    file = OWN_WEIGHTS.get()
    if file is not None:
        attempt(lambda: _use_weights(_own(keep_weights(file.getvalue(), file.name))))


def _use_weights(name: str) -> None:
    if name != WEIGHTS.get():
        CLASS_NAMES.drop()  # of the weights before
    WEIGHTS.set(name)


def _use_no_own_weights() -> None:
    _use_weights(WEIGHTS.default)


def _keep_class_names() -> None:
    file = OWN_CLASS_NAMES.get()
    if file is not None:
        attempt(lambda: CLASS_NAMES.set(_own(keep_class_names(file.getvalue(), file.name))))


def _own(name: str) -> str:
    """The name of an uploaded file, noted as the visitor's."""
    own_uploads.note(visitor(), f"{WEIGHTS_KIND}/{name}", WEIGHTS_KIND)
    return name
