"""The CNN page: shape a convolutional network, train it, and look inside it at any step."""

from explorer.config import ImageDataset, models_of
from explorer.ui.screens import explore
from explorer.ui.subject import choose_picture
from explorer.ui.views import RUN_VIEWS

run, prepared = explore.choose(ImageDataset, models_of("cnn"), "cnn")
explore.page(
    "CNN",
    "A convolutional network slides small **kernels** over a picture; each makes a **feature map** of where its "
    "pattern is. Train one, then move the training step and look inside.",
    run,
    prepared,
    choose_picture.choose_subject,
    RUN_VIEWS,
)
