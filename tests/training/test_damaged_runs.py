"""A run folder as a crash, a full disk or a stranger leaves it: whoever looks at it is told in a sentence."""

import random
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from explorer.command import follow
from explorer.errors import ExplorerError
from explorer.figures.curves import learning_curve
from explorer.figures.gradients import lines_by_layer
from explorer.training import Run
from explorer.training.checkpoint import read_checkpoint
from explorer.training.control import stop_is_pending
from explorer.training.state import current_state, take_lease
from explorer.training.supervisor import Supervisor
from explorer.training.worker import work
from tests.training.damage import IN_ITS_PLACE, mutated
from tests.training.processes import small_config
from tests.training.test_supervisor import PaperLauncher

FILES = (
    *("run.json", "config.json", "status.json", "data.json", "lease.json", "lock", "control.jsonl"),
    *("metrics.jsonl", "layers.jsonl", "checkpoint.safetensors"),
    *("snapshots/00000000.safetensors", "snapshots/00000001.safetensors"),
)
FEW, MANY = range(60), range(60, 180)  # mutations of each file, by their seeds: in the quick tests, and beside them


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of ten updates that was told to pause and to go on."""
    root = tmp_path_factory.mktemp("good")
    run = Run.create(root, small_config(epochs=1, batch_size=128))
    run.set_learning_rate(0.01)
    work(run.path, take_lease(run.path))
    assert run.status == "finished", run.reason
    assert all((run.path / name).is_file() for name in FILES)
    return run.path


@pytest.fixture
def damaged(good: Path, tmp_path: Path) -> Path:
    """A copy of it, beside a run that nothing happens to."""
    Run.create(tmp_path, small_config())
    shutil.copytree(good, tmp_path / "damaged")
    return tmp_path / "damaged"


def sentence_or(action: Callable[[], object]) -> None:
    """What pages and commands do: an ExplorerError is shown, anything else would be a traceback."""
    try:
        action()
    except ExplorerError as error:
        said = str(error)
        assert said.endswith((".", "?"))
        assert len(said) < 3000


def look(run: Run) -> None:
    """What every page and command asks each run for."""
    assert run.title
    assert (run.status == "broken") <= bool(run.reason)
    assert all(step >= 0 for step in run.steps)
    sentence_or(lambda: follow.line(run))
    sentence_or(lambda: follow.progress(run, run.state()))
    sentence_or(lambda: Run.open(run.path))


def look_inside(run: Run) -> None:
    """The networks at some steps: the first ones, the last one, and one that was not recorded."""
    for step in {*run.steps[:2], *run.steps[-1:], 3}:
        sentence_or(partial(run.model, step))


def draw_curves(run: Run) -> None:
    """The chart of its metrics."""
    learning_curve(run.metrics(), "loss", run.state().total, 3)
    assert run.damage() == "" or run.damage().endswith(".")


def draw_layers(run: Run) -> None:
    """A chart of its parameters."""
    lines_by_layer(run.parameter_steps(), "gradient", "Gradient norm", "norm")
    assert run.damage() == "" or run.damage().endswith(".")


def go_on(run: Run) -> None:
    """What a worker reads before it goes on with a run."""
    sentence_or(lambda: read_checkpoint(run.path / "checkpoint.safetensors"))
    sentence_or(lambda: stop_is_pending(run.path))


def look_at_all(path: Path, *others: Callable[[Run], None]) -> None:
    """What pages, commands and the supervisor do with a folder of runs; the other run is as it was."""
    runs = Run.list(path.parent)
    assert [run.status for run in runs if run.path != path] == ["new"]
    (run,) = (run for run in runs if run.path == path)
    for action in (look, *others):
        sentence_or(partial(action, run))
    Supervisor(path.parent, PaperLauncher()).scan()


READERS: dict[str, tuple[Callable[[Run], None], ...]] = {  # of each file, besides those of every run
    "data.json": (look_inside,),
    "config.json": (look_inside,),
    "control.jsonl": (go_on,),
    "metrics.jsonl": (draw_curves,),
    "layers.jsonl": (draw_layers,),
    "checkpoint.safetensors": (go_on,),
    "snapshots/00000000.safetensors": (look_inside,),
    "snapshots/00000001.safetensors": (look_inside,),
}


@pytest.mark.parametrize("seeds", [FEW, pytest.param(MANY, marks=pytest.mark.slow)], ids=["few", "many"])
@pytest.mark.parametrize("name", FILES)
def test_whatever_a_file_holds_is_told_in_a_sentence(damaged: Path, name: str, seeds: range) -> None:
    content = (damaged / name).read_bytes()
    for seed in seeds:
        (damaged / name).write_bytes(mutated(name, content, random.Random(f"{name} {seed}")))
        try:
            look_at_all(damaged, *READERS.get(name, ()))
        except Exception as error:
            raise AssertionError(f"mutation {seed} of {name}") from error


@pytest.mark.sample(4)
@pytest.mark.parametrize("instead", IN_ITS_PLACE)
@pytest.mark.parametrize("name", [*FILES, "snapshots", "log.txt"])
def test_whatever_stands_in_the_place_of_a_file_is_told_in_a_sentence(damaged: Path, name: str, instead: str) -> None:
    if name == "snapshots":
        shutil.rmtree(damaged / name)
    else:
        (damaged / name).unlink(missing_ok=True)
    IN_ITS_PLACE[instead](damaged / name)
    look_at_all(damaged, look_inside, draw_curves, draw_layers, go_on)


def test_a_link_that_no_system_call_follows_in_place_of_the_snapshots_breaks_one_run_alone(tmp_path: Path) -> None:
    run = Run.create(tmp_path, small_config())
    (run.path / "snapshots").rmdir()
    (run.path / "snapshots").symlink_to("x" * 300)
    assert current_state(run.path).status == "broken"
    assert "snapshots cannot be read" in current_state(run.path).reason
