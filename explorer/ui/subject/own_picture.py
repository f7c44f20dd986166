"""An uploaded picture in place of the data set's: from a file, the clipboard or the camera."""

from typing import Any

import numpy as np
import streamlit as st
import torch
from torch import Tensor
from torchvision.transforms import functional

from explorer.datasets.picture_files import ENDINGS, open_picture
from explorer.datasets.splits import Splits
from explorer.errors import ExplorerError
from explorer.ui.address.visit import OWN_PICTURE, OWN_PICTURE_FAULT, OWN_PICTURE_SOURCE, Note

ENDINGS_WITHOUT_DOT = [ending.removeprefix(".") for ending in ENDINGS]
MEGABYTES = 20
FILE, PASTED, CAMERA = (OWN_PICTURE_SOURCE.of(kind) for kind in ("file", "pasted", "camera"))
LONGEST_SIDE = 1024  # pixels: more than any network here reads


def choose() -> Tensor | None:
    """Draw the widgets; the uploaded picture, (3, row, column) in 0…1, or None."""
    with st.popover("Upload a picture", icon=":material/add_photo_alternate:", width="stretch"):
        st.caption("The explorer shows it in this session and does not store it.")
        st.file_uploader(
            "From a file",
            type=ENDINGS_WITHOUT_DOT,
            key=FILE.key,
            max_upload_size=MEGABYTES,
            on_change=_take,
            args=(FILE,),
        )
        st.chat_input(
            "Paste a picture here and send it",
            accept_file=True,
            file_type=ENDINGS_WITHOUT_DOT,
            key=PASTED.key,
            on_submit=_take,
            args=(PASTED,),
            max_upload_size=MEGABYTES,
        )
        if st.toggle("From the camera", key="own_picture.wants_camera"):
            st.camera_input("Camera", key=CAMERA.key, on_change=_take, args=(CAMERA,))
        if OWN_PICTURE.noted:
            st.button("Back to the data set's pictures", icon=":material/undo:", on_click=OWN_PICTURE.forget)
    if OWN_PICTURE_FAULT.noted:
        st.error(OWN_PICTURE_FAULT.get(), icon=":material/block:")
    pixels = OWN_PICTURE.get()
    return None if pixels is None else torch.from_numpy(pixels.copy()).permute(2, 0, 1).float() / 255


def fitted(pixels: Tensor, splits: Splits, *, inverted: bool) -> Tensor:
    """A picture as input of a network trained on these pictures: cropped to their proportions, resized, normalised.

    Args:
        pixels: (3, row, column) in 0…1.
        splits: the data that the network was trained on.
        inverted: whether dark pixels become bright, as for dark strokes on white paper.

    Returns:
        (1, channel, row, column).
    """
    channels, height, width = splits.input_shape
    if channels == 1:
        pixels = functional.rgb_to_grayscale(pixels)
    share = min(pixels.shape[1] / height, pixels.shape[2] / width)
    cut = functional.center_crop(pixels, [max(1, round(height * share)), max(1, round(width * share))])
    small = functional.resize(cut, [height, width], antialias=True).clamp(0, 1)
    shown = 1 - small if inverted else small
    normalised: Tensor = (shown - splits.mean.view(-1, 1, 1)) / splits.std.view(-1, 1, 1)
    return normalised[None]


def read(content: bytes, name: str = "This file") -> np.ndarray:
    """A picture file as uint8 (row, column, 3), upright, with its longest side at most ``LONGEST_SIDE``.

    Raises:
        ExplorerError: if the file is not a readable image, or has more pixels than is safe to decode.
    """
    picture = open_picture(content, name, near=LONGEST_SIDE)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return np.asarray(picture)


def _take(source: Note[Any]) -> None:
    given = source.get()
    file = given.files[0] if hasattr(given, "files") and given.files else given
    OWN_PICTURE_FAULT.forget()
    if file is None or not hasattr(file, "getvalue"):
        return
    try:
        OWN_PICTURE.set(read(file.getvalue(), file.name))
    except ExplorerError as error:
        OWN_PICTURE_FAULT.set(str(error))
