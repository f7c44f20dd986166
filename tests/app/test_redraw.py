"""A view that is drawn once more aside: its charts, and no trace on the page."""

import json
from functools import cache
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.errors import ExplorerError
from explorer.training.run import ReadableRun, Run
from explorer.ui.address.aside import aside
from explorer.ui.film.reel import film_of
from explorer.ui.redraw import Drawn
from explorer.ui.subject import choose_picture, choose_published, choose_sequence
from explorer.ui.view import View
from explorer.ui.views import ONE_TO_ONE_VIEWS, RUN_VIEWS, SEQUENCE_VIEWS, TRANSFER_VIEWS
from tests.app.charts import read, sent_charts
from tests.app.pages import ROOT

SHIPPED: dict[str, tuple[str, tuple[View[Any], ...]]] = {
    "cnn": ("cnn-on-digits", RUN_VIEWS),
    "pretrained": ("pretrained-on-digits", TRANSFER_VIEWS),
    "lstm": ("lstm-on-adding", SEQUENCE_VIEWS),
    "decoder": ("lstm-on-reverse", SEQUENCE_VIEWS),
    "mlp": ("mlp-on-digits", ONE_TO_ONE_VIEWS),
}
EVERY_VIEW = [(page, view.name) for page, (_, views) in SHIPPED.items() for view in views]


def shown_on(page: str, name: str, place: int | None = None) -> tuple[View[Any], Any]:
    """A view, and a shipped run as its page shows it: at one of its recorded steps, or at the one in the middle."""
    choose: Any = {
        "cnn": choose_picture.choose_subject,
        "mlp": choose_picture.choose_subject,
        "pretrained": choose_published.transfer_subject,
    }.get(page, choose_sequence.choose_subject)
    folder, views = SHIPPED[page]
    run = Run.open(ROOT / "sample_data/runs" / folder)
    assert isinstance(run, ReadableRun)
    subject = choose(run, run.steps[len(run.steps) // 2 if place is None else place], run.steps)
    return next(view for view in views if view.name == name), subject


def page_of(page: str, name: str) -> None:
    """A view of a shipped run at a step in the middle; aside it was drawn at the first one, and is once more."""
    from dataclasses import replace

    import streamlit as st

    from explorer.ui.redraw import figures_of
    from tests.app.test_redraw import choices, shown_on

    view, subject = shown_on(page, name)
    reason = view.unavailable(subject)
    if reason:
        st.info(reason)
        return
    before = choices()
    earlier = figures_of(view, replace(subject, step=subject.steps[0]))
    assert choices() == before
    view.draw(subject)
    before = choices()
    now = figures_of(view, subject)
    assert choices() == before
    st.session_state.aside = [earlier, now]


def choices() -> tuple[dict[str, str], dict[str, str]]:
    """What the visit keeps, and the address."""
    return {str(key): repr(value) for key, value in st.session_state.items()}, st.query_params.to_dict()


@cache
def opened(page: str, name: str, **address: str) -> AppTest:
    app = AppTest.from_function(page_of, args=(page, name), default_timeout=300)
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def as_sent(one: Drawn) -> tuple[str, str, dict[str, Any]]:
    return one.kind, one.reading, json.loads(str(one.figure.to_json()))


def on_the_page(app: AppTest) -> list[tuple[str, str, dict[str, Any]]]:
    return [(one.kind, one.reading, one.figure) for one in map(read, sent_charts(app.main))]


@pytest.mark.sample(4)
@pytest.mark.parametrize(("page", "name"), EVERY_VIEW)
def test_every_view_drawn_aside_hands_over_the_charts_of_the_page_and_changes_no_choice(page: str, name: str) -> None:
    app = opened(page, name)
    if "aside" not in app.session_state:  # the view has nothing to show
        assert len(app.info) == 1
        return
    again = app.session_state.aside[-1]
    assert [as_sent(one) for one in again] == on_the_page(app)
    assert len({one.key for one in again}) == len(again)


@pytest.mark.parametrize(("page", "name"), EVERY_VIEW)
def test_every_view_is_a_film_or_says_why_it_is_none(page: str, name: str) -> None:
    app = opened(page, name)
    if "aside" not in app.session_state:
        return
    frames = app.session_state.aside
    first, now = ([as_sent(one) for one in charts] for charts in frames)
    if first == now:
        with pytest.raises(ExplorerError, match="nothing to film"):
            film_of("a run", name, [0, 8], frames)
        return
    reels = json.loads(film_of("a run", name, [0, 8], frames).to_json())["reels"]
    for number, charts in enumerate((first, now)):
        shown = [reel["figures"][reel["frames"][number][0]] for reel in reels if reel["frames"][number]]
        assert sorted(map(str, shown)) == sorted(str(figure) for _, _, figure in charts)


def test_another_step_has_other_numbers_and_the_same_choices() -> None:
    app = opened("cnn", "Feature maps", scale="each map", every_layer="true", layer="block2.convolution", map="3")
    first, now = ([as_sent(one)[2] for one in found] for found in app.session_state.aside)
    titles = [[figure["layout"].get("title", {}).get("text") for figure in step] for step in (first, now)]
    assert titles[0] == titles[1]
    assert "block2.convolution, map 3" in titles[0]
    assert any("norm" in str(title) for title in titles[0])
    assert first[0] == now[0]  # the input
    assert all(one != other for one, other in zip(first[1:], now[1:], strict=True))


def test_a_chart_tells_the_share_of_the_width_that_its_column_takes() -> None:
    shares = {one.key: one.share for one in opened("cnn", "Feature maps").session_state.aside[-1]}
    assert shares["input"] == pytest.approx(3 / 4.2 / 3)  # a third of the maps' column, which stands beside another
    [graph] = opened("cnn", "Network").session_state.aside[-1]
    assert graph.share == pytest.approx(3 / 5)  # beside what is chosen in it


def test_a_button_that_is_pressed_on_the_page_is_not_pressed_aside() -> None:
    app = AppTest.from_function(pressed).run()
    app.button[0].click().run()
    assert app.session_state.found == [False, True, False]
    assert not app.session_state.changed_on_the_page
    assert [one.type for one in app.main.children.values()] == ["button"]
    assert not app.toast


def pressed() -> None:
    import streamlit as st

    from explorer.ui.address.aside import aside

    def work() -> bool:
        st.toast("heard")
        st.session_state.changed = True
        return st.button("Press")

    st.session_state.found = [aside(work), st.button("Press"), aside(work)]
    st.session_state.changed_on_the_page = "changed" in st.session_state


def test_a_view_that_has_nothing_to_show_is_refused_with_its_reason() -> None:
    app = AppTest.from_function(refused).run()
    assert not app.exception
    assert [one.value for one in app.error] == ["There are no gates here."]


def refused() -> None:
    import streamlit as st

    from explorer.errors import ExplorerError
    from explorer.ui.redraw import figures_of
    from explorer.ui.view import View, ViewName

    view: View[int] = View(ViewName.GATES, "", lambda subject: None, lambda subject: "There are no gates here.")
    try:
        figures_of(view, 3)
    except ExplorerError as error:
        st.error(str(error))


def test_outside_a_page_nothing_stands_aside() -> None:
    with pytest.raises(RuntimeError, match="while a page is drawn"):
        aside(lambda: None)
