"""Films in a real browser: the GIF that it draws, and the HTML file that plays without a network."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence
from playwright.sync_api import Browser, Page, Request

from explorer.training.run import Run
from tests.app.pages import SHIPPED_CNN
from tests.browser.conftest import Visit
from tests.browser.test_journeys import button

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE = 180_000  # milliseconds: a busy machine is no fault of the code
HEAD = 58  # pixels of a frame in which the step stands
DRAWN = "step => document.documentElement.dataset.drawn === String(step)"
VALUES = """() => [...document.querySelectorAll('.js-plotly-plot')].map(chart =>
  JSON.stringify([chart._fullLayout.coloraxis?.cmax ?? null, chart._fullData.map(trace => Array.from(trace.z ?? []))]))
"""


@pytest.fixture
def film(visit: Visit, tmp_path: Path) -> tuple[Path, Path]:
    """The GIF and the HTML file of the feature maps of the shipped run, as a visitor takes them along."""
    page = visit.open("cnn", PATIENCE / 1000)
    button(page, "Film")
    visit.settle(PATIENCE / 1000)
    page.get_by_role("button", name="Make the GIF").click()
    page.wait_for_function("() => document.querySelector('.st-key-film-download-GIF')", timeout=PATIENCE, polling=500)
    visit.settle(PATIENCE / 1000)
    return _download(page, "GIF", tmp_path), _download(page, "HTML file", tmp_path)


def _download(page: Page, kind: str, folder: Path) -> Path:
    with page.expect_download(timeout=PATIENCE) as waiting:
        page.get_by_role("button", name=f"Download the {kind}").click()
    place = folder / waiting.value.suggested_filename
    waiting.value.save_as(place)
    return place


def test_the_film_of_a_view_is_a_gif_and_an_html_file_of_every_recorded_step(
    film: tuple[Path, Path], browser: Browser
) -> None:
    steps = Run.open(SHIPPED_CNN).steps
    animation, page_file = film
    assert animation.name == "feature-maps-of-digits-cnn-60-epochs.gif"
    with Image.open(animation) as gif:
        frames = [np.asarray(frame.convert("RGB"), int) for frame in ImageSequence.Iterator(gif)]
    assert len(frames) == len(steps) == 24
    for one, other in pairwise(frames):
        assert (one[:HEAD] != other[:HEAD]).any()  # the step
        assert (one[HEAD:] != other[HEAD:]).any()  # the charts
    assert frames[0].max() > 240  # the light theme's ground
    _plays_offline(browser, page_file, steps)


def _plays_offline(browser: Browser, file: Path, steps: list[int]) -> None:
    context = browser.new_context(offline=True)
    try:
        page = context.new_page()
        asked: list[str] = []
        complaints: list[str] = []

        def note(request: Request) -> None:
            if not request.url.startswith(("data:", "blob:")):
                asked.append(request.url)

        page.on("request", note)
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(file.as_uri())
        last = len(steps) - 1
        page.wait_for_function(DRAWN, arg=last, timeout=PATIENCE)
        at_the_end = _charts(page)
        slider = page.get_by_role("slider", name="Training step")
        slider.focus()
        page.keyboard.press("Home")
        page.wait_for_function(DRAWN, arg=0, timeout=PATIENCE)
        at_the_start = _charts(page)
        same = [one == other for one, other in zip(at_the_start, at_the_end, strict=True)]
        assert same == [True, *[False] * 12]  # the input stays, the large map and eleven layers change
        assert f"Step {steps[0]} of {steps[-1]:,}" in page.locator(".shown").inner_text()
        page.locator(".speed").select_option("8")
        page.get_by_role("button", name="Play").click()
        page.wait_for_function(DRAWN, arg=last, timeout=PATIENCE)  # to the end by itself
        assert _charts(page) == at_the_end
        assert page.get_by_role("button", name="Play").is_visible()
        assert asked == [file.as_uri()]
        assert not complaints
    finally:
        context.close()


def _charts(page: Page) -> list[Any]:
    """What each chart shows."""
    return list(page.evaluate(VALUES))
