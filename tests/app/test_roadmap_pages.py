"""The two roadmaps, run without a browser, and every live page that a topic leads to."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer.config import parse
from explorer.learn import ROADMAPS, Topic, load
from explorer.training.run import Run
from explorer.ui.address.pages import PLACES
from tests.app.charts import texts
from tests.app.pages import button, open_page, stay_on

LIVE = [topic for name in ROADMAPS for topic in load(name).topics.values() if topic.page]


def widget(kind: Any, label: str) -> Any:
    return next(element for element in kind if element.label == label)


def path_shown(app: AppTest) -> list[str]:
    """The titles on the path, without their numbers."""
    return [option.split(" · ", 1)[1] for option in app.button_group[0].options]


def known(app: AppTest) -> list[str]:
    return list(app.session_state["known"])


@pytest.mark.parametrize("name", ROADMAPS)
def test_a_roadmap_opens_at_its_first_topic_with_its_explanation_and_sources(name: str) -> None:
    app = open_page(name)
    roadmap = load(name)
    first = next(iter(roadmap.topics.values()))
    assert app.title[0].value == roadmap.title
    assert app.subheader[0].value == first.title
    assert first.what in texts(app)
    assert first.sources[0].url in texts(app)
    assert first.equation.strip().split(r"\qquad")[0] in app.latex[0].value


def test_choosing_a_topic_shows_it() -> None:
    app = open_page("deep_learning")
    widget(app.selectbox, "Topic").select("lstm").run()
    assert app.subheader[0].value == "LSTM"
    assert r"\bar C_t" in app.latex[0].value


def test_an_address_opens_its_topic_goal_and_known_topics() -> None:
    address = {"topic": "GRU", "goal": "Attention", "known": "LSTM"}
    app = open_page("deep_learning", **address)
    assert app.subheader[0].value == "GRU"
    assert known(app) == ["lstm"]
    assert path_shown(app)[-1] == "Attention"
    assert "LSTM" not in path_shown(app)


def test_the_path_to_a_goal_is_every_prerequisite_in_order_and_shorter_once_some_is_known() -> None:
    app = open_page("deep_learning")
    widget(app.selectbox, "Goal").select("dropout").run()
    whole = ["The perceptron", "Activation functions", "Multilayer perceptron", "Dropout"]
    assert path_shown(app) == whole
    assert any("4 topics" in expander.label for expander in app.expander)
    widget(app.toggle, "I know this").set_value(True).run()  # the perceptron is the topic that is shown
    assert known(app) == ["perceptron"]
    assert path_shown(app) == whole[1:]
    widget(app.toggle, "I know this").set_value(False).run()
    assert known(app) == []
    assert path_shown(app) == whole


def test_a_goal_that_is_known_has_no_path() -> None:
    app = open_page("deep_learning", goal="Dropout", known="Dropout")
    assert "You already know **Dropout**." in [message.value for message in app.success]


def test_a_neighbour_of_the_topic_is_one_click_away() -> None:
    app = open_page("deep_learning", topic="LSTM")
    needs = next(group for group in app.button_group if group.label == "Needs")
    needs.set_value("vanishing-gradients").run()
    assert app.subheader[0].value == "Vanishing and exploding gradients"


def test_what_is_known_is_kept_from_page_to_page_and_where_both_have_it_known_in_both() -> None:
    app = open_page("deep_learning", topic="Multilayer perceptron")
    widget(app.toggle, "I know this").set_value(True).run()
    app.switch_page("screens/machine_learning.py").run()
    assert not app.exception
    assert known(app) == ["multilayer-perceptron"]
    app.switch_page("screens/home.py").run()
    app.switch_page("screens/deep_learning.py").run()
    assert known(app) == ["multilayer-perceptron"]


def test_opening_a_live_page_leads_there_and_counts_as_learnt() -> None:
    app = open_page("deep_learning", topic="LSTM")
    button(app, "See it live: LSTM page, Cell").click().run()
    assert not app.exception
    assert app.title[0].value == "LSTM"
    assert app.session_state["view"] == "Cell"
    app.switch_page("screens/deep_learning.py").run()
    assert known(app) == ["lstm"]


def test_a_topic_that_must_be_trained_first_fills_in_the_form() -> None:
    app = open_page("deep_learning", topic="One-to-many")
    button(app, "Set it up on the RNN page").click().run()
    assert not app.exception
    assert app.title[0].value == "RNN"
    assert widget(app.sidebar.selectbox, "Data set").value == "digit_drawing"


@pytest.mark.sample(4)
@pytest.mark.parametrize("topic", [topic for topic in LIVE if topic.prepares], ids=lambda topic: topic.id)
def test_what_a_topic_prepares_arrives_in_the_form_of_its_page(
    topic: Topic, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.ui.run.runs.launch", lambda run: None)  # what would be trained is enough
    name = next(name for name in ROADMAPS if load(name).topics.get(topic.id) == topic)
    app = open_page(name, topic=topic.title)
    button(app, f"Set it up on the {PLACES[topic.page_name].title} page").click().run()
    assert not app.exception
    assert not app.error
    stay_on(app, topic.page_name)
    button(app, "Train").click().run()
    config = Run.list(runs)[0].config
    wanted = parse(topic.prepares)
    assert config is not None
    assert config.model_dump() == wanted.model_dump()


def test_every_page_that_a_topic_leads_to_has_a_name_here() -> None:
    assert {topic.page_name for topic in LIVE} <= set(PLACES)
    pages = Path(__file__).parents[2] / "explorer/ui/screens"
    assert all((pages.parent / place.file).exists() for place in PLACES.values())
