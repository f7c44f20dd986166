"""Attribution of each example alone, for a network whose answer for one depends on the others in its batch."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.batch_statistics import has_batch_statistics
from explorer.inspection.contributions import Contribution, Question
from explorer.inspection.methods import ATTRIBUTION_METHODS
from explorer.inspection.neighbours import neighbours_known
from explorer.inspection.score import Score, logits_of

VERSIONS_IN_A_BATCH = ("integrated_gradients", "occlusion")  # of one picture
BASELINE_IN_THE_BATCH = ("deep_lift", "deep_lift_corrected")


class OneByOne(nn.Module):
    """A classifier that reads each example of a batch alone."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, inputs: Tensor) -> Tensor:
        """The logits (batch, class) for inputs (batch, …)."""
        return torch.cat([logits_of(self.network(one)) for one in torch.split(inputs, 1)])


def questions_of(method: str, question: Question, model: nn.Module) -> list[Question]:
    """The question itself, or one for each example if they would affect each other.

    Args:
        method: one of ``ATTRIBUTION_METHODS``.
        question: of a network in eval mode, inside ``undisturbed``.
        model: the network that the question's is a copy of.

    Raises:
        ExplorerError: for such a network, if the method needs the picture and its baseline in one batch, or if the
            network cannot read one example alone.
    """
    score, inputs = question.score, question.inputs
    several = len(inputs) > 1 or method in VERSIONS_IN_A_BATCH + BASELINE_IN_THE_BATCH
    if not several and not has_batch_statistics(score):
        return [question]
    if not neighbours_known(model, lambda examples: logits_of(score.network(examples)), inputs[:1]):
        return [question]
    if method in BASELINE_IN_THE_BATCH:
        raise ExplorerError(
            f"{ATTRIBUTION_METHODS[method].title} runs a picture and its baseline in one batch, where they would "
            "affect each other: this network's answer for one example depends on the others. Choose integrated "
            "gradients, which then runs each picture alone."
        )
    if method in VERSIONS_IN_A_BATCH:
        score = Score(OneByOne(score.network), score.target)
    examples = torch.split(inputs, 1)
    if "baseline" not in question.options:
        return [Question(score, one, question.layer, question.options) for one in examples]
    return [
        Question(score, one, question.layer, {**question.options, "baseline": baseline})
        for one, baseline in zip(examples, torch.split(question.baseline, 1), strict=True)
    ]


def joined(found: list[Contribution], question: Question) -> Contribution:
    """The contributions of the examples as those of their batch; of integrated gradients' steps the largest number."""
    if len(found) == 1:
        return replace(found[0], options={**found[0].options, **_given(question)})
    steps = {"steps": max(one.options["steps"] for one in found)} if "steps" in question.options else {}
    layer_values = [one.layer_values for one in found if one.layer_values is not None]
    return Contribution(
        torch.cat([one.values for one in found]),
        {**found[0].options, **_given(question), **steps},
        found[0].layer,
        torch.cat(layer_values) if layer_values else None,
    )


def _given(question: Question) -> dict[str, object]:
    return {name: value for name, value in question.options.items() if name == "baseline"}
