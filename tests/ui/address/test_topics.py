"""The codec of a topic: an address names it by title or by id, and both open it."""

import pytest

from explorer.learn import ROADMAPS, load
from explorer.ui.address import topics
from tests.app.pages import open_page

pytestmark = pytest.mark.usefixtures("components_of_packages")
EVERY_TOPIC = [(name, topic) for name in ROADMAPS for topic in load(name).topics]


@pytest.mark.parametrize(("name", "topic"), EVERY_TOPIC)
def test_what_is_written_is_read_again_and_an_id_is_read_too(name: str, topic: str) -> None:
    roadmap = load(name)
    assert topics.read(roadmap, topics.write(roadmap, topic)) == topic
    assert topics.read(roadmap, topic) == topic


@pytest.mark.parametrize("text", ["", "Alchemy", "ls", "the perceptron"])
def test_what_names_no_topic_is_none(text: str) -> None:
    assert topics.read(load("deep_learning"), text) is None


@pytest.mark.parametrize(("topic", "goal", "known"), [("gru", "attention", "lstm"), ("GRU", "Attention", "LSTM")])
def test_ids_and_titles_open_the_same_page_and_the_address_then_holds_titles(topic: str, goal: str, known: str) -> None:
    app = open_page("deep_learning", topic=topic, goal=goal, known=known)
    assert app.subheader[0].value == "GRU"
    assert (app.session_state["goal"], app.session_state["known"]) == ("attention", ["lstm"])
    address = {name: value if isinstance(value, str) else value[0] for name, value in app.query_params.items()}
    assert address == {"topic": "GRU", "goal": "Attention", "known": "LSTM"}
    assert not app.toast


@pytest.mark.parametrize(("name", "topic"), EVERY_TOPIC[::6])
def test_a_link_with_an_id_opens_the_topic(name: str, topic: str) -> None:
    app = open_page(name, topic=topic)
    assert app.subheader[0].value == load(name).topics[topic].title
    assert not app.toast
