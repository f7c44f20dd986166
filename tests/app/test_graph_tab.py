"""The views of the Network tab, and of layers too large to be drawn at once, on torchvision's own networks."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.charts import texts


def page(network: str, tab: str) -> None:
    """A page with one view of an untrained network; its source is run as a script of its own."""
    from importlib import import_module

    from tests.app.noise import choose_subject

    import_module(f"explorer.ui.views.picture.{tab}").draw(choose_subject(network, 32 if network == "vit" else 64))


def opened(network: str, tab: str, **address: str) -> AppTest:
    app = AppTest.from_function(page, kwargs={"network": network, "tab": tab}, default_timeout=60)
    for key, value in address.items():
        app.query_params[key] = value
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def address(app: AppTest, key: str) -> str:
    """What stands in the address; the test's address holds lists where the page wrote none."""
    value = app.query_params[key]
    return value if isinstance(value, str) else str(value[0])


def pick(app: AppTest, name: str) -> AppTest:
    return checked(app.selectbox(key="graph_pick").set_value(name).run())


def open_blocks(app: AppTest) -> list[str]:
    return [name for name in address(app, "open").split(",") if name != "none"]


def button(app: AppTest, label: str) -> Any:
    return next(widget for widget in app.button if widget.label == label)


def test_a_layer_deep_inside_is_one_choice_away_and_becomes_the_layer_of_the_feature_maps() -> None:
    app = opened("resnet18", "network")
    pick(app, "layer2.0.conv2")
    assert open_blocks(app) == ["layer2", "layer2.0"]
    assert address(app, "layer") == "layer2.0.conv2"
    # by hand: 128 · 128 · 9 weights; at 64x64 the second stage has 8x8; 27 + 16, + 8, + 16 after two more blocks
    words = texts(app)
    assert "**layer2.0.conv2** · Conv2d 3x3 · output 128x8x8 · 147,456 parameters" in words
    assert "reads layer2.0.relu#1; read by layer2.0.bn2" in words
    assert "Receptive field: 67x67 pixels" in words
    assert app.selectbox(key="graph_pick").value is None


def test_blocks_open_and_close_all_at_once() -> None:
    app = opened("resnet18", "network")
    checked(button(app, "Open all").click().run())
    assert {"layer1", "layer4.1", "layer4.0.downsample"} <= set(open_blocks(app))
    checked(button(app, "Close all").click().run())
    assert open_blocks(app) == []


def test_an_operation_between_layers_says_what_flows_together() -> None:
    app = pick(opened("resnet18", "network"), "layer1.0.add")
    assert "reads maxpool, layer1.0.bn2; read by layer1.0.relu#2" in texts(app)
    assert "layer" not in app.query_params
    assert all(button.label != "See its feature maps" for button in app.button)


def test_a_network_of_one_block_is_opened_until_it_can_be_seen() -> None:
    app = pick(opened("squeezenet1_1", "network"), "classifier")
    assert open_blocks(app) == ["features", "classifier"]


def test_a_network_too_large_to_read_is_opened_in_part_and_says_so() -> None:
    app = opened("densenet121", "network")
    checked(button(app, "Open all").click().run())
    assert any("Open the others one by one" in toast.value for toast in app.toast)


def test_a_thousand_maps_come_in_pages_sorted_by_activity() -> None:
    app = opened("resnet18", "feature_maps", layer="layer4.1.conv2", map="511")
    assert "layer4.1.conv2, channel 511" in texts(app)
    assert app.number_input(key="map_page").max == 8  # 512 maps, 64 a page
    checked(app.number_input(key="map_page").set_value(8).run())
    checked(next(g for g in app.button_group if g.key == "map_order").set_value("mean activity").run())
    assert "Receptive field" in texts(app)


def test_any_layer_can_be_searched_and_chosen() -> None:
    app = opened("resnet18", "feature_maps")
    layers = app.selectbox(key="layer.widget")
    assert layers.value == "conv1"
    assert {"layer1", "layer1.0", "layer1.0.relu#2", "fc"} <= {option.split(" · ")[0] for option in layers.options}
    checked(layers.set_value("layer1.0.relu#2").run())
    assert address(app, "layer") == "layer1.0.relu#2"
    checked(app.selectbox(key="layer.widget").set_value("fc").run())
    assert app.metric[0].label == "fc, unit 0"


def test_tokens_stand_on_their_grid_and_the_class_token_is_said_to_be_left_out() -> None:
    app = opened("vit", "feature_maps", layer="encoder.layers.encoder_layer_0.mlp")
    assert "17 tokens stand on their grid of 4x4 patches" in texts(app)
    assert "class token, is left out" in texts(app)
    assert "every pixel of the 32x32 picture" in texts(app)


def test_a_convolution_of_hundreds_of_channels_is_summed_over_all_and_drawn_for_the_strongest() -> None:
    app = opened("resnet18", "convolution", convolution_layer="layer4.1.conv2")
    assert "Of 512 input channels, the 64 with the largest contributions are drawn" in texts(app)
    assert "PyTorch's own value" in texts(app)
    assert "**layer4.1.add** adds it to the output of the other branch" in texts(app)


def test_what_reaches_a_convolution_is_followed_through_branches() -> None:
    app = opened("resnet18", "convolution", convolution_layer="layer2.0.downsample.0")
    difference = float(texts(app).split("difference to the sum is ")[1].split(",")[0])
    assert difference < 1e-4


@pytest.mark.parametrize("tab", ["kernels", "convolution"])
def test_depthwise_convolutions_are_taken_apart_too(tab: str) -> None:
    key = {"kernels": "kernel_layer", "convolution": "convolution_layer"}[tab]
    app = opened("mobilenet_v3_small", tab, **{key: "features.2.block.1.0"})
    expected = {"kernels": "72 groups: each output channel reads 1 of 72 inputs", "convolution": "PyTorch's own value"}
    assert expected[tab] in texts(app)


def test_the_first_kernels_are_shown_in_colour() -> None:
    assert "grey is zero" in texts(opened("resnet18", "kernels"))
