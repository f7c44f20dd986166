"""The package as a stranger has it: built as a wheel, installed into a folder of its own, far from the source tree."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Installed(NamedTuple):
    """An installed wheel, and the folder from which it is used."""

    wheel: Path
    source: Path  # the source distribution
    packages: Path
    elsewhere: Path

    def environment(self) -> dict[str, str]:
        """Variables with which Python finds the installed package first, and nothing of the source tree."""
        own = {f"EXPLORER_{name}": str(self.elsewhere / name.lower()) for name in ("RUNS", "DATA", "UPLOADS")}
        return {**os.environ, "PYTHONPATH": str(self.packages), "PYTHONSAFEPATH": "1", **own}

    def run(self, *arguments: str) -> str:
        """What a Python command prints, started in an empty folder."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.elsewhere,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def installed(folder: Path) -> Installed:
    """Build the wheel and the source distribution, and unpack the wheel as an installer does."""
    built, packages, elsewhere = folder / "built", folder / "packages", folder / "elsewhere"
    elsewhere.mkdir()
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", str(built)], cwd=ROOT, check=True, timeout=300)
    [wheel], [source] = built.glob("*.whl"), built.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(packages)
    return Installed(wheel, source, packages, elsewhere)
