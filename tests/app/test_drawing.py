"""A drawing in place of the data set's pictures, on the pages that show one."""

import json

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer.models import zoo
from explorer.ui.chart.pad import SIDE
from tests.app.charts import texts
from tests.app.pages import button, open_page


def canvas(app: AppTest) -> dict[str, int]:
    """What the canvas for drawings is told."""
    sent = [one.proto.json for one in app.get("bidi_component") if one.proto.component_name == "explorer_pad"]
    assert len(sent) == 1
    told: dict[str, int] = json.loads(sent[0])
    return told


def line() -> np.ndarray:
    """A vertical line as the canvas gives it: white, (row, column, 4)."""
    drawing = np.full((SIDE, SIDE, 4), 255, np.uint8)
    drawing[:, :, 3] = 0
    drawing[8:48, 25:32, 3] = 255
    return drawing


@pytest.mark.slow
@pytest.mark.parametrize(("page", "address"), [("cnn", {}), ("pretrained", {}), ("pretrained", {"subject": "Network"})])
def test_a_canvas_for_drawings_stands_beside_the_uploads(page: str, address: dict[str, str]) -> None:
    app = open_page(page, **address)
    assert canvas(app) == {"side": SIDE, "cleared": 0}
    assert app.file_uploader(key="own_picture.file")


def test_every_view_shows_the_drawing_until_the_visitor_goes_back() -> None:
    app = open_page("cnn", view="Predictions")
    assert "Prediction: 1 (" not in texts(app)
    app.session_state["own_picture"] = line()
    app.run()
    assert "Prediction: 1 (" in texts(app)
    button(app, "Back to the data set's pictures").click().run()
    assert not app.exception
    assert "Prediction: 1 (" not in texts(app)
    assert canvas(app) == {"side": SIDE, "cleared": 1}  # the browser drops its strokes


def test_a_published_network_reads_a_drawing_white_on_the_mean_colour_of_its_weights() -> None:
    app = open_page("pretrained", subject="Network", view="Predictions")
    app.session_state["own_picture"] = line()
    app.run()
    assert not app.exception
    loaded = zoo.load("shapes_resnet")
    ground = torch.tensor(loaded.transforms.mean).view(3, 1, 1)
    opacity = torch.from_numpy(line()[:, :, 3]) / 255
    with torch.no_grad():
        probabilities = loaded.module(loaded.transforms(ground + (1 - ground) * opacity)[None])[0].softmax(0)
    best = int(probabilities.argmax())
    assert f"Prediction: {loaded.class_names[best]} ({float(probabilities[best]):.1%})" in texts(app)


def test_a_transferred_network_reads_a_drawing_too() -> None:
    app = open_page("pretrained", view="Predictions")
    assert ", label: " in texts(app)
    app.session_state["own_picture"] = line()
    app.run()
    assert not app.exception
    assert not app.error
    assert ", label: " not in texts(app)
