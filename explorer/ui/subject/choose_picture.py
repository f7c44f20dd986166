"""The widgets that choose the probe: the picture that all views show."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import streamlit as st
from torch import Tensor

from explorer.datasets.splits import Splits
from explorer.inspection import Predictions, mistakes
from explorer.training.run import ReadableRun
from explorer.ui.address.settings import ERRORS_FIRST, IMAGE, INVERTED, SPLIT
from explorer.ui.address.visit import OWN_PICTURE
from explorer.ui.cache import pictures_of
from explorer.ui.subject import own_picture
from explorer.ui.subject.picture import PictureSubject, RunSubject, enlarged
from explorer.ui.widgets import number, pick_from_list, toggle

ERRORS_HELP = "Show this split's errors at this step, the most confident first."
OWN_HELP = "Your own picture is the probe. Choose “Back to the data set's pictures” under Upload a picture first."
SPLITS = ("test", "validation", "train")
IN_A_ROW = 8
AnySubject = TypeVar("AnySubject", bound=PictureSubject)
THUMBNAIL = 92  # pixels


def choose_subject(run: ReadableRun, step: int, steps: list[int]) -> RunSubject:
    """Draw the widgets that choose the probe; the subject of all views."""
    splits = pictures_of(run.config.dataset)

    def read(pixels: Tensor) -> Tensor:
        inverted = toggle(INVERTED, "Dark is bright", help="For dark strokes on white paper.")
        return own_picture.fitted(pixels, splits, inverted=inverted)

    return choose(RunSubject(splits=splits, split="test", image=0, run=run, step=step, steps=steps), read)


def choose(subject: AnySubject, read: Callable[[Tensor], Tensor]) -> AnySubject:
    """The same subject with the probe that the widgets choose.

    Args:
        subject: a network and its pictures.
        read: turns an uploaded picture, (3, row, column) in 0…1, into the network's input.
    """
    number_of, more = st.container(), st.container(horizontal=True, gap="xsmall")
    with more:
        pixels = own_picture.choose()
        own = None if pixels is None else read(pixels)
        with st.popover("More", help="The split that the picture comes from, and the network's errors on it."):
            split = choose_split()
            wanted = subject.knows_classes and toggle(ERRORS_FIRST, "Errors first", help=ERRORS_HELP)
            errors = st.container()
    with number_of:
        image = choose_image_number(subject.splits, split)
    subject = replace(subject, split=split, image=image, own=own)
    if wanted:
        with errors:
            errors_first(subject)
    return subject


def choose_split() -> str:
    """Draw the choice of the probe's split."""
    return pick_from_list(SPLIT, "Probe from the split", SPLITS)


def choose_image_number(splits: Splits, split: str) -> int:
    """Draw the choice of the example's number in its split; it is off while an uploaded picture is the probe."""
    count, own = len(splits.split(split).targets), OWN_PICTURE.noted
    return number(IMAGE, f"Image, 0 to {count - 1:,}", count, disabled=own, help=OWN_HELP if own else None)


def errors_first(subject: PictureSubject) -> None:
    """Draw the split's errors at this step, the most confident first; a click makes one the probe."""
    predictions = subject.predictions()
    wrong = mistakes(predictions, subject.splits.split(subject.split).targets)
    if len(wrong) == 0:
        st.caption(f"No error on the {subject.split} split {subject.where}.")
        return
    thumbnails(subject, [int(index) for index in wrong[:IN_A_ROW]], "errors-first", predictions)


def thumbnails(subject: PictureSubject, images: list[int], key: str, predictions: Predictions) -> None:
    """Draw small pictures with true and predicted class, each with a button that makes it the probe."""
    names = subject.splits.class_names
    pair = subject.splits.split(subject.split)
    pictures = subject.splits.pictures(pair.inputs[images])
    with st.container(horizontal=True, gap="small"):
        for position, image in enumerate(images):
            answer = int(predictions.labels[image])
            sure = float(predictions.probabilities[image][answer])
            with st.container(width=THUMBNAIL, gap="xsmall"):
                st.image(enlarged(pictures[position]), alt=f"Example {image}", width=THUMBNAIL)
                st.caption(f"is **{names[int(pair.targets[image])]}**, predicted **{names[answer]}** ({sure:.0%})")
                st.button(
                    "Inspect",
                    key=f"{key}-{position}",
                    help=f"Make image {image} the probe",
                    width="stretch",
                    on_click=own_picture.look_at_example,
                    args=(image,),
                )
