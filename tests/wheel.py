"""The package as a stranger has it: built as a wheel, installed by pip, and started from the root of the disk."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
ELSEWHERE = Path("/")  # where its commands are started: nothing of the source tree is in reach


class Installed(NamedTuple):
    """A wheel that is installed in a virtual environment of its own."""

    wheel: Path
    source: Path  # the source distribution
    home: Path  # the virtual environment

    @property
    def python(self) -> str:
        """The interpreter that finds the installed package and what it depends on."""
        return str(self.home / "bin" / "python")

    @property
    def command(self) -> str:
        """The ``explorer`` command that the installer made."""
        return str(self.home / "bin" / "explorer")

    @property
    def packages(self) -> Path:
        """The folder into which the wheel was unpacked."""
        return _packages_of(self.home)

    def environment(self) -> dict[str, str]:
        """Variables of a stranger's shell, with folders of their own for runs, data and uploads."""
        own = {f"EXPLORER_{name}": str(self.home / name.lower()) for name in ("RUNS", "DATA", "UPLOADS")}
        return _plain_environment() | own

    def run(self, *command: str) -> str:
        """What a command prints."""
        done = subprocess.run(
            command, cwd=ELSEWHERE, env=self.environment(), capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def installed(folder: Path) -> Installed:
    """Build the wheel and the source distribution, and install the wheel into a new virtual environment.

    What it depends on is not downloaded again: it is found where the tests find it, after the wheel.
    """
    built, home = folder / "built", folder / "home"
    _do(sys.executable, "-m", "hatchling", "build", "-d", str(built))
    [wheel], [source] = built.glob("*.whl"), built.glob("*.tar.gz")
    package = Installed(wheel, source, home)
    venv.create(home)
    # a folder named here is searched, but its own .pth files, such as that of an editable package, are not followed
    dependencies = [folder for folder in sys.path if Path(folder).name in ("site-packages", "dist-packages")]
    (package.packages / "dependencies.pth").write_text("\n".join(dependencies))
    _do(sys.executable, "-m", "pip", "--python", package.python, "install", "-q", "--no-deps", "--no-index", str(wheel))
    return package


def _packages_of(home: Path) -> Path:
    return Path(sysconfig.get_path("purelib", "venv", vars={"base": str(home), "platbase": str(home)}))


def _do(*command: str) -> None:
    subprocess.run(command, cwd=ROOT, env=_plain_environment(), check=True, timeout=300)


def _plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
