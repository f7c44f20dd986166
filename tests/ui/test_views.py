"""The registry of views: what the README, the roadmaps and the pages say of it."""

import re
from pathlib import Path
from typing import Any

import pytest

from explorer.learn import ROADMAPS, load
from explorer.ui.view import View, ViewName
from explorer.ui.views import ONE_TO_ONE_VIEWS, PAGE_VIEWS, PUBLISHED_VIEWS, RUN_VIEWS, SEQUENCE_VIEWS

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
TABLES = re.findall(r"\| view \| what it shows \|\n\|---\|---\|\n((?:\|.*\n)+)", README)


@pytest.mark.parametrize(("table", "views"), [*zip(TABLES, (RUN_VIEWS, SEQUENCE_VIEWS), strict=True)])
def test_the_table_of_the_readme_is_the_registry(table: str, views: tuple[View[Any], ...]) -> None:
    assert table == "".join(f"| {view.name} | {view.shows} |\n" for view in views)


def test_every_view_has_one_name_and_every_name_a_view() -> None:
    names = [view.name for view in {view.draw: view for page in PAGE_VIEWS.values() for view in page}.values()]
    assert len(names) == len(set(names))
    assert set(names) == set(ViewName)
    assert {view.name for view in PUBLISHED_VIEWS} < {view.name for view in RUN_VIEWS}
    assert [view.name for view in ONE_TO_ONE_VIEWS] == [view.name for view in SEQUENCE_VIEWS]


@pytest.mark.parametrize("roadmap", ROADMAPS)
def test_a_topic_leads_to_a_view_that_its_page_has(roadmap: str) -> None:
    for topic in load(roadmap).topics.values():
        if topic.page and "view" in topic.page_settings:
            assert topic.page_settings["view"] in {view.name for view in PAGE_VIEWS[topic.page_name]}
