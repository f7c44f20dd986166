"""Training: the loop, the run folder, and the processes that write it.

The names are imported when they are first used: torch takes two seconds, and whoever only lists runs does without.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.training.loop import ParameterStep, StepRecord, Trainer, train
    from explorer.training.marks import best_step
    from explorer.training.objective import Evaluation, evaluate, evaluate_split
    from explorer.training.run import Run
    from explorer.training.schedule import snapshot_steps
    from explorer.training.state import RunState
    from explorer.training.submit import launch, wake
else:
    from explorer import lazy

    __getattr__, __dir__ = lazy.attach(
        __name__,
        {
            "explorer.training.loop": ("ParameterStep", "StepRecord", "Trainer", "train"),
            "explorer.training.marks": ("best_step",),
            "explorer.training.objective": ("Evaluation", "evaluate", "evaluate_split"),
            "explorer.training.run": ("Run",),
            "explorer.training.schedule": ("snapshot_steps",),
            "explorer.training.state": ("RunState",),
            "explorer.training.submit": ("launch", "wake"),
        },
    )

__all__ = [
    "Evaluation",
    "ParameterStep",
    "Run",
    "RunState",
    "StepRecord",
    "Trainer",
    "best_step",
    "evaluate",
    "evaluate_split",
    "launch",
    "snapshot_steps",
    "train",
    "wake",
]
