"""A person's own picture in place of the data set's: drawn, or from a file, the clipboard or the camera."""

from typing import Any

import numpy as np
import streamlit as st
import torch
from torch import Tensor
from torchvision.transforms import functional

from explorer.datasets.drawings import coloured_as, convention_of, on_ground, placed_as
from explorer.datasets.picture_files import ENDINGS, open_picture
from explorer.datasets.splits import Splits
from explorer.errors import ExplorerError
from explorer.ui.address.settings import IMAGE
from explorer.ui.address.visit import DRAWINGS_CLEARED, OWN_PICTURE, OWN_PICTURE_FAULT, OWN_PICTURE_SOURCE, Note
from explorer.ui.chart.pad import drawing_pad

ENDINGS_WITHOUT_DOT = [ending.removeprefix(".") for ending in ENDINGS]
MEGABYTES = 20
FILE, PASTED, CAMERA, DRAWN = (OWN_PICTURE_SOURCE.of(kind) for kind in ("file", "pasted", "camera", "drawn"))
LONGEST_SIDE = 1024  # pixels: more than any network here reads


def choose() -> Tensor | None:
    """Draw the widgets; the person's picture in 0…1, or None.

    Returns:
        (3, row, column), or of a drawing (4, row, column): the fourth channel is its opacity.
    """
    with st.popover("Draw or upload", icon=":material/draw:", width="stretch"):
        st.caption("The explorer shows it in this session and does not store it.")
        drawing_pad(DRAWN.key, DRAWINGS_CLEARED.get(), _take_drawing)
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
            st.button("Back to the data set's pictures", icon=":material/undo:", on_click=_forget)
    if OWN_PICTURE_FAULT.noted:
        st.error(OWN_PICTURE_FAULT.get(), icon=":material/block:")
    pixels = OWN_PICTURE.get()
    return None if pixels is None else torch.from_numpy(pixels.copy()).permute(2, 0, 1).float() / 255


def look_at_example(image: int) -> None:
    """Make an example of the data set the probe, in place of an uploaded picture."""
    _forget()
    IMAGE.set(image)


def fitted(pixels: Tensor, splits: Splits, *, inverted: bool) -> Tensor:
    """A person's picture as input of a network trained on these pictures, normalised.

    Where the data are grey objects on an even ground, such as digits, and the picture is one too, it is shown as they
    are: with their ground, whichever of the two is dark, and with an object of their size at their place. Any other
    picture is cropped to their proportions and resized. A drawing on a data set without such a ground is white on the
    mean colour.

    Args:
        pixels: (3, row, column) in 0…1, or of a drawing (4, row, column): the fourth channel is its opacity.
        splits: the data that the network was trained on.
        inverted: whether dark pixels become bright, where the picture does not show by an even ground which it needs.

    Returns:
        (1, channel, row, column).
    """
    channels, height, width = splits.input_shape
    convention = convention_of(splits)
    is_drawing = len(pixels) == 4
    if is_drawing:
        pixels = on_ground(pixels, splits.mean.expand(3) if convention is None else torch.zeros(3))
    if channels == 1:
        pixels = functional.rgb_to_grayscale(pixels)
    shown = None
    if convention is not None:
        keeps_place = not is_drawing and pixels.shape[1:] == (height, width)
        grey = pixels[0]
        shown = coloured_as(convention, grey) if keeps_place else placed_as(convention, grey, height, width)
    if shown is None:
        small = _cropped(pixels, height, width)
        shown = 1 - small if inverted else small
    normalised: Tensor = (shown - splits.mean.view(-1, 1, 1)) / splits.std.view(-1, 1, 1)
    return normalised[None]


def _cropped(pixels: Tensor, height: int, width: int) -> Tensor:
    """The middle of a picture, in other proportions and another size."""
    share = min(pixels.shape[1] / height, pixels.shape[2] / width)
    cut = functional.center_crop(pixels, [max(1, round(height * share)), max(1, round(width * share))])
    resized: Tensor = functional.resize(cut, [height, width], antialias=True)
    return resized.clamp(0, 1)


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


def _take_drawing(drawing: np.ndarray | None) -> None:
    """A drawing as opacities, uint8 (row, column), becomes the picture; None: it was cleared."""
    OWN_PICTURE_FAULT.forget()
    if drawing is None:
        OWN_PICTURE.forget()
    else:
        white = np.full_like(drawing, 255)
        OWN_PICTURE.set(np.stack([white, white, white, drawing], axis=2))


def _forget() -> None:
    OWN_PICTURE.forget()
    DRAWINGS_CLEARED.set(DRAWINGS_CLEARED.get() + 1)
