from typing import get_args

import pytest

from explorer.figures.five_types import type_picture
from explorer.figures.unrolled import Architecture


@pytest.mark.parametrize(
    ("kind", "inputs", "cells", "outputs"),
    [
        ("one-to-one", 1, 1, 1),
        ("one-to-many", 1, 3, 3),
        ("many-to-one", 3, 3, 1),
        ("many-to-many in step", 3, 3, 3),
        ("many-to-many encoder-decoder", 3, 5, 3),
    ],
)
def test_each_type_has_the_boxes_of_the_slide(kind: str, inputs: int, cells: int, outputs: int) -> None:
    chart = type_picture(kind)
    assert [len(boxes.x) for boxes in chart.data[1:]] == [inputs, cells, outputs]
    arrows = sum(size > 0 for size in chart.data[0].marker.size)
    assert arrows == inputs + outputs + cells - 1
    assert chart.layout.title.text == kind.capitalize()


def test_there_is_a_picture_of_every_type() -> None:
    for kind in get_args(Architecture):
        assert type_picture(kind).data
