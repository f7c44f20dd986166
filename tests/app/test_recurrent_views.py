"""The views of the recurrent pages, each for what it says, run without a browser."""


from streamlit.testing.v1 import AppTest

from explorer.ui.recurrent.walk import EVERY, Walk, advanced
from tests.app.test_pages import button, open_page, runs, slider

__all__ = ["runs"]


def playing(app: AppTest) -> bool:
    return any(widget.label == "Pause playing" for widget in app.button)


def test_play_walks_on_from_the_chosen_step_and_a_pause_leaves_every_view_there() -> None:
    app = open_page("lstm", time="3")
    button(app, "Play").click().run()
    assert not app.exception
    assert playing(app)
    app.session_state["walk"] = advanced(app.session_state["walk"], 1e9, 50)
    button(app, "Pause playing").click().run()
    assert not app.exception
    assert not playing(app)
    assert slider(app, "Time step").value == 4
    assert "walk" not in app.session_state


def test_forward_while_it_plays_goes_on_from_there() -> None:
    app = open_page("lstm")
    button(app, "Play").click().run()
    button(app, "Forward").click().run()
    assert playing(app)
    assert slider(app, "Time step").value == 1


def test_a_slider_that_is_moved_while_it_plays_takes_the_walk_along() -> None:
    app = open_page("lstm")
    button(app, "Play").click().run()
    slider(app, "Time step").set_value(20).run()
    assert playing(app)
    assert slider(app, "Time step").value == app.session_state["walk"].time == 20


def test_another_view_ends_the_walk_where_it_was() -> None:
    app = open_page("lstm")
    button(app, "Play").click().run()
    app.session_state["walk"] = advanced(app.session_state["walk"], 1e9, 50)
    app.session_state["view"] = "Gates"
    app.run()
    assert not app.exception
    assert not playing(app)
    assert slider(app, "Time step").value == 1


def test_a_walk_moves_one_step_a_second_and_ends_at_the_last() -> None:
    walk = Walk(time=3, slider=3, moved=100.0)
    assert advanced(walk, 100.0 + EVERY / 2, 6) == walk
    assert advanced(walk, 100.0 + EVERY, 6) == Walk(4, 3, 100.0 + EVERY)
    assert advanced(walk, 100.0 + EVERY, 5).ended
    assert advanced(advanced(walk, 101.0, 6), 102.0, 6) == Walk(5, 3, 102.0, ended=True)


def test_played_again_at_the_end_it_begins_at_the_first_step() -> None:
    app = open_page("lstm", time="49")
    button(app, "Play").click().run()
    assert slider(app, "Time step").value == 0
