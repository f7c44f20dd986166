"""What a film consists of: for each chart of a view, its figures and where in the film each is shown."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from explorer.errors import ExplorerError
from explorer.ui.redraw import Drawn


@dataclass
class Reel:
    """One chart over all steps; a figure that several steps share is held once."""

    key: str
    share: float  # of the page's width, 0…1
    figures: list[str] = field(default_factory=list)  # as Plotly's JSON
    readings: list[str] = field(default_factory=list)
    frames: list[tuple[int, int] | None] = field(default_factory=list)  # a figure and a reading; None: not drawn

    def add(self, chart: Drawn | None) -> None:
        """Append the next frame."""
        if chart is None:
            self.frames.append(None)
        else:
            figure = str(chart.figure.to_json())
            self.frames.append((_place(figure, self.figures), _place(chart.reading, self.readings)))

    @property
    def moves(self) -> bool:
        """True if not every frame is the same."""
        return len(set(self.frames)) > 1


@dataclass(frozen=True)
class Film:
    """A view of one run over its recorded steps."""

    title: str  # of the run
    view: str
    steps: list[int]
    reels: list[Reel]

    @property
    def name(self) -> str:
        """The name of its file, without an ending: "feature-maps-of-cnn-on-digits"."""
        words = "".join(sign if sign.isalnum() else " " for sign in f"{self.view} of {self.title}".lower())
        return "-".join(words.split())[:80]

    def to_json(self) -> str:
        """The whole film; a figure is an object there, as Plotly reads it."""
        reels = [{**asdict(reel), "figures": [json.loads(figure) for figure in reel.figures]} for reel in self.reels]
        whole = {"title": self.title, "view": self.view, "steps": self.steps, "reels": reels}
        return json.dumps(whole, separators=(",", ":"), ensure_ascii=False)


def film_of(title: str, view: str, steps: Sequence[int], frames: Sequence[Sequence[Drawn]]) -> Film:
    """A film of the charts that a view draws at each step.

    Args:
        title: the run's.
        view: its name.
        steps: the recorded steps.
        frames: the charts at each of them; a chart is the same one where its key is.

    Raises:
        ExplorerError: where there is no chart, or none that changes.
    """
    reels: dict[str, Reel] = {}
    for number, charts in enumerate(frames):
        drawn = {chart.key: chart for chart in charts}
        for key in drawn.keys() - reels.keys():
            reels[key] = Reel(key, drawn[key].share, frames=[None] * number)
        for key, reel in reels.items():
            reel.add(drawn.get(key))
    ordered = _in_order(reels, frames)
    if not ordered:
        raise ExplorerError(f"The view {view} draws no chart with the choices of this page: there is nothing to film.")
    if not any(reel.moves for reel in ordered):
        raise ExplorerError(
            f"The view {view} shows the same at all {len(steps)} recorded steps: there is nothing to film. "
            "Choose a view of the network's weights, activations or answers."
        )
    return Film(title, view, list(steps), ordered)


def _in_order(reels: dict[str, Reel], frames: Sequence[Sequence[Drawn]]) -> list[Reel]:
    """As on the page: at the last step, and before it whatever only earlier steps draw."""
    order = dict.fromkeys(chart.key for charts in reversed(frames) for chart in charts)
    return [reels[key] for key in order]


def _place(thing: str, known: list[str]) -> int:
    if not known or known[-1] != thing:
        if thing in known:
            return known.index(thing)
        known.append(thing)
    return len(known) - 1
