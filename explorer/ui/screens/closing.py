"""Closing thoughts: every kind of network on the same digits, which to use when, and what followed."""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from explorer.figures.accuracy_curves import AccuracyCurve, accuracy_curves
from explorer.figures.comparison import Size, accuracies, sizes
from explorer.figures.gradient_flow import GradientFlow, gradient_flow
from explorer.figures.hard_pictures import hard_pictures
from explorer.learn import Closing, address, load_closing
from explorer.ui.address.pages import link
from explorer.ui.address.settings import RUN, TOPIC, VIEW
from explorer.ui.cache import held, kept, pictures_of
from explorer.ui.chart import chart
from explorer.ui.closing import flow, lessons, results
from explorer.ui.closing.results import Result
from explorer.ui.run import queue
from explorer.ui.run.start import start_button
from explorer.ui.view import ViewName

HARDEST = 16
VIEWS = {
    "cnn": ViewName.FEATURE_MAPS,
    "pretrained": ViewName.TRANSFER,
    "rnn": ViewName.STATES,
    "lstm": ViewName.GATES,
    "gru": ViewName.GATES,
    "mlp": ViewName.CELL,
}
OWN, SHIPPED = "yours", "example run"


def show() -> None:
    """Draw the page."""
    content = _content()
    st.title(content.title, anchor=False)
    st.markdown(content.introduction)
    compared = results.compared()
    _train(compared)
    truth = results.test_split(results.default_config("cnn"))[1].tolist()
    said = [results.answers(result) for result in compared]
    seeds = [results.by_seed(one) for one in compared]
    st.markdown("\n".join(f"- {sentence}" for sentence in lessons.lessons(compared, said, truth, seeds)))
    _measured(compared)
    _table(compared)
    _gradients(compared)
    _hard(compared, said, truth)
    _choices(content)
    _chapters(content)


@held(1)
def _content() -> Closing:
    return load_closing()


def _train(compared: list[Result]) -> None:
    """Draw whose runs these are, and buttons that train the missing ones."""
    learning = results.under_way()
    missing = results.missing(compared, learning)
    shipped = [result.title for result in compared if not result.own]
    if shipped:
        st.info(
            f"These are **example runs** until you train your own: {', '.join(shipped)}. In the charts their marks are "
            "hollow.",
            icon=":material/inventory_2:",
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        if missing:
            configs = [results.default_config(model) for model in missing]
            start_button(
                f"Train all {len(missing)} yourself"
                if len(missing) > 1
                else f"Train the {results.kinds()[missing[0]].short} yourself",
                configs,
                partial(queue.add, configs),
                key="train-all",
                type="primary",
                icon=":material/play_arrow:",
                help="One after another with the default settings, in less than a minute on one processor.",
            )
        if len(missing) > 1:
            for model in missing:
                config = results.default_config(model)
                start_button(
                    results.kinds()[model].short,
                    [config],
                    partial(queue.add, [config]),
                    key=f"train-{model}",
                    icon=":material/add:",
                    help=f"Train only the {results.kinds()[model].short}.",
                )
    queue.draw()


def _measured(compared: list[Result]) -> None:
    left, middle, right = st.columns(3)
    with left:
        figure = accuracies({one.network: one.accuracy for one in compared}, "Test accuracy")
        chart(figure, "accuracies", "accuracies-compared")
    with middle:
        learnt = {one.network: Size(one.learnt, one.parameters) for one in compared}
        chart(sizes(learnt, "Trainable parameters"), "sizes", "sizes")
    with right:
        learning = {one.network: _course(one) for one in compared}
        chart(accuracy_curves(learning, "Validation accuracy over time"), "courses", "courses")


def _course(result: Result) -> AccuracyCurve:
    measured = result.run.metrics().dropna(subset=["validation_accuracy"])
    return AccuracyCurve(measured["seconds"].to_numpy(), measured["validation_accuracy"].to_numpy())


def _table(compared: list[Result]) -> None:
    rows = [
        {
            "network": one.title,
            "run": OWN if one.own else SHIPPED,
            "correct of 270": one.right,
            "test accuracy": one.right / one.asked * 100,
            "trainable parameters": one.learnt,
            "all parameters": one.parameters,
            "training, s": one.seconds,
            "gradient at the first layer or step": _left(flow.reach(one)),
        }
        for one in compared
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={
            "test accuracy": st.column_config.NumberColumn(format="%.2f %%"),
            "trainable parameters": st.column_config.NumberColumn(format="localized"),
            "all parameters": st.column_config.NumberColumn(format="localized"),
            "training, s": st.column_config.NumberColumn(format="%.1f"),
            "gradient at the first layer or step": st.column_config.TextColumn(
                alignment="right",
                help="Its norm at the first layer or time step, relative to that at the output. Frozen "
                "layers get no gradient.",
            ),
        },
        alt="Each network's accuracy, parameters, training time and gradient on the same digits",
    )
    with st.container(horizontal=True):
        for one in compared:
            settings = {RUN.name: one.run.id, VIEW.name: VIEWS.get(one.model, ViewName.PREDICTIONS)}
            link(results.kinds()[one.model].pages[0], f"Open the {one.title}", settings)


def _left(found: GradientFlow) -> str:
    return f"{found.norms[-1] / found.norms[0]:.3g}" if len(found.norms) > 1 else "frozen"


def _gradients(compared: list[Result]) -> None:
    st.subheader("The gradient on its way back", anchor=False)
    found = [(one, flow.reach(one)) for one in compared]
    layered = [(one, back) for one, back in found if not one.recurrent]
    recurrent = [(one, back) for one, back in found if one.recurrent]
    left, right = st.columns(2)
    with left:
        figure = gradient_flow(
            {one.network: back for one, back in layered}, "Through layers", "layers back from the output", "layer"
        )
        said = f"Median norm of each layer's gradient while it trained: {lessons.reading(layered)}."
        chart(figure, "through-layers", "gradient-by-layer", reading=said)
    with right:
        figure = gradient_flow(
            {one.network: back for one, back in recurrent},
            "Through time",
            "time steps back from the output",
            "time step",
        )
        said = f"Norm of ∂L/∂h over the test digits, in the trained network: {lessons.reading(recurrent)}."
        chart(figure, "through-time", "gradient-by-time", reading=said)
        link(
            "lstm",
            "The same over 50 steps: LSTM and RNN side by side",
            {RUN.name: "lstm-on-adding", VIEW.name: ViewName.GRADIENTS},
        )


def _hard(compared: list[Result], said: list[tuple[int, ...]], truth: list[int]) -> None:
    st.subheader("Hard digits", anchor=False)
    answers = np.array(said)  # (network, picture)
    faults = (answers != np.array(truth)).sum(axis=0)
    hard = [int(index) for index in np.argsort(-faults, kind="stable")[:HARDEST] if faults[index]]
    splits = pictures_of(results.default_config("cnn").dataset)
    chart(
        hard_pictures(
            splits.pictures(splits.test.inputs[hard]),
            [str(truth[index]) for index in hard],
            {one.network: [str(row[index]) for index in hard] for one, row in zip(compared, answers, strict=True)},
            "Prediction of each network",
        ),
        "hard",
        "hard-pictures",
        reading=f"At least one network misclassifies {int((faults > 0).sum())} of the {len(truth)} test digits; these "
        f"are the {len(hard)} with the most errors. A dot is a correct prediction, a number a wrong one. If all "
        "networks make the same error, the digit is probably hard to read; an error of one network alone may be its "
        "own limit, or its seed.",
    )


def _choices(content: Closing) -> None:
    st.subheader("Which to use when", anchor=False)
    for start in range(0, len(content.choices), 3):
        for column, choice in zip(st.columns(3), content.choices[start : start + 3], strict=False):
            page, settings = address(choice.page)
            with column, st.container(border=True, height="stretch", vertical_alignment="distribute"):
                st.markdown(f"**{choice.situation}**\n\n{choice.because}")
                link(page, f"**{choice.network}**", settings)


def _chapters(content: Closing) -> None:
    st.subheader("Limits, and what followed", anchor=False)
    names = list(content.chapters)
    for pair in (names[:2], names[2:]):
        for column, name in zip(st.columns(2), pair, strict=True):
            chapter = content.chapters[name]
            page, settings = address(chapter.page)
            with column, st.container(border=True, height="stretch"):
                link(page, f"**{chapter.title}**", settings)
                st.markdown(f"**When to use it.** {chapter.when}")
                st.markdown(f"**Limits.** {chapter.ends}")
                st.markdown(f"**What followed.** {chapter.followed}")
                with st.container(horizontal=True):
                    for topic in chapter.followers:
                        link("deep-learning", _topic_title(topic), {TOPIC.name: topic})


@kept(32)
def _topic_title(topic: str) -> str:
    from explorer.learn import load

    return load("deep_learning").topics[topic].title


show()
