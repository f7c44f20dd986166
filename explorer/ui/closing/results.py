"""The result and the cost of each kind of network on the same digits."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from scipy.stats import binomtest
from torch import Tensor

from explorer.config import ModelConfig, RecurrentConfig, RunConfig, by_name, names, parse
from explorer.figures.comparison import Accuracy
from explorer.figures.networks import Network
from explorer.inspection import predict
from explorer.training.run import ReadableRun
from explorer.ui.cache import data_of, kept, model_at, opens
from explorer.ui.rights import mine
from explorer.ui.run import queue, runs


@dataclass(frozen=True)
class Result:
    """A finished run on the digits, and its figures for the comparison."""

    run: ReadableRun
    model: str
    own: bool  # the visitor's own, not an example run
    right: int  # correct predictions on the test split
    asked: int  # pictures in the test split
    learnt: int  # trainable parameters
    parameters: int  # all parameters
    seconds: float

    @property
    def title(self) -> str:
        """The name of its kind of network."""
        return str(kinds()[self.model].short)

    @property
    def recurrent(self) -> bool:
        """True if it reads the digits row by row."""
        return self.model in names(RecurrentConfig)

    @property
    def network(self) -> Network:
        """Its name in charts."""
        return Network(self.model, self.title, self.own)

    @property
    def accuracy(self) -> Accuracy:
        """The accuracy and its 95 % confidence interval."""
        return Accuracy(self.right / self.asked, *interval(self.right, self.asked))


def kinds() -> dict[str, Any]:
    """The configuration classes of all networks, by name."""
    return by_name(ModelConfig)


def default_config(model: str) -> RunConfig:
    """The default run of a kind of network on the digits."""
    return parse(
        {"dataset": {"name": "digit_rows" if model in names(RecurrentConfig) else "digits"}, "model": {"name": model}}
    )


def on_these_digits(config: RunConfig) -> bool:
    """True if a run learns all digits, in the default splits."""
    return config.dataset == default_config(config.model.name).dataset


def compared() -> list[Result]:
    """The visitor's newest finished run of each kind, else the example run; kinds without either are left out."""
    finished: dict[str, ReadableRun] = {}
    for run in runs.mine_or_examples(names(ModelConfig)):
        if run.config.model.name in finished:
            continue
        if on_these_digits(run.config) and run.status == "finished" and opens(run):
            finished[run.config.model.name] = run
    return [result_of(finished[model]) for model in kinds() if model in finished]


def by_seed(result: Result) -> tuple[int, ...]:
    """The correct predictions of the visitor's runs and the examples that differ only in their seeds, one a seed."""
    wanted = result.run.config.without_seeds
    found = {result.run.config.seeds: result.right}
    for run in runs.mine_or_examples((result.model,)):
        if run.status == "finished" and run.steps and run.config.without_seeds == wanted:
            found.setdefault(run.config.seeds, round((run.state().test_accuracy or 0.0) * result.asked))
    return tuple(found.values())


def under_way() -> set[str]:
    """The kinds of network that the visitor trains on these digits, or that wait for it."""
    known = runs.readable_runs(names(ModelConfig))
    learning = [run.config for run in known if mine(run) and run.status in runs.ACTIVE]
    return {config.model.name for config in (*learning, *queue.waiting()) if on_these_digits(config)}


def result_of(run: ReadableRun) -> Result:
    """The figures of a finished run."""
    state = run.state()
    learnt, parameters = _parameters(run, run.steps[-1])
    asked = len(test_split(run.config)[1])
    right = round((state.test_accuracy or 0.0) * asked)
    own = mine(run)
    return Result(run, run.config.model.name, own, right, asked, learnt, parameters, state.seconds)


@kept(64)
def _parameters(run: ReadableRun, step: int) -> tuple[int, int]:
    with model_at(run, step) as model:
        counts = [(parameter.numel(), parameter.requires_grad) for parameter in model.parameters()]
    return sum(count for count, learns in counts if learns), sum(count for count, _ in counts)


def test_split(config: RunConfig) -> tuple[Tensor, Tensor]:
    """The test split as a run reads it: the same digits in the same order for every network."""
    return data_of(config.dataset).test


def answers(result: Result) -> tuple[int, ...]:
    """The predicted class of each digit of the test split."""
    return _answers(result.run, result.run.steps[-1])


@kept(64)
def _answers(run: ReadableRun, step: int) -> tuple[int, ...]:
    with model_at(run, step) as model:
        return tuple(predict(model, test_split(run.config)[0]).labels.tolist())


def interval(right: int, asked: int) -> tuple[float, float]:
    """The 95 % confidence interval of an accuracy.

    Source: Wilson 1927, Probable inference, the law of succession, and statistical inference, JASA 22.
    """
    found = binomtest(right, asked).proportion_ci(0.95, method="wilson")
    return float(found.low), float(found.high)


def split_by_chance(one_alone: int, other_alone: int) -> float:
    """The probability that chance divides the digits that one of two networks gets right at least as unevenly.

    The exact test of McNemar 1947, Note on the sampling error of the difference between correlated proportions,
    Psychometrika 12: each such digit falls to either network like a fair coin.
    """
    both = one_alone + other_alone
    return float(binomtest(one_alone, both).pvalue) if both else 1.0


def missing(results: Iterable[Result], learning: Iterable[str]) -> list[str]:
    """The kinds of network that the visitor has not trained on these digits yet."""
    there = {result.model for result in results if result.own} | set(learning)
    return [model for model in kinds() if model not in there]
