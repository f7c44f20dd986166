"""A frame holds all that another training step changes on the page."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.charts import sent_charts
from tests.app.test_redraw import EVERY_VIEW

KINDS = ("markdown", "caption", "dataframe", "metric", "selectbox", "slider", "toggle", "button", "multiselect", "imgs")


def page_of(page: str, name: str, place: int, other: int) -> None:
    """A view of a shipped run at one of its recorded steps, and its frame of another one."""
    import streamlit as st

    from explorer.ui.bar.frames import frame_of
    from explorer.ui.redraw import redrawn
    from tests.app.test_redraw import shown_on

    view, subject = shown_on(page, name, place)
    if view.unavailable(subject):
        return
    view.draw(subject)
    rest = redrawn(view, subject).rest
    st.session_state.frame = frame_of(view, subject.at(subject.steps[other]), rest)


def opened(page: str, name: str, place: int, other: int) -> AppTest:
    app = AppTest.from_function(page_of, args=(page, name, place, other), default_timeout=300).run()
    assert not app.exception
    return app


def rest_of(app: AppTest) -> list[str]:
    """What is neither a chart nor words that go along."""
    return [str(element.proto) for kind in KINDS for element in app.main.get(kind)]


@pytest.mark.sample(4)
@pytest.mark.parametrize(("page", "name"), EVERY_VIEW)
def test_a_page_with_a_frame_is_the_page_of_that_step(page: str, name: str) -> None:
    here, there = opened(page, name, -1, 2), opened(page, name, 2, -1)
    frame = here.session_state.frame if "frame" in here.session_state else None
    if frame is None:  # the server draws it
        return
    assert [chart.encode() for chart in frame["charts"].values()] == list(sent_charts(there.main))
    assert frame["html"] == [one.proto.body for one in there.main.get("html")]
    assert rest_of(here) == rest_of(there)


@pytest.mark.parametrize("name", ["Feature maps", "Network", "Kernels", "Embeddings"])
def test_views_of_pictures_that_are_played_change_nothing_but_charts_and_words(name: str) -> None:
    assert opened("cnn", name, -1, 2).session_state.frame


@pytest.mark.parametrize("name", ["States", "Gates", "Gradients"])
def test_views_of_sequences_that_are_played_change_nothing_but_charts_and_words(name: str) -> None:
    assert opened("lstm", name, -1, 2).session_state.frame


def test_the_html_of_a_frame_holds_no_script() -> None:
    tags = set(re.findall("<([a-z]+)", "".join(opened("cnn", "Feature maps", -1, 2).session_state.frame["html"])))
    assert tags <= {"div", "p", "strong"}


def test_a_view_with_a_table_of_numbers_has_no_frames() -> None:
    assert opened("cnn", "Predictions", -1, 2).session_state.frame is None


def test_a_frame_says_the_answer_of_its_step() -> None:
    frame = opened("cnn", "Kernels", -1, 0).session_state.frame
    assert "explorer-verdict" in frame["answer"]
    assert frame["answer"] != opened("cnn", "Kernels", 0, -1).session_state.frame["answer"]
