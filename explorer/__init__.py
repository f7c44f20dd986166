"""Train a network on a small data set, and look inside it at any training step.

The names are imported when they are first used: ``import explorer`` alone imports no torch, and ``explorer.capture``
what it needs besides. Those that look inside take any ``torch.nn.Module``: it comes first, then what it reads.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer import figures
    from explorer.inspection import (
        ablate,
        attribute,
        capture,
        deletion_insertion,
        equations,
        explain_pixel,
        gradients_through_time,
        health,
        layer_table,
        network_graph,
        receptive_field,
        trace,
    )
    from explorer.training.loading import load
    from explorer.training.loop import train
    from explorer.training.run import Run
else:
    from explorer import lazy

    __getattr__, __dir__ = lazy.attach(
        __name__,
        {
            "explorer.datasets": (),
            "explorer.figures": (),
            "explorer.inspection": (
                "ablate",
                "attribute",
                "capture",
                "deletion_insertion",
                "equations",
                "explain_pixel",
                "gradients_through_time",
                "health",
                "layer_table",
                "network_graph",
                "receptive_field",
                "trace",
            ),
            "explorer.training": (),
            "explorer.training.loading": ("load",),
            "explorer.training.loop": ("train",),
            "explorer.training.run": ("Run",),
        },
    )

__all__ = [
    "Run",
    "ablate",
    "attribute",
    "capture",
    "deletion_insertion",
    "equations",
    "explain_pixel",
    "figures",
    "gradients_through_time",
    "health",
    "layer_table",
    "load",
    "network_graph",
    "receptive_field",
    "trace",
    "train",
]
