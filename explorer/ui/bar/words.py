"""The answer and the sequence as small pieces of HTML: the bar is redrawn at each step of a playback."""

from html import escape

import numpy as np

from explorer.figures.input_strip import InputStrip
from explorer.inspection.arithmetic import written
from explorer.ui.subject.answer import Answer

MOST_FEATURES = 3
BESIDE = 7  # characters on each side of the chosen one


def answer_html(answer: Answer) -> str:
    """The likeliest classes with bars, or the answer in words; and whether it is right.

    What is said in colour is said in words too.
    """
    if answer.likeliest:
        said = "".join(
            f'<div class="explorer-likely"><i style="width:{probability:.2%}"></i><b>{escape(name)}</b>'
            f"<span>{share(probability)}</span></div>"
            for name, probability in answer.likeliest
        )
    else:
        said = f'<div class="explorer-said">{escape(answer.said)}</div>'
    return f'<div class="explorer-answer" role="status" aria-live="off">{_verdict(answer)}{said}</div>'


def _verdict(answer: Answer) -> str:
    note = f" {answer.note}" if answer.note else ""
    if answer.right is None:
        target = f", target {answer.target}" if answer.target else ""
        return f'<div class="explorer-verdict">answer{escape(note)}{escape(target)}</div>'
    word, sign = ("right", "✓") if answer.right else ("wrong", "✗")
    told = f"{sign} {word}{note}" + ("" if answer.right else f", target {answer.target}")
    return f'<div class="explorer-verdict" data-right="{str(answer.right).lower()}">{escape(told)}</div>'


def share(probability: float) -> str:
    """A probability as a share: 99.3 %, or where it rounds to nothing, a power of ten."""
    if probability >= 0.0005 or probability == 0:
        return f"{probability:.1%}"
    return written(probability, 3)


def sequence_html(ticks: list[str], strip: InputStrip | None, time: int) -> str:
    """The sequence around the chosen time step: its characters, or its numbers as bars."""
    if strip is not None:
        return _bars(np.asarray(strip.values), time)
    first, last = max(0, time - BESIDE), min(len(ticks), time + BESIDE + 1)
    shown = "".join(
        f"<mark>{escape(tick)}</mark>" if number == time else escape(tick)
        for number, tick in enumerate(ticks[first:last], first)
    )
    before, after = "…" if first else "", "…" if last < len(ticks) else ""
    return f'<div class="explorer-sequence" title="{escape("".join(ticks))}">{before}{shown}{after}</div>'


def _bars(values: np.ndarray, time: int) -> str:
    """The first features over time, a row of bars each, the chosen time step marked."""
    low, high = float(values.min()), float(values.max())
    span = (high - low) or 1.0
    rows = ""
    for feature in values[:MOST_FEATURES]:
        bars = "".join(
            f'<i style="height:{4 + 96 * (value - low) / span:.0f}%"{" data-now" if step == time else ""}></i>'
            for step, value in enumerate(feature)
        )
        rows += f'<div class="explorer-bars">{bars}</div>'
    said = f"The sequence, at time step {time} of {values.shape[1]}"
    return f'<div class="explorer-sequence-bars" role="img" aria-label="{said}">{rows}</div>'
