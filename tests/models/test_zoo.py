"""Every classifier of torchvision, loaded as torchvision itself does."""

import hashlib
import io
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from math import isnan
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torchvision import models

from explorer.errors import ExplorerError
from explorer.models import zoo
from explorer.models.entries import entries
from explorer.models.residual import SHAPES_RESNET

SMALL = "squeezenet1_1"  # 5 MB


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of torch's."""
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path / "hub"))
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    return tmp_path / "hub" / "checkpoints"


def bytes_of(network: str) -> bytes:
    """A file of weights as torchvision would offer it."""
    options = {"init_weights": False} if network in ("googlenet", "inception_v3") else {}
    written = io.BytesIO()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        torch.save(models.get_model(network, weights=None, **options).state_dict(), written)
    return written.getvalue()


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A host on this machine that offers the small network's weights in the place of torchvision's."""
    content = bytes_of(SMALL)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    name = f"squeezenet-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    url = f"http://127.0.0.1:{server.server_port}/models/{name}"
    monkeypatch.setattr(models.SqueezeNet1_1_Weights.IMAGENET1K_V1.value, "url", url)
    try:
        yield url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def state_equal(first: torch.nn.Module, second: torch.nn.Module) -> bool:
    one, other = first.state_dict(), second.state_dict()
    return one.keys() == other.keys() and all(one[name].equal(other[name]) for name in one)


# ── the catalogue ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_every_network_that_was_measured_on_imagenet_is_there() -> None:
    measured = {
        name
        for name in models.list_models(exclude="quantized_*")
        if any("ImageNet-1K" in entry.meta["_metrics"] for entry in models.get_model_weights(name))
    }
    assert zoo.networks()[0] == "shapes_resnet"
    assert set(zoo.networks()[1:]) == measured
    assert len(zoo.networks()) == len(measured) + 1


def test_entries_are_torchvisions_the_default_first() -> None:
    for network in zoo.networks()[1:]:
        items = models.get_model_weights(network)
        assert set(zoo.weights_entries(network)) == {item.name for item in items}
        assert zoo.weights_entries(network)[0] == items.DEFAULT.name


def test_the_catalogue_has_a_row_for_each_file_of_weights(cache: Path) -> None:
    table = zoo.catalogue()
    rows = {(row.network, row.weights) for row in table.itertuples()}
    assert rows == {(network, weights) for network in zoo.networks() for weights in zoo.weights_entries(network)}
    assert not table.duplicated(["network", "weights"]).any()
    row = table[(table["network"] == "resnet50") & (table["weights"] == "IMAGENET1K_V2")].iloc[0]
    # https://docs.pytorch.org/vision/stable/models.html
    assert (row["title"], row["family"], row["parameters"], row["classes"]) == ("ResNet50", "resnet", 25557032, 1000)
    assert (row["accuracy@1"], row["accuracy@5"], round(row["gflops"], 2), row["size_mb"]) == (
        80.858,
        95.434,
        4.09,
        97.79,
    )
    assert not table.loc[table["network"] != "shapes_resnet", "cached"].any()


def test_the_catalogue_tells_what_is_cached(cache: Path) -> None:
    (cache / "resnet18-f37072fd.pth").write_bytes(b"x")
    table = zoo.catalogue().set_index("network")
    assert table.loc["resnet18", "cached"]
    assert not table.loc["resnet34", "cached"]
    assert zoo.missing("resnet18") == ""


def test_weights_without_a_classifier_have_no_accuracy() -> None:
    entry = next(entry for entry in entries("vgg16") if entry.weights == "IMAGENET1K_FEATURES")
    assert isnan(entry.accuracy_1)
    assert len(entry.class_names) == 1000


# ── the one that ships ───────────────────────────────────────────────────────────────────────────────────────────────
def test_the_shipped_network_is_its_file_and_works_without_a_cache(cache: Path) -> None:
    assert zoo.missing("shapes_resnet") == ""
    loaded = zoo.load("shapes_resnet")
    card = json.loads(SHAPES_RESNET.with_suffix(".json").read_text(encoding="utf-8"))
    state, expected = loaded.module.state_dict(), load_file(SHAPES_RESNET)
    assert state.keys() == expected.keys()
    assert all(state[name].equal(expected[name]) for name in state)
    assert loaded.class_names == tuple(card["class_names"])
    assert loaded.weights == "SHAPES"
    assert not loaded.module.training
    row = zoo.catalogue().iloc[0]
    parameters = sum(parameter.numel() for parameter in loaded.module.parameters())
    assert (row["network"], row["parameters"], row["classes"]) == (
        "shapes_resnet",
        parameters,
        len(card["class_names"]),
    )
    assert row["cached"]
    assert row["size_mb"] < 2


def test_the_shipped_network_reads_pixels_normalised_as_it_learnt_them() -> None:
    transforms = zoo.load("shapes_resnet").transforms
    card = json.loads(SHAPES_RESNET.with_suffix(".json").read_text(encoding="utf-8"))
    pictures = torch.rand(2, 3, 32, 32)
    mean, deviation = (torch.tensor(card[name]).view(-1, 1, 1) for name in ("mean", "deviation"))
    assert transforms(pictures).equal((pictures - mean) / deviation)


# ── from torch's cache ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.slow
@pytest.mark.parametrize("network", [SMALL, "mobilenet_v3_small", "resnet18", "googlenet", "inception_v3"])
def test_a_cached_file_gives_what_torchvision_makes_of_it(cache: Path, network: str) -> None:
    entry = models.get_model_weights(network).DEFAULT
    (cache / entry.url.rsplit("/", 1)[1]).write_bytes(bytes_of(network))
    loaded = zoo.load(network)
    expected = models.get_model(network, weights=entry).eval()
    side = max(32, entry.meta["min_size"][0])
    pictures = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert loaded.module(pictures).equal(expected(pictures))
    assert not loaded.module.training
    assert loaded.class_names == tuple(entry.meta["categories"])
    assert repr(loaded.transforms) == repr(entry.transforms())
    assert (loaded.name, loaded.weights) == (network, entry.name)
    assert not any("aux" in name.lower() for name, _ in loaded.module.named_modules())


def test_names_of_tensors_from_the_time_before_are_understood(cache: Path) -> None:
    state = torch.load(io.BytesIO(bytes_of("densenet121")), weights_only=True)
    numbered = re.compile(r"(denselayer\d+\.(?:norm|conv))([12])\.")  # torchvision's file says norm.1 for norm1
    old = {numbered.sub(r"\1.\2.", name): value for name, value in state.items() if "num_batches" not in name}
    assert old.keys() != state.keys()
    torch.save(old, cache / "densenet121-a639ec97.pth")
    loaded = zoo.load("densenet121").module.state_dict()
    assert all(loaded[name].equal(state[name]) for name in state)


def test_each_load_is_a_network_of_its_own(cache: Path) -> None:
    (cache / "squeezenet1_1-b8a52dc0.pth").write_bytes(bytes_of(SMALL))
    first, second = (zoo.load(SMALL, "IMAGENET1K_V1").module for _ in range(2))
    with torch.no_grad():
        next(first.parameters()).zero_()
    assert next(second.parameters()).abs().sum() > 0


def test_a_cached_file_is_not_unpickled(cache: Path) -> None:
    class Program:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (cache / "it-ran",))

    torch.save({"features": Program()}, cache / "squeezenet1_1-b8a52dc0.pth")
    with pytest.raises(ExplorerError, match="objects other than tensors"):
        zoo.load(SMALL)
    assert not (cache / "it-ran").exists()


def test_a_cached_file_of_another_network_is_named(cache: Path) -> None:
    torch.save({"weight": torch.zeros(1)}, cache / "squeezenet1_1-b8a52dc0.pth")
    with pytest.raises(ExplorerError, match=r"squeezenet1_1-b8a52dc0\.pth is not torchvision's file"):
        zoo.load(SMALL)


# ── download ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_download_tells_its_progress_and_is_found_by_torchvision(cache: Path, host: str) -> None:
    shares: list[float] = []
    assert "to" in zoo.missing(SMALL)
    zoo.download(SMALL, "default", shares.append)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert shares == sorted(shares)
    assert len(shares) > 10
    assert zoo.missing(SMALL) == ""
    assert [path.name for path in cache.iterdir()] == [host.rsplit("/", 1)[1]]
    assert state_equal(zoo.load(SMALL).module, models.squeezenet1_1(weights="DEFAULT"))


def test_loading_downloads_what_is_not_there(cache: Path, host: str) -> None:
    assert state_equal(zoo.load(SMALL).module, models.squeezenet1_1(weights="DEFAULT"))
    zoo.download(SMALL, "default", lambda share: None)  # there is nothing to do


def test_a_download_that_is_not_the_file_is_refused_and_not_kept(
    cache: Path, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = re.sub(r"-[0-9a-f]{8}\.", "-00000000.", host)
    monkeypatch.setattr(models.SqueezeNet1_1_Weights.IMAGENET1K_V1.value, "url", wrong)
    with pytest.raises(ExplorerError, match=r"00000000… was expected\); nothing was kept"):
        zoo.download(SMALL, "default", lambda share: None)
    assert list(cache.iterdir()) == []


def test_offline_the_file_and_the_directory_it_belongs_in_are_named(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "http://127.0.0.1:9/squeezenet1_1-b8a52dc0.pth"  # nobody listens there
    monkeypatch.setattr(models.SqueezeNet1_1_Weights.IMAGENET1K_V1.value, "url", url)
    for said in (zoo.missing(SMALL), message(SMALL)):
        assert "squeezenet1_1-b8a52dc0.pth" in said
        assert str(cache) in said
        assert "none" in said
    assert list(cache.iterdir()) == []


def message(network: str, weights: str = "default") -> str:
    with pytest.raises(ExplorerError) as caught:
        zoo.load(network, weights)
    return str(caught.value)


# ── untrained ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("network", [SMALL, "resnet18", "googlenet"])
def test_an_untrained_network_is_fixed_by_its_seed_and_disturbs_no_other_random_number(network: str) -> None:
    before = torch.get_rng_state()
    first, again, other = (zoo.untrained(network, seed=seed).module for seed in (1, 1, 2))
    assert torch.get_rng_state().equal(before)
    assert state_equal(first, again)
    assert not state_equal(first, other)
    assert not first.training


def test_an_untrained_network_needs_no_file_and_has_the_defaults_transforms(cache: Path) -> None:
    found = zoo.load("resnet50", "none")
    assert found.weights == "none"
    assert repr(found.transforms) == repr(models.ResNet50_Weights.DEFAULT.transforms())
    assert zoo.missing("resnet50", "none") == ""
    assert zoo.weights_file("resnet50", "none") is None


def test_the_architecture_is_that_of_the_weights() -> None:
    usual = zoo.untrained("vit_b_16").module
    large = zoo.untrained("vit_b_16", "IMAGENET1K_SWAG_E2E_V1")
    positions = [module.get_parameter("encoder.pos_embedding").shape[1] for module in (usual, large.module)]
    assert positions == [1 + (224 // 16) ** 2, 1 + (384 // 16) ** 2]
    assert large.transforms.crop_size == [384]


# ── files of the user ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("ending", [".pth", ".safetensors"])
@pytest.mark.parametrize("classes", [1000, 7])
def test_a_file_of_ones_own_is_loaded_with_as_many_classes_as_it_has(tmp_path: Path, ending: str, classes: int) -> None:
    own = models.squeezenet1_1(num_classes=classes)
    path = tmp_path / f"own{ending}"
    (save_file if ending == ".safetensors" else torch.save)(own.state_dict(), path)
    loaded = zoo.load(SMALL, str(path))
    assert state_equal(loaded.module, own)
    assert loaded.class_names[:1] == (("tench",) if classes == 1000 else ("class 0",))
    assert len(loaded.class_names) == classes
    assert not loaded.module.training
    assert zoo.weights_file(SMALL, str(path)) == path
    assert zoo.missing(SMALL, str(path)) == ""


def test_further_classifiers_in_a_file_are_left_out(tmp_path: Path) -> None:
    own = models.googlenet(init_weights=False, num_classes=4)
    torch.save(own.state_dict(), tmp_path / "own.pth")
    loaded = zoo.load("googlenet", str(tmp_path / "own.pth")).module.state_dict()
    assert all(value.equal(own.state_dict()[name]) for name, value in loaded.items())
    assert not any(name.startswith("aux") for name in loaded)


def test_a_file_for_another_network_is_refused_with_numbers(tmp_path: Path) -> None:
    torch.save(models.squeezenet1_0().state_dict(), tmp_path / "own.pth")
    said = message(SMALL, str(tmp_path / "own.pth"))
    assert "features.0.weight: 96x3x7x7 in the file, 64x3x3x3 in the network" in said
    assert "missing" in said


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert str(tmp_path / "own.pth") in message(SMALL, str(tmp_path / "own.pth"))
    assert str(tmp_path / "own.pth") in zoo.missing(SMALL, str(tmp_path / "own.pth"))


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_unknown_network_or_unknown_weights_are_told_with_what_is_near() -> None:
    assert "resnet50" in message("resnet5O")
    assert "shapes_resnet" in message("anything")
    said = message("resnet50", "imagenet1k_v3")
    assert "IMAGENET1K_V1, IMAGENET1K_V2" in said or "IMAGENET1K_V2, IMAGENET1K_V1" in said
    assert "Did you mean IMAGENET1K_V" in said
    with pytest.raises(ExplorerError, match="There is no network"):
        zoo.missing("fasterrcnn_resnet50_fpn")
