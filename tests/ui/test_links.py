"""Every internal link of every text leads to something that is there."""

import pytest

from explorer.learn import address, load
from explorer.training.examples import SHIPPED
from explorer.ui.address import topics
from explorer.ui.address.pages import PLACES
from explorer.ui.address.settings import RUN, SETTINGS, TOPIC, VIEW
from explorer.ui.views import PAGE_VIEWS
from tests.internal_links import links_of_texts

LINKS = links_of_texts()


def test_no_kind_of_text_is_left_out() -> None:
    assert {source.split()[0] for source in LINKS} == {"card", "choice", "chapter", "topic"}
    assert len(LINKS) > 120


@pytest.mark.parametrize("source", LINKS)
def test_a_link_names_a_page_and_settings_that_exist(source: str) -> None:
    page, settings = address(LINKS[source])
    assert page in PLACES
    assert set(settings) <= {setting.name for setting in SETTINGS}
    if TOPIC.name in settings:
        assert topics.read(load(page.replace("-", "_")), settings[TOPIC.name]) is not None
    if VIEW.name in settings:
        assert settings[VIEW.name] in {view.name for view in PAGE_VIEWS[page]}
    if RUN.name in settings:
        assert (SHIPPED / settings[RUN.name] / "run.json").is_file()
