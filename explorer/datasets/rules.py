"""The right answer to a sequence that somebody typed or changed, where the task's own rule tells it."""

import re
from collections.abc import Callable
from datetime import date

import torch
from torch import Tensor
from torch.nn import functional

from explorer.datasets.sequences import IGNORE_INDEX, Sequences
from explorer.datasets.strings import END, FORMS, MONTHS, WEEKDAYS, text_of
from explorer.datasets.tasks import BRACKETS

Rule = Callable[[Sequences, Tensor], Tensor | None]

MEASURED = "What follows was measured, and no rule tells what it would be then; it is compared with what was measured."
PICTURED = "No rule tells what a changed picture shows; it is compared with what the unchanged one does."


def right_answer(splits: Sequences, inputs: Tensor) -> Tensor | None:
    """The target of one sequence by the task's rule; None if the task has no rule or the sequence does not fit it.

    Args:
        splits: the data set.
        inputs: the real steps of one sequence, without padding: tokens (time,) or numbers (time, feature); of an
            encoder-decoder those of the source.

    Returns:
        A batch of one, laid out as the data set's targets are: (1,), (1, k), (1, time) or (1, time, k). -100 stands
        where nothing is asked, or from where the sequence breaks the task's rule.
    """
    rule = RULES.get(splits.name)
    answer = rule(splits, inputs) if rule else None
    if answer is None or (splits.objective.is_classification and not bool((answer != IGNORE_INDEX).any())):
        return None
    return answer[None]


def why_unknown(splits: Sequences) -> str:
    """The reason why :func:`right_answer` returns None, as a sentence."""
    if splits.name in RULES:
        return f"The task's rule gives no answer to this sequence: {FORM[splits.name]}."
    return MEASURED if splits.is_series else PICTURED


def _sum_of_marked(splits: Sequences, inputs: Tensor) -> Tensor:
    return (inputs[:, 0] * inputs[:, 1]).sum()[None]


def _remembered(splits: Sequences, inputs: Tensor) -> Tensor | None:
    blank, signal = len(splits.vocabulary) - 2, len(splits.vocabulary) - 1
    found = (inputs == signal).nonzero().flatten().tolist()
    if len(found) != 1:
        return None
    count = len(inputs) - 1 - found[0]
    shown, silent = inputs[:count], inputs[count:]
    if not 0 < count <= found[0] or bool((shown >= blank).any()) or bool((silent < blank).any()):
        return None
    return torch.cat((torch.full((len(inputs) - count,), blank), shown))


def _parity(splits: Sequences, inputs: Tensor) -> Tensor:
    return (inputs.cumsum(0) if splits.objective.per_step else inputs.sum()) % 2


def _last_pulse(splits: Sequences, inputs: Tensor) -> Tensor | None:
    if not bool(((inputs == 0) | (inputs.abs() == 1)).all()) or bool((inputs[0] == 0).any()):
        return None
    held = [inputs[0]]
    for pulses in inputs[1:]:
        held.append(torch.where(pulses == 0, held[-1], pulses))
    return torch.stack(held)


def _depth(splits: Sequences, inputs: Tensor) -> Tensor:
    """The number of open brackets after each character; no target after an unmatched closing bracket."""
    opens, closes = ({pair[end]: kind for kind, pair in enumerate(BRACKETS)} for end in (0, 1))
    depths = torch.full((len(inputs),), IGNORE_INDEX)
    still_open: list[int] = []
    for step, token in enumerate(inputs.tolist()):
        character = splits.vocabulary[token]
        if character in opens:
            still_open.append(opens[character])
        elif character in closes and (not still_open or still_open.pop() != closes[character]):
            break
        if len(still_open) >= len(splits.class_names):
            break
        depths[step] = len(still_open)
    return depths


def _next_characters(splits: Sequences, inputs: Tensor) -> Tensor:
    """The sequence's own next character; after the last one nobody knows."""
    return functional.pad(inputs[1:], (0, 1), value=IGNORE_INDEX)


def _reversed(source: str) -> str:
    return source[::-1]


def _added(source: str) -> str | None:
    found = re.fullmatch(r"([0-9]+)\+([0-9]+)", source)
    return str(int(found[1]) + int(found[2])) if found else None


def _iso(source: str) -> str | None:
    """A date in one of the forms that the task knows as year-month-day; a wrong weekday does not count."""
    for form in DATE_FORMS:
        found = form.fullmatch(source)
        if found:
            parts = found.groupdict()
            month = parts.get("number") or 1 + [name[:3] for name in MONTHS].index(parts["name"][:3])
            try:
                return date(int(parts["year"]), int(month), int(parts["day"])).isoformat()
            except ValueError:  # 30 February
                return None
    return None


def _written(rule: Callable[[str], str | None]) -> Rule:
    """The rule of an encoder-decoder task, from source to answer, as one from tokens to tokens."""

    def answer(splits: Sequences, inputs: Tensor) -> Tensor | None:
        spelt = rule(text_of(inputs, splits.vocabulary))
        room = splits.test.targets.shape[1]
        if spelt is None or len(spelt) >= room:
            return None
        places = {symbol: token for token, symbol in enumerate(splits.vocabulary)}
        tokens = torch.tensor([places[symbol] for symbol in (*spelt, END)])
        return functional.pad(tokens, (0, room - len(tokens)), value=IGNORE_INDEX)

    return answer


def _pattern(form: str) -> re.Pattern[str]:
    """The pattern of a date format."""
    parts = {
        "day": "(?P<day>[0-9]{1,2})",
        "number": "(?P<number>[0-9]{1,2})",
        "month": f"(?P<name>{'|'.join(MONTHS)})",
        "short": f"(?P<name>{'|'.join(name[:3] for name in MONTHS)})",
        "weekday": f"(?:{'|'.join(WEEKDAYS)})",
        "year": "(?P<year>[0-9]{4})",
    }
    escaped = re.sub(r"\\{(\w+)(?::02)?\\}", r"{\1}", re.escape(form))
    return re.compile(re.sub(r"{(\w+)}", lambda found: parts[found[1]], escaped))


DATE_FORMS = tuple(map(_pattern, FORMS))

RULES: dict[str, Rule] = {
    "adding": _sum_of_marked,
    "copy_memory": _remembered,
    "parity": _parity,
    "flip_flop": _last_pulse,
    "bracket_depth": _depth,
    "python_source": _next_characters,
    "text": _next_characters,
    "reverse": _written(_reversed),
    "addition": _written(_added),
    "dates": _written(_iso),
}
# what a sequence has to look like for its rule
FORM = {
    "adding": "it needs numbers and marks",
    "copy_memory": "it needs symbols, then blanks, the signal, and as many blanks as there were symbols",
    "parity": "it needs zeros and ones",
    "flip_flop": "every number has to be −1, 0 or 1, and the first step has to set every bit",
    "bracket_depth": "it begins with a bracket that closes none",
    "python_source": "after a single character nothing is known",
    "text": "after a single character nothing is known",
    "reverse": "its answer is longer than any this network was trained to write",
    "addition": "it needs two numbers with one + between them, and a sum no longer than any this network writes",
    "dates": "it needs a date that there is, in one of the forms that the task knows",
}
