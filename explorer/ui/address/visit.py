"""Everything that is kept for one visit of one browser tab and stands in no address."""

from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar, cast

import streamlit as st

T = TypeVar("T")


@dataclass(frozen=True)
class Note(Generic[T]):
    """One value that is kept for the visit: its key, its meaning, and its value while nothing was noted."""

    key: str
    meaning: str
    default: T

    def get(self) -> T:
        """The value as it is now."""
        return cast("T", st.session_state.get(self.key, self.default))

    def set(self, value: T) -> None:
        """Keep a value."""
        st.session_state[self.key] = value

    def take(self) -> T:
        """The value, which is forgotten then."""
        return cast("T", st.session_state.pop(self.key, self.default))

    def forget(self) -> None:
        """Keep nothing any more."""
        st.session_state.pop(self.key, None)

    def of(self, mark: object) -> "Note[T]":
        """The same of one thing among many, such as of one topic."""
        return replace(self, key=f"{self.key}{mark}")

    @property
    def noted(self) -> bool:
        """True if there is a value."""
        return self.key in st.session_state


def field_of_form(key: str) -> Note[Any]:
    """The value of a form's field; its key joins the page, the part of the configuration and the field's name."""
    return Note(key, "a field of a form", None)


# ── the run that is shown, and those that wait ───────────────────────────────────────────────────────────────────────
RUN_OF_PAGE = Note[dict[str, str]]("run_of_page", "the run that each page showed last, by page", {})
RUN_WRITTEN = Note("run_written", "the run as the address last said it", "")
RUN_BOXES = Note("run_choice.count", "how often the list of runs got a new name", 0)
RUN_BOX = Note("run_choice.", "the list of runs: the chosen run's id", "")
BEGUN = Note[list[str]]("run.begun", "the folders of the runs that this visit began", [])
BESIDE = Note[list[str]]("run.beside", "the runs begun here for a comparison that they still have to join", [])
PRESSED = Note("run.pressed-", "whether a button that starts runs was just pressed", False)
TRAIN_PRESSED = Note[tuple[str, str] | None](
    "train.pressed", "the page whose Train was pressed, and beside which run", None
)
TO_TRAIN = Note[tuple[Any, str] | None]("train.asked", "the configuration to train, and that run", None)
AT_ITS_END = Note("run_choice.at_its_end", "whether another run was chosen, and its last step is to be shown", False)
STEP_CLICKED = Note("step_clicked", "whether a step was chosen on a curve, and the views have to follow", False)
OWNER = Note("owner", "the visitor's name where the browser keeps no cookie", "")
RATE_CHOICE = Note("rate-", "the learning rate that a living run is given", 0.0)
WAITING = Note[list[str]]("queue.waiting", "the configurations that wait for room, as JSON", [])
STARTED = Note[list[str]]("queue.started", "the folders of the runs that the queue started", [])
FINISHED = Note("queue.finished", "how many of them had finished when it was last drawn", 0)
QUEUE_FAULT = Note("queue.fault", "why the queue stopped", "")
REFUSED = Note("refusal", "why the last action was refused, until it is shown", "")

# ── the address ──────────────────────────────────────────────────────────────────────────────────────────────────────
OPENED_PAGE = Note[str | None]("link.opened", "the page whose address was read last", None)
SAID = Note[list[str]]("link.said", "what was said about addresses", [])
PREPARED = Note("prepared.", "the run that a page prepares, as the address last held it", "")
LAST_PAGE = Note("last_visit.page", "the page that is drawn, by its own address", "")
CHOICES_PAGE = Note("choices.page", "the page whose choices hold", "")
CHOICES_OF_PAGE = Note[dict[str, dict[str, Any]]]("choices.of_page", "step and view as each page showed them last", {})
LAST_PLACE = Note[str | None]("last_visit.place", "this page with its address's settings", None)
LAST_PLACE_WRITTEN = Note[str | None]("last_visit.written", "the same as the cookie holds it", None)
KNOWN_TOPICS = Note[tuple[str, ...]]("known_topics", "the topics that the visitor knows", ())
KNOWN_TOPICS_WRITTEN = Note[tuple[str, ...]]("known_topics.written", "the same as the cookie holds them", ())

# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────
TILE_OPENED = Note("home_open", "the page whose picture on Home was clicked", "")
TOPIC_OPENED = Note("opened", "the topic whose live page was opened", "")
TOPIC_TAUGHT = Note("taught", "the topic that its live page taught, after Back", "")
KNOW = Note("know-", "whether a topic is marked as known", False)
TOPIC_LINKS = Note[str | None]("topic_links-", "the topic that is chosen in a row of links", None)
OWN_WEIGHTS = Note[Any]("own_weights", "the uploaded file of weights", None)
OWN_CLASS_NAMES = Note[Any]("own_class_names", "the uploaded file of class names", None)
SEARCH_TABLE = Note[Any]("search_table", "the selected row in the table of networks", None)
SEARCH_ROWS = Note[list[tuple[str, str]]]("search_rows", "the network and the weights of each row", [])
OWN_PICTURE = Note[Any]("own_picture", "the person's own picture, drawn or uploaded", None)
OWN_PICTURE_FAULT = Note("own_picture.fault", "why an uploaded picture cannot be read", "")
OWN_PICTURE_SOURCE = Note[Any]("own_picture.", "what was uploaded, pasted, photographed or drawn", None)
DRAWINGS_CLEARED = Note("drawings_cleared", "how often the page cleared the canvas for drawings", 0)

# ── views ────────────────────────────────────────────────────────────────────────────────────────────────────────────
CHANNELS_ABLATED = Note[list[int]]("ablated_channels", "the ablated channels of the selected layer", [])
BOX_SEARCHED = Note[str | None]("graph_pick", "the box of the graph that was searched for", None)
RANKED = Note[tuple[Any, ...]]("ranked", "the question whose ranking was asked for", ())
VISUALISED = Note[Any]("visualised_picture", "the last feature visualisation", None)
ATTRIBUTION_ASKED = Note[tuple[Any, ...]]("attribution_asked", "what was asked for with a button", ())
CHECKED = Note[Any]("checked", "the last check against random weights", None)
PLAIN_CHARTS_SAID = Note("charts.plain", "whether it was said that the charts' script did not arrive", False)
CHART = Note[Any]("", "the report of a chart, under the chart's key: a click or a failure", None)

# ── frames: a view at other steps, sent ahead ────────────────────────────────────────────────────────────────────────
FRAMES = Note[Any]("frames", "the browser's wish for frames", None)
FRAMES_WANTED = Note[list[int]]("frames.wanted", "the steps whose frames it was that it wishes", [])

# ── films ────────────────────────────────────────────────────────────────────────────────────────────────────────────
FILM_WANTED = Note("film.wanted", "the kind of file that was just asked for", "")
FILM_FAULT = Note("film.fault", "why a GIF could not be made, until it is shown", "")
FILM = Note[tuple[object, Any] | None]("film.made", "the last film, and the question that it answers", None)
GIF_BEGUN = Note[object]("film.begun", "the question of the GIF that the browser draws", None)
GIF = Note[tuple[object, bytes] | None]("film.gif", "the last GIF, and the question that it answers", None)
CAMERA = Note[Any]("film.camera", "the report of the browser that draws a GIF: its frames or a failure", None)

NOTES: tuple[Note[Any], ...] = tuple(one for one in list(globals().values()) if isinstance(one, Note))
