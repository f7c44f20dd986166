"""The info card of a chart: what it shows, its formula and its sources, as HTML."""

import re
from functools import cache
from html import escape

from explorer.errors import ExplorerError
from explorer.learn import AboutChart, about_charts

FORMULA_SIZE = 17.0  # pixels
LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")


def about(name: str) -> AboutChart:
    """The description of a kind of chart.

    Raises:
        ExplorerError: if there is no such kind.
    """
    if name not in about_charts():
        raise ExplorerError(f"There is no chart {name!r}; explorer/learn/about_charts lists all charts.")
    return about_charts()[name]


@cache
def card(name: str) -> str:
    """The info card of a kind of chart as HTML; the formula is drawn, and screen readers get it as MathML.

    Args:
        name: the kind of chart.

    Raises:
        ExplorerError: if there is no such kind.
    """
    one = about(name)
    parts = [f"<p>{escape(one.shows)}</p>", *(_formula(line) for line in lines_of(one.equation))]
    parts += ['<ul class="explorer-sources">', *(f"<li>{_linked(source)}</li>" for source in one.sources), "</ul>"]
    if one.topic:
        parts.append(f'<p><a href="./{escape(one.topic)}">More on the roadmap</a></p>')
    return f'<div class="explorer-about">{"".join(parts)}</div>'


def in_markdown(name: str) -> str:
    """The same as Markdown, for Streamlit's help, when our chart component cannot be loaded."""
    one = about(name)
    formulas = [f"$$\n{line}\n$$" for line in lines_of(one.equation)]
    return "\n\n".join([one.shows, *formulas, *(f"- {source}" for source in one.sources)])


def lines_of(equation: str) -> list[str]:
    r"""An equation's parts, which stand one below the other: \qquad divides them."""
    return [line.strip().removesuffix(",") for line in equation.split(r"\qquad")]


def _formula(latex: str) -> str:
    from latex2mathml.converter import convert  # only here: a page that draws charts need not wait for either
    from ziamath.zmath import Latex

    drawn = Latex(latex, size=FORMULA_SIZE, color="currentColor").svg()
    return (
        f'<div class="explorer-formula"><span aria-hidden="true">{drawn}</span>'
        f'<span class="explorer-spoken">{convert(latex)}</span></div>'
    )


def _linked(source: str) -> str:
    """A source "[title](address), authors, year" with a link."""
    return LINK.sub(r'<a href="\2" target="_blank" rel="noopener">\1</a>', escape(source))
