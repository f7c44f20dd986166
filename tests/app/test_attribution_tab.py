"""The tab Attribution, run without a browser."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients
from streamlit.testing.v1 import AppTest

from explorer.inspection import ATTRIBUTION_METHODS
from explorer.training.run import Run
from explorer.ui.address.visit import CHECKED
from explorer.ui.views.attribution import computed, curves
from explorer.ui.views.attribution.choose import METHODS, distinct
from tests.app.charts import read, sent_charts, texts
from tests.app.noise import choose_subject
from tests.app.pages import open_page, subject_at

ROOT = Path(__file__).parents[2]
LAST = Run.open(ROOT / "sample_data/runs/cnn-on-digits").steps[-1]
ALL = [METHODS[method].title for method in ATTRIBUTION_METHODS]


def digits(step: int) -> None:
    """The tab for the shipped run; its source is run as a script of its own."""
    from explorer.ui.views.attribution import view
    from tests.app.pages import subject_at

    view.draw(subject_at(step))


def noise(network: str, side: int) -> None:
    """The tab for an untrained network of torchvision."""
    from explorer.ui.views.attribution import view
    from tests.app.noise import choose_subject

    view.draw(choose_subject(network, side))


def on_digits(step: int = LAST, **address: str | list[str]) -> AppTest:
    return opened(AppTest.from_function(digits, args=(step,), default_timeout=60), address)


def on_noise(network: str, side: int, **address: str | list[str]) -> AppTest:
    return opened(AppTest.from_function(noise, args=(network, side), default_timeout=60), address)


def opened(app: AppTest, address: dict[str, str | list[str]]) -> AppTest:
    for key, value in address.items():
        app.query_params[key] = value
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error
    return app


def press(app: AppTest, label: str) -> AppTest:
    return checked(next(button for button in app.button if button.label == label).click().run())


def charts(app: AppTest) -> set[str]:
    return {chart.proto.id.split("-", 2)[2] for chart in app.get("bidi_component")}


def drawn(methods: list[str]) -> set[str]:
    return {f"attribution-{method}" for method in methods}


# ── the maps ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("step", [0, LAST])
def test_every_method_is_drawn_at_the_first_and_at_the_last_step(step: int) -> None:
    app = on_digits(step, attribution_methods=ALL)
    assert drawn(list(ATTRIBUTION_METHODS)) <= charts(app)
    assert not app.info
    for about in ATTRIBUTION_METHODS.values():
        assert about.meaning in texts(app)


def test_the_residual_that_is_shown_is_captums_and_under_one_percent() -> None:
    app = on_digits(explain="truth", attribution_methods=["Integrated gradients"])
    found = re.search(r"changed by (\S+): residual (\S+) \((\S+)%\), with (\d+) steps", texts(app))
    assert found
    change, residual, share, steps = (float(number) for number in found.groups())
    subject = subject_at(LAST)
    with subject.model() as model:
        _, delta = IntegratedGradients(model).attribute(
            subject.inputs, target=subject.target, n_steps=int(steps), return_convergence_delta=True
        )
    assert residual == pytest.approx(float(delta), rel=0.02, abs=1e-5)
    assert share == pytest.approx(100 * abs(residual / change), abs=0.01)
    assert share < 1


def test_residuals_of_complete_methods_are_what_is_missing_from_what_they_should_add_up_to() -> None:
    subject = subject_at(LAST)
    with subject.model() as model, torch.no_grad():
        logit, empty = model(subject.inputs)[0, 3], model(torch.zeros_like(subject.inputs))[0, 3]
    for method, whole in {"integrated_gradients": logit - empty, "deep_lift": logit - empty, "lrp": logit}.items():
        one = computed.found(subject, 3, method, None, "average")
        assert one.residual == pytest.approx(float(one.values.sum() - whole), abs=1e-4)
    assert computed.found(subject, 3, "saliency", None, "average").residual is None


def test_the_difference_of_two_classes_is_the_difference_of_their_gradients() -> None:
    app = on_digits(explain="two classes", explained_class="7", rival_class="1")
    assert "The maps attribute **the logit of 7 minus the logit of 1**" in texts(app)
    subject = subject_at(LAST)
    inputs = subject.inputs.clone().requires_grad_()
    with subject.model() as model:
        logits = model(inputs)[0]
    (gradient,) = torch.autograd.grad(logits[7] - logits[1], inputs)
    one = computed.found(subject, (7, 1), "saliency", None, "average")
    np.testing.assert_allclose(one.values, gradient[0].sum(0), atol=1e-6)


def test_a_class_minus_itself_is_no_question() -> None:
    app = on_digits(explain="two classes", explained_class="7", rival_class="7")
    assert "choose two classes" in app.info[0].value
    assert not charts(app)


@pytest.mark.slow
def test_what_is_explained_and_how_is_read_from_the_address_and_can_be_changed() -> None:
    app = on_digits(explain="one class", explained_class="4", cam_layer="block1.convolution", strength="100")
    assert "The maps attribute **the logit of 4**" in texts(app)
    assert "8x8 values of block1.convolution" not in texts(app)  # as many as the picture has: nothing to say
    assert app.selectbox(key="cam_layer").value == "block1.convolution"
    checked(app.selectbox(key="explained_class").set_value(5).run())
    checked(app.multiselect(key="attribution_methods").set_value(["lrp"]).run())
    assert "The maps attribute **the logit of 5**" in texts(app)
    assert "attribution-lrp" in charts(app)


def test_grad_cam_says_at_which_resolution_it_is() -> None:
    assert "4x4 values of block3.activation" in texts(on_digits(attribution_methods=["Grad-CAM"]))


def test_a_layer_without_feature_maps_is_refused_in_the_place_of_the_map() -> None:
    subject = subject_at(LAST)
    one = computed.found(subject, 3, "grad_cam", "head.logits", "average")
    assert "needs feature maps" in one.refusal


def test_absent_pixels_are_what_their_name_says() -> None:
    splits = subject_at(LAST).splits
    for name, level in {"black": 0, "white": 255}.items():
        pixels = computed.baseline_of(subject_at(LAST), "black" if name == "black" else "white").expand(
            1, *splits.input_shape
        )
        assert (np.asarray(splits.pictures(pixels)) == level).all()
    average = computed.baseline_of(subject_at(LAST), "average").expand(1, *splits.input_shape)
    assert np.asarray(splits.pictures(average)).mean() == pytest.approx(255 * float(splits.mean), abs=1)


def test_classes_of_the_same_name_are_told_apart() -> None:
    assert distinct(["crane", "cat", "crane"]) == ["crane (0)", "cat", "crane (2)"]


# ── networks that a method is not right for, and large ones ──────────────────────────────────────────────────────────
def test_a_method_that_is_invalid_says_so_in_the_place_of_its_map() -> None:
    app = on_noise("resnet18", 32, attribution_methods=["Guided backprop", "DeepLIFT", "LRP", "Saliency"])
    refusals = [info.value for info in app.info]
    assert "to be used once in a forward pass; used again: layer1.0.relu (ReLU, 2 times)" in refusals[0]
    assert "to be used once" in refusals[1]
    assert "where branches are added" in refusals[2]
    assert charts(app) == drawn(["saliency"])


def test_attention_rollout_stands_beside_the_others_of_a_vision_transformer() -> None:
    app = on_noise("vit", 32)
    assert drawn(["saliency", "integrated_gradients", "grad_cam", "occlusion", "attention_rollout"]) <= charts(app)
    assert "Attention rollout" in texts(app)
    assert app.selectbox(key="checked_method").options == ["Saliency", "Integrated gradients", "Grad-CAM", "Occlusion"]


def test_attention_rollout_is_not_offered_for_a_convolutional_network_nor_taken_from_a_link() -> None:
    app = on_digits(attribution_methods=["Attention rollout", "Saliency"])
    [methods] = [box for box in app.multiselect if box.label == "Methods"]
    assert methods.options == ALL
    assert methods.value == ["saliency"]


@pytest.mark.slow
def test_on_a_large_network_what_takes_long_waits_for_a_button_with_its_cost() -> None:
    app = on_noise("resnet18", 32, attribution_methods=["Saliency", "Occlusion"])
    assert charts(app) == drawn(["saliency"])
    assert "225 forward passes" in texts(app)  # windows of 4 in steps of 2: 15 by 15
    press(app, "Compute occlusion")
    assert charts(app) == drawn(["saliency", "occlusion"])
    assert "966 forward passes for 2 maps and 20 random orders" in texts(app)  # both ways, 23 orders, 21 points
    press(app, "Delete and insert pixels")
    assert {"attribution-deletion", "attribution-insertion"} <= charts(app)
    checked(app.slider(key="strength").set_value(30).run())
    assert drawn(["saliency", "occlusion"]) <= charts(app)
    checked(next(group for group in app.button_group if group.key == "baseline").set_value("black").run())
    assert charts(app) == drawn(["saliency"])


# ── whether they can be believed ─────────────────────────────────────────────────────────────────────────────────────
def test_curves_lead_from_the_picture_to_the_baseline_and_back() -> None:
    subject = subject_at(LAST)
    read = computed.curves(subject, 3, "saliency", None, "black")
    with subject.model() as model, torch.no_grad():
        empty = computed.baseline_of(subject, "black").expand_as(subject.inputs)
        picture, nothing = (float(model(inputs).softmax(1)[0, 3]) for inputs in (subject.inputs, empty))
    assert read.deletion[[0, -1]] == pytest.approx([picture, nothing], abs=1e-5)
    assert read.insertion[[0, -1]] == pytest.approx([nothing, picture], abs=1e-5)


def test_gradients_are_ranked_by_size_so_that_turning_the_question_round_takes_the_same_pixels() -> None:
    subject = subject_at(LAST)
    there, back = (computed.curves(subject, pair, "saliency", None, "average").deletion for pair in ((3, 5), (5, 3)))
    np.testing.assert_allclose(there, -back, atol=1e-5)


def test_maps_stand_over_the_picture_or_beside_it() -> None:
    over = on_digits(attribution_methods=["Saliency"])
    beside = on_digits(attribution_methods=["Saliency"], maps_stand="beside the picture")
    said = [next(one for one in map(read, sent_charts(app.main)) if one.kind == "saliency") for app in (over, beside)]
    described = [one.figure["layout"]["meta"]["description"] for one in said]
    assert "over the picture" in described[0]
    assert "beside it" in described[1]
    assert not [slider for slider in beside.slider if "Strength" in slider.label]


def test_a_method_keeps_its_colour_whatever_methods_are_shown_beside_it() -> None:
    app = on_digits(attribution_methods=["Saliency", "LRP"])
    both = lines_of(app)
    alone = lines_of(on_digits(attribution_methods=["LRP"]))
    assert both["LRP"] == alone["LRP"]
    assert both["LRP"] != both["Saliency"]
    assert len(
        {(curves.curve_of(method, np.zeros(2)).colour, curves.curve_of(method, np.zeros(2)).dash) for method in METHODS}
    ) == len(METHODS)


def lines_of(app: AppTest) -> dict[str, tuple[str, str]]:
    """Colour and dash of each line of the deletion curves, by the map's name."""
    [curve] = [one for one in map(read, sent_charts(app.main)) if one.kind == "deletion"]
    named = [trace for trace in curve.figure["data"] if ": area" in trace.get("name", "")]
    return {trace["name"].split(": area")[0]: (trace["line"]["color"], trace["line"]["dash"]) for trace in named}


def test_the_check_against_random_weights_gives_its_verdict_and_is_forgotten_with_its_question() -> None:
    app = on_digits(attribution_methods=["Saliency", "Grad-CAM"])
    assert "randomised-maps" not in charts(app)
    checked(app.selectbox(key="checked_method").set_value("grad_cam").run())
    press(app, "Check against random weights")
    assert {"randomised-similarity", "randomised-maps"} <= charts(app)
    assert any(word in texts(app) for word in ("Passes:", "Fails:", "Unclear:"))
    done = app.session_state[CHECKED.key]
    # by hand: two layers of the head, then three convolutions, each with its norm
    assert [name.split(" ")[0] for name in done.names] == ["0", "1", "2", "3", "4", "5"]
    assert done.similarity[0] == 1
    checked(app.selectbox(key="checked_method").set_value("saliency").run())
    assert "randomised-maps" not in charts(app)


def test_the_check_runs_on_a_large_network_in_a_few_stages() -> None:
    app = on_noise("resnet18", 32, attribution_methods=["Saliency"])
    press(app, "Check against random weights")
    assert len(app.session_state[CHECKED.key].names) == 9


# ── on the pages ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "address"),
    [("cnn", {}), ("pretrained", {"subject": "Network", "attribution_methods": ["Saliency", "Grad-CAM"]})],
)
def test_the_tab_stands_on_both_pages(
    page: str, address: dict[str, str | list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    app = checked(open_page(page, "", view="Attribution", **address))
    assert {*drawn(["saliency", "grad_cam"]), "attribution-deletion"} <= charts(app)


def test_a_network_is_large_by_its_weights_or_by_its_pictures() -> None:
    assert not computed.facts_of(subject_at(LAST)).large
    assert computed.facts_of(choose_subject("resnet18", 32)).large
    assert computed.facts_of(choose_subject("squeezenet1_1", 96)).large
    assert not computed.facts_of(choose_subject("squeezenet1_1", 64)).large
