"""The files that hold a run's weights at chosen training steps."""

from pathlib import Path


def snapshot_path(run: Path, step: int) -> Path:
    """The file with the weights of one step."""
    return run / "snapshots" / f"{step:08}.safetensors"


def recorded_steps(run: Path) -> list[int]:
    """The steps whose weights were kept, ascending."""
    names = (file.stem for file in (run / "snapshots").glob("[0-9]*.safetensors"))
    return sorted(int(name) for name in names if name.isdigit())
