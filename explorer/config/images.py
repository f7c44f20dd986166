"""Pictures: every data set of images."""

from typing import Literal

from explorer.config.parts import Part, setting


class Pictures(Part):
    """What every data set of images has in common."""

    examples_per_class: int = setting(
        0,
        "how many training images of each class are kept, the smaller choice being part of the larger; 0 keeps all",
        unit="images",
        ge=0,
        le=1000,
    )


class ImageSplit(Pictures):
    """How a collection of images is divided; the division is fixed by its seed."""

    validation_percent: int = setting(
        15, "share of the examples held out to watch the training", unit="%", ge=5, le=40, advanced=True
    )
    test_percent: int = setting(
        15, "share of the examples kept for the final test", unit="%", ge=5, le=40, advanced=True
    )
    split_seed: int = setting(0, "which examples fall into which split", ge=0, le=9999, advanced=True)


class DigitsData(ImageSplit):
    """1,797 handwritten digits, 8x8, grey: real, small, and always at hand (scikit-learn)."""

    name: Literal["digits"] = "digits"


class ShapesData(ImageSplit):
    """Drawn shapes, 32x32, in colour: random place, size, rotation, colour and texture."""

    name: Literal["shapes"] = "shapes"
    classes: Literal["basic", "pretraining", "unseen"] = setting(
        "basic", "ten plain ones, the many hard ones that the network that ships was trained on, or others as hard"
    )
    examples: int = setting(3000, "images to draw", unit="images", ge=200, le=20000)
    clutter: float = setting(0.3, "how strong the background pattern is", ge=0.0, le=1.0)
    drawing_seed: int = setting(0, "which images are drawn", ge=0, le=9999, advanced=True)


class TorchvisionData(Pictures):
    """A data set that torchvision downloads once into a cache directory."""

    examples: int = setting(10000, "images used from the training file", unit="images", ge=500, le=73257)
    validation_percent: int = setting(
        10, "share of those images held out to watch the training", unit="%", ge=5, le=40, advanced=True
    )
    split_seed: int = setting(0, "which examples are used, and in which split", ge=0, le=9999, advanced=True)


class MnistData(TorchvisionData):
    """Handwritten digits, 28x28, grey (LeCun et al. 1998)."""

    name: Literal["mnist"] = "mnist"


class FashionMnistData(TorchvisionData):
    """Pieces of clothing, 28x28, grey (Xiao et al. 2017)."""

    name: Literal["fashion_mnist"] = "fashion_mnist"


class KmnistData(TorchvisionData):
    """Cursive Japanese characters, 28x28, grey (Clanuwat et al. 2018)."""

    name: Literal["kmnist"] = "kmnist"


class Cifar10Data(TorchvisionData):
    """Photographs of ten kinds of things, 32x32, colour (Krizhevsky 2009)."""

    name: Literal["cifar10"] = "cifar10"


class SvhnData(TorchvisionData):
    """House numbers from street photographs, 32x32, colour (Netzer et al. 2011)."""

    name: Literal["svhn"] = "svhn"


class ImageFolderData(ImageSplit):
    """A folder with one sub-folder of pictures for each class."""

    name: Literal["image_folder"] = "image_folder"
    path: str = setting(
        "photo_patches", "a folder with one sub-folder a class; sample_data/ is searched first", upload="image_folder"
    )
    size: int = setting(32, "pictures are resized to this height and width", unit="pixels", ge=8, le=128)
    greyscale: bool = setting(False, "drop the colour")
