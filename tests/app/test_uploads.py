"""Own files, handed over in the form on the left, run without a browser."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from explorer.config import parse
from explorer.training.run import Run
from explorer.training.state import RunState, write_state
from tests.app.charts import texts
from tests.app.pages import button, open_page, run_shown

CSV = b"day,price,volume\n" + b"".join(b"%d,%d.5,%d\n" % (day, day * day % 17, day % 5) for day in range(80))


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXPLORER_UPLOADS", str(tmp_path / "uploads"))
    return tmp_path / "uploads"


def form_of(dataset: str, page: str = "lstm") -> AppTest:
    app = open_page(page)
    app.selectbox(key=f"{page}.dataset.name").set_value(dataset).run()
    assert not app.exception
    return app


def uploader(app: AppTest, dataset: str, page: str = "lstm") -> Any:
    return app.file_uploader(key=f"{page}.dataset.{dataset}.path.upload")


def test_an_uploaded_table_is_named_its_columns_can_be_chosen_and_it_is_trained_on(uploads: Path, runs: Path) -> None:
    app = form_of("series")
    uploader(app, "series").upload("my prices.csv", CSV).run()
    assert not app.exception
    assert not app.error
    assert app.text_input(key="lstm.dataset.series.path").value == "my_prices.csv"
    assert "Stored as my_prices.csv: 80 rows" in texts(app)
    column = app.selectbox(key="lstm.dataset.series.column")
    assert column.options == ["the last numeric column", "day", "price", "volume"]
    app.text_input(key="lstm.dataset.series.window").set_value("6")
    column.set_value("price").run()
    assert not app.error
    button(app, "Train").click().run()
    [run] = Run.list(runs)
    assert run.config is not None
    assert run.config.dataset.model_dump()["path"] == "my_prices.csv"
    assert run.config.dataset.model_dump()["column"] == "price"


def test_a_broken_table_is_told_by_its_line_and_the_field_keeps_what_it_named(uploads: Path) -> None:
    app = form_of("series")
    uploader(app, "series").upload("broken.csv", CSV + b"80,1\n").run()
    assert not app.exception
    assert any("Line 82 of broken.csv has 2 fields" in error.value for error in app.error)
    assert app.text_input(key="lstm.dataset.series.path").value == "sunspots.csv"
    assert not uploads.exists()
    uploader(app, "series").clear().run()
    assert not app.error


def test_a_column_of_the_file_before_is_not_asked_of_the_next_one() -> None:
    app = form_of("series")
    uploader(app, "series").upload("prices.csv", CSV).run()
    app.selectbox(key="lstm.dataset.series.column").set_value("price").run()
    app.text_input(key="lstm.dataset.series.path").set_value("passengers.csv").run()
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="lstm.dataset.series.column").value == ""


def test_an_uploaded_text_can_be_trained_on() -> None:
    app = form_of("text")
    uploader(app, "text").upload("rhyme.txt", b"Ring a ring o' roses, a pocket full of posies.\n" * 400).run()
    assert not app.error
    assert app.text_input(key="lstm.dataset.text.path").value == "rhyme.txt"
    assert not button(app, "Train").disabled


def zipped(above: str = "", damaged: str = "") -> bytes:
    """A zip file of twenty dark and twenty light pictures, in a folder for each class, and perhaps a damaged one."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, shade in (("dark", 20), ("light", 200)):
            for number in range(20):
                picture = io.BytesIO()
                Image.fromarray(np.full((9, 9, 3), shade + number, np.uint8)).save(picture, "PNG")
                archive.writestr(f"{above}{name}/{number}.png", picture.getvalue())
        if damaged:
            archive.writestr(damaged, picture.getvalue()[:40])
    return file.getvalue()


def test_zipped_pictures_become_the_classes_of_the_cnn_page() -> None:
    content = zipped("pets/")
    app = form_of("image_folder", "cnn")
    uploader(app, "image_folder", "cnn").upload("pets.zip", content).run()
    assert not app.exception
    assert not app.error
    assert app.text_input(key="cnn.dataset.image_folder.path").value == "pets"
    assert "40 pictures of 2 classes: dark, light" in texts(app)
    assert not button(app, "Train").disabled


def test_which_folders_of_a_zip_file_are_the_classes_is_said_with_how_to_change_it() -> None:
    app = form_of("image_folder", "cnn")
    uploader(app, "image_folder", "cnn").upload("flat.zip", zipped()).run()
    assert "holds all pictures" not in texts(app)
    uploader(app, "image_folder", "cnn").upload("pets.zip", zipped("pets/")).run()
    said = " ".join(note.value for note in app.info)
    assert "The folder pets holds all pictures, so that the folders in it are the classes." in said
    assert "put the folders of the other classes beside it. Then upload it again." in said


def test_which_folders_of_a_path_are_the_classes_is_said_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_FILES", str(tmp_path))
    with zipfile.ZipFile(io.BytesIO(zipped("pets/"))) as archive:
        archive.extractall(tmp_path / "own")
    app = form_of("image_folder", "cnn")
    app.text_input(key="cnn.dataset.image_folder.path").set_value(str(tmp_path / "own")).run()
    assert not app.error
    assert "The folder pets holds all pictures" in " ".join(note.value for note in app.info)


def test_a_damaged_picture_in_a_zip_file_is_listed_with_the_reason() -> None:
    content = zipped(damaged="dark/cut.png")
    app = form_of("image_folder", "cnn")
    uploader(app, "image_folder", "cnn").upload("pets.zip", content).run()
    assert not app.error
    assert "40 pictures of 2 classes: dark, light" in texts(app)
    assert any(box.label == "1 file left out" for box in app.expander)
    [listed] = [frame.value for frame in app.dataframe if "reason" in frame.value]
    assert list(listed["file"]) == ["dark/cut.png"]
    assert "not a readable image" in listed["reason"][0]


def questions(app: AppTest) -> list[Any]:
    return [one for one in app.button if one.label == "Read it this way"]


def test_a_table_that_can_be_read_in_two_ways_is_asked_with_its_rows_and_the_answer_is_trained_on(runs: Path) -> None:
    app = form_of("series")
    content = "day;value\n" + "".join(f"{day};{day % 9 + 1},{day:03d}\n" for day in range(80))
    uploader(app, "series").upload("thousands.csv", content.encode()).run()
    assert not app.exception
    assert "1,000 is 1000 with a decimal point and 1 with a decimal comma" in app.warning[0].value
    assert button(app, "Train").disabled
    asked: list[Any] = [frame.value.values.tolist() for frame in app.sidebar.dataframe]
    assert [rows[0] for rows in asked[:2]] == [["0", "1000"], ["0", "1"]]
    questions(app)[1].click().run()
    assert not app.exception
    assert not app.error
    assert not questions(app)
    assert app.selectbox(key="lstm.dataset.series.decimal_sign").value == "comma"
    button(app, "Train").click().run()
    [run] = Run.list(runs)
    assert run.config is not None
    assert run.config.dataset.model_dump()["decimal_sign"] == "comma"


@pytest.mark.parametrize("codec", ["cp1252", "utf-16-le"])
def test_a_text_in_another_encoding_is_asked_with_its_first_lines(codec: str) -> None:
    app = form_of("text")
    content = "Grüße aus Köln, der Käse ist schön.\n" * 200
    uploader(app, "text").upload(f"{codec}.txt", content.encode(codec)).run()
    assert not app.exception
    assert f"Stored as {codec}.txt: it can be read in several ways" in texts(app)
    assert app.sidebar.dataframe[0].value.iloc[0, 0] == "Grüße aus Köln, der Käse ist schön."
    questions(app)[0].click().run()
    assert not app.error
    assert app.selectbox(key="lstm.dataset.text.encoding").value == codec
    assert not button(app, "Train").disabled


def test_what_was_done_to_the_rows_of_a_file_is_said_before_training() -> None:
    app = form_of("series")
    newest_first = b"day,price\n" + b"".join(b"%d,%d\n" % (2000 - day, day % 7) for day in range(80)) + b"Source: us\n"
    uploader(app, "series").upload("newest.csv", newest_first).run()
    said = " ".join(note.value for note in app.info)
    assert "Text around the table is left out: line 82." in said
    assert "newest row first: the rows are sorted by 'day'" in said


def test_gaps_are_filled_and_other_columns_read_as_chosen(runs: Path) -> None:
    app = form_of("series")
    uploader(app, "series").upload("gaps.csv", CSV.replace(b"\n5,8.5,", b"\n5,,")).run()
    app.selectbox(key="lstm.dataset.series.column").set_value("price").run()
    assert "Line 7 of" in app.error[0].value
    assert "Choose how to fill missing values, or to drop their rows" in app.error[0].value
    app.multiselect(key="lstm.dataset.series.also_read").set_value(["volume"])
    app.selectbox(key="lstm.dataset.series.missing_values").set_value("interpolate").run()
    assert not app.exception
    assert not app.error
    assert "filled by a straight line" in " ".join(note.value for note in app.info)
    button(app, "Train").click().run()
    [run] = Run.list(runs)
    assert run.config is not None
    chosen = run.config.dataset.model_dump()
    assert (chosen["also_read"], chosen["missing_values"]) == (("volume",), "interpolate")


# ── own uploads, and those of others ─────────────────────────────────────────────────────────────────────────────────
def own(app: AppTest, dataset: str, page: str = "lstm") -> Any:
    return next((box for box in app.selectbox if box.key == f"{page}.dataset.{dataset}.path.own"), None)


RHYME, SONG = b"Ring a ring o' roses, a pocket full of posies.\n" * 400, b"London Bridge is falling down.\n" * 600


def test_while_an_upload_is_refused_train_is_off_and_says_why() -> None:
    app = form_of("series")
    assert not button(app, "Train").disabled
    uploader(app, "series").upload("broken.csv", CSV + b"80,1\n").run()
    assert button(app, "Train").disabled
    said = [error.value for error in app.error]
    assert any("Line 82 of broken.csv" in text and "Remove the refused file" in text for text in said)
    uploader(app, "series").clear().run()
    assert not button(app, "Train").disabled


def test_own_uploads_are_listed_with_their_size_chosen_again_and_deleted(uploads: Path) -> None:
    app = form_of("text")
    assert own(app, "text") is None
    for name, content in (("rhyme.txt", RHYME), ("song.txt", SONG)):
        uploader(app, "text").upload(name, content).run()
    assert own(app, "text").label == "Your uploads for this, 0.04 MB"
    assert own(app, "text").options == ["rhyme.txt · 0.02 MB", "song.txt · 0.02 MB"]
    own(app, "text").set_value("rhyme.txt").run()
    assert app.text_input(key="lstm.dataset.text.path").value == "rhyme.txt"
    assert not button(app, "Train").disabled
    button(app, "Delete it").click().run()
    assert not app.exception
    assert not (uploads / "rhyme.txt").exists()
    assert own(app, "text").options == ["song.txt · 0.02 MB"]
    assert app.text_input(key="lstm.dataset.text.path").value == "pride_and_prejudice.txt"
    assert not app.error


@pytest.mark.slow
def test_another_visitors_upload_is_neither_listed_nor_read_nor_told_of() -> None:
    uploader(form_of("text"), "text").upload("rhyme.txt", RHYME).run()
    other = form_of("text")  # another visit without a cookie: another visitor
    assert own(other, "text") is None
    said = []
    for name in ("rhyme.txt", "nothing.txt", "/etc/services"):
        other.text_input(key="lstm.dataset.text.path").set_value(name).run()
        assert button(other, "Train").disabled
        said.append({error.value.replace(name, "…") for error in other.error})
    assert said[0] == said[1] == said[2]
    assert all("that you may read here" in text for text in said[0])


def test_another_visitors_run_is_shown_and_not_steered(runs: Path) -> None:
    config = parse({"dataset": {"name": "adding"}, "model": {"name": "lstm"}})
    theirs = Run.create(runs, config, owner="v0123456789abcdef")
    write_state(theirs.path, RunState(status="stopped", step=0, total=40))
    app = open_page("lstm", run=theirs.id)
    assert run_shown(app) == theirs.id
    assert button(app, "Resume").disabled
    assert "Another visitor trains this run" in texts(app)
    assert not button(app, "Train").disabled
