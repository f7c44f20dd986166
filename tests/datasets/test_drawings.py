"""A person's picture, shown as the data set shows its own: with its ground, its size, its place and its contrast."""

import pytest
import torch
from torch import Tensor

from explorer.config import parse
from explorer.datasets import load
from explorer.datasets.drawings import Convention, coloured_as, convention_of, on_ground, placed_as
from explorer.datasets.splits import Pair, Splits

BAR = torch.zeros(12, 12)
BAR[2:8, 5:7] = 1.0  # 6 rows by 2 columns; the middle lies at row 5, column 6
CONVENTION = Convention(ground=0.0, sign=1, peak=1.0, size=6.0, centre=(5 / 12, 6 / 12))
OTHER_WAY_ROUND = Convention(ground=1.0, sign=-1, peak=1.0, size=6.0, centre=(5 / 12, 6 / 12))


def splits(pictures: Tensor) -> Splits:
    """Pictures (example, channel, row, column) in 0…1 as a data set."""
    channels = pictures.shape[1]
    mean, std = torch.full((channels,), 0.25), torch.full((channels,), 0.5)
    pair = Pair((pictures - 0.25) / 0.5, torch.zeros(len(pictures), dtype=torch.long))
    return Splits("any", pair, pair, pair, ("a", "b"), mean, std)


def drawn(rows: slice, columns: slice, side: int = 60) -> Tensor:
    picture = torch.zeros(side, side)
    picture[rows, columns] = 1.0
    return picture


def test_the_convention_of_bars_is_their_ground_their_length_and_their_middle() -> None:
    found = convention_of(splits(BAR.expand(3, 1, 12, 12)))
    assert found is not None
    assert (found.ground, found.sign, found.peak, found.size) == (0.0, 1, 1.0, 6.0)
    assert found.centre == pytest.approx(CONVENTION.centre)


def test_dark_bars_on_light_ground_have_the_opposite_sign() -> None:
    found = convention_of(splits(1 - BAR.expand(3, 1, 12, 12)))
    assert found is not None
    assert (found.ground, found.sign, found.size) == (1.0, -1, 6.0)


def test_the_digits_are_bright_on_black_and_fill_their_eight_rows() -> None:
    digits = load(parse({"dataset": {"name": "digits"}, "model": {"name": "cnn"}}).dataset)
    assert isinstance(digits, Splits)
    found = convention_of(digits)
    assert found is not None
    assert (found.ground, found.sign, found.peak, found.size) == (0.0, 1, 1.0, 8.0)
    assert found.centre == pytest.approx((0.5, 0.5), abs=0.05)


@pytest.mark.parametrize(
    "pictures",
    [
        BAR.expand(3, 3, 12, 12),  # colours
        torch.full((3, 1, 12, 12), 0.5),  # nothing to be seen
        torch.linspace(0, 1, 3 * 144).reshape(3, 1, 12, 12),  # no even ground
    ],
    ids=["colours", "empty", "photographs"],
)
def test_other_data_have_no_convention(pictures: Tensor) -> None:
    assert convention_of(splits(pictures)) is None


@pytest.mark.parametrize("convention", [CONVENTION, OTHER_WAY_ROUND], ids=["bright objects", "dark objects"])
@pytest.mark.parametrize("dark_on_light", [False, True])
@pytest.mark.parametrize("place", [(0, 0), (25, 50), (40, 3)])
def test_a_bar_of_any_size_and_place_becomes_the_data_sets_bar(
    convention: Convention, dark_on_light: bool, place: tuple[int, int]
) -> None:
    bar = drawn(slice(place[0], place[0] + 18), slice(place[1], place[1] + 6))  # three times as large
    found = placed_as(convention, 1 - bar if dark_on_light else bar, 12, 12)
    expected = BAR if convention is CONVENTION else 1 - BAR
    assert found is not None
    torch.testing.assert_close(found, expected[None], atol=0.02, rtol=0)


def test_faint_strokes_get_the_contrast_of_the_data() -> None:
    faint = CONVENTION._replace(peak=0.75)
    found = placed_as(faint, 0.4 * drawn(slice(20, 38), slice(20, 26)), 12, 12)
    assert found is not None
    torch.testing.assert_close(found, 0.75 * BAR[None], atol=0.02, rtol=0)


def test_an_object_that_would_leave_the_picture_stays_within_it() -> None:
    corner = CONVENTION._replace(centre=(1.0, 1.0))
    found = placed_as(corner, drawn(slice(20, 38), slice(20, 26)), 12, 12)
    assert found is not None
    torch.testing.assert_close(found[0, 6:, 10:], torch.ones(6, 2), atol=0.02, rtol=0)
    assert float(found.sum()) == pytest.approx(12, abs=0.2)


def test_a_picture_of_the_data_sets_own_size_changes_its_colours_alone() -> None:
    found = coloured_as(CONVENTION, 1 - 0.5 * BAR.roll((3, 4), (0, 1)))
    assert found is not None
    torch.testing.assert_close(found, 0.5 * BAR.roll((3, 4), (0, 1))[None])


@pytest.mark.parametrize("grey", [torch.full((20, 20), 0.3), torch.linspace(0, 1, 400).reshape(20, 20)])
def test_a_blank_sheet_and_a_photograph_are_no_drawings(grey: Tensor) -> None:
    assert placed_as(CONVENTION, grey, 12, 12) is None
    assert coloured_as(CONVENTION, grey) is None


def test_a_drawing_lies_on_the_colour_below_it() -> None:
    opacity = torch.tensor([[0.0, 0.5, 1.0]])
    shown = on_ground(torch.stack([*[torch.ones(1, 3)] * 3, opacity]), torch.tensor([0.2, 0.4, 0.6]))
    torch.testing.assert_close(shown[:, 0], torch.tensor([[0.2, 0.6, 1.0], [0.4, 0.7, 1.0], [0.6, 0.8, 1.0]]))
