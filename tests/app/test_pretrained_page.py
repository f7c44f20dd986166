"""The Pretrained CNN page, without a browser."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest

from explorer.config import parse
from explorer.figures.style import empty
from explorer.models import zoo
from explorer.places import SAMPLE_DATA
from explorer.training.run import Run
from explorer.training.state import RunState, take_lease, write_state
from explorer.training.worker import work
from explorer.ui.views.picture import transfer
from tests.app.charts import texts
from tests.app.pages import ANNA, BERT, button, go_to_step, open_page, recorded_steps

LOOKING = ("Network", "Feature maps", "Kernels", "Convolution", "Channels", "Predictions", "Embeddings")
FEW = {"name": "shapes", "classes": "unseen", "examples": 200, "examples_per_class": 2}


def softmax(app: AppTest) -> Any:
    return next(frame.value for frame in app.dataframe if "probability" in frame.value)


def widget(elements: Any, label: str) -> Any:
    return next(element for element in elements if element.label == label)


@pytest.mark.sample(4)
@pytest.mark.parametrize("tab", ["Transfer", *LOOKING, "Health", "Data"])
def test_every_view_of_the_shipped_transfer_works_at_the_first_and_at_the_last_step(tab: str) -> None:
    app = open_page("pretrained", view=tab)
    steps, shown = recorded_steps(app)
    assert shown == steps[-1]
    for step in (steps[0], steps[-1]):
        go_to_step(app, step)
        assert not app.exception
        assert not app.error


@pytest.mark.parametrize("tab", LOOKING)
def test_every_view_of_the_shipped_network_works_without_a_run(tab: str) -> None:
    app = open_page("pretrained", subject="Network", view=tab)
    assert not app.error
    assert "0.177 million parameters" in texts(app)


def test_a_network_that_is_not_on_this_machine_names_file_and_folder_and_can_be_looked_at_untrained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    app = open_page("pretrained", subject="Network", network="squeezenet1_1", view="Feature maps")
    (warning,) = app.warning
    assert "squeezenet1_1-b8a52dc0.pth" in warning.value
    assert str(tmp_path / "checkpoints") in warning.value
    button(app, "Use it untrained").click().run()
    assert not app.exception
    assert not app.error
    assert "untrained: random weights" in texts(app)


def test_a_download_that_fails_says_so_and_the_page_stays_usable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nobody listens there
    app = open_page("pretrained", subject="Network", network="squeezenet1_1")
    button(app, "Download").click().run()
    assert not app.exception
    assert any("squeezenet1_1-b8a52dc0.pth" in error.value for error in app.error)


def test_weights_of_an_allowed_folder_are_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = zoo.load("shapes_resnet").module.state_dict()
    own["head.weight"], own["head.bias"] = torch.zeros(3, own["head.weight"].shape[1]), torch.tensor([0.0, 2.0, 0.0])
    save_file(own, tmp_path / "own.safetensors")
    address = {"subject": "Network", "weights": str(tmp_path / "own.safetensors"), "view": "Predictions"}
    assert any("that you may read here" in error.value for error in open_page("pretrained", **address).error)
    monkeypatch.setenv("EXPLORER_FILES", str(tmp_path))
    app = open_page("pretrained", **address)
    assert not app.error
    table = softmax(app)
    # by hand: softmax of 0, 2, 0
    assert list(table["probability"]) == ["0.1065", "0.7870", "0.1065", "1.0000"]


def bytes_of(content: Any) -> bytes:
    written = BytesIO()
    torch.save(content, written)
    return written.getvalue()


def own_resnet(classes: int) -> dict[str, Any]:
    state = dict(zoo.load("shapes_resnet").module.state_dict())
    state["head.weight"], state["head.bias"] = state["head.weight"][:classes], state["head.bias"][:classes]
    return state


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXPLORER_UPLOADS", str(tmp_path / "uploads"))
    return tmp_path / "uploads"


def test_the_header_of_ones_own_weights_tells_their_name_size_and_classes_and_no_accuracy(uploads: Path) -> None:
    app = open_page("pretrained", subject="Network", view="Predictions")
    assert "top-5 accuracy" in texts(app)
    content = bytes_of({"model_state_dict": own_resnet(3), "epoch": 4})
    app.file_uploader(key="own_weights").upload("my birds.ckpt", content, "application/octet-stream").run()
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="weights").value == "my birds.ckpt"
    said = texts(app)
    buffers = ("running_mean", "running_var", "num_batches_tracked")
    size = sum(value.numel() for name, value in own_resnet(3).items() if not name.endswith(buffers))
    assert f"**`my birds.ckpt`**, your weights of Shapes ResNet · {size / 1e6:.3g} million parameters" in said
    assert "3 classes · accuracy not measured" in said
    assert "Not used of the file: 1 entry (`epoch`)" in said
    assert "top-5 accuracy" not in said
    assert str(uploads) not in said


def own(app: AppTest, key: str = "own_weights.own") -> Any:
    return next((box for box in app.selectbox if box.key == key), None)


def test_own_weights_and_class_names_are_listed_with_their_size_chosen_again_and_deleted(uploads: Path) -> None:
    app = open_page("pretrained", subject="Network", visitor=ANNA)
    assert own(app) is None
    for name in ("birds.pth", "cats.pth"):
        content = bytes_of(own_resnet(3))
        app.file_uploader(key="own_weights").upload(name, content, "application/octet-stream").run()
    size = f"{len(content) / 1_000_000:.2f} MB"
    assert own(app).label.startswith("Your weights, ")
    assert own(app).options == [f"birds.pth · {size}", f"cats.pth · {size}"]
    own(app).set_value("birds.pth").run()
    assert app.selectbox(key="weights").value == "birds.pth"
    app.file_uploader(key="own_class_names").upload("names.txt", b"wren\nrobin\njay\n").run()
    assert own(app, "own_class_names.own").options == ["names.txt · 0.00 MB"]
    assert own(open_page("pretrained", subject="Network", visitor=BERT)) is None
    next(one for one in app.button if one.key == "own_class_names.delete.names.txt").click().run()
    assert not app.error
    assert app.text_input(key="class_names").value == ""
    next(one for one in app.button if one.key == "own_weights.delete.birds.pth").click().run()
    assert not app.exception
    assert not app.error
    assert own(app).options == [f"cats.pth · {size}"]
    assert app.selectbox(key="weights").value == "default"
    assert sorted(path.name for path in (uploads / "weights").iterdir()) == ["cats.pth"]


def test_deleting_in_one_tab_what_another_has_deleted_already_is_harmless(uploads: Path) -> None:
    first = open_page("pretrained", subject="Network", visitor=ANNA)
    first.file_uploader(key="own_weights").upload("birds.pth", bytes_of(own_resnet(3)), "application/octet-stream")
    first.run()
    second = open_page("pretrained", subject="Network", visitor=ANNA)
    own(second).set_value("birds.pth").run()
    for app in (first, second):
        button(app, "Delete it").click().run()
        assert not app.exception
        assert not app.error
        assert app.selectbox(key="weights").value == "default"


def test_weights_that_a_training_waits_for_are_not_deleted_and_the_run_is_named(uploads: Path, runs: Path) -> None:
    app = open_page("pretrained", subject="Network", visitor=ANNA)
    app.file_uploader(key="own_weights").upload("birds.pth", bytes_of(own_resnet(3)), "application/octet-stream").run()
    run = Run.create(runs, parse({"dataset": FEW, "model": {"name": "pretrained", "weights": "birds.pth"}}), ANNA)
    write_state(run.path, RunState(status="queued"))
    button(app, "Delete it").click().run()
    assert any(f"The run {run.id} reads weights/birds.pth" in error.value for error in app.error)
    assert (uploads / "weights" / "birds.pth").is_file()


def test_the_classes_of_ones_own_weights_are_typed_or_come_from_a_file(uploads: Path) -> None:
    app = open_page("pretrained", subject="Network", view="Predictions")
    app.file_uploader(key="own_weights").upload("birds.pth", bytes_of(own_resnet(3)), "application/octet-stream").run()
    assert (uploads / "weights" / "birds.pth").is_file()
    assert set(softmax(app)["class"][:3]) == {"class 0", "class 1", "class 2"}
    app.text_input(key="class_names").set_value("wren, robin, jay").run()
    assert not app.error
    assert set(softmax(app)["class"][:3]) == {"wren", "robin", "jay"}
    app.text_input(key="class_names").set_value("wren, robin").run()
    assert any("2 class names are given, and the network has 3 classes" in error.value for error in app.error)
    app.file_uploader(key="own_class_names").upload("names.txt", "Zaunkönig\nRotkehlchen\nHäher\n".encode()).run()
    assert not app.error
    assert app.text_input(key="class_names").value == "names.txt"
    assert set(softmax(app)["class"][:3]) == {"Zaunkönig", "Rotkehlchen", "Häher"}


def test_weights_of_another_network_are_refused_by_their_own_name(uploads: Path) -> None:
    app = open_page("pretrained", subject="Network")
    content = bytes_of({"fc.weight": torch.zeros(2, 2)})
    app.file_uploader(key="own_weights").upload("other.pth", content, "application/octet-stream").run()
    assert not app.exception
    [error] = app.error
    assert error.value.startswith("other.pth does not fit the network")
    assert str(uploads) not in texts(app)


def test_a_file_that_could_run_code_is_refused() -> None:
    app = open_page("pretrained", subject="Network")
    content = BytesIO()
    torch.save(torch.nn.Linear(2, 2), content)  # a whole module: a pickle
    app.file_uploader(key="own_weights").upload("own.pth", content.getvalue(), "application/octet-stream").run()
    assert not app.exception
    assert len(app.error) == 1
    assert app.selectbox(key="weights").value == "default"


def test_a_picture_of_ones_own_takes_the_place_of_the_probe_and_goes_again() -> None:
    app = open_page("pretrained", subject="Network", view="Predictions")
    before = softmax(app)
    picture = BytesIO()
    Image.fromarray(np.full((50, 70, 3), (200, 30, 30), np.uint8)).save(picture, "png")
    app.file_uploader(key="own_picture.file").upload("red.png", picture.getvalue(), "image/png").run()
    assert not app.exception
    after = softmax(app)
    assert list(before["logit z"]) != list(after["logit z"])
    loaded = zoo.load("shapes_resnet")
    pixels = torch.tensor([200, 30, 30]).view(3, 1, 1).expand(3, 50, 70) / 255
    with torch.no_grad():
        logits = loaded.module(loaded.transforms(pixels)[None])[0]
    best = int(logits.argmax())
    assert after["class"][0] == loaded.class_names[best]
    assert float(after["logit z"][0]) == pytest.approx(float(logits[best]), abs=2e-4)
    button(app, "Back to the data set's pictures").click().run()
    assert list(softmax(app)["logit z"]) == list(before["logit z"])


def test_what_is_no_picture_is_refused_in_words() -> None:
    app = open_page("cnn")
    app.file_uploader(key="own_picture.file").upload("notes.png", b"no picture", "image/png").run()
    assert not app.exception
    assert any("not a readable image" in error.value for error in app.error)


def finished(root: Path, strategy: str, **data: Any) -> Run:
    values = {
        "dataset": {**FEW, **data},
        "model": {"name": "pretrained", "strategy": strategy},
        "training": {"epochs": 2, "snapshots": 3},
    }
    run = Run.create(root, parse(values))
    work(run.path, take_lease(run.path))
    assert run.status == "finished", run.reason
    return run


def test_runs_of_the_same_data_and_network_stand_on_one_chart(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []

    def kept(own: Any, *_rest: Any) -> Any:
        drawn.append(own)
        return empty("nothing")

    monkeypatch.setattr(transfer, "accuracy_by_examples", kept)
    made = {strategy: finished(runs, strategy) for strategy in ("frozen", "all", "scratch")}
    app = open_page("pretrained", run=made["all"].id, view="Transfer")
    assert not app.error
    rows = {row.strategy: (row.examples, row.accuracy) for row in drawn[-1].itertuples()}
    assert rows == {strategy: (2, run.state().test_accuracy) for strategy, run in made.items()}


def test_a_run_on_all_examples_stands_at_their_number_and_only_as_many_are_offered(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Any] = []

    def kept(own: Any, *_rest: Any) -> Any:
        drawn.append(own)
        return empty("nothing")

    monkeypatch.setattr(transfer, "accuracy_by_examples", kept)
    run = finished(runs, "frozen", examples_per_class=0)
    app = open_page("pretrained", run=run.id, view="Transfer", transfer_counts="50")
    assert not app.error
    # by hand: 200 pictures of 10 classes, of which 15 % are held out for validation and 15 % for the test
    assert [row.examples for row in drawn[-1].itertuples()] == [14]
    offered = app.button_group(key="transfer_counts")
    assert [str(option) for option in offered.options] == ["1", "2", "5", "10"]
    assert offered.value == [10]  # what a shared link asks for is not there


def test_what_is_missing_is_trained_one_after_another(runs: Path) -> None:
    run = finished(runs, "frozen")
    app = open_page("pretrained", run=run.id, view="Transfer")
    app.button_group(key="transfer_counts").set_value([2]).run()
    button(app, "Train the 2 missing runs").click().run()
    assert not app.exception
    made = [other for other in Run.list(runs) if other.id != run.id]
    strategies = {other.config.model.strategy for other in made if other.config}  # type: ignore[union-attr]
    assert strategies == {"all", "scratch"}
    assert {other.config.dataset.examples_per_class for other in made if other.config} == {2}  # type: ignore[union-attr]


def test_the_shipped_curve_has_every_point_of_its_experiments() -> None:
    measured = json.loads((SAMPLE_DATA / "pretrained" / "transfer.json").read_text())
    for curve in measured["curves"]:
        points = {(point["strategy"], point["examples"]) for point in curve["points"]}
        assert points == {
            (strategy, count) for strategy in ("frozen", "all", "scratch") for count in (1, 2, 5, 10, 20, 50, 100)
        }
        assert all(0 <= point["accuracy"] <= 1 for point in curve["points"])
    assert len(measured["curves"]) == 2


def test_what_waits_to_be_trained_is_begun_from_any_page(runs: Path) -> None:
    app = open_page("cnn")
    config = parse({"dataset": FEW, "model": {"name": "pretrained"}, "training": {"epochs": 1}})
    app.session_state["queue.waiting"] = [config.model_dump_json()]
    app.switch_page("screens/machine_learning.py").run()
    assert not app.exception
    [run] = Run.list(runs)
    assert run.config == config


def test_kernels_that_are_frozen_are_said_to_be() -> None:
    app = open_page("pretrained", view="Kernels")
    assert "No kernel has moved by step 240: the weights are frozen, or no gradient reaches them." in texts(app)


def test_the_list_tells_runs_apart_by_strategy_and_number_of_examples(runs: Path) -> None:
    finished(runs, "frozen")
    app = open_page("pretrained")
    listed = next(box.options for box in app.selectbox if box.label == "Run")
    assert "shapes · frozen · 2 a class" in listed[0]
