"""What an address can hold, read and written."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from explorer.ui.address.settings import (
    ABLATED,
    MAP,
    OPEN_BLOCKS,
    PLACE,
    SETTINGS,
    Setting,
    codec_of,
    finite,
    whole,
)

NAMES = st.from_regex(r"[a-z][a-z0-9_.#]{0,12}", fullmatch=True)
NUMBERS = st.integers(0, 5000)
VALUES: dict[str, tuple[Setting[Any], st.SearchStrategy[Any]]] = {
    "map": (MAP, NUMBERS),
    "value": (PLACE, st.tuples(NAMES, NUMBERS, NUMBERS, NUMBERS)),
    "open": (OPEN_BLOCKS, st.lists(NAMES, min_size=1, unique=True).map(tuple)),
    "ablated": (
        ABLATED,
        st.dictionaries(NAMES, st.lists(NUMBERS, min_size=1, unique=True).map(sorted), min_size=1, max_size=4),
    ),
}


@pytest.mark.parametrize("name", VALUES)
@given(data=st.data())
def test_what_is_written_into_an_address_is_read_again(name: str, data: st.DataObject) -> None:
    setting, values = VALUES[name]
    value = data.draw(values)
    assert setting.read(setting.write(value)) == value


def test_links_name_a_value_and_channels_as_they_always_did() -> None:
    assert PLACE.write(("block1.activation", 3, 2, 5)) == "block1.activation:3:2,5"
    assert ABLATED.write({"block1.activation": [5, 2], "head": []}) == "block1.activation:2,5"


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: one.name)
@given(text=st.text(max_size=30))
def test_nonsense_in_an_address_is_refused_or_read_and_never_crashes(setting: Setting[Any], text: str) -> None:
    try:
        setting.read(text)
    except ValueError:
        return


NO_NUMBERS = ["inf", "-inf", "nan", "1e999", "9" * 5000, "²", "0x10", "one", "\0"]


@pytest.mark.parametrize("text", NO_NUMBERS, ids=lambda text: repr(text[:9]))
def test_a_number_of_an_address_is_finite_and_one_that_counts_is_whole(text: str) -> None:
    for codec in (whole, finite, codec_of(0), codec_of(0.5)):
        with pytest.raises(ValueError, match=r"number|finite|convert"):
            codec(text)


def test_a_whole_number_has_no_fraction_and_fits_a_browser() -> None:
    assert [whole(text) for text in ("0", "-3", "7.0", "9007199254740991")] == [0, -3, 7, 2**53 - 1]
    for text in ("0.5", "9007199254740992", "1e300"):
        with pytest.raises(ValueError, match="whole number"):
            whole(text)
    assert finite("1e300") == 1e300
    assert codec_of("digits")("inf") == "inf"


def page() -> None:
    import streamlit as st

    from explorer.ui.address.settings import ABLATED, LAYER, MAP, PLACE, TIME, drop_choices_of_run
    from explorer.ui.widgets import pick_from_list, slide

    slide(TIME, "Time", st.session_state.get("steps", 10))
    pick_from_list(LAYER, "Layer", st.session_state.get("layers", ["a", "b"]))
    st.button("another layer", on_click=LAYER.set, args=("b",))
    st.button("another run", on_click=drop_choices_of_run)
    st.text(f"{TIME.get()} {LAYER.get()} {MAP.get()} {PLACE.get()} {ABLATED.get()}")


def said(app: AppTest) -> str:
    assert not app.exception
    return str(app.text[0].value)


def test_a_click_a_widget_and_a_link_change_the_same_setting() -> None:
    app = AppTest.from_function(page)
    app.query_params["layer"] = "b"
    app.query_params["map"] = "3"
    assert said(app.run()) == "0 b 3 None {}"
    assert said(app.selectbox(key="layer.widget").set_value("a").run()) == "0 a 0 None {}"  # its first map
    assert said(app.button[0].click().run()) == "0 b 0 None {}"
    assert app.selectbox(key="layer.widget").value == "b"


def test_another_run_drops_what_means_something_else_in_it_and_nothing_more() -> None:
    app = AppTest.from_function(page)
    for name, value in {"layer": "b", "value": "b:0:1,1", "ablated": "b:1"}.items():
        app.query_params[name] = value
    assert said(app.run()) == "0 b 0 ('b', 0, 1, 1) {'b': [1]}"
    assert said(app.button[1].click().run()) == "0 b 0 None {}"


def test_a_choice_survives_fewer_options_by_the_nearest_that_is_left() -> None:
    app = AppTest.from_function(page).run()
    app.slider(key="time").set_value(8).run()
    app.session_state["steps"] = 5
    assert said(app.run()).startswith("4 ")
    app.session_state["layers"] = ["c"]
    app.query_params["layer"] = "b"
    assert app.run().selectbox(key="layer.widget").value == "c"
