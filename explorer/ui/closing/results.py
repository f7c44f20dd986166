"""What each kind of network reached on the same digits, and what it cost."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st
from torch import Tensor

from explorer.config import RunConfig, parse
from explorer.datasets.sequences import Sequences
from explorer.datasets.splits import Splits
from explorer.figures.comparison import Accuracy
from explorer.figures.networks import Network
from explorer.inspection import predict
from explorer.training.run import Run
from explorer.ui import queue, runs
from explorer.ui.look import data_of, model_at
from explorer.ui.places import TITLES

RECURRENT = ("rnn", "lstm", "gru")
NORMAL_95 = 1.959964  # a normal deviate lies within this many deviations in 95 of 100 cases


@dataclass(frozen=True)
class Result:
    """A finished run on the digits, and what counts of it here."""

    run: Run
    model: str
    own: bool  # the visitor's, or one that ships
    right: int  # of the test split
    asked: int  # pictures in the test split
    learnt: int  # parameters that learnt
    parameters: int  # all of them
    seconds: float

    @property
    def title(self) -> str:
        """What its kind of network is called."""
        return TITLES[self.model]

    @property
    def network(self) -> Network:
        """How charts name it."""
        return Network(self.model, self.title, self.own)

    @property
    def accuracy(self) -> Accuracy:
        """The share that is right, and its 95 % interval."""
        return Accuracy(self.right / self.asked, *interval(self.right, self.asked))


def default_config(model: str) -> RunConfig:
    """What a kind of network is trained with on the digits where nothing else is asked for."""
    return parse({"dataset": {"name": "digit_rows" if model in RECURRENT else "digits"}, "model": {"name": model}})


def on_these_digits(config: RunConfig) -> bool:
    """Whether a run learns all of the digits, divided as they are divided here."""
    return config.model.name in TITLES and config.dataset == default_config(config.model.name).dataset


def compared() -> list[Result]:
    """The visitor's newest finished run of each kind, else the one that ships; kinds that neither has are left out."""
    finished: dict[str, Run] = {}
    for run in runs.known_runs(tuple(TITLES)).values():
        if run.config is not None and on_these_digits(run.config) and run.status == "finished" and run.steps:
            finished.setdefault(run.config.model.name, run)
    return [result_of(finished[model]) for model in TITLES if model in finished]


def under_way() -> set[str]:
    """The kinds of network that are learning these digits now, or wait for their turn."""
    known = runs.known_runs(tuple(TITLES)).values()
    learning = [run.config for run in known if run.status in runs.ACTIVE and run.config is not None]
    return {config.model.name for config in (*learning, *queue.waiting()) if on_these_digits(config)}


def result_of(run: Run) -> Result:
    """What counts of a finished run."""
    assert run.config is not None
    state = run.state()
    learnt, parameters = _parameters(str(run.path), run.steps[-1], run)
    asked = len(test_split(run.config)[1])
    right = round((state.test_accuracy or 0.0) * asked)
    own = not run.path.is_relative_to(runs.SHIPPED)
    return Result(run, run.config.model.name, own, right, asked, learnt, parameters, state.seconds)


@st.cache_data(max_entries=64, show_spinner=False)
def _parameters(path: str, step: int, _run: Run) -> tuple[int, int]:
    with model_at(_run, step) as model:
        counts = [(parameter.numel(), parameter.requires_grad) for parameter in model.parameters()]
    return sum(count for count, learns in counts if learns), sum(count for count, _ in counts)


def test_split(config: RunConfig) -> tuple[Tensor, Tensor]:
    """The test split as a run reads it: the same digits in the same order for every network."""
    splits = data_of(config.dataset)
    assert isinstance(splits, (Splits, Sequences))
    return splits.test.inputs, splits.test.targets


def answers(result: Result) -> tuple[int, ...]:
    """What a network takes each digit of the test split for."""
    return _answers(str(result.run.path), result.run.steps[-1], result.run)


@st.cache_data(max_entries=64, show_spinner=False)
def _answers(path: str, step: int, _run: Run) -> tuple[int, ...]:
    assert _run.config is not None
    with model_at(_run, step) as model:
        return tuple(predict(model, test_split(_run.config)[0]).labels.tolist())


def interval(right: int, asked: int) -> tuple[float, float]:
    """Where the share that would be right among any number of such pictures lies, in 95 of 100 cases.

    Source: Wilson 1927, Probable inference, the law of succession, and statistical inference, JASA 22.
    """
    share, square = right / asked, NORMAL_95**2
    middle = (share + square / (2 * asked)) / (1 + square / asked)
    half = NORMAL_95 * math.sqrt(share * (1 - share) / asked + square / (4 * asked**2)) / (1 + square / asked)
    return middle - half, middle + half


def split_by_chance(one_alone: int, other_alone: int) -> float:
    """How often chance alone divides what only one of two networks gets right at least as unevenly.

    The exact test of McNemar 1947, Note on the sampling error of the difference between correlated proportions,
    Psychometrika 12: each such picture falls to either network like a fair coin.
    """
    both = one_alone + other_alone
    tail: float = sum(math.comb(both, count) for count in range(min(one_alone, other_alone) + 1)) / 2**both
    return min(1.0, 2 * tail)


def missing(results: Iterable[Result], learning: Iterable[str]) -> list[str]:
    """The kinds of network that the visitor has not trained on these digits yet."""
    there = {result.model for result in results if result.own} | set(learning)
    return [model for model in TITLES if model not in there]
