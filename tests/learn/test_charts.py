"""What is said of each kind of chart: complete, and true of the roadmaps that it leads to."""

from pathlib import Path

import pytest

from explorer.errors import ExplorerError
from explorer.inspection import ATTRIBUTION_METHODS
from explorer.learn import about_charts, address, load
from explorer.learn.charts import FOLDER, read_about

ABOUT = about_charts()
FILE = """[loss]
shows = "The loss."
reading = "Lower is better."
equation = 'L'
sources = ["[A paper](https://example.org/paper), Somebody, 1999"]
"""


@pytest.mark.parametrize("name", ABOUT)
def test_a_chart_leads_to_a_topic_that_is_on_its_roadmap(name: str) -> None:
    if ABOUT[name].topic:
        page, settings = address(ABOUT[name].topic)
        assert settings["topic"] in load(page.replace("-", "_")).topics


def test_every_file_of_the_folder_is_read() -> None:
    assert len(ABOUT) == sum(path.read_text(encoding="utf-8").count("\nshows = ") for path in FOLDER.glob("*.toml"))


def test_every_attribution_method_is_explained() -> None:
    assert set(ATTRIBUTION_METHODS) <= set(ABOUT)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('reading = "Lower is better."', "", "loss.toml, field reading"),
        ("shows", "show", "field show"),
        ("equation = 'L'", "equation = ''", "field equation"),
        ("[A paper](https://example.org/paper), Somebody, 1999", "A paper, 1999", "field sources.0"),
        ("https://", "http://", "field sources.0"),
        ("[loss]", "[loss", "is not valid TOML"),
    ],
)
def test_a_faulty_file_is_named_with_its_field(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "loss.toml"
    path.write_text(FILE.replace(old, new), encoding="utf-8")
    with pytest.raises(ExplorerError, match=r"loss\.toml") as raised:
        read_about(tmp_path)
    assert said in str(raised.value)


def test_a_name_that_stands_in_two_files_is_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(FILE, encoding="utf-8")
    with pytest.raises(ExplorerError, match=r"two\.toml, field loss: another file"):
        read_about(tmp_path)
