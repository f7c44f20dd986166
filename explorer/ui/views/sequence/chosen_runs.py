"""The runs that stand beside the one that is shown: chosen from all on the same data, and named by what differs."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

from explorer.config import RecurrentConfig, RunConfig, names
from explorer.figures.style import network_colour
from explorer.training.examples import ships
from explorer.training.run import ReadableRun
from explorer.ui.address.settings import COMPARED_RUNS
from explorer.ui.address.visit import BESIDE
from explorer.ui.cache import opens
from explorer.ui.form.fields import label, word
from explorer.ui.run import runs
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.widgets import pick_many

MOST_SEEDS = 5  # of one network, at first
WITHOUT_EFFECT = {"name", "seed", "device", "snapshots"}  # fields that do not tell one network from another


@dataclass(frozen=True)
class Network:
    """Runs with the same settings but for their seeds: one line in a chart, and of several a band."""

    name: str  # "LSTM", or with what differs from the run that is shown: "LSTM, layers 2"
    runs: tuple[ReadableRun, ...]

    @property
    def model(self) -> str:
        """The kind of network, as a configuration names it."""
        return self.runs[0].config.model.name

    @property
    def colour(self) -> str:
        """The colour of a kind of network, the same in every chart."""
        return network_colour(self.model)


def choose(subject: SequenceSubject) -> list[Network]:
    """Draw the list of the other runs on the same data; the shown run with its own seeds, then the chosen ones."""
    others = {run.id: run for run in on_same_data(subject)}
    if not others:
        return networks([subject.run])
    usual = [run.id for run in at_first(subject.run, list(others.values()))]
    _join(others, usual)
    chosen = pick_many(
        COMPARED_RUNS,
        "Compared with",
        list(others),
        default=usual,
        format_func=lambda run_id: _described(others[run_id], subject.config),
        help="Other runs on the same data, finished ones first. Runs that differ only in their seeds are one line, "
        "with a band from the lowest to the highest.",
    )
    return networks([subject.run, *(others[run_id] for run_id in chosen)])


def _join(others: Container[str], usual: list[str]) -> None:
    """Add the runs that were begun for the comparison as soon as they have a first point."""
    waiting = BESIDE.get()
    arrived = [run_id for run_id in waiting if run_id in others]
    if arrived:
        now = COMPARED_RUNS.get() if COMPARED_RUNS.chosen else usual
        COMPARED_RUNS.set(list(dict.fromkeys([*now, *arrived])))
        BESIDE.set([run_id for run_id in waiting if run_id not in others])


def on_same_data(subject: SequenceSubject) -> list[ReadableRun]:
    """Every other run of a recurrent network on the data of the shown one: finished ones first, then the newest."""
    found = [
        run
        for run in runs.readable_runs(names(RecurrentConfig))
        if run.config.dataset == subject.config.dataset and opens(run) and run.id != subject.run.id
    ]
    return sorted(found, key=lambda run: run.status != "finished")


def at_first(shown: ReadableRun, others: Sequence[ReadableRun]) -> list[ReadableRun]:
    """The runs that are compared until others are chosen.

    Of each other kind of cell the finished run that differs least from the shown one, the newest of several, with its
    other seeds; of the shown run its other seeds.
    """
    leaders = {shown.config.model.name: shown}
    for kind in dict.fromkeys(run.config.model.name for run in others):
        same_kind = [run for run in others if run.config.model.name == kind]
        fewest = min(same_kind, key=lambda run: (run.status != "finished", len(differences(run.config, shown.config))))
        leaders.setdefault(kind, fewest)
    chosen: list[ReadableRun] = []
    for leader in leaders.values():
        network, own_seeds = leader.config.without_seeds, leader.config.seeds
        alike = [run for run in others if run.status == "finished" and run.config.without_seeds == network]
        newest = {run.config.seeds: run for run in reversed(alike)}
        seeds = [run for its_seeds, run in newest.items() if its_seeds != own_seeds]
        own = [] if leader.id == shown.id else [leader]
        chosen += [*own, *seeds[: MOST_SEEDS - 1]]
    return chosen


def networks(chosen: Sequence[ReadableRun]) -> list[Network]:
    """The runs by their settings; the first is the one that is shown, and a run that is not finished stands alone."""
    shown, groups = chosen[0].config, dict[Any, list[ReadableRun]]()
    for run in chosen:
        groups.setdefault(run.config.without_seeds if run.status == "finished" else run.id, []).append(run)
    found: list[Network] = []
    for group in groups.values():
        name = name_beside(group, shown)
        if name in [one.name for one in found]:
            name = f"{name} ({group[0].id[-4:]})"
        found.append(Network(name, tuple(group)))
    return found


def name_beside(group: Sequence[ReadableRun], shown: RunConfig) -> str:
    """The kind of cell, what differs from the shown run, the seeds, and how far training got if it is not finished."""
    first = group[0]
    parts = [first.config.model.short, *differences(first.config, shown)]
    if len(group) > 1:
        seeds = len({run.config.seeds for run in group})
        counted = f"{seeds} seeds" if seeds > 1 else "one seed"
        parts.append(counted if seeds == len(group) else f"{len(group)} runs of {counted}")
    elif first.status != "finished":
        state = first.state()
        parts.append(f"{runs.WORDS[first.status]} at step {state.step:,} of {state.total:,}")
    return ", ".join(parts)


def differences(config: RunConfig, shown: RunConfig) -> list[str]:
    """The settings of a run that differ from those of the shown one: "layers 2", "bidirectional".

    A setting that only this kind of network has is compared with its default.
    """
    found = []
    for part in ("model", "training"):
        own, other = getattr(config, part), getattr(shown, part)
        for name, field in type(own).model_fields.items():
            value = getattr(own, name)
            if name not in WITHOUT_EFFECT and value != getattr(other, name, field.default):
                found.append(_setting(name, value))
    return found


def _setting(name: str, value: object) -> str:
    words = label(name).lower()
    if isinstance(value, bool):
        return words if value else f"not {words}"
    return f"{words} {value:g}" if isinstance(value, float) else f"{words} {word(str(value))}"


def _described(run: ReadableRun, shown: RunConfig) -> str:
    """A run in the list: its name, its seed, and when it was made."""
    seed, _ = run.config.seeds
    made = "example run" if ships(run) else f"{run.created:%d %b %H:%M:%S}"
    return f"{name_beside([run], shown)} · seed {seed} · {made} · {run.id[-4:]}"
