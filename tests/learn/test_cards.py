"""What opens beside a chart's title."""

import ast
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from starlette.requests import Request
from starlette.routing import Route

from explorer.errors import ExplorerError
from explorer.learn import about_charts
from explorer.learn.cards import about, card, in_markdown, lines_of
from explorer.ui.chart.assets import FOLDER, routes
from explorer.ui.views.attribution.choose import METHODS

UI = Path(__file__).parents[2] / "explorer/ui"
SVG, MATHML = "{http://www.w3.org/2000/svg}svg", "{http://www.w3.org/1998/Math/MathML}math"
TALLEST = 90  # pixels: a sum over a sum, with its limits
MADE = ("embedding-pca", "embedding-tsne", "cell-rnn", "cell-lstm", "cell-gru", *METHODS)  # put together by pages


@pytest.mark.sample(4)
@pytest.mark.parametrize("name", about_charts())
def test_a_card_draws_every_line_of_its_formula_and_links_every_source(name: str) -> None:
    tree = ElementTree.fromstring(card(name))
    one = about(name)
    formulas = len(lines_of(one.equation))
    assert len(list(tree.iter(SVG))) == len(list(tree.iter(MATHML))) == formulas
    assert "\\" not in "".join(
        text for formula in tree.iter(MATHML) for text in formula.itertext()
    )  # an unknown command
    for drawing in tree.iter(SVG):
        assert len(list(drawing.iter("{http://www.w3.org/2000/svg}path"))) >= 1
        assert 10 < float(drawing.attrib["height"]) < TALLEST  # a bracket can be drawn far too tall
    links = [link.attrib["href"] for link in tree.iter("a")]
    assert links[: len(one.sources)] == [re.findall(r"\((https://\S+)\),", source)[0] for source in one.sources]
    assert links[len(one.sources) :] == ([f"./{one.topic}"] if one.topic else [])
    assert tree.findtext("p") == one.shows


def test_words_are_words_and_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    crafted = about("loss").model_copy(update={"shows": "<script>alert(1)</script> & so on", "topic": ""})
    monkeypatch.setitem(about_charts(), "crafted", crafted)
    assert "<script>" not in card("crafted")
    assert ElementTree.fromstring(card("crafted")).findtext("p") == crafted.shows


def test_a_link_to_a_roadmap_is_relative_to_the_page_whatever_prefix_that_has() -> None:
    assert 'href="./deep-learning?topic=lstm"' in card("cell-lstm")


def test_without_our_component_streamlit_says_the_same() -> None:
    said = in_markdown("cell-lstm")
    assert about("cell-lstm").shows in said
    assert r"C_t = f_t\cdot C_{t-1} + i_t\cdot \bar C_t" in said
    assert "[Long Short-Term Memory](https://doi.org/10.1162/neco.1997.9.8.1735)" in said


def test_an_unknown_chart_is_named() -> None:
    with pytest.raises(ExplorerError, match="'nothing'"):
        about("nothing")


def test_a_card_is_fetched_by_its_name_and_an_unknown_one_is_not_found() -> None:
    [route] = [one for one in routes() if isinstance(one, Route) and one.path == f"{FOLDER}about/{{name}}"]
    found = route.endpoint(Request({"type": "http", "path_params": {"name": "cell-lstm"}}))
    assert (found.status_code, found.body.decode()) == (200, card("cell-lstm"))
    assert route.endpoint(Request({"type": "http", "path_params": {"name": "nothing"}})).status_code == 404


def test_pages_use_every_kind_of_chart_and_no_other() -> None:
    asked = set()
    for path in UI.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                asked.add(node.value)
    assert set(about_charts()) <= asked | set(MADE)


def test_every_chart_of_a_page_says_of_which_kind_it_is() -> None:
    for path in UI.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "chart":
                assert len(node.args) >= 3, f"{path}, line {node.lineno}: a chart without its kind"
                kind = node.args[2]
                if isinstance(kind, ast.Constant):
                    assert kind.value in about_charts(), f"{path}, line {node.lineno}: {kind.value!r} is unknown"
