import numpy as np
import pytest

from explorer.figures import tiles

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("count", [1, 5, 16])
def test_each_map_is_in_the_sheet_with_its_own_scale(count: int) -> None:
    maps = RANDOM.normal(size=(count, 4, 3)) * RANDOM.uniform(0.1, 10, (count, 1, 1))
    drawn = tiles.feature_maps(np.zeros((4, 3, 1), np.uint8), maps, "Maps")
    sheet = drawn.data[1].z
    per_row = int(np.ceil(np.sqrt(count)))
    for number, values in enumerate(maps):
        row, column = number // per_row * 5, number % per_row * 4
        shown = sheet[row : row + 4, column : column + 3]
        np.testing.assert_allclose(shown, values / np.abs(values).max(), rtol=1e-6)
    assert np.isfinite(sheet).sum() == maps.size


def test_pictures_are_in_rows_and_each_says_whether_it_is_correct() -> None:
    pictures = RANDOM.integers(0, 256, (5, 6, 6, 3)).astype(np.uint8)
    drawn = tiles.predictions(pictures, np.array([True, False, True, True, False]), "Predictions")
    sheet = drawn.data[0].z
    np.testing.assert_array_equal(np.asarray(sheet)[7:13, 7:13, :3], pictures[4])
    assert list(drawn.data[1].text) == ["✓", "✗", "✓", "✓", "✗"]
    assert "3 of 5 pictures are classified correctly" in drawn.layout.meta["description"]


def test_units_are_ordered_by_their_mean_and_none_is_lost() -> None:
    values = RANDOM.normal(size=(7, 5))
    shown = tiles.states(values, "States").data[0].z
    means = shown.mean(axis=1)
    assert (np.diff(means) <= 1e-6).all()
    np.testing.assert_allclose(np.sort(shown, axis=None), np.sort(values, axis=None).astype(np.float32))


def test_gates_share_one_scale_from_closed_to_open() -> None:
    values = {name: RANDOM.uniform(size=(4, 6)) for name in ("forget_gate", "input_gate")}
    drawn = tiles.gates(values, ["forget", "input"], "Gates")
    assert [(trace.zmin, trace.zmax) for trace in drawn.data] == [(0, 1), (0, 1)]
    assert ["forget" in drawn.layout.annotations[0].text, "input" in drawn.layout.annotations[1].text] == [True, True]
