"""The HTML file of a film: everything that it needs is in it."""

import json
import re

import plotly.graph_objects as go
import pytest

from explorer.ui.chart.assets import PLOTLY_SCRIPT
from explorer.ui.film.html import page_of
from explorer.ui.film.reel import Film, film_of
from explorer.ui.redraw import Drawn

NASTY = "</script><b>&amp; 5 < 6 __PLAYER__"


@pytest.fixture(scope="module")
def film() -> Film:
    def frame(value: float) -> list[Drawn]:
        figure = go.Figure(go.Scatter(y=[value]), layout={"title": {"text": NASTY}, "height": 100})
        return [Drawn(figure, "chart", "loss", NASTY, 1.0)]

    return film_of(NASTY, "Health", [0, 64], [frame(1.0), frame(2.0)])


@pytest.fixture(scope="module")
def page(film: Film) -> str:
    return page_of(film).decode()


def test_the_film_stands_in_the_page_as_it_is_whatever_its_words(film: Film, page: str) -> None:
    [told] = re.findall(r'<script id="film" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert json.loads(told) == json.loads(film.to_json())
    assert page.count("</script>") == 3


def test_the_installed_plotly_is_in_it_and_nothing_is_fetched(page: str) -> None:
    assert PLOTLY_SCRIPT.read_text(encoding="utf-8") in page
    rest = page.replace(PLOTLY_SCRIPT.read_text(encoding="utf-8"), "")
    assert not re.findall(r"(?:src|href)=|https?:|import\(|fetch\(|@import", rest)
    assert "default-src 'none'" in rest


def test_its_colours_are_those_of_the_theme_light_and_dark(page: str) -> None:
    assert "--st-background-color: #ffffff" in page
    assert "--st-background-color: #12171f" in page.partition("prefers-color-scheme: dark")[2]


def test_its_title_is_escaped(page: str) -> None:
    assert "<title>Health · &lt;/script&gt;&lt;b&gt;&amp;amp; 5 &lt; 6 __PLAYER__</title>" in page
