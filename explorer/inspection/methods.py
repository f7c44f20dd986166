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
        meaning="The gradient: how much the logit would rise if a pixel rose a little.",
        limits="It sees the nearest surroundings of this one input only, and is noisy: where a unit is saturated the "
        "gradient is 0 however much the pixel matters.",
        source="Simonyan, Vedaldi and Zisserman 2013, arXiv:1312.6034",
        complete=False,
        needs_layer=False,
    ),
    "input_x_gradient": AttributionMethod(
        title="Input x gradient",
        meaning="The gradient times the pixel: a linear estimate of what the pixel contributes against 0.",
        limits="A pixel of value 0 gets 0 whatever it means; the product shows the picture itself as much as the "
        "network. It adds up to the logit only in a network that is piecewise linear and has no bias.",
        source="Shrikumar, Greenside and Kundaje 2016, arXiv:1605.01713",
        complete=False,
        needs_layer=False,
    ),
    "integrated_gradients": AttributionMethod(
        title="Integrated gradients",
        meaning="The gradient averaged on the way from a baseline to the input, times what the pixel changed: the "
        "values add up to what the logit changed.",
        limits="It depends on the baseline: a pixel that equals its baseline gets 0. The sum is taken in steps, so "
        "that a residual remains.",
        source="Sundararajan, Taly and Yan 2017, arXiv:1703.01365",
        complete=True,
        needs_layer=False,
    ),
    "grad_cam": AttributionMethod(
        title="Grad-CAM",
        meaning="The feature maps of one layer, each weighted by the mean of its gradient: where the features that "
        "speak for the class were found. Shown before its final ReLU, so that what speaks against it is seen too.",
        limits="Its resolution is the layer's; the picture-sized map is only interpolated. It needs feature maps: a "
        "transformer's tokens are laid out as their grid first.",
        source="Selvaraju et al. 2017, arXiv:1610.02391",
        complete=False,
        needs_layer=True,
    ),
    "guided_backprop": AttributionMethod(
        title="Guided backprop",
        meaning="The gradient, with every negative part cut away at each ReLU on the way back.",
        limits="It fails the weight-randomisation check: it mostly redraws the picture's edges, with hardly any "
        "regard for the weights or the class. It needs ReLU modules, each used once.",
        source="Springenberg et al. 2014, arXiv:1412.6806; its failure: Adebayo et al. 2018, arXiv:1810.03292",
        complete=False,
        needs_layer=False,
    ),
    "deep_lift": AttributionMethod(
        title="DeepLIFT",
        meaning="Differences from a baseline, passed back with the ratio of output to input change at each activation "
        "(rescale rule): the values add up to what the logit changed.",
        limits="It depends on the baseline, and needs activations that are modules of their own, each used once, and "
        "of a kind that it has a rule for. Captum 0.9 leaves a residual where pooling follows an activation directly.",
        source="Shrikumar, Greenside and Kundaje 2017, arXiv:1704.02685",
        complete=True,
        needs_layer=False,
    ),
    "deep_lift_corrected": AttributionMethod(
        title="DeepLIFT, corrected",
        meaning="DeepLIFT without three faults that captum 0.9 has at pooling layers: the values add up.",
        limits="It depends on the baseline, and needs activations that are modules of their own, each used once, and "
        "of a kind that it has a rule for.",
        source="Shrikumar, Greenside and Kundaje 2017, arXiv:1704.02685; captum's issues 1104 and 1276",
        complete=True,
        needs_layer=False,
    ),
    "lrp": AttributionMethod(
        title="LRP",
        meaning="Layer-wise relevance propagation: the logit, shared out backwards layer by layer in proportion to "
        "what each input contributed (epsilon rule).",
        limits="It needs a rule for every layer, so that networks which add or multiply branches are out. What the "
        "biases contributed reaches no pixel: the residual is their share.",
        source="Bach et al. 2015, doi:10.1371/journal.pone.0130140",
        complete=True,
        needs_layer=False,
    ),
    "occlusion": AttributionMethod(
        title="Occlusion",
        meaning="How much the logit falls when a window of the input is covered, averaged over all windows that cover "
        "a pixel.",
        limits="It sees one window at a time, not what two together do; the cover itself is unlike any picture the "
        "network knows; and it takes one forward pass a window.",
        source="Zeiler and Fergus 2013, arXiv:1311.2901",
        complete=False,
        needs_layer=False,
    ),
}
