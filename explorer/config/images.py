"""The data sets of pictures. A new one is a class here, in the union at the end."""

from typing import Any, ClassVar, Literal

from explorer.config.parts import Part, setting


class Pictures(Part):
    """A data set of pictures.

    ``architecture`` is the type of network, among the lecture's five, that a page for sequences trains on it.
    ``recommended`` are training settings that suit it, where they differ from the defaults.
    """

    kind: ClassVar[str] = "pictures"
    architecture: ClassVar[str] = "one-to-one"
    recommended: ClassVar[dict[str, Any]] = {}

    examples_per_class: int = setting(
        0,
        "training images kept per class, a smaller set being part of a larger one; 0 keeps all",
        unit="images",
        ge=0,
        le=1000,
        log=True,
    )


class ImageSplit(Pictures):
    """Pictures divided into splits at random, by a seed."""

    validation_percent: int = setting(
        15, "share of the examples held out for validation", unit="%", ge=5, le=40, advanced=True
    )
    test_percent: int = setting(
        15, "share of the examples held out for the final test", unit="%", ge=5, le=40, advanced=True
    )
    split_seed: int = setting(0, "seed of the division into splits", ge=0, le=9999, advanced=True)


class DigitsData(ImageSplit):
    """1,797 handwritten digits, 8x8, grey, from scikit-learn: real, small and included."""

    title: ClassVar[str] = "Handwritten digits, 8x8"
    name: Literal["digits"] = "digits"


class ShapesData(ImageSplit):
    """Drawn shapes, 32x32, in colour, with random position, size, rotation, colour and texture."""

    title: ClassVar[str] = "Drawn shapes"
    name: Literal["shapes"] = "shapes"
    classes: Literal["basic", "pretraining", "unseen"] = setting(
        "basic", "ten basic shapes, the forty of the included pretrained network, or as many unseen ones"
    )
    examples: int = setting(3000, "images to draw", unit="images", ge=200, le=20000, log=True)
    clutter: float = setting(0.3, "strength of the background pattern", ge=0.0, le=1.0, step=0.05)
    drawing_seed: int = setting(0, "seed of the drawn images", ge=0, le=9999, advanced=True)


class TorchvisionData(Pictures):
    """A data set that torchvision downloads once into a cache directory."""

    examples: int = setting(10000, "images used from the training file", unit="images", ge=500, le=73257, log=True)
    validation_percent: int = setting(
        10, "share of those images held out for validation", unit="%", ge=5, le=40, advanced=True
    )
    split_seed: int = setting(0, "seed of the selection and of the splits", ge=0, le=9999, advanced=True)


class MnistData(TorchvisionData):
    """Handwritten digits, 28x28, grey (LeCun et al. 1998)."""

    title: ClassVar[str] = "MNIST"
    name: Literal["mnist"] = "mnist"


class FashionMnistData(TorchvisionData):
    """Pieces of clothing, 28x28, grey (Xiao et al. 2017)."""

    title: ClassVar[str] = "Fashion-MNIST"
    name: Literal["fashion_mnist"] = "fashion_mnist"


class KmnistData(TorchvisionData):
    """Cursive Japanese characters, 28x28, grey (Clanuwat et al. 2018)."""

    title: ClassVar[str] = "Kuzushiji-MNIST"
    name: Literal["kmnist"] = "kmnist"


class Cifar10Data(TorchvisionData):
    """Photographs of ten kinds of objects, 32x32, colour (Krizhevsky 2009)."""

    title: ClassVar[str] = "CIFAR-10"
    name: Literal["cifar10"] = "cifar10"


class SvhnData(TorchvisionData):
    """House numbers from street photographs, 32x32, colour (Netzer et al. 2011)."""

    title: ClassVar[str] = "Street View House Numbers"
    name: Literal["svhn"] = "svhn"


class ImageFolderData(ImageSplit):
    """A folder with one sub-folder of pictures for each class."""

    title: ClassVar[str] = "Folder of pictures"
    name: Literal["image_folder"] = "image_folder"
    path: str = setting(
        "photo_patches", "a folder with one sub-folder per class; sample_data/ is searched first", upload="image_folder"
    )
    size: int = setting(32, "height and width to which pictures are resized", unit="pixels", ge=8, le=128, step=8)
    greyscale: bool = setting(False, "convert pictures to greyscale")


Images = DigitsData | ShapesData | MnistData | FashionMnistData | KmnistData | Cifar10Data | SvhnData | ImageFolderData
