"""Damaged run folders on the pages: each is told in a sentence on its own page, and breaks no other."""

import os
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.training.run import ReadableRun, Run
from explorer.training.state import read_state
from tests.app.pages import button, finished_run, finished_sequence_run, open_page
from tests.training.damage import IN_ITS_PLACE

FOLDERS = {  # by a name: the file, and what stands in its place
    "deep": ("config.json", "a hundred thousand brackets"),
    "endless": ("run.json", "a link to a device without end"),
    "pipe": ("status.json", "a pipe"),
    "locked": ("lock", "a pipe"),
    "huge": ("metrics.jsonl", "a file that claims a terabyte"),
    "torn": ("metrics.jsonl", "a hundred thousand brackets"),
    "empty": ("layers.jsonl", "an empty file"),
    "shapeless": ("data.json", "an empty file"),
    "weightless": ("snapshots", "a link to nowhere"),
    "zeroed": ("snapshots/00000000.safetensors", "an empty file"),
}


def damaged_beside(run: ReadableRun) -> None:
    """Newer copies of a run, each with its own damage."""
    for name, (file, instead) in FOLDERS.items():
        copy = run.path.parent / name
        shutil.copytree(run.path, copy)
        shutil.rmtree(copy / file) if (copy / file).is_dir() else (copy / file).unlink()
        IN_ITS_PLACE[instead](copy / file)
    strange = run.path.parent / os.fsdecode(b"caf\xe9")
    shutil.copytree(run.path, strange)
    for snapshot in sorted((run.path.parent / "zeroed" / "snapshots").iterdir()):
        snapshot.write_bytes(b"")


def said(app: AppTest) -> str:
    return " ".join(element.value for kind in (app.error, app.warning, app.info) for element in kind)


@pytest.mark.slow
def test_no_folder_breaks_a_page_and_each_is_told_in_a_sentence(runs: Path) -> None:
    run = finished_run(runs, {"dataset": {"name": "digits"}})
    damaged_beside(run)
    for page in ("home", "cnn", "closing"):
        assert not open_page(page).exception
    expected = {
        "deep": "config.json is not a JSON file: recursion limit exceeded",
        "endless": "run.json cannot be read: it is a device",
        "pipe": "status.json cannot be read: it is a named pipe",
        "locked": "lock cannot be read: it is a named pipe",
        "huge": "metrics.jsonl cannot be read: it has 1,000,000 MB",
        "shapeless": "data.json of shapeless is damaged",
        "weightless": "snapshots cannot be read: it is not a folder",
        "zeroed": "safetensors is damaged",
    }
    for name in (*FOLDERS, "caf\\udce9"):
        app = open_page("cnn", run=name)
        assert expected.get(name, "") in said(app), name
        assert not button(app, "Train").disabled


@pytest.mark.slow
def test_damaged_lines_are_counted_on_the_page(runs: Path) -> None:
    run = finished_run(runs)
    with (run.path / "metrics.jsonl").open("ab") as file:
        file.write(b'{"step": "one"}\n{"step": 1e30, "epoch": 1}\n')
    assert "Damaged lines are left out: 2 of metrics.jsonl." in said(open_page("cnn", run=run.id))


@pytest.mark.slow
def test_no_folder_breaks_the_comparison_of_recurrent_networks(runs: Path) -> None:
    values = {"dataset": {"name": "adding", "examples": 500, "length": 8}}
    damaged_beside(finished_sequence_run(runs, {**values, "model": {"name": "gru"}}))
    shown = finished_sequence_run(runs, {**values, "model": {"name": "lstm"}})
    for view in ("Compare", "Gradients"):
        app = open_page("lstm", run=shown.id, view=view)
        assert not app.error


@pytest.mark.slow
@pytest.mark.parametrize("kept", [True, False], ids=["with a checkpoint", "before it began"])
def test_a_run_whose_status_is_lost_goes_on_at_a_press_of_resume(
    runs: Path, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.training.submit.wake", lambda root: None)
    run = finished_run(runs)
    if not kept:
        run = Run.create(runs, run.config)
    (run.path / "status.json").write_bytes(b"")
    app = open_page("cnn", run=run.id)
    assert "status.json is damaged" in said(app)
    button(app, "Resume").click().run()
    assert not app.exception
    assert read_state(run.path).status == "queued"
