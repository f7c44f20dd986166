import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from explorer.models.tensors import read_tensors

MAPPED = Path("/proc/self/maps")  # the files that this process has mapped into its memory


@pytest.mark.skipif(not MAPPED.exists(), reason="the system does not say which files are mapped")
@pytest.mark.parametrize(("platform", "mapped"), [("linux", True), ("win32", False)])
def test_a_file_stays_mapped_by_its_tensors_but_on_windows_where_it_could_not_be_replaced(
    platform: str, mapped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = torch.arange(100_000.0)
    save_file({"weight": kept}, tmp_path / "kept.safetensors")
    monkeypatch.setattr(sys, "platform", platform)
    read, _ = read_tensors(tmp_path / "kept.safetensors", 10**6)
    assert ("kept.safetensors" in MAPPED.read_text()) == mapped
    assert torch.equal(read["weight"], kept)
