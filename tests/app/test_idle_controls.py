"""A control that cannot act is off, with the reason, or is not there."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from explorer.config import compact, parse
from explorer.ui.views.attribution.choose import METHODS, why_not
from explorer.ui.views.attribution.computed import Facts
from tests.app.pages import button, open_page


def with_own_picture(app: AppTest) -> AppTest:
    picture = BytesIO()
    Image.fromarray(np.full((20, 20, 3), 200, np.uint8)).save(picture, "png")
    app.file_uploader(key="own_picture.file").upload("own.png", picture.getvalue(), "image/png").run()
    assert not app.exception
    return app


def test_the_number_of_the_image_is_off_while_an_uploaded_picture_is_the_probe() -> None:
    app = open_page("cnn", view="Predictions")
    assert not app.number_input(key="image").disabled
    with_own_picture(app)
    assert app.number_input(key="image").disabled
    assert "Back to the data set's pictures" in app.number_input(key="image").help
    button(app, "Back to the data set's pictures").click().run()
    assert not app.number_input(key="image").disabled


def test_a_click_on_an_example_takes_the_place_of_an_uploaded_picture() -> None:
    app = AppTest.from_function(_look_at_five)
    app.session_state["own_picture"] = np.zeros((2, 2, 3), np.uint8)
    app.run()
    assert not app.exception
    assert "own_picture" not in app.session_state
    assert app.session_state["image"] == 5


def _look_at_five() -> None:
    from explorer.ui.subject.own_picture import look_at_example

    look_at_example(5)


# ── attribution ──────────────────────────────────────────────────────────────────────────────────────────────────────
CNN = Facts(large=False, transformer=False, layers=("block1",), layer="block1")
TRANSFORMER = Facts(large=False, transformer=True, layers=("encoder",), layer="encoder")
FLAT = Facts(large=False, transformer=False, layers=(), layer="")


@pytest.mark.parametrize(
    ("facts", "impossible"),
    [(CNN, {"attention_rollout"}), (TRANSFORMER, set()), (FLAT, {"attention_rollout", "grad_cam"})],
)
def test_a_method_is_offered_where_it_can_give_a_map(facts: Facts, impossible: set[str]) -> None:
    assert {method for method in METHODS if why_not(method, facts)} == impossible


# ── answers that are neither right nor wrong ─────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("data", "known"), [("shapes", True), ("digits", False)])
def test_right_or_wrong_is_a_colour_only_where_the_network_knows_the_classes(data: str, known: bool) -> None:
    dataset = {"name": data, "classes": "pretraining", "examples": 400} if known else {"name": data}
    pictures = compact(parse({"dataset": dataset}))
    app = open_page("pretrained", subject="Network", view="Embeddings", pictures=pictures)
    assert not app.error
    assert ("map_colour" in {group.key for group in app.button_group}) == known


# ── buttons with nothing to do ───────────────────────────────────────────────────────────────────────────────────────
def test_restore_all_is_off_while_no_channel_is_ablated() -> None:
    app = open_page("cnn", view="Channels")
    assert button(app, "Restore all").disabled
    next(one for one in app.button if one.label.startswith("Ablate channel")).click().run()
    assert not button(app, "Restore all").disabled
    button(app, "Restore all").click().run()
    assert button(app, "Restore all").disabled


def test_open_all_and_close_all_are_off_where_all_blocks_are_open_or_closed() -> None:
    app = open_page("cnn", view="Network", open="none")
    assert button(app, "Close all").disabled
    button(app, "Open all").click().run()
    assert button(app, "Open all").disabled
    assert not button(app, "Close all").disabled
