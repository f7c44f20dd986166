"""What a person's own file leaves open: each way to read it, with its first rows, and a button that chooses it."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from explorer.config import SeriesData, TextData
from explorer.datasets.files import find_file
from explorer.datasets.measurements import content_of, written
from explorer.datasets.questions import Question, about_table, about_text
from explorer.errors import ExplorerError
from explorer.ui.address.visit import field_of_form
from explorer.ui.cache import kept
from explorer.ui.rights import check_path


def ask(values: dict[str, Any], key: str) -> None:
    """Draw the question that the chosen file leaves open, if there is one; a click fills the form's fields.

    Args:
        values: of the data set's form.
        key: the prefix of its widgets.
    """
    asked = FILES.get(values["name"])
    if asked is None:
        return
    try:
        check_path(values["path"])  # before the answer that is kept for all visitors
    except ExplorerError:  # said where the configuration is checked
        return
    question = _question(values["name"], *(values[name] for name in asked[1]))
    if question is None:
        return
    st.warning(question.text, icon=":material/help:")
    for number, option in enumerate(question.options):
        st.caption(option.title)
        st.dataframe(pd.DataFrame(list(option.preview.rows), columns=list(option.preview.names)), hide_index=True)
        st.button("Read it this way", key=f"{key}.question.{number}", on_click=_choose, args=(option.settings, key))


def _choose(settings: dict[str, str], key: str) -> None:
    for name, value in settings.items():
        field_of_form(f"{key}.{name}").set(value)


@kept(8, seconds=60)
def _question(dataset: str, *settings: str) -> Question | None:
    """The question, asked again after a minute, since the file may change; none where it cannot be read at all."""
    about, names = FILES[dataset]
    try:
        return about(dict(zip(names, settings, strict=True)))
    except ExplorerError:  # whoever loads it is told why
        return None


def _about_series(values: dict[str, Any]) -> Question | None:
    config = SeriesData(**values)
    path = find_file(config.path, "CSV file", ".csv")
    return about_table(content_of(path), path.name, written(config))


def _about_text(values: dict[str, Any]) -> Question | None:
    config = TextData(**values)
    path = find_file(config.path, "text file", ".txt")
    return about_text(content_of(path), path.name, config.encoding)


# data set → what asks, and the settings that it depends on
FILES: dict[str, tuple[Callable[[dict[str, Any]], Question | None], tuple[str, ...]]] = {
    "series": (_about_series, ("path", "encoding", "separator", "decimal_sign")),
    "text": (_about_text, ("path", "encoding")),
}
