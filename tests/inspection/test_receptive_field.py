from typing import Literal

import pytest
import torch
import torchvision
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.inspection import receptive_field


def untrained(name: str) -> nn.Module:
    """A network of torchvision without numbers in its weights: only shapes count here."""
    with torch.device("meta"):
        network: nn.Module = torchvision.models.get_model(
            name, weights=None, **({"init_weights": False} if name == "googlenet" else {})
        )
    return network


def test_a_published_example() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.MaxPool2d(2))
    field = receptive_field(model, (1, 11, 11), "1")
    assert (field.size, field.jump, field.start) == (5, 4, 1)
    assert field.window(1, 1) == (3, 7, 3, 7)
    assert field.window(0, 0) == (0, 3, 0, 3)


def test_resnet18_after_each_residual_block() -> None:
    model = untrained("resnet18")
    blocks = [f"layer{stage}.{block}" for stage in (1, 2, 3, 4) for block in (0, 1)]
    fields = [receptive_field(model, (3, 224, 224), block) for block in blocks]
    published = [(27, 4), (43, 4), (67, 8), (99, 8), (147, 16), (211, 16), (307, 32), (435, 32)]
    assert [(field.size, field.jump) for field in fields] == published
    assert all(field.start == 0 for field in fields)


@pytest.mark.parametrize("layer", ["avgpool", "fc"])
def test_units_after_a_global_pooling_see_the_whole_input(layer: str) -> None:
    field = receptive_field(untrained("resnet18"), (3, 224, 224), layer)
    assert (field.size, field.jump) == (224, 0)
    assert field.window() == (0, 223, 0, 223)


def test_alexnet_and_vgg_by_the_published_tables() -> None:
    alexnet, vgg = untrained("alexnet"), untrained("vgg16")
    field = receptive_field(alexnet, (3, 227, 227), "features.12")
    assert (field.size, field.jump) == (195, 32)  # distill.pub/2019/computing-receptive-fields
    field = receptive_field(vgg, (3, 224, 224), "features.30")
    assert (field.size, field.jump) == (212, 32)


def test_rows_and_columns_that_differ_come_as_pairs() -> None:
    field = receptive_field(nn.Conv2d(1, 1, (3, 5), stride=(1, 2), padding=(0, 2)), (1, 9, 12), "")
    assert (field.size, field.jump, field.start) == ((3, 5), (1, 2), (1, 0))


def test_an_even_kernel_has_its_centre_between_two_pixels() -> None:
    field = receptive_field(nn.MaxPool2d(2), (1, 8, 8), "")
    assert (field.size, field.start) == (2, 0.5)


@pytest.mark.parametrize(
    ("layer", "size", "start"),
    [
        (nn.ConvTranspose2d(1, 1, 2, 2), 1, 0),  # each output reads the one input that was written to it
        (nn.ConvTranspose2d(1, 1, 3, 2, 1), 2, 0),  # even outputs read one input, odd ones the two around them
        (nn.ConvTranspose2d(1, 1, 3), 3, -1),
        (nn.ConvTranspose2d(1, 1, 3, padding=1), 3, 0),
        (nn.ConvTranspose2d(1, 1, 3, dilation=2), 5, -2),
        (nn.ConvTranspose2d(1, 1, 4, 2, 1), 2, -0.5),  # output 0 reads inputs -1 and 0
        (nn.ConvTranspose2d(1, 1, 5, 2, 2), 3, 0),
        (nn.Upsample(scale_factor=2), 1, 0),
        (nn.Upsample(scale_factor=2, mode="bilinear"), 2, -0.5),  # output 0 lies between inputs -1 and 0
        (nn.PixelShuffle(2), 1, 0),
    ],
    ids=repr,
)
def test_a_unit_of_an_enlarged_map_sees_what_reaches_it(layer: nn.Module, size: int, start: float) -> None:
    network = nn.Sequential(nn.Conv2d(1, 4, 1), layer) if isinstance(layer, nn.PixelShuffle) else layer
    field = receptive_field(network, (1, 8, 8), "1" if network is not layer else "")
    stride = layer.stride[0] if isinstance(layer, nn.ConvTranspose2d) else 2
    assert (field.size, field.jump, field.start) == (size, 1 / stride, start)


PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]
PADDING_MODES: tuple[PaddingMode, ...] = ("zeros", "reflect", "replicate", "circular")


def dependence(model: nn.Module, images: Tensor) -> Tensor:
    """The inputs that each output depends on, by changing one pixel at a time: (row, column, row, column)."""
    with torch.no_grad():
        plain = model(images)
        changed = torch.zeros(*plain.shape[-2:], *images.shape[-2:], dtype=torch.bool)
        for row in range(images.shape[-2]):
            for column in range(images.shape[-1]):
                moved = images.clone()
                moved[..., row, column] += 1
                changed[..., row, column] = (model(moved) != plain).flatten(0, 1).any(dim=0)
    return changed


def check_against_brute_force(model: nn.Module, images: Tensor, layer: str = "") -> None:
    # positive weights, all operations increasing: no dependence cancels
    model = model.double().eval()
    for parameter in model.parameters():
        parameter.data.uniform_(0.5, 1.5)
    field = receptive_field(model, images.shape, layer)
    changed = dependence(model, images)
    for row in range(changed.shape[0]):
        for column in range(changed.shape[1]):
            rows = changed[row, column].any(dim=1).nonzero().flatten().tolist()
            columns = changed[row, column].any(dim=0).nonzero().flatten().tolist()
            expected = (rows[0], rows[-1], columns[0], columns[-1]) if rows else None
            found = field.window(row, column)
            assert found == expected or (expected is None and (found[1] < found[0] or found[3] < found[2]))


class Skip(nn.Module):
    """A main path and a shortcut, joined by addition or concatenation."""

    def __init__(self, main: nn.Module, short: nn.Module, join: str) -> None:
        super().__init__()
        self.main, self.short, self.join = main, short, join

    def forward(self, images: Tensor) -> Tensor:
        main, short = self.main(images), self.short(images)
        return main + short if self.join == "add" else torch.cat([main, short], dim=1)


@st.composite
def networks(draw: st.DrawFn) -> nn.Module:
    layers: list[nn.Module] = []
    channels, side = 1, 12
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["conv", "conv", "average", "skip", "crop", "norm", "transposed", "upsample"]))
        kernel, stride, dilation = draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
        reach = dilation * (kernel - 1) + 1
        padding = draw(st.integers(0, 2))
        if kind == "conv" and side + 2 * padding > reach and padding < side:
            mode: PaddingMode = draw(st.sampled_from(PADDING_MODES))
            layers.append(nn.Conv2d(channels, 2, kernel, stride, padding, dilation, padding_mode=mode))
            channels, side = 2, (side + 2 * padding - reach) // stride + 1
        elif kind == "average" and side > kernel:
            padding = min(padding, kernel // 2)
            layers.append(nn.AvgPool2d(kernel, stride, padding))
            side = (side + 2 * padding - kernel) // stride + 1
        elif kind == "skip":
            main = nn.Sequential(
                nn.Conv2d(channels, 2, 3, stride, 1), nn.Conv2d(2, 2, 3, padding=dilation, dilation=dilation)
            )
            layers.append(Skip(main, nn.Conv2d(channels, 2, 1, stride), draw(st.sampled_from(["add", "cat"]))))
            channels, side = 2 if layers[-1].join == "add" else 4, (side - 1) // stride + 1
        elif kind == "crop" and side > 3:
            layers.append(nn.ZeroPad2d((-1, 1, 1, -1)))
        elif kind == "norm":
            layers.append(nn.Sequential(nn.BatchNorm2d(channels), nn.LeakyReLU(inplace=True), nn.Dropout()))
        elif kind == "transposed" and side < 9:
            layers.append(nn.ConvTranspose2d(channels, 2, kernel + 1, stride, 1))
            channels, side = 2, (side - 1) * stride - 1 + kernel
        elif kind == "upsample" and side < 9:
            layers.append(nn.Upsample(scale_factor=2, mode=draw(st.sampled_from(["nearest", "bilinear"]))))
            side *= 2
        if side < 2:
            break
    return nn.Sequential(nn.Conv2d(1, 1, 1), *layers) if channels == 1 else nn.Sequential(*layers)


@given(networks())
def test_windows_are_what_changing_each_pixel_shows(model: nn.Module) -> None:
    check_against_brute_force(model, torch.rand(1, 1, 12, 12, dtype=torch.float64))


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_adaptive_pooling_is_exact_where_windows_differ(size: int) -> None:
    check_against_brute_force(
        nn.Sequential(nn.Conv2d(1, 1, 3), nn.AdaptiveAvgPool2d(size)), torch.rand(1, 1, 13, 10, dtype=torch.float64)
    )


@pytest.mark.parametrize("size", [(3, 5), (5, 7), (9, 7), (11, 21), (13, 11)])
def test_an_antialiased_resize_is_exact_for_upsampling_and_downsampling(size: tuple[int, int]) -> None:
    class Resized(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return functional.interpolate(images, size=size, mode="bilinear", antialias=True)

    # at these sizes no window ends just where its weights reach 0
    check_against_brute_force(nn.Sequential(nn.Conv2d(1, 1, 1), Resized()), torch.rand(1, 1, 12, 10).double())


def test_normalised_attention_is_followed() -> None:
    class Cosine(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return functional.normalize(images, dim=3)

    field = receptive_field(Cosine(), (1, 6, 7), "")
    assert field.window(2, 3) == (2, 2, 0, 6)


def test_channels_can_be_split_joined_and_moved() -> None:
    class Shuffle(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.wide, self.near = nn.Conv2d(1, 4, 5, padding=2), nn.Conv2d(2, 2, 3, padding=1)

        def forward(self, images: Tensor) -> Tensor:
            left, right = self.wide(images).chunk(2, dim=1)
            both = torch.cat([left, self.near(right)], dim=1)
            last = both.permute(0, 2, 3, 1)
            tall = functional.pad(last.movedim(3, 1), (0, 0, 2, 1))[:, :, 1:, :-1].flatten(0, 1)[None]
            return torch.stack([tall, tall * 2])[1].reshape(1, 2, 2, *tall.shape[2:]).sum(1)

    check_against_brute_force(Shuffle(), torch.rand(1, 1, 9, 8, dtype=torch.float64))


def test_gates_that_see_everything_make_units_see_everything() -> None:
    class Gated(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images * torch.sigmoid(images.mean((2, 3), keepdim=True))

    check_against_brute_force(Gated(), torch.rand(1, 2, 5, 6, dtype=torch.float64))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["googlenet", "densenet121", "mobilenet_v3_small", "shufflenet_v2_x1_0", "swin_t"])
def test_torchvisions_architectures_are_tracked_to_their_last_layer(name: str) -> None:
    model = untrained(name)
    last = [name for name, module in model.named_modules() if isinstance(module, nn.Linear) and "aux" not in name][-1]
    assert receptive_field(model, (3, 224, 224), last).window() == (0, 223, 0, 223)


def test_writing_into_a_part_of_a_tensor_ends_tracking() -> None:
    class Writing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.before, self.after = nn.Conv2d(1, 1, 3), nn.Conv2d(1, 1, 3)

        def forward(self, images: Tensor) -> Tensor:
            blank = torch.zeros_like(images)
            blank[:, :, 1:-1, 1:-1] = self.before(images)
            return self.after(blank)  # type: ignore[no-any-return]

    assert receptive_field(Writing(), (1, 8, 8), "before").size == 3
    with pytest.raises(ExplorerError, match="writes into a part"):
        receptive_field(Writing(), (1, 8, 8), "after")


def test_an_unknown_operation_is_named() -> None:
    class Sorting(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.after = nn.Identity()

        def forward(self, images: Tensor) -> Tensor:
            return self.after(images.sort(dim=-1).values)  # type: ignore[no-any-return]

    with pytest.raises(ExplorerError, match="aten::sort; choose a layer before"):
        receptive_field(Sorting(), (1, 8, 8), "after")


def test_a_unit_outside_the_layer_is_refused_with_the_size() -> None:
    field = receptive_field(nn.Conv2d(1, 1, 3), (1, 8, 9), "")
    with pytest.raises(ExplorerError, match="no row 6: the layer has 6 rows"):
        field.window(6, 0)
    with pytest.raises(ExplorerError, match="no column -1: the layer has 7 columns"):
        field.window(0, -1)


def test_unknown_layers_and_shapes_are_refused() -> None:
    with pytest.raises(ExplorerError, match="Did you mean 'avgpool'"):
        receptive_field(untrained("resnet18"), (3, 64, 64), "avgpol")
    with pytest.raises(ExplorerError, match=r"\(8, 8\)"):
        receptive_field(nn.Conv2d(1, 1, 3), (8, 8), "")
