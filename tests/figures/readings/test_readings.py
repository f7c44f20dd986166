"""A chart's sentence follows its numbers: opposite numbers give the opposite sentence."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from explorer.figures.channels import ascent, logits_before_after, ranking
from explorer.figures.curves import compare_runs, learning_curve
from explorer.figures.data import class_counts
from explorer.figures.forecasts import errors_by_step, span_forecasts
from explorer.figures.gates import saturation_scatter
from explorer.figures.health import distribution_over_training, movement
from explorer.figures.interventions import answer_bars
from explorer.figures.lengths import against_length
from explorer.figures.predictions import probability_bars
from explorer.figures.readings.ahead import errors_ahead, over_lengths, shifted
from explorer.figures.readings.answers import (
    ascended,
    balance,
    confidence,
    intervals,
    logits_changed,
    most_confused,
    parted,
    probabilities_moved,
    ranked_channels,
    uncertainty,
)
from explorer.figures.readings.curves import compared, learning
from explorer.figures.readings.faithfulness import beside_random
from explorer.figures.readings.parameters import (
    distributions,
    gate_values,
    gradient_norms,
    movements,
    saturated_units,
    update_ratios,
)
from explorer.figures.readings.pictures import shape_of_graph
from explorer.figures.readings.transfer import by_examples, moved_most
from explorer.figures.through_time import before_after
from explorer.figures.tokens import token_probabilities
from explorer.figures.transfer import STRATEGIES, accuracy_by_examples, distances
from explorer.inspection import ATTRIBUTION_METHODS
from explorer.learn import about_charts

NAMES = ("cat", "dog")


def run(quantity: str, training: list[float], validation: list[float]) -> pd.DataFrame:
    """A check after every second batch; both batches before it have its training value."""
    rows = [
        {"step": 2 * check + part, quantity: value, f"validation_{quantity}": np.nan if part == 1 else measured}
        for check, (value, measured) in enumerate(zip(training, validation, strict=True))
        for part in (1, 2)
    ]
    return pd.DataFrame(rows)


def matrices(first: float, last: float, column: str = "gradient") -> pd.DataFrame:
    return pd.DataFrame({"step": [8, 8], "parameter": ["conv", "head"], column: [first, last]})


def points(*accuracies: tuple[str, int, float]) -> pd.DataFrame:
    return pd.DataFrame(accuracies, columns=["strategy", "examples", "accuracy"])


def losses(**ends: float) -> dict[str, pd.DataFrame]:
    return {
        name: pd.DataFrame({"step": [0, 50], "validation_loss": [1.0, end], "validation_accuracy": [0.1, end]})
        for name, end in ends.items()
    }


HALVES = np.array([0.0, 0.1, 0.5, 0.9, 1.0])
LENGTHS = np.array([10, 100])
NONE = points()

# kind of chart: (numbers, what is said), (opposite numbers, the opposite)
Case = tuple[Callable[[], str], str]
OPPOSITE: dict[str, list[Case]] = {
    "accuracy": [
        (lambda: learning(run("accuracy", [0.6, 0.9], [0.5, 0.7]), "accuracy"), "20 points below that of the training"),
        (lambda: learning(run("accuracy", [0.5, 0.7], [0.6, 0.9]), "accuracy"), "20 points above that of the training"),
        (lambda: learning(run("accuracy", [0.6, 0.9], [0.8, 0.7]), "accuracy"), "while training improved: overfitting"),
        (lambda: learning(run("accuracy", [0.9, 0.6], [0.8, 0.7]), "accuracy"), "this is not overfitting"),
        (lambda: learning(run("accuracy", [0.6, 0.9], [0.5, 0.9]), "accuracy"), "close together"),
    ],
    "loss": [
        (lambda: learning(run("loss", [1.0, 0.2], [1.1, 0.4]), "loss"), "validation loss is higher"),
        (lambda: learning(run("loss", [1.1, 0.4], [1.0, 0.2]), "loss"), "validation loss is lower"),
        (lambda: learning(run("loss", [1.0, 0.2], [0.5, 1.0]), "loss"), "2 times that since, while training improved"),
        (lambda: learning(run("loss", [0.2, 1.0], [0.5, 1.0]), "loss"), "this is not overfitting"),
        (lambda: learning(run("loss", [1.0], [0.1]), "loss", 0.2, "chance"), "below that of chance"),
        (lambda: learning(run("loss", [1.0], [0.3]), "loss", 0.2, "chance"), "not below that of chance"),
    ],
    "loss-compared": [
        (lambda: compared(losses(RNN=0.4, LSTM=0.1), "validation_loss"), "LSTM ends best, RNN is at 4 times its loss"),
        (lambda: compared(losses(RNN=0.1, LSTM=0.4), "validation_loss"), "RNN ends best, LSTM is at 4 times its loss"),
        (lambda: compared(losses(RNN=0.1), "validation_loss", 0.2), "RNN from step 50 on"),
        (lambda: compared(losses(RNN=0.3), "validation_loss", 0.2), "RNN never"),
    ],
    "accuracy-compared": [
        (lambda: compared(losses(RNN=0.7, LSTM=0.9), "validation_accuracy"), "LSTM ends best, by 20 points"),
        (lambda: compared(losses(RNN=0.9, LSTM=0.7), "validation_accuracy"), "RNN ends best, by 20 points"),
        (lambda: compared(losses(RNN=0.9, LSTM=0.895), "validation_accuracy"), "RNN and LSTM end about equal"),
    ],
    "gradient-norm": [
        (lambda: gradient_norms(matrices(1e-6, 1.0), "gradient"), "it vanishes"),
        (lambda: gradient_norms(matrices(1.0, 1e-6), "gradient"), "it explodes"),
        (lambda: gradient_norms(matrices(1.0, 0.5), "gradient"), "neither vanishes nor explodes"),
        (lambda: gradient_norms(matrices(0.0, 0.5), "gradient"), "no gradient reaches conv"),
    ],
    "update-ratio": [
        (lambda: update_ratios(matrices(0.5, 1e-3, "ratio"), "ratio"), "1 of 2 are within ten times of one in a thou"),
        (lambda: update_ratios(matrices(0.5, 1e-3, "ratio"), "ratio"), "1 above it: fast"),
        (lambda: update_ratios(matrices(1e-6, 1e-3, "ratio"), "ratio"), "1 below it: slow"),
    ],
    "activations-over-training": [
        (lambda: distributions(np.array([[2, 2], [0, 4]]), HALVES[[0, 2, 4]], [0, 8], "activation"), "0% of the activ"),
        (lambda: distributions(np.array([[2, 2], [4, 0]]), HALVES[[0, 2, 4]], [0, 8], "activation"), "100% of the act"),
    ],
    "weights-over-training": [
        # by hand: at the centres -1.5, -0.5, 0.5, 1.5 the deviation is 1.5 for the outer pair and 0.5 for the inner
        (
            lambda: distributions(np.array([[0, 1, 1, 0], [1, 0, 0, 1]]), np.arange(-2, 3), [0, 8], "weight"),
            "3 times that of then",
        ),
        (
            lambda: distributions(np.array([[1, 0, 0, 1], [0, 1, 1, 0]]), np.arange(-2, 3), [0, 8], "weight"),
            "0.33 of that of then",
        ),
        (lambda: distributions(np.array([[1, 0, 0, 1]] * 2), np.arange(-2, 3), [0, 8], "weight"), "as it was then"),
    ],
    "kernel-movement": [
        (lambda: movements(np.array([[0.0, 0.9], [0.0, 0.1]]), [0, 8]), "channel 0 has moved most, by 90%"),
        (lambda: movements(np.array([[0.0, 0.1], [0.0, 0.9]]), [0, 8]), "channel 1 has moved most, by 90%"),
        (lambda: movements(np.zeros((2, 2)), [0, 8]), "No kernel has moved by step 8"),
        (lambda: movements(np.zeros((2, 1)), [0]), "no kernel has moved yet"),
    ],
    "gates-over-training": [
        (lambda: gate_values(np.array([[0, 4, 4, 0], [4, 0, 0, 4]]), HALVES, "forget", [0, 8], 8), "100% below 0.1 or"),
        (lambda: gate_values(np.array([[4, 0, 0, 4], [0, 4, 4, 0]]), HALVES, "forget", [0, 8], 8), "0% below 0.1 or a"),
    ],
    "gate-saturation": [
        (lambda: saturated_units({"forget": (np.array([0.9]), np.array([0.0]))}), "1 mostly closed, 0 mostly open"),
        (lambda: saturated_units({"forget": (np.array([0.0]), np.array([0.9]))}), "0 mostly closed, 1 mostly open"),
    ],
    "class-counts": [
        (lambda: balance({"train": np.array([30, 10])}, NAMES), "always answering cat is correct in 75.0%"),
        (lambda: balance({"train": np.array([10, 30])}, NAMES), "always answering dog is correct in 75.0%"),
        (lambda: balance({"train": np.array([5, 9]), "test": np.array([5, 1])}, NAMES), "Every class has 10 examples"),
    ],
    "transfer": [
        (lambda: by_examples(points(("frozen", 1, 0.8), ("scratch", 1, 0.3)), NONE, STRATEGIES), "are 50 points above"),
        (lambda: by_examples(points(("frozen", 1, 0.3), ("scratch", 1, 0.8)), NONE, STRATEGIES), "are 50 points below"),
    ],
    "moved-parts": [
        (lambda: moved_most({"scratch": {"conv": 0.9, "head": 0.1}}, STRATEGIES), "conv moved most (0.9)"),
        (lambda: moved_most({"frozen": {"conv": 0.0, "head": 0.1}}, STRATEGIES), "1 of 2 parts stay at 0"),
        (lambda: moved_most({"frozen": {"conv": 0.0}}, STRATEGIES), "nothing moved"),
    ],
    "probabilities": [
        (lambda: confidence(np.array([0.9, 0.1]), NAMES), "cat leads dog by 80 points"),
        (lambda: confidence(np.array([0.4, 0.6]), NAMES), "dog leads cat by 20 points"),
    ],
    "next-token": [
        (lambda: uncertainty(np.array([1.0, 0.0]), NAMES), "a guess among 1 equally likely"),
        (lambda: uncertainty(np.array([0.5, 0.5]), NAMES), "a guess among 2 equally likely"),
    ],
    "ablated-logits": [
        (lambda: logits_changed(np.array([3.0, 1.0]), np.array([1.0, 1.5]), NAMES), "logit of cat falls most, by 2"),
        (lambda: logits_changed(np.array([1.0, 1.0]), np.array([3.0, 0.5]), NAMES), "that of cat rises most, by 2"),
    ],
    "edited-logits": [(lambda: logits_changed(np.array([3.0, 1.0]), np.array([3.0, 1.0]), NAMES), "No logit changes")],
    "channel-ranking": [
        (lambda: ranked_channels(np.array([-2.0, 0.5]), "cat"), "without channel 0 it falls most, by 2"),
        (lambda: ranked_channels(np.array([2.0, -0.5]), "cat"), "without channel 0 it rises most, by 2"),
        (lambda: ranked_channels(np.zeros(2), "cat"), "No channel changes"),
    ],
    "visualised-activation": [
        (lambda: ascended(np.array([0.0, 1.0, 2.0, 3.0]), 2.5), "ends above the strongest"),
        (lambda: ascended(np.array([0.0, 1.0, 2.0, 3.0]), 3.5), "ends not above the strongest"),
        (lambda: ascended(np.array([0.0, 1, 2, 3, 4, 5, 6, 7]), 2.5), "more iterations may take it further"),
        (lambda: ascended(np.array([0.0, 3, 3, 3, 3, 3, 3, 3]), 2.5), "more iterations would add little"),
    ],
    "held-states": [
        (
            lambda: parted(np.zeros(3), np.array([0.0, 0.5, 0.0]), ("as it was", "held")),
            "From step 2 on",
        ),
        (
            lambda: parted(np.zeros(3), np.array([0.0, 0.5, 0.4]), ("as it was", "held")),
            "they are 0.4 apart",
        ),
    ],
    "held-losses": [
        (lambda: parted(np.array([np.nan, 1.0]), np.array([np.nan, 3.0]), ("as it was", "held")), "step 1, 2 higher"),
        (lambda: parted(np.array([np.nan, 3.0]), np.array([np.nan, 1.0]), ("as it was", "held")), "step 1, 2 lower"),
    ],
    "held-answers": [
        (
            lambda: probabilities_moved(np.array([0.9, 0.1]), np.array([0.2, 0.3]), NAMES),
            "cat falls most, from 90.0%",
        ),
        (
            lambda: probabilities_moved(np.array([0.2, 0.3]), np.array([0.9, 0.1]), NAMES),
            "cat rises most, from 20.0%",
        ),
        (lambda: probabilities_moved(np.array([0.2, 0.8]), np.array([0.2, 0.8]), NAMES), "No probability changes"),
    ],
    "answers-in-time": [
        (lambda: parted(np.ones(2), np.ones(2), ("target", "answer")), "equal at every step"),
        (lambda: parted(np.ones(2), np.zeros(2), ("target", "answer")), "1 lower"),
    ],
    "accuracies-compared": [
        (lambda: intervals({"CNN": (0.99, 0.97, 1.0), "RNN": (0.9, 0.88, 0.92)}), "overlaps with no other"),
        (lambda: intervals({"CNN": (0.99, 0.95, 1.0), "RNN": (0.97, 0.93, 0.99)}), "that of RNN: between these the or"),
    ],
    "confusion": [
        (lambda: most_confused(np.array([[5, 2], [0, 7]]), NAMES), "“cat” predicted as “dog”, twice"),
        (lambda: most_confused(np.array([[5, 0], [1, 7]]), NAMES), "“dog” predicted as “cat”, once"),
        (lambda: most_confused(np.array([[5, 0], [0, 7]]), NAMES), "All 12 predictions are correct"),
    ],
    "network-graph": [
        (lambda: shape_of_graph(5, 4, 0), "a chain"),
        (lambda: shape_of_graph(5, 5, 1), "1 of the 5 connections skips boxes"),
    ],
    "deletion": [
        (
            lambda: beside_random({"LRP": 0.1}, np.array([0.2, 0.3]), low_is_good=True),
            "Better than all 2 random",
        ),
        (lambda: beside_random({"LRP": 0.25}, np.array([0.2, 0.3]), low_is_good=True), "no better than chance: LRP"),
        (lambda: beside_random({"LRP": 0.4}, np.array([0.2, 0.3]), low_is_good=True), "worse than all of them: LRP"),
    ],
    "insertion": [
        (
            lambda: beside_random({"LRP": 0.4}, np.array([0.2, 0.3]), low_is_good=False),
            "Better than all 2 random",
        ),
        (lambda: beside_random({"LRP": 0.1}, np.array([0.2, 0.3]), low_is_good=False), "worse than all of them: LRP"),
    ],
    "forecast-errors": [
        (lambda: errors_ahead(np.array([1.0, 2.0]), {"persistence": np.full(2, 3.0)}), "persistence at every distance"),
        (
            lambda: errors_ahead(np.array([1.0, 2.0]), {"persistence": np.full(2, 0.5)}),
            "persistence at 0 of 2",
        ),
        (lambda: errors_ahead(np.array([1.0, 2.0]), {"persistence": np.full(2, 0.5)}), "Its error grows from 1 "),
        (lambda: errors_ahead(np.array([2.0, 1.0]), {"persistence": np.full(2, 0.5)}), "Its error falls from 2 "),
    ],
    "forecast-span": [
        (
            lambda: shifted(np.array([1.0, 5.0]), np.array([1.0, 5.0]), np.array([0.0, 1.0])),
            "does not merely repeat",
        ),
        (lambda: shifted(np.array([1.0, 5.0]), np.array([0.0, 1.0]), np.array([0.0, 1.0])), "it mostly repeats it"),
    ],
    "loss-by-length": [
        (
            lambda: over_lengths({"RNN": (LENGTHS, np.array([0.1, 0.4]))}, 10, accuracy=False),
            "RNN has 4 times",
        ),
        (lambda: over_lengths({"RNN": (LENGTHS, np.array([0.4, 0.1]))}, 10, accuracy=False), "a loss 4 times lower"),
    ],
    "share-by-length": [
        (lambda: over_lengths({"RNN": (LENGTHS, np.array([0.9, 0.5]))}, 10, accuracy=True), "RNN loses 40 points"),
        (lambda: over_lengths({"RNN": (LENGTHS, np.array([0.5, 0.9]))}, 10, accuracy=True), "RNN gains 40 points"),
    ],
}

# the page computes these: their opposites are tried where the functions are tested
BY_PAGES = {"feature-maps", "receptive-field", "effective-field", "top-patches", "moved-layers", "surprise", "forecast"}
BY_PAGES |= {"gradient-through-time", "gradient-clipping", "randomised-similarity", "gradient-by-layer"}
BY_PAGES |= {"gradient-by-time", "hard-pictures"}

# the line says how to read the chart, and nothing of what it shows
HOW_TO_READ = {"input", "feature-map", "kernels", "colour-kernels", "convolution-input", "convolution-output", "patch"}
HOW_TO_READ |= {"patch-kernel", "patch-products", "embedding-pca", "embedding-tsne", "visualised", "class-examples"}
HOW_TO_READ |= {"new-pictures", "sizes", "courses", "roadmap", "unrolled", "five-types", "cell-rnn", "cell-lstm"}
HOW_TO_READ |= {"cell-gru", "states", "unit-ranking", "unit-traces", "coloured-text", "gates", "gate-gradients"}
HOW_TO_READ |= {
    "augmented-examples",
    "learning-rate",
    "sequence-read",
    "drawn",
    "drawn-right",
    "randomised-maps",
    *ATTRIBUTION_METHODS,
    "attention_rollout",
}


def test_every_kind_of_chart_either_computes_its_sentence_or_says_how_to_read_it() -> None:
    assert HOW_TO_READ.isdisjoint(OPPOSITE)
    assert BY_PAGES.isdisjoint({*OPPOSITE, *HOW_TO_READ})
    assert {*OPPOSITE, *BY_PAGES, *HOW_TO_READ} == set(about_charts())


@pytest.mark.parametrize("kind", sorted({*OPPOSITE, *HOW_TO_READ}))
def test_a_line_on_how_to_read_a_chart_states_nothing_of_its_data(kind: str) -> None:
    words = about_charts()[kind].reading.lower()
    for claim in ("usually", "overfitting", "hardly", "most of", "means that", "has learn", "have learn"):
        assert claim not in words


@pytest.mark.parametrize(
    ("kind", "case"), [(kind, case) for kind, cases in OPPOSITE.items() for case in range(len(cases))]
)
def test_the_sentence_of_a_chart_follows_its_numbers(kind: str, case: int) -> None:
    said, expected = OPPOSITE[kind][case]
    assert expected in said()


def test_no_sentence_is_said_before_there_are_numbers() -> None:
    empty = run("loss", [], []).reindex(columns=["step", "loss", "validation_loss"])
    assert learning(empty, "loss") == ""
    assert compared({"RNN": empty}, "validation_loss") == ""
    assert by_examples(NONE, NONE, STRATEGIES) == ""
    assert parted(np.full(2, np.nan), np.zeros(2), ("a", "b")) == ""


def test_a_gap_is_told_since_the_check_from_which_on_it_holds() -> None:
    metrics = run("accuracy", [0.5, 0.6, 0.8, 0.9], [0.5, 0.7, 0.7, 0.7])
    assert "since step 6" in learning(metrics, "accuracy")  # at step 4 validation was above
    assert "checked 4 times" in learning(metrics, "accuracy")


METRICS = run("accuracy", [0.5, 0.7], [0.6, 0.9])
FIGURES = {
    "learning_curve": learning_curve(METRICS, "accuracy", 4),
    "compare_runs": compare_runs({"RNN": METRICS}, "validation_accuracy", "Accuracy", "accuracy"),
    "distribution_over_training": distribution_over_training(np.ones((1, 2)), HALVES[[0, 2, 4]], [0], "A", "weight"),
    "movement": movement(np.array([[0.0, 0.9]]), [0, 8], "Moved"),
    "probability_bars": probability_bars(np.array([0.9, 0.1]), NAMES, 0),
    "token_probabilities": token_probabilities(NAMES, np.array([0.9, 0.1]), None, "Next"),
    "logits_before_after": logits_before_after(np.ones(2), np.zeros(2), NAMES, ("before", "after")),
    "ranking": ranking(np.array([0.1, -0.2]), "cat"),
    "ascent": ascent(np.arange(4), np.arange(4.0), 2.0),
    "class_counts": class_counts({"train": np.array([3, 4])}, NAMES),
    "before_after": before_after(np.zeros(2), np.ones(2), ("before", "after"), "State"),
    "answer_bars": answer_bars(NAMES, np.array([0.9, 0.1]), np.array([0.1, 0.9]), ("before", "after"), "Answer"),
    "errors_by_step": errors_by_step(np.ones(2), np.full(2, 2.0), "count", "Error"),
    "span_forecasts": span_forecasts(np.arange(2), np.ones(2), np.ones(2), np.zeros(2), ("year", "count"), "Span"),
    "against_length": against_length({"RNN": (LENGTHS, np.array([0.1, 0.4]))}, "Loss", ("length", "nats")),
    "accuracy_by_examples": accuracy_by_examples(points(("all", 1, 0.5), ("scratch", 1, 0.3)), NONE, 0.1, "Transfer"),
    "distances": distances(["head"], {"all": {"head": 0.5}}, "Moved"),
    "saturation_scatter": saturation_scatter({"reset": (np.ones(1), np.zeros(1))}),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_carries_the_sentence_of_its_numbers_to_the_page(name: str) -> None:
    assert len(FIGURES[name].layout.meta["reading"]) > 20
