"""Pages opened without a browser, and finished runs for them to show."""

import json
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from explorer.config import parse
from explorer.training.run import ReadableRun, Run
from explorer.training.state import take_lease
from explorer.training.worker import work
from explorer.ui.address.pages import PLACES
from explorer.ui.address.visit import OWNER
from explorer.ui.cache import pictures_of
from explorer.ui.subject.picture import RunSubject

ROOT = Path(__file__).parents[2]
SHIPPED_CNN = ROOT / "sample_data/runs/cnn-on-digits"
ADDRESSES = {Path(place.file).stem: address for address, place in PLACES.items()}
TINY = {
    "dataset": {"name": "digits", "test_percent": 40, "validation_percent": 40},
    "model": {"name": "cnn", "blocks": [{"channels": 3}, {"channels": 4}], "head_size": 8},
    "training": {"epochs": 1, "snapshots": 4},
}


ANNA, BERT = "v0123456789abcdef", "vfedcba9876543210"  # two visitors, as their cookies name them


def open_page(name: str = "home", visitor: str = "", **address: str | list[str]) -> AppTest:
    """A page of the navigation, as a browser asks for it by its address; ``name`` is that of its file."""
    app = AppTest.from_file(str(ROOT / "explorer/ui/main.py"), default_timeout=60)
    if visitor:
        app.session_state[OWNER.key] = visitor
    for key, value in address.items():
        app.query_params[key] = value
    app._page_hash = calc_hash(ADDRESSES[name])  # switch_page() knows addresses only after another page was run
    app.run()
    assert not app.exception
    return app


def stay_on(app: AppTest, address: str) -> None:
    """Let the next run draw the page of this address: a test does not notice that a page led to another one."""
    app._page_hash = calc_hash(address)


def slider(app: AppTest, label: str) -> Any:
    return next(widget for kind in (app.slider, app.select_slider) for widget in kind if widget.label == label)


def recorded_steps(app: AppTest) -> tuple[list[int], int]:
    """The places of the slider Training step, and the one that is shown."""
    players = [one.proto for one in app.get("bidi_component") if one.proto.component_name == "explorer_player"]
    [sent] = [one for one in players if one.id.endswith("-player")]
    data = json.loads(sent.json)
    return data["places"], data["shown"]


def go_to_step(app: AppTest, step: int) -> None:
    """Move the slider Training step, which the address follows."""
    app.query_params["step"] = str(step)
    app.run()


def button(app: AppTest, label: str) -> Any:
    return next(widget for widget in app.button if widget.label == label)


def run_shown(app: AppTest) -> str:
    """The id of the run that is chosen in the select box."""
    return str(next(box.value for box in app.selectbox if box.label == "Run"))


def finished_run(root: Path, values: dict[str, Any] | None = None, owner: str = "local") -> ReadableRun:
    run = Run.create(root, parse({**TINY, **(values or {})}), owner)
    work(run.path, take_lease(run.path))
    assert run.status == "finished", run.reason
    return run


TASKS: dict[str, dict[str, Any]] = {
    "many-to-one": {"dataset": {"name": "adding", "examples": 500, "length": 8}, "model": {"name": "lstm"}},
    "many-to-one, padded, both directions": {
        "dataset": {"name": "parity", "examples": 500, "length": 8},
        "model": {"name": "lstm", "layers": 2, "bidirectional": True},
    },
    "many-to-one, a series": {"dataset": {"name": "passengers"}, "model": {"name": "gru"}},
    "one-to-many": {"dataset": {"name": "digit_drawing"}, "model": {"name": "rnn"}},
    "many-to-many in step": {
        "dataset": {"name": "bracket_depth", "examples": 500, "length": 8},
        "model": {"name": "lstm"},
    },
    "many-to-many in step, text": {
        "dataset": {"name": "python_source", "characters": 50000, "length": 20},
        "model": {"name": "gru"},
    },
    "many-to-many encoder-decoder": {"dataset": {"name": "reverse", "examples": 500}, "model": {"name": "lstm"}},
}


def finished_sequence_run(root: Path, values: dict[str, Any]) -> ReadableRun:
    small = {**values["model"], "hidden_size": 6}
    run = Run.create(root, parse({**values, "model": small, "training": {"epochs": 1, "snapshots": 3}}))
    work(run.path, take_lease(run.path))
    assert run.status == "finished", run.reason
    return run


def subject_at(step: int) -> RunSubject:
    run = Run.open(SHIPPED_CNN)
    assert run.config is not None
    splits = pictures_of(run.config.dataset)
    return RunSubject(splits=splits, split="validation", image=0, run=run, step=step, steps=list(run.steps))
