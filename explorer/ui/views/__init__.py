"""The registry of views: which tabs a page has, in their order, and what each shows."""

from typing import Any, TypeVar

from explorer.ui.subject.picture import PictureSubject, RunSubject
from explorer.ui.subject.published import TransferSubject
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.view import View, ViewName
from explorer.ui.views.attribution import view as attribution
from explorer.ui.views.picture import (
    channels,
    convolution,
    data,
    embeddings,
    feature_maps,
    health,
    kernels,
    network,
    predictions,
    transfer,
)
from explorer.ui.views.sequence import (
    cell,
    compare,
    gates,
    gradients,
    interventions,
    one_to_one,
    output,
    states,
)

S = TypeVar("S")

PICTURE_VIEWS: tuple[View[PictureSubject], ...] = (
    View(
        ViewName.FEATURE_MAPS,
        "every layer's output for the chosen picture, on a scale comparable within a map, a layer or the network; the "
        "receptive field of a value beside its gradient",
        feature_maps.draw,
    ),
    View(
        ViewName.NETWORK,
        "the layers as a graph; a click opens a block, and skips and branches are drawn as they run",
        network.draw,
    ),
    View(
        ViewName.KERNELS,
        "the weights of each convolution, and how far each moved since step 0",
        kernels.draw,
        kernels.unavailable,
    ),
    View(
        ViewName.CONVOLUTION,
        "one output value as patch · kernel + bias, beside PyTorch's own value; the kernel played over the input, "
        "product by product; then batch norm, activation, pooling",
        convolution.draw,
        convolution.unavailable,
    ),
    View(
        ViewName.ATTRIBUTION,
        "captum's methods side by side for a class or the difference of two, with completeness, deletion and "
        "insertion, and the check against random weights",
        attribution.draw,
    ),
    View(
        ViewName.CHANNELS,
        "the patches that activate a channel most, its feature visualisation, the answer without it, one weight edited",
        channels.draw,
    ),
    View(
        ViewName.PREDICTIONS,
        "softmax in numbers, the confusion matrix, the most confident mistakes",
        predictions.draw,
    ),
    View(
        ViewName.EMBEDDINGS,
        "the last features of the validation split as a map (PCA, t-SNE) that does not jump from step to step",
        embeddings.draw,
    ),
)
RUN_VIEWS: tuple[View[RunSubject], ...] = (
    *PICTURE_VIEWS,
    View(
        ViewName.HEALTH,
        "dead and saturated units, distributions over training, gradient norms, update/weight ratios",
        health.draw,
    ),
    View(ViewName.DATA, "examples, class counts, splits", data.draw),
)


def _opening_with(name: ViewName, views: tuple[View[S], ...]) -> tuple[View[S], ...]:
    """The same views, one of them first: a page opens with its first view."""
    return tuple(sorted(views, key=lambda view: view.name != name))


PUBLISHED_VIEWS: tuple[View[PictureSubject], ...] = _opening_with(ViewName.NETWORK, PICTURE_VIEWS)
TRANSFER_VIEWS: tuple[View[TransferSubject], ...] = (
    View(
        ViewName.TRANSFER,
        "accuracy against examples for frozen features, fine-tuning and training from scratch, and how far each part "
        "moved",
        transfer.draw,
    ),
    *_opening_with(ViewName.NETWORK, RUN_VIEWS),
)
SEQUENCE_VIEWS: tuple[View[SequenceSubject], ...] = (
    View(
        ViewName.CELL,
        "the network unrolled, the lecture's cell with the value on every wire, every equation in numbers down to the "
        "softmax and to single products, beside PyTorch's numbers; **Play** steps through time",
        cell.draw,
    ),
    View(
        ViewName.STATES,
        "hidden and cell state, time by unit; single units; units ranked by the feature they follow (quotes, brackets, "
        "a regular expression); the text coloured by one unit",
        states.draw,
    ),
    View(
        ViewName.GATES,
        "every gate over time, how often each is closed or open, and its values over training",
        gates.draw,
        gates.unavailable,
    ),
    View(
        ViewName.GRADIENTS,
        "the share of one answer's gradient that is left at each earlier step, for the chosen runs and at each gate, "
        "through decoder and encoder, "
        "and norms before and after clipping",
        gradients.draw,
    ),
    View(
        ViewName.INTERVENTIONS,
        "an input changed, a gate or a unit clamped: states, answer and loss before and after, here and over the whole "
        "test split",
        interventions.draw,
    ),
    View(
        ViewName.OUTPUT,
        "probabilities, surprises, generated text, translations token by token, forecasts in the series' own unit "
        "with an interval, against persistence and the last season",
        output.draw,
    ),
    View(
        ViewName.COMPARE,
        "chosen runs on the same data, named by what differs, several seeds as a band: losses, parameters, time, "
        "gradients, and the error against the sequence's length",
        compare.draw,
    ),
)
ONE_TO_ONE_VIEWS: tuple[View[RunSubject], ...] = (  # the same tabs for the network without recurrence
    View(ViewName.CELL, "", one_to_one.cell),
    View(ViewName.STATES, "", one_to_one.cell, one_to_one.without_state),
    View(ViewName.GATES, "", one_to_one.cell, one_to_one.without_gates),
    View(ViewName.GRADIENTS, "", one_to_one.through_time),
    View(ViewName.INTERVENTIONS, "", one_to_one.cell, one_to_one.without_clamps),
    View(ViewName.OUTPUT, "", predictions.draw),
    View(ViewName.COMPARE, "", one_to_one.side_by_side),
)
PAGE_VIEWS: dict[str, tuple[View[Any], ...]] = {  # by the page's own address
    "cnn": RUN_VIEWS,
    "pretrained": TRANSFER_VIEWS,
    "rnn": SEQUENCE_VIEWS,
    "lstm": SEQUENCE_VIEWS,
}
