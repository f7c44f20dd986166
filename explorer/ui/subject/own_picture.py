"""A picture of the person's own, in place of the data set's: from a file, from the clipboard, or from the camera."""

from io import BytesIO
from typing import Any

import numpy as np
import streamlit as st
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor
from torchvision.transforms import functional

from explorer.datasets.splits import Splits

ENDINGS = ("png", "jpg", "jpeg", "webp", "bmp", "gif")
MEGABYTES = 20
LONGEST_SIDE = 1024  # pixels that are kept: more than any network here reads
KEPT, FAULT = "own_picture", "own_picture.fault"


def choose() -> Tensor | None:
    """The widgets, and the picture that was handed over: (3, row, column) in 0…1; None where there is none."""
    with st.popover("Your own picture", icon=":material/add_photo_alternate:", width="stretch"):
        st.caption("It is looked at here and now, and not kept.")
        st.file_uploader(
            "From a file",
            type=list(ENDINGS),
            key="own_picture.file",
            max_upload_size=MEGABYTES,
            on_change=_take,
            args=("own_picture.file",),
        )
        st.chat_input(
            "Paste a picture here, and send it",
            accept_file=True,
            file_type=list(ENDINGS),
            key="own_picture.pasted",
            on_submit=_take,
            args=("own_picture.pasted",),
            max_upload_size=MEGABYTES,
        )
        if st.toggle("From the camera", key="own_picture.wants_camera"):
            st.camera_input("Camera", key="own_picture.camera", on_change=_take, args=("own_picture.camera",))
        if KEPT in st.session_state:
            st.button("Back to the data set's pictures", icon=":material/undo:", on_click=_forget)
    if FAULT in st.session_state:
        st.error(st.session_state[FAULT], icon=":material/block:")
    kept = st.session_state.get(KEPT)
    return None if kept is None else torch.from_numpy(kept.copy()).permute(2, 0, 1).float() / 255


def fitted(pixels: Tensor, splits: Splits, *, inverted: bool) -> Tensor:
    """A picture as a network reads it that was trained on these pictures: cut to their proportions, shrunk, normalised.

    Args:
        pixels: (3, row, column) in 0…1.
        splits: whose size, channels, mean and deviation count.
        inverted: whether dark becomes bright, as for dark strokes on white paper.

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
    normalised: Tensor = (shown - splits.mean.view(-1, 1, 1)) / splits.deviation.view(-1, 1, 1)
    return normalised[None]


def read(content: bytes) -> np.ndarray:
    """A picture file as uint8 (row, column, 3), upright, its longest side at most ``LONGEST_SIDE``.

    Raises:
        ValueError: where it is no picture, or one of more pixels than is safe to unpack; the message says so.
    """
    try:
        with Image.open(BytesIO(content)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            return np.asarray(upright)
    except Image.DecompressionBombError as error:
        raise ValueError(f"The picture is too large: {error}. Choose one of fewer pixels.") from error
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError(f"This is no picture that can be read: choose a file of {', '.join(ENDINGS)}.") from error


def _take(key: str) -> None:
    given: Any = st.session_state[key]
    file = given.files[0] if hasattr(given, "files") and given.files else given
    st.session_state.pop(FAULT, None)
    if file is None or not hasattr(file, "getvalue"):
        return
    try:
        st.session_state[KEPT] = read(file.getvalue())
    except ValueError as error:
        st.session_state[FAULT] = str(error)


def _forget() -> None:
    st.session_state.pop(KEPT, None)
