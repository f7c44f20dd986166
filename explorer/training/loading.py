"""A recorded network by its run and its step."""

from pathlib import Path

from torch import nn

from explorer.bounded_files import is_folder
from explorer.errors import ExplorerError, shown
from explorer.places import runs_root
from explorer.training.examples import SHIPPED
from explorer.training.run import Run


def load(run: Run | Path | str, step: int | None = None) -> nn.Module:
    """The network of a run as it was after a training step, in eval mode on the CPU.

    Args:
        run: a :class:`Run`, its folder, the name of one of your own runs (``explorer runs``), or that of an example
            run ("cnn-on-digits").
        step: a recorded step (``Run.steps``), 0 for the untrained network; by default the last one.

    Raises:
        ExplorerError: where there is no such run, it is broken, or that step was not recorded.
    """
    opened = run if isinstance(run, Run) else Run.open(_folder(run))
    if step is None and not opened.steps:
        raise ExplorerError(f"{opened.id} has recorded no step yet; wait until it trains.")
    return opened.model(opened.steps[-1] if step is None else step)


def _folder(run: Path | str) -> Path:
    places = (Path(run), runs_root() / run, SHIPPED / run)
    found = next((place for place in places if is_folder(place)), None)
    if found is None:
        examples = ", ".join(sorted(folder.name for folder in SHIPPED.iterdir()))
        raise ExplorerError(
            f"There is no run {shown(str(run))}, neither as a folder nor in {runs_root()}. Example runs are {examples}."
        )
    return found
