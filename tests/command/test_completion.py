"""What a shell offers after the beginning of a command: the script is read by bash itself."""

import shutil
import subprocess
from pathlib import Path

import pytest

from explorer import __main__ as command_line

BASH = shutil.which("bash")
ASK = """
COMP_WORDS=(%s) COMP_CWORD=%d
eval "$(complete -p explorer | sed -E 's/.*-F ([^ ]+).*/\\1/')"
printf '%%s\n' "${COMPREPLY[@]}"
"""


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit, match="0"):
        command_line.main(["--print-completion", shell])
    return capsys.readouterr().out


@pytest.mark.skipif(BASH is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["tra"], ["train"]),
        (["train", "--dataset", "sh"], ["shapes"]),
        (["train", "--model", "l"], ["lstm"]),
        (["train", "--training.opti"], ["--training.optimizer"]),
        (["train", "--training.optimizer", ""], ["adam", "adamw", "sgd"]),
        (["train", "--model.batch_norm", ""], ["false", "true"]),
        (["resume", "2026"], ["20261128-a", "20261128-b"]),
        (["stop", "20261128-b"], ["20261128-b"]),
    ],
    ids=" ".join,
)
def test_bash_offers_commands_flags_names_and_runs(
    words: list[str],
    offered: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "anna's runs"
    monkeypatch.setenv("EXPLORER_RUNS", str(folder))
    for run in ("20261128-a", "20261128-b"):
        (folder / run).mkdir(parents=True)
    typed = ["explorer", *words]
    ask = ASK % (" ".join(f"'{word}'" for word in typed), len(words))
    asked = subprocess.run(
        ["bash", "-u"], input=script("bash", capsys) + ask, capture_output=True, text=True, check=True, timeout=30
    )
    assert asked.stderr == ""
    assert sorted(asked.stdout.split()) == offered


@pytest.mark.parametrize("shell", ["zsh", "tcsh", "fish", "powershell"])
def test_other_shells_have_a_script_of_their_own(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    written = script(shell, capsys)
    assert "fashion_mnist" in written
    checks = {"zsh": ["zsh", "-n"], "fish": ["fish", "--no-execute"]}
    if shell in checks and shutil.which(shell):
        subprocess.run(checks[shell], input=written, text=True, check=True, timeout=30)


def test_a_word_that_is_not_offered_is_judged_by_the_configuration(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    assert command_line.main(["train", "--dataset", "shapez"]) == 2
    assert "dataset is 'shapez'; choose one of" in capsys.readouterr().err
