"""A new data set, architecture, recurrent cell and view: the README's edits alone bring them to every page.

Each test makes these edits in a copy of the sources, and looks for the new part where a visitor would.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


class Copy:
    """A copy of the sources, and the files that were edited in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.edited: set[str] = set()

    def new(self, path: str, text: str) -> None:
        """Write a new file."""
        assert not (self.root / path).exists()
        (self.root / path).write_text(text, encoding="utf-8")
        self.edited.add(path)

    def replace(self, path: str, old: str, new: str) -> None:
        """Replace a text by another one."""
        content = (self.root / path).read_text(encoding="utf-8")
        assert content.count(old) == 1, f"{old!r} stands {content.count(old)} times in {path}"
        (self.root / path).write_text(content.replace(old, new), encoding="utf-8")
        self.edited.add(path)

    def insert(self, path: str, before: str, text: str) -> None:
        """Insert a text before another one."""
        self.replace(path, before, text + before)

    def run(self, *command: str, **environment: str) -> str:
        """The output of Python in the copy; a failure shows it."""
        outcome = subprocess.run(
            [sys.executable, *command],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1", **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=500,
        )
        assert outcome.returncode == 0, outcome.stdout[-3000:] + outcome.stderr[-3000:]
        return outcome.stdout

    def page(self, code: str) -> None:
        """Run code that may open pages; ``opened(page, **address)`` gives one without an exception or an error."""
        self.new("look.py", PAGES + code)
        self.run("look.py", EXPLORER_RUNS=str(self.root / "runs"))

    def contract(self, *tests: str) -> None:
        """Run contract tests of the copy; at least one of them is about the new part."""
        said = self.run("-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-k", "toy", *tests)
        assert int(re.findall(r"(\d+) passed", said)[0]) >= 1


PAGES = """
from streamlit.testing.v1 import AppTest


def opened(page, **address):
    app = AppTest.from_file("explorer/ui/main.py", default_timeout=120)
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    app.switch_page(f"screens/{page}.py").run()
    assert not app.exception and not app.error, [*app.exception, *app.error]
    return app


def choices(app, label):
    return next(box.options for box in app.selectbox if box.label == label)


"""


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    root = tmp_path / "copy"
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("explorer", "tests", ".streamlit"):
        shutil.copytree(ROOT / folder, root / folder, ignore=ignored)
    for file in ("pyproject.toml", "README.md", "app.py"):
        shutil.copy(ROOT / file, root / file)
    (root / "sample_data").symlink_to(ROOT / "sample_data", target_is_directory=True)
    return Copy(root)


def recipe(kind: str) -> int:
    """How many files the README says that a new part takes."""
    said = re.findall(rf"\*\*A new {kind}\*\* takes (\d+)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(said) == 1
    return int(said[0])


def files_of(copy: Copy) -> int:
    """How many files were edited, the script that looks at the pages aside."""
    return len(copy.edited - {"look.py"})


# ── a data set ───────────────────────────────────────────────────────────────────────────────────────────────────────
def add_data_set(copy: Copy) -> None:
    copy.insert(
        "explorer/config/images.py",
        "Images = ",
        '''class ToyData(Pictures):
    """Noise in two brightnesses."""

    title: ClassVar[str] = "Toy noise"
    name: Literal["toy"] = "toy"
    brightness: float = setting(0.5, "brightness of the second class", ge=0.1, le=0.9)


''',
    )
    copy.replace("explorer/config/images.py", "SvhnData | ImageFolderData\n", "SvhnData | ImageFolderData | ToyData\n")
    copy.new(
        "explorer/datasets/toy.py",
        '''"""Noise in two brightnesses."""

import torch

from explorer.config.images import ToyData
from explorer.datasets.splits import Pair, Splits


def load(config: ToyData) -> Splits:
    """Sixty pictures of 8x8 in each split."""
    generator = torch.Generator().manual_seed(0)
    pairs = []
    for _ in range(3):
        labels = torch.arange(60) % 2
        noise = torch.rand(60, 1, 8, 8, generator=generator) * 0.1
        pairs.append(Pair(noise + config.brightness * labels.view(-1, 1, 1, 1), labels))
    mean, std = torch.tensor([0.3]), torch.tensor([0.25])
    train, validation, test = (Pair((inputs - mean) / std, targets) for inputs, targets in pairs)
    return Splits("toy", train, validation, test, ("dark", "bright"), mean, std)
''',
    )
    copy.insert("explorer/datasets/__init__.py", '    "adding": DatasetSpec(', '    "toy": DatasetSpec(toy.load),\n')
    copy.insert(
        "explorer/datasets/__init__.py",
        "from explorer.datasets.sequences import",
        "from explorer.datasets import toy\n",
    )


def test_a_data_set(copy: Copy) -> None:
    add_data_set(copy)
    assert files_of(copy) == recipe("data set") <= 3
    assert "brightness of the second class" in copy.run("-m", "explorer", "train", "--help")
    copy.page(
        """
app = opened("cnn")
assert "Toy noise" in choices(app, "Data set")
next(box for box in app.selectbox if box.label == "Data set").set_value("toy").run()
assert not app.exception and not app.error
assert any(slider.label == "Brightness" for slider in app.select_slider)
"""
    )
    copy.contract("tests/test_config.py", "tests/ui/test_form.py")


# ── an architecture ──────────────────────────────────────────────────────────────────────────────────────────────────
def add_architecture(copy: Copy) -> None:
    copy.insert(
        "explorer/config/networks.py",
        "Recurrent = ",
        '''class ToyModel(Model):
    """One linear layer."""

    title: ClassVar[str] = "Toy network"
    short: ClassVar[str] = "Toy"
    pages: ClassVar[tuple[str, ...]] = ("cnn",)
    name: Literal["toy"] = "toy"
    gain: float = setting(1.0, "factor of the initial weights", ge=0.1, le=2.0)
    seed: int = setting(0, "seed of the initial weights", ge=0, le=9999, advanced=True)


''',
    )
    copy.replace("explorer/config/networks.py", "| Recurrent | MlpModel\n", "| Recurrent | MlpModel | ToyModel\n")
    copy.new(
        "explorer/models/toy.py",
        '''"""One linear layer."""

from math import prod

import torch
from torch import nn

from explorer.config.networks import ToyModel
from explorer.datasets.splits import Shaped


def build(config: ToyModel, splits: Shaped) -> nn.Module:
    """The pixels, and one logit per class."""
    facts = splits.shape_facts()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = nn.Sequential(nn.Flatten(), nn.Linear(prod(facts.input_shape), len(facts.class_names)))
    model[1].weight.data *= config.gain
    return model
''',
    )
    copy.insert("explorer/models/__init__.py", "\n\ndef build(", 'MODELS["toy"] = ModelSpec(toy.build)\n')
    copy.insert("explorer/models/__init__.py", "\n\n@dataclass", "from explorer.models import toy\n")


def test_an_architecture(copy: Copy) -> None:
    add_architecture(copy)
    assert files_of(copy) == recipe("picture architecture") <= 4
    assert "factor of the initial weights" in copy.run("-m", "explorer", "train", "--help")
    runs = str(copy.root / "runs")
    given = ("--dataset", "digits", "--model", "toy", "--training.epochs", "1")
    assert "Finished" in copy.run("-m", "explorer", "train", *given, EXPLORER_RUNS=runs)
    copy.page(
        """
from pathlib import Path

run = next(Path("runs").iterdir()).name
for view in ("Feature maps", "Kernels", "Predictions", "Embeddings", "Health"):
    app = opened("cnn", run=run, view=view)
assert "Toy network" in choices(app, "Network")
next(box for box in app.selectbox if box.label == "Network").set_value("toy").run()
assert not app.exception and not app.error
assert any(slider.label == "Gain" for slider in app.select_slider)
opened("closing")
"""
    )
    copy.contract("tests/test_config.py", "tests/ui/test_form.py", "tests/models/test_models.py")


# ── a recurrent cell ─────────────────────────────────────────────────────────────────────────────────────────────────
def add_cell(copy: Copy) -> None:
    copy.insert(
        "explorer/config/networks.py",
        "Recurrent = ",
        '''class ToyModel(RecurrentModel):
    """A plain recurrent network with ReLU."""

    title: ClassVar[str] = "Toy cell"
    short: ClassVar[str] = "Toy"
    pages: ClassVar[tuple[str, ...]] = ("rnn",)
    name: Literal["toy"] = "toy"
    gain: float = setting(1.0, "factor of the initial weights", ge=0.1, le=2.0)


''',
    )
    copy.replace("explorer/config/networks.py", "| LstmModel | GruModel\n", "| LstmModel | GruModel | ToyModel\n")
    copy.insert(
        "explorer/models/recurrent.py",
        "    if isinstance(config, RnnModel):\n",
        '    if config.__class__.__name__ == "ToyModel":\n'
        '        return nn.RNN(width, config.hidden_size, nonlinearity="relu", **settings)\n',
    )
    copy.insert("explorer/models/__init__.py", "\n\ndef build(", 'MODELS["toy"] = ModelSpec(recurrent.build)\n')


def test_a_recurrent_cell(copy: Copy) -> None:
    add_cell(copy)
    # its equations are those of PyTorch's nn.RNN: their file and line in inspection/cells, diagram and words are there
    assert files_of(copy) + 4 == recipe("recurrent cell") <= 7
    assert "Toy cell" not in copy.run("-m", "explorer", "--help")
    assert "toy: A plain recurrent network with ReLU" in copy.run("-m", "explorer", "train", "--help")
    runs = str(copy.root / "runs")
    given = ("--dataset", "parity", "--dataset.examples", "500", "--model", "toy", "--training.epochs", "1")
    assert "Finished" in copy.run("-m", "explorer", "train", *given, EXPLORER_RUNS=runs)
    copy.page(
        """
from pathlib import Path

run = next(Path("runs").iterdir()).name
for view in ("Cell", "States", "Gates", "Gradients", "Interventions", "Output", "Compare"):
    app = opened("rnn", run=run, view=view)
assert "Toy cell" in choices(app, "Network")
assert any("Train the RNN on the same data" == button.label for button in app.button)
app = opened("lstm", view="Gradients")
assert any("Train the Toy on the same data" == button.label for button in app.button)
"""
    )
    copy.contract("tests/test_config.py", "tests/ui/test_form.py")


# ── a view ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def add_view(copy: Copy) -> None:
    copy.insert("explorer/ui/view.py", '    DATA = "Data"\n', '    TOY = "Toy view"\n')
    copy.new(
        "explorer/ui/views/picture/toy.py",
        '''"""The mean of the probe."""

import streamlit as st

from explorer.ui.subject.picture import PictureSubject


def draw(subject: PictureSubject) -> None:
    """Draw one number."""
    st.metric("mean of the probe", f"{subject.inputs.mean():.6g}")
''',
    )
    copy.insert(
        "explorer/ui/views/__init__.py",
        "    View(ViewName.DATA, ",
        '    View(ViewName.TOY, "the mean of the probe", toy.draw),\n',
    )
    copy.insert(
        "explorer/ui/views/__init__.py",
        "from explorer.ui.views.sequence import",
        "from explorer.ui.views.picture import toy\n",
    )


def test_a_view(copy: Copy) -> None:
    add_view(copy)
    assert files_of(copy) == recipe("view") <= 4
    copy.page(
        """
for page in ("cnn", "pretrained"):
    app = opened(page, view="Toy view")
    assert "Toy view" in [tab.label for tab in app.tabs]
    assert app.metric[0].label == "mean of the probe"
"""
    )
    readme = copy.root / "README.md"
    rows = readme.read_text(encoding="utf-8")
    readme.write_text(rows.replace("| Data |", "| Toy view | the mean of the probe |\n| Data |"), encoding="utf-8")
    copy.run("-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "tests/ui/test_views.py")


Edit = Callable[[Copy], None]


@pytest.mark.parametrize("add", [add_data_set, add_architecture, add_cell, add_view])
def test_the_copy_without_the_edit_lacks_the_part(copy: Copy, add: Edit) -> None:
    """What the tests above find is not there by itself."""
    untouched = {path: path.read_bytes() for path in (copy.root / "explorer").rglob("*.py")}
    add(copy)
    changed = {path for path, content in untouched.items() if path.read_bytes() != content}
    assert changed
    assert not any(b"toy" in untouched[path].lower() for path in changed)
