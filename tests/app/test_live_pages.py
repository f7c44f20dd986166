"""Every topic's button opens a page that shows the data, the network and the view that the topic is about."""

from pathlib import Path
from typing import NamedTuple

import pytest
from streamlit.testing.v1 import AppTest

from explorer.config import RunConfig, parse
from explorer.learn import ROADMAPS, load
from explorer.training.examples import SHIPPED
from explorer.training.run import ReadableRun, Run
from explorer.ui.address.pages import PLACES
from tests.app.charts import read, sent_charts
from tests.app.pages import finished_sequence_run, open_page, run_shown


class Shown(NamedTuple):
    """What a topic is about: by the names of the configuration, and of the tab."""

    dataset: str
    network: str
    view: str


SHOWN = {
    "activation-functions": Shown("digits", "cnn", "Health"),
    "stochastic-gradient-descent": Shown("digits", "cnn", "Health"),
    "momentum": Shown("digits", "cnn", "Health"),
    "adam": Shown("digits", "cnn", "Health"),
    "learning-rate-schedules": Shown("digits", "cnn", "Health"),
    "back-propagation": Shown("digits", "cnn", "Health"),
    "dropout": Shown("digits", "cnn", "Health"),
    "weight-decay": Shown("digits", "cnn", "Kernels"),
    "batch-normalisation": Shown("digits", "cnn", "Convolution"),
    "convolution": Shown("digits", "cnn", "Convolution"),
    "stride-padding-pooling": Shown("digits", "cnn", "Convolution"),
    "receptive-field": Shown("digits", "cnn", "Feature maps"),
    "convolutional-networks": Shown("digits", "cnn", "Feature maps"),
    "initialisation": Shown("digits", "cnn", "Feature maps"),
    "loss-functions": Shown("digits", "cnn", "Predictions"),
    "one-to-one": Shown("digits", "cnn", "Predictions"),
    "residual-networks": Shown("shapes", "pretrained", "Network"),
    "transfer-learning": Shown("shapes", "pretrained", "Transfer"),
    "learned-features": Shown("shapes", "pretrained", "Channels"),
    "attribution-maps": Shown("shapes", "pretrained", "Attribution"),
    "recurrent-networks": Shown("adding", "rnn", "Cell"),
    "back-propagation-through-time": Shown("adding", "rnn", "Gradients"),
    "vanishing-gradients": Shown("adding", "rnn", "Gradients"),
    "many-to-one": Shown("adding", "rnn", "Output"),
    "one-to-many": Shown("digit_drawing", "rnn", "Output"),
    "many-to-many": Shown("bracket_depth", "rnn", "Output"),
    "encoder-decoder": Shown("reverse", "lstm", "Output"),
    "lstm": Shown("adding", "lstm", "Cell"),
    "gru": Shown("flip_flop", "gru", "Cell"),
    "bidirectional-and-stacked": Shown("parity", "lstm", "States"),
    "multilayer-perceptron": Shown("digits", "mlp", "Cell"),
    "neighbour-embeddings": Shown("shapes", "pretrained", "Embeddings"),
    "gradient-descent": Shown("digits", "cnn", "Health"),
    "hyper-parameters": Shown("digits", "cnn", "Health"),
    "overfitting": Shown("digits", "cnn", "Health"),
    "sampling": Shown("digits", "cnn", "Data"),
    "splits": Shown("digits", "cnn", "Data"),
    "calibration": Shown("digits", "cnn", "Predictions"),
    "confusion-matrix": Shown("digits", "cnn", "Predictions"),
    "softmax-regression": Shown("digits", "cnn", "Predictions"),
}
WITHOUT_A_RUN = {"imagenet-networks", "comparing-models"}
LIVE = {topic.id: (name, topic) for name in ROADMAPS for topic in load(name).topics.values() if topic.page}


def press(topic: str, app: AppTest | None = None) -> AppTest:
    """The page that a topic's button opens."""
    name, one = LIVE[topic]
    app = app or open_page(name, topic=topic)
    app.button(key=f"live-{topic}").click().run()
    assert not app.exception
    assert not app.error
    assert app.title[0].value == PLACES[one.page_name].title
    return app


def shipped(app: AppTest) -> ReadableRun:
    run = Run.open(SHIPPED / run_shown(app))
    assert isinstance(run, ReadableRun)
    return run


def test_every_live_topic_is_held_to_what_it_is_about() -> None:
    assert set(LIVE) == set(SHOWN) | WITHOUT_A_RUN


@pytest.mark.sample(4)
@pytest.mark.parametrize("topic", SHOWN)
def test_the_button_opens_the_data_the_network_and_the_view(topic: str) -> None:
    app = press(topic)
    config = shipped(app).config
    assert Shown(config.dataset.name, config.model.name, str(app.session_state["view"])) == SHOWN[topic]
    for name, value in LIVE[topic][1].page_settings.items():
        if name in app.session_state:
            assert str(app.session_state[name]).lower() == value.lower()
        elif name not in ("step", "time"):  # at their defaults
            assert app.query_params[name] in (value, [value])
    if {"dataset", "model"} & set(LIVE[topic][1].prepares):
        assert_same_kind(config, parse(LIVE[topic][1].prepares))


def assert_same_kind(shown: RunConfig, prepared: RunConfig) -> None:
    """The run that opens is of the kind of the one that the topic prepares."""
    assert shown.dataset == prepared.dataset
    assert type(shown.model) is type(prepared.model)
    if shown.model.name != "cnn":  # a CNN's topics change one number, such as the dropout, and say so
        assert shown.model == prepared.model


@pytest.mark.parametrize(
    ("topic", "chart"), [("gru", "cell-gru"), ("lstm", "cell-lstm"), ("recurrent-networks", "cell-rnn")]
)
def test_a_cells_topic_draws_this_cell_whatever_was_shown_before(topic: str, chart: str, runs: Path) -> None:
    for cell in ("rnn", "gru", "lstm"):  # of the visitor's own, on other data
        finished_sequence_run(
            runs, {"dataset": {"name": "parity", "examples": 500, "length": 8}, "model": {"name": cell}}
        )
    page = LIVE[topic][1].page_name
    app = open_page(page, view="Cell")
    app.switch_page("screens/deep_learning.py").run()
    app.selectbox(key="topic").select(topic).run()
    press(topic, app)
    kinds = [read(sent).kind for sent in sent_charts(app.main)]
    assert [kind for kind in kinds if kind.startswith("cell-")] == [chart]


@pytest.mark.slow
def test_the_topic_on_imagenet_opens_a_network_of_that_challenge_without_downloading() -> None:
    app = press("imagenet-networks")
    assert app.session_state["network"] == "resnet18"
    assert app.session_state["view"] == "Network"


def test_the_topic_on_comparing_opens_the_comparison_with_its_intervals() -> None:
    app = press("comparing-models")
    assert "accuracies-compared" in {read(sent).kind for sent in sent_charts(app.main)}


def test_no_two_example_runs_of_a_page_read_the_same() -> None:
    for page in ("cnn", "pretrained", "rnn", "lstm"):
        app = open_page(page)
        labels = next(box.options for box in app.selectbox if box.label == "Run")
        assert len(set(labels)) == len(labels) >= 1
