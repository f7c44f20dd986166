"""Share links: an address shows the same thing again, whatever was chosen, and what it asks for in vain is said."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from explorer.config import compact, parse
from explorer.ui.address.settings import SETTINGS
from explorer.ui.view import View
from explorer.ui.views import RUN_VIEWS, SEQUENCE_VIEWS
from tests.app.charts import sent_charts
from tests.app.pages import go_to_step, open_page

KINDS = ("selectbox", "multiselect", "button_group", "slider", "select_slider", "number_input", "toggle", "text_input")
# what is written into the address by other means, and what is no part of a view: files, cameras, the running training
FOLLOWING = tuple(f"{setting.name}.widget" for setting in SETTINGS if not setting.bound)
OTHERWISE = (*FOLLOWING, "run_choice", "ablated_channels", "graph_pick", "rate-")
NO_VIEW = ("own_picture.", "own_weights", "know-", "topic_links-")
ABLATED = "block1.activation:3,4;block2.activation:1"
PROBE = {"split": "validation", "image": "7", "step": "320"}


def names_of(views: tuple[View[Any], ...]) -> list[str]:
    return [str(view.name) for view in views]


VIEWS = [
    *(("cnn", {"view": view, "edit_weight": "true"}) for view in names_of(RUN_VIEWS)),
    *(("lstm", {"view": view}) for view in names_of(SEQUENCE_VIEWS)),
    ("lstm", {"view": "Interventions", "edited-adding": "value"}),
    ("lstm", {"run": "lstm-on-sunspots", "view": "Output"}),
    ("rnn", {"view": "States"}),
    ("pretrained", {"view": "Transfer"}),
    ("pretrained", {"subject": "Network", "network": "shapes_resnet", "weights": "default", "view": "Kernels"}),
    ("deep_learning", {}),
    ("machine_learning", {}),
]


def widgets(app: AppTest) -> dict[str, Any]:
    """Every widget that chooses something, by its key."""
    return {widget.key: widget for kind in KINDS for widget in getattr(app, kind) if widget.key}


def bound(app: AppTest) -> dict[str, Any]:
    return {key: widget for key, widget in widgets(app).items() if widget.proto.query_param_key == key}


def said(widget: Any) -> str:
    """A widget's value as its address writes it."""
    kind = type(widget).__name__
    if kind == "Selectbox":
        return "" if widget.index is None else str(widget.options[widget.index])
    if kind == "Multiselect":
        return str(widget.options[widget.indices[-1]]) if widget.indices else ""
    if kind == "ButtonGroup":
        return str(widget.options[widget.indices[-1]]) if widget.indices else ""
    if kind == "Toggle":
        return str(widget.value).lower()
    if kind == "SelectSlider":
        return str(widget.format_func(widget.value))
    return f"{widget.value:g}" if isinstance(widget.value, int | float) else str(widget.value)


def another(widget: Any) -> str:
    """Another value than the one it has, as its address writes it; the same where there is no other."""
    kind, now = type(widget).__name__, said(widget)
    if kind in ("Selectbox", "Multiselect", "SelectSlider", "ButtonGroup"):
        return next((str(option) for option in reversed(list(widget.options)) if str(option) != now), now)
    if kind == "Toggle":
        return "false" if widget.value else "true"
    if kind == "TextInput":
        return "[xyz]"
    step = widget.proto.step or 1
    lower = widget.value - step  # there is room for it in smaller layers too
    return f"{lower if widget.min is None or lower >= widget.min else widget.value + step:g}"


def shown(app: AppTest) -> list[Any]:
    """Everything on the page that is no widget: every figure with its numbers, every word, every table."""
    words: list[Element] = [*app.markdown, *app.caption, *app.metric, *app.title, *app.subheader, *app.expander]
    tables = [table.value.to_json() for table in app.dataframe]
    return [
        *sent_charts(app.main),
        *(str(getattr(word, "value", getattr(word, "label", ""))) for word in words),
        *tables,
    ]


@pytest.mark.sample(4)
@pytest.mark.parametrize(("page", "address"), VIEWS, ids=lambda part: part if isinstance(part, str) else str(part))
def test_every_choice_that_shapes_a_view_is_read_from_the_address(page: str, address: dict[str, str]) -> None:
    first = open_page(page, **address)
    form = (f"{page}.", "published.")
    for key in set(widgets(first)) - set(bound(first)):
        assert key.startswith((*OTHERWISE, *NO_VIEW, *form)), f"{key} is not in the address"
    chosen = {key: another(widget) for key, widget in bound(first).items() if key not in (*address, *PROBE)}
    if {"checked_method", "attribution_methods"} <= set(chosen):
        chosen["checked_method"] = chosen["attribution_methods"]  # only a method that is shown is checked
    again = open_page(page, **{**address, **chosen})
    assert not again.error
    found = {key: said(widget) for key, widget in bound(again).items() if key in chosen}
    assert found == {key: chosen[key] for key in found}
    assert len(found) >= min(len(chosen), 1)


@pytest.mark.slow
@pytest.mark.parametrize("view", ["Feature maps", "Predictions", "Health"])
def test_an_address_shows_what_the_clicks_before_it_showed(view: str) -> None:
    app = open_page("cnn", view=view)
    before = shown(app)
    app.selectbox(key="split").set_value("validation").run()
    app.number_input(key="image").set_value(7).run()
    go_to_step(app, 320)
    linked = open_page("cnn", **{"view": view, **PROBE})
    assert shown(linked) == shown(app) != before


def test_layer_map_value_and_ablated_channels_are_shown_again() -> None:
    address = {"layer": "block1.activation", "map": "3"}
    maps = open_page("cnn", **{**address, "field": "true", "value": "block1.activation:3:2,5"})
    assert "block1.activation, channel 3, row 2, column 5" in str(shown(maps))
    channels = open_page("cnn", **{**address, "view": "Channels", "ablated": ABLATED})
    assert channels.multiselect(key="ablated_channels").value == [3, 4]
    assert "block1.activation: 3, 4; block2.activation: 1" in str(shown(channels))


def test_links_of_before_open_the_same_thing() -> None:
    layer = {"layer": "block1.activation", "map": "3", "view": "Channels"}
    before = open_page("cnn", **{**layer, "silent": ABLATED, "sought_iterations": "32", "sought_jitter": "4"})
    now = open_page("cnn", **{**layer, "ablated": ABLATED, "iterations": "32", "jitter": "4"})
    assert before.multiselect(key="ablated_channels").value == [3, 4]
    assert before.slider(key="iterations").value == 32
    assert before.slider(key="jitter").value == 4
    assert shown(before) == shown(now)
    assert before.query_params == now.query_params
    attribution = open_page("cnn", view="Attribution", absent="white", attribution_methods="Saliency")
    assert next(group for group in attribution.button_group if group.key == "baseline").value == "white"


def test_the_blocks_that_are_open_are_open_again() -> None:
    app = open_page("pretrained", subject="Network", view="Network", open="blocks,blocks.1", node="blocks.1")
    assert "**blocks.1**" in str(shown(app))
    closed = open_page("pretrained", subject="Network", view="Network", open="none")
    assert shown(app) != shown(closed)


# ── the run that is prepared ─────────────────────────────────────────────────────────────────────────────────────────
PREPARED: list[tuple[str, dict[str, Any]]] = [
    ("cnn", {"dataset": {"name": "digits"}, "model": {"name": "cnn"}, "training": {"epochs": 7}}),
    (
        "cnn",
        {
            "dataset": {"name": "shapes", "examples": 500},
            "model": {"name": "cnn", "blocks": [{"channels": 4}, {"channels": 8, "pooling": "average"}]},
            "training": {"optimizer": "sgd", "learning_rate": 0.02, "momentum": 0.5},
        },
    ),
    ("lstm", {"dataset": {"name": "parity", "length": 12}, "model": {"name": "gru", "hidden_size": 48}}),
    ("rnn", {"dataset": {"name": "sunspots"}, "model": {"name": "rnn", "layers": 2}, "training": {"seed": 3}}),
    ("pretrained", {"dataset": {"name": "digits"}, "model": {"name": "pretrained", "strategy": "all"}}),
]


@pytest.mark.parametrize(("page", "values"), PREPARED)
def test_a_prepared_run_can_be_shared_before_it_is_trained(page: str, values: dict[str, Any]) -> None:
    config = parse(values)
    app = open_page(page, config=compact(config))
    assert parse(json.loads(str(address_of(app, "config")))) == config
    assert not any("cannot be prepared" in toast.value for toast in app.toast)


@pytest.mark.parametrize("page", ["cnn", "rnn", "lstm", "pretrained"])
def test_an_address_says_nothing_of_a_form_and_a_run_that_are_as_they_are_at_first(page: str) -> None:
    app = open_page(page)
    assert "config" not in app.query_params
    assert "run" not in app.query_params


def test_what_is_chosen_in_the_form_stands_in_the_address_until_it_is_taken_back() -> None:
    app = open_page("cnn")
    app.text_input(key="cnn.training.epochs").set_value("3").run()
    assert json.loads(str(address_of(app, "config")))["training"] == {"epochs": 3}
    app.text_input(key="cnn.training.epochs").set_value("60").run()
    assert "config" not in app.query_params


def address_of(app: AppTest, name: str) -> str:
    value = app.query_params[name]
    return value if isinstance(value, str) else str(value[0])


# ── what cannot be shown ─────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.sample(4)
@pytest.mark.parametrize(
    ("page", "name", "value", "told"),
    [
        ("cnn", "view", "Nonsense", "Nonsense"),
        ("cnn", "image", "99999", "99999"),
        ("cnn", "image", "minus one", "minus one"),
        ("cnn", "split", "holdout", "holdout"),
        ("cnn", "step", "7", "Step 7 was not recorded"),
        ("cnn", "step", "inf", "Step inf was not recorded"),
        ("cnn", "step", "²", "Step ² was not recorded"),
        ("rnn", "example", "inf", "sets example to “inf”"),
        ("cnn", "run", "gone", "no run gone"),
        ("cnn", "layer", "block9.nothing", "block9.nothing"),
        ("cnn", "config", "{", "not a JSON file"),
        ("cnn", "config", '{"training":{"epochs":-4}}', "epochs is -4"),
        ("cnn", "config", '{"dataset":{"name":"parity"},"model":{"name":"lstm"}}', "belongs on another page"),
        ("lstm", "time", "many", "many"),
        ("pretrained", "subject", "Nobody", "Nobody"),
        ("deep_learning", "topic", "Alchemy", "Alchemy"),
    ],
)
def test_an_address_that_asks_for_what_is_not_there_shows_the_page_and_says_so(
    page: str, name: str, value: str, told: str
) -> None:
    app = open_page(page, **{name: value})
    assert not app.error
    assert any(told in toast.value for toast in app.toast), [toast.value for toast in app.toast]
    assert len(app.toast) == 1
    app.run()
    assert not app.exception


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("cnn", {"view": "Feature maps", "image": "0", "split": "test", "errors_first": "false", "step": "2400"}),
        ("deep_learning", {"topic": "The perceptron"}),
        ("lstm", {"view": "Cell", "time": "0"}),
    ],
)
def test_an_address_that_names_the_usual_is_no_fault(page: str, address: dict[str, str]) -> None:
    assert not open_page(page, **address).toast


@pytest.mark.slow
@pytest.mark.parametrize(("page", "address"), VIEWS, ids=lambda part: part if isinstance(part, str) else str(part))
def test_a_number_that_is_none_is_reported_once_and_the_default_is_shown(page: str, address: dict[str, str]) -> None:
    usual = open_page(page, **address)
    numbers = {
        key: widget for key, widget in bound(usual).items() if type(widget).__name__ in ("Slider", "NumberInput")
    }
    asked = open_page(page, **{**address, **dict.fromkeys(numbers, "inf")})
    found = bound(asked)
    assert {key: found[key].value for key in numbers} == {key: widget.value for key, widget in numbers.items()}
    said = [toast.value for toast in asked.toast]
    for key in numbers:
        assert len([text for text in said if f"sets {key.replace('_', ' ')} to “inf”" in text]) == 1
        assert key not in asked.query_params


@pytest.mark.sample(4)
@pytest.mark.parametrize("text", ["nan", "-inf", "1e999", "²", "9" * 400, "0.5", "[]", "a\0b"])
def test_any_nonsense_in_the_place_of_any_setting_draws_the_page(text: str) -> None:
    for page, view in (("cnn", "Convolution"), ("lstm", "Gates")):
        choices = {setting.name: text for setting in SETTINGS if setting.name != "view"}
        assert not open_page(page, **{**choices, "view": view}).exception
