"""The attribution methods: their meaning and their limits."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AttributionMethod:
    """One attribution method, in plain words."""

    title: str
    meaning: str  # what it is
    limits: str  # what it cannot do
    source: str
    complete: bool  # True if its values should add up to a change of the logit, up to a residual
    needs_layer: bool


ATTRIBUTION_METHODS: dict[str, AttributionMethod] = {
    "saliency": AttributionMethod(
        title="Saliency",
        meaning="The gradient: the change of the logit for a small change of each pixel.",
        limits="It is local to this input, and noisy: at a saturated unit the gradient is 0 however much the pixel "
        "matters.",
        source="Simonyan, Vedaldi and Zisserman 2013, arXiv:1312.6034",
        complete=False,
        needs_layer=False,
    ),
    "input_x_gradient": AttributionMethod(
        title="Input x gradient",
        meaning="The gradient times the pixel: a linear estimate of what the pixel contributes against 0.",
        limits="A pixel of value 0 always gets 0; the product shows the picture as much as the network. It adds up "
        "to the logit only in a piecewise linear network without biases.",
        source="Shrikumar, Greenside and Kundaje 2016, arXiv:1605.01713",
        complete=False,
        needs_layer=False,
    ),
    "integrated_gradients": AttributionMethod(
        title="Integrated gradients",
        meaning="The gradient averaged along the line from a baseline to the input, times the pixel's change: the "
        "values should add up to the change of the logit.",
        limits="It depends on the baseline: a pixel that equals its baseline gets 0. The integral is a sum of "
        "finitely many steps, so a residual remains.",
        source="Sundararajan, Taly and Yan 2017, arXiv:1703.01365",
        complete=True,
        needs_layer=False,
    ),
    "grad_cam": AttributionMethod(
        title="Grad-CAM",
        meaning="The feature maps of one layer, each weighted by the mean of its gradient: the locations of features "
        "that support the class. Shown before its final ReLU, so that evidence against the class is visible too.",
        limits="Its resolution is the layer's; the picture-sized map is interpolated. It needs feature maps: a "
        "transformer's tokens are first arranged on their grid.",
        source="Selvaraju et al. 2017, arXiv:1610.02391",
        complete=False,
        needs_layer=True,
    ),
    "guided_backprop": AttributionMethod(
        title="Guided backprop",
        meaning="The gradient, with negative values set to 0 at each ReLU in the backward pass.",
        limits="It fails the weight-randomisation check: it mostly shows the picture's edges, almost "
        "independently of the weights and the class. It needs ReLU modules, each used once.",
        source="Springenberg et al. 2014, arXiv:1412.6806; its failure: Adebayo et al. 2018, arXiv:1810.03292",
        complete=False,
        needs_layer=False,
    ),
    "deep_lift": AttributionMethod(
        title="DeepLIFT",
        meaning="Differences from a baseline, passed back with the ratio of output to input change at each activation "
        "(rescale rule): the values should add up to the change of the logit.",
        limits="It depends on the baseline, and needs activations that are modules, each used once, and of a type "
        "for which it has a rule. Captum 0.9 leaves a residual where pooling follows an activation directly.",
        source="Shrikumar, Greenside and Kundaje 2017, arXiv:1704.02685",
        complete=True,
        needs_layer=False,
    ),
    "deep_lift_corrected": AttributionMethod(
        title="DeepLIFT, corrected",
        meaning="DeepLIFT without three bugs of captum 0.9 at pooling layers, so that the values should add up.",
        limits="It depends on the baseline, and needs activations that are modules, each used once, and of a type "
        "for which it has a rule.",
        source="Shrikumar, Greenside and Kundaje 2017, arXiv:1704.02685; captum's issues 1104 and 1276",
        complete=True,
        needs_layer=False,
    ),
    "lrp": AttributionMethod(
        title="LRP",
        meaning="Layer-wise relevance propagation: the logit, distributed backwards layer by layer in proportion to "
        "each input's contribution (epsilon rule).",
        limits="It needs a rule for every layer, which excludes networks that add or multiply branches. The "
        "contribution of the biases reaches no pixel: it is the residual.",
        source="Bach et al. 2015, doi:10.1371/journal.pone.0130140",
        complete=True,
        needs_layer=False,
    ),
    "occlusion": AttributionMethod(
        title="Occlusion",
        meaning="The drop of the logit when a window of the input is covered, averaged over all windows that cover a "
        "pixel.",
        limits="It misses the joint effect of two windows; a covered picture is unlike the training data; and it "
        "takes one forward pass per window.",
        source="Zeiler and Fergus 2013, arXiv:1311.2901",
        complete=False,
        needs_layer=False,
    ),
}
