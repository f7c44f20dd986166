"""Training: the loop, the run folder, and the processes that write it."""

from explorer.training.loop import Evaluation, ParameterStep, StepRecord, Trainer, evaluate, snapshot_steps, train

__all__ = ["Evaluation", "ParameterStep", "StepRecord", "Trainer", "evaluate", "snapshot_steps", "train"]
