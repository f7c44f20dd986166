"""What the canvas for drawings sends."""

import base64
from typing import Any

import numpy as np
import pytest

from explorer.errors import ExplorerError
from explorer.ui.chart.pad import SIDE, read


def sent(opacity: np.ndarray) -> dict[str, str]:
    return {"ink": base64.b64encode(opacity.tobytes()).decode()}


def test_a_drawing_arrives_as_opacities() -> None:
    drawing = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
    received = read(sent(drawing))
    assert received is not None
    assert np.array_equal(received, drawing)


def test_an_empty_canvas_is_no_drawing() -> None:
    assert read(sent(np.zeros((SIDE, SIDE), np.uint8))) is None


@pytest.mark.parametrize("message", [{}, {"ink": "no base64!"}, {"ink": 3}, "words", []])
def test_what_is_no_drawing_is_refused(message: Any) -> None:
    with pytest.raises(ExplorerError, match="not readable; clear the canvas"):
        read(message)


def test_a_drawing_of_another_size_is_refused_with_both_sizes() -> None:
    with pytest.raises(ExplorerError, match="has 64 pixels instead of 56 x 56"):
        read(sent(np.ones((8, 8), np.uint8)))
