"""Closing thoughts: every kind of network on the same digits, which to use when, and what followed."""

import numpy as np
import pandas as pd
import streamlit as st

from explorer.figures.accuracy_curves import AccuracyCurve, accuracy_curves
from explorer.figures.comparison import Size, accuracies, sizes
from explorer.figures.gradient_flow import GradientFlow, gradient_flow
from explorer.figures.hard_pictures import hard_pictures
from explorer.learn import Closing, address, load_closing
from explorer.ui import queue
from explorer.ui.chart import chart
from explorer.ui.closing import flow, lessons, results
from explorer.ui.closing.results import RECURRENT, Result
from explorer.ui.look import pictures_of
from explorer.ui.places import NETWORK_PAGES, TITLES, link

HARDEST = 16
VIEWS = {"cnn": "Feature maps", "pretrained": "Transfer", "rnn": "States", "lstm": "Gates", "gru": "Gates", "mlp": ""}
OWN, SHIPPED = "yours", "shipped example"


def show() -> None:
    """Draw the page."""
    content = _content()
    st.title(content.title, anchor=False)
    st.markdown(content.introduction)
    compared = results.compared()
    _train(compared)
    truth = results.test_split(results.default_config("cnn"))[1].tolist()
    said = [results.answers(result) for result in compared]
    st.markdown("\n".join(f"- {sentence}" for sentence in lessons.lessons(compared, said, truth)))
    _measured(compared)
    _table(compared)
    _gradients(compared)
    _hard(compared, said, truth)
    _choices(content)
    _chapters(content)


@st.cache_resource(max_entries=1, show_spinner=False)
def _content() -> Closing:
    return load_closing()


def _train(compared: list[Result]) -> None:
    """Whose runs these are, and one click for those that are missing."""
    learning = results.under_way()
    missing = results.missing(compared, learning)
    shipped = [result.title for result in compared if not result.own]
    if shipped:
        st.info(
            f"Until you have trained them yourself, these are the runs that **ship** with the explorer: "
            f"{', '.join(shipped)}. In the charts their marks are hollow.",
            icon=":material/inventory_2:",
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        if missing:
            configs = [results.default_config(model) for model in missing]
            st.button(
                f"Train all {len(missing)} yourself"
                if len(missing) > 1
                else f"Train the {TITLES[missing[0]]} yourself",
                type="primary",
                icon=":material/play_arrow:",
                on_click=queue.add,
                args=(configs,),
                help="One after another, with the default settings: together less than a minute on one processor.",
            )
        if len(missing) > 1:
            for model in missing:
                st.button(
                    TITLES[model],
                    icon=":material/add:",
                    key=f"train-{model}",
                    on_click=queue.add,
                    args=([results.default_config(model)],),
                    help=f"Train the {TITLES[model]} alone.",
                )
    queue.draw()


def _measured(compared: list[Result]) -> None:
    left, middle, right = st.columns(3)
    with left:
        figure = accuracies({one.network: one.accuracy for one in compared}, "How often each is right")
        chart(figure, "accuracies", "accuracies-compared")
    with middle:
        learnt = {one.network: Size(one.learnt, one.parameters) for one in compared}
        chart(sizes(learnt, "How many parameters learn"), "sizes", "sizes")
    with right:
        learning = {one.network: _course(one) for one in compared}
        chart(accuracy_curves(learning, "How fast each learns"), "courses", "courses")


def _course(result: Result) -> AccuracyCurve:
    measured = result.run.metrics().dropna(subset=["validation_accuracy"])
    return AccuracyCurve(measured["seconds"].to_numpy(), measured["validation_accuracy"].to_numpy())


def _table(compared: list[Result]) -> None:
    rows = [
        {
            "network": one.title,
            "run": OWN if one.own else SHIPPED,
            "right of 270": one.right,
            "test accuracy": one.right / one.asked * 100,
            "parameters that learn": one.learnt,
            "all parameters": one.parameters,
            "training, s": one.seconds,
            "gradient at the far end": _left(flow.reach(one)),
        }
        for one in compared
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={
            "test accuracy": st.column_config.NumberColumn(format="%.2f %%"),
            "parameters that learn": st.column_config.NumberColumn(format="localized"),
            "all parameters": st.column_config.NumberColumn(format="localized"),
            "training, s": st.column_config.NumberColumn(format="%.1f"),
            "gradient at the far end": st.column_config.TextColumn(
                alignment="right",
                help="Its norm at the first layer or time step, relative to that at the answer. Where all but the last "
                "layer is frozen, nothing flows further.",
            ),
        },
        alt="Each network's accuracy, parameters, training time and gradient on the same digits",
    )
    with st.container(horizontal=True):
        for one in compared:
            settings = {"run": one.run.id} | ({"view": VIEWS[one.model]} if VIEWS[one.model] else {})
            link(NETWORK_PAGES[one.model], f"Open the {one.title}", settings)


def _left(found: GradientFlow) -> str:
    return f"{found.norms[-1] / found.norms[0]:.3g}" if len(found.norms) > 1 else "frozen"


def _gradients(compared: list[Result]) -> None:
    st.subheader("How far back the gradient reaches", anchor=False)
    found = [(one, flow.reach(one)) for one in compared]
    layered = [(one, back) for one, back in found if one.model not in RECURRENT]
    recurrent = [(one, back) for one, back in found if one.model in RECURRENT]
    left, right = st.columns(2)
    with left:
        figure = gradient_flow(
            {one.network: back for one, back in layered}, "Through layers", "layers back from the answer", "layer"
        )
        said = f"Median norm of each layer's gradient while it trained: {lessons.reading(layered)}."
        chart(figure, "through-layers", "gradient-by-layer", reading=said)
    with right:
        figure = gradient_flow(
            {one.network: back for one, back in recurrent},
            "Through time",
            "time steps back from the answer",
            "time step",
        )
        said = (
            f"Norm of ∂L/∂h over the test digits, in the trained network: {lessons.reading(recurrent)}. Eight steps "
            "are short; over fifty the two part."
        )
        chart(figure, "through-time", "gradient-by-time", reading=said)
        link(
            "lstm", "The same over 50 steps: LSTM and RNN side by side", {"run": "lstm-on-adding", "view": "Gradients"}
        )


def _hard(compared: list[Result], said: list[tuple[int, ...]], truth: list[int]) -> None:
    st.subheader("The digits that are hard", anchor=False)
    answers = np.array(said)  # (network, picture)
    faults = (answers != np.array(truth)).sum(axis=0)
    hard = [int(index) for index in np.argsort(-faults, kind="stable")[:HARDEST] if faults[index]]
    splits = pictures_of(results.default_config("cnn").dataset)
    chart(
        hard_pictures(
            splits.pictures(splits.test.inputs[hard]),
            [str(truth[index]) for index in hard],
            {one.network: [str(row[index]) for index in hard] for one, row in zip(compared, answers, strict=True)},
            "What each network takes them for",
        ),
        "hard",
        "hard-pictures",
        reading=f"{int((faults > 0).sum())} of the {len(truth)} test digits are wrong for at least one network; these "
        f"are the {len(hard)} that most get wrong. A dot is right, a number what was said instead. Where all are wrong "
        "in the same way, the digit is badly written; where one is wrong alone, it is that network's own limit.",
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
    st.subheader("Where each ends, and what followed", anchor=False)
    names = list(content.chapters)
    for pair in (names[:2], names[2:]):
        for column, name in zip(st.columns(2), pair, strict=True):
            chapter = content.chapters[name]
            page, settings = address(chapter.page)
            with column, st.container(border=True, height="stretch"):
                link(page, f"**{chapter.title}**", settings)
                st.markdown(f"**When to use it.** {chapter.when}")
                st.markdown(f"**Where it ends.** {chapter.ends}")
                st.markdown(f"**What followed.** {chapter.followed}")
                with st.container(horizontal=True):
                    for topic in chapter.followers:
                        link("deep-learning", _topic_title(topic), {"topic": topic})


@st.cache_data(max_entries=32, show_spinner=False)
def _topic_title(topic: str) -> str:
    from explorer.learn import load

    return load("deep_learning").topics[topic].title


show()
