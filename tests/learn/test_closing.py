"""The closing thoughts' texts: everything they lead to exists, and what is said of a faulty file."""

import shutil
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional

from explorer import datasets
from explorer.errors import ExplorerError
from explorer.learn import address, load, load_closing
from explorer.learn.closing import CHAPTERS, FOLDER
from explorer.models.recurrent import Recurrent
from explorer.training.examples import SHIPPED
from explorer.training.run import ReadableRun, Run
from explorer.ui.address.pages import PLACES
from explorer.ui.views import PAGE_VIEWS

CLOSING = load_closing()
PAGES = [*(choice.page for choice in CLOSING.choices), *(chapter.page for chapter in CLOSING.chapters.values())]


def test_each_of_the_lectures_four_networks_has_its_chapter() -> None:
    assert tuple(CLOSING.chapters) == CHAPTERS == ("cnn", "pretrained", "rnn", "lstm")
    for name, chapter in CLOSING.chapters.items():
        assert address(chapter.page)[0] == name


@pytest.mark.parametrize("page", PAGES)
def test_every_page_and_view_that_is_led_to_exists(page: str) -> None:
    name, settings = address(page)
    assert name in PLACES
    if "view" in settings:
        assert settings["view"] in {view.name for view in PAGE_VIEWS[name]}
    if "topic" in settings:
        assert settings["topic"] in load(name.replace("-", "_")).topics


@pytest.mark.parametrize("name", CHAPTERS)
def test_what_followed_is_on_the_roadmap(name: str) -> None:
    assert set(CLOSING.chapters[name].followers) <= set(load("deep_learning").topics)


def test_an_address_is_a_page_and_its_settings() -> None:
    assert address("cnn?view=Feature maps&step=8") == ("cnn", {"view": "Feature maps", "step": "8"})
    assert address("lstm") == ("lstm", {})


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        (
            "rnn.md",
            "## Where it ends",
            "## Where it stops",
            r"rnn\.md, line \d+: the section 'Where it stops' is unknown",
        ),
        ("cnn.md", 'title = "CNN"', 'name = "CNN"', r"cnn\.md, field title"),
        ("closing.toml", "[[choices]]", "[[choices", r"closing\.toml is not valid TOML"),
    ],
)
def test_a_fault_names_its_file(tmp_path: Path, file: str, before: str, after: str, said: str) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "closing")
    path = folder / file
    path.write_text(path.read_text(encoding="utf-8").replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ExplorerError, match=said):
        load_closing(folder)


def test_what_is_left_of_the_gradient_is_what_the_example_run_shows() -> None:
    run = Run.open(SHIPPED / "rnn-on-adding")
    assert isinstance(run, ReadableRun)
    network = run.model(run.steps[-1])
    assert isinstance(network, Recurrent)
    inputs, targets = datasets.load(run.config).test
    cell = nn.RNNCell(2, 64)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in network.recurrent.state_dict().items()})
    states = [torch.zeros(len(inputs), 64)]
    for time in range(inputs.shape[1]):
        states.append(cell(inputs[:, time], states[-1]))
        states[-1].retain_grad()
    torch.autograd.backward(functional.mse_loss(network.readout(states[-1]), targets))
    norms = [float(torch.linalg.vector_norm(state.grad)) for state in states[1:] if state.grad is not None]
    ends = CLOSING.chapters["rnn"].ends.replace("\n", " ")
    assert f"{norms[-11] / norms[-1]:.1%}".replace("%", " %") + " of the gradient is left ten steps back" in ends
    assert f"{norms[-21] / norms[-1]:.2%}".replace("%", " %") + " twenty steps back" in ends
