"""The training loop: small data lives on the device, batches are slices of a permutation, losses are read late.

Looking never changes learning: evaluation runs in eval mode without gradients and restores every module's own mode, the
order of the examples has its own generator, and dropout and augmentation draw from a random state that belongs to the
trainer alone. Only training batches are augmented.
"""

import math
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from explorer.config import TrainingConfig
from explorer.datasets.sequences import Sequences
from explorer.datasets.splits import Splits
from explorer.errors import ExplorerError
from explorer.models.weights import versioned
from explorer.training.augmentation import augmented, augments, black_of, check_augmentation
from explorer.training.captured import CapturedUpdate, rates_on_the_device, worth_capturing
from explorer.training.devices import choose_device
from explorer.training.learner import learner_of
from explorer.training.objective import Evaluation, accuracy_of, evaluate_split, loss_of
from explorer.training.optimizers import optimizer_of
from explorer.training.patience import Patience
from explorer.training.schedule import schedule_factor, snapshot_steps, total_steps


class ParameterStep(NamedTuple):
    """The effect of one update on one parameter tensor: Euclidean norms; the weight's is taken after the update."""

    gradient: float
    weight: float
    update: float


@dataclass(frozen=True)
class StepRecord:
    """One optimiser update. Its numbers stay on the device until they are read."""

    step: int
    epoch: int
    learning_rate: float
    examples: int
    measured: Tensor  # (3,) loss, accuracy, gradient norm before clipping
    by_hand: bool = False  # whether the learning rate was set by hand, in place of the schedule's
    validation: Evaluation | None = None
    parameters: dict[str, ParameterStep] | None = None

    @cached_property
    def _numbers(self) -> list[float]:
        return [float(number) for number in self.measured.tolist()]

    @property
    def loss(self) -> float:
        """Mean cross-entropy of the batch in nats, or its mean squared error, before the update."""
        return self._numbers[0]

    @property
    def accuracy(self) -> float:
        """Accuracy on the batch before the update; NaN if the targets are numbers."""
        return self._numbers[1]

    @property
    def gradient_norm(self) -> float:
        """Euclidean norm of all gradients together, before clipping."""
        return self._numbers[2]


class Trainer:
    """A model in training: ``step()`` makes one update, ``state()`` is all that is needed to go on from here.

    :func:`explorer.training.learner.learner_of` decides which part of the model learns, and what it reads.
    """

    def __init__(self, model: nn.Module, splits: Splits | Sequences, config: TrainingConfig) -> None:
        self.device = choose_device(config.device)
        check_batches(model, config, len(splits.train.targets))
        self.config = config
        # a CPU convolves a third faster where the channels of a pixel lie side by side
        layout = torch.channels_last if self.device.type == "cpu" else torch.preserve_format
        self.model = model.to(self.device, memory_format=layout)  # type: ignore[call-overload]
        check_augmentation(config, splits.shape_facts().input_shape)
        self._augments = augments(config)
        self.learner = learner_of(self.model, splits, self.device, same_inputs=not self._augments)
        self.splits = self.learner.splits
        self._objective = splits.objective
        self._lengths = splits.lengths_of("train")
        self.total = total_steps(config, len(splits.train.targets))
        self.step_count = 0
        self.manual_rate: float | None = None
        self.optimizer = optimizer_of(config, self.learner.groups, self.device)
        self._captured: dict[int, CapturedUpdate] = {}  # by the size of a batch
        self._captures = worth_capturing(self.device, self._lengths)
        if self._captures:
            rates_on_the_device(self.optimizer)
        self._parameters = [p for p in model.parameters() if p.requires_grad]
        self._order = torch.Generator().manual_seed(config.seed)
        self._epoch_order = self._order.get_state()  # the generator before this epoch's permutation was drawn
        self._batches: tuple[Tensor, ...] = ()
        self._random = torch if self.device.type == "cpu" else torch.get_device_module(self.device)
        self._noise = torch.Generator(self.device).manual_seed(config.seed).get_state()
        self._noisy = self._augments or any(map(_drops, self.learner.module.modules()))
        self._black = black_of(splits).to(self.device) if isinstance(splits, Splits) else None
        self.constant = unchanging(self.model)

    @property
    def done(self) -> bool:
        """True if every update was made."""
        return self.step_count >= self.total

    @property
    def steps_per_epoch(self) -> int:
        """Updates in one pass over the training split."""
        return self.total // self.config.epochs

    def learning_rate(self, step: int) -> float:
        """The learning rate of an update: the one set by hand, or the schedule's."""
        if self.manual_rate is not None:
            return self.manual_rate
        return self.config.learning_rate * schedule_factor(self.config, step, self.total)

    def step(self, *, watch: bool = False) -> StepRecord:
        """One optimiser update; a watched one also measures the validation split and what each parameter did."""
        step = self.step_count + 1
        rate = self.learning_rate(step)
        for group in self.optimizer.param_groups:
            own_rate = rate * group.get("factor", 1.0)
            group["lr"] = group["lr"].fill_(own_rate) if self._captures else own_rate
        batch = self._next_batch()
        before = [p.detach().clone() for p in self._parameters] if watch else None
        with self._own_noise():
            measured = self._captured_update(batch) if self._captures else self._update(batch)
        self.step_count = step
        return StepRecord(
            step,
            epoch=(step - 1) // self.steps_per_epoch + 1,
            learning_rate=rate,
            examples=len(batch),
            measured=measured,
            by_hand=self.manual_rate is not None,
            validation=self.evaluate("validation") if watch else None,
            parameters=self._parameter_steps(before) if before is not None else None,
        )

    def evaluate(self, split: str) -> Evaluation:
        """Loss and accuracy of the model as it is now, on the split of this name."""
        return evaluate_split(self.learner.module, self.splits, split, self.learner.batch_limit)

    def state(self) -> dict[str, Any]:
        """Everything that the next update depends on and that changes: tensors and plain values, the live ones."""
        return {
            "step": self.step_count,
            "model": {name: tensor for name, tensor in self.model.state_dict().items() if name not in self.constant},
            "optimizer": self.optimizer.state_dict(),
            "order": self._epoch_order,
            "noise": self._noise,
            "manual_rate": self.manual_rate,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a state that :meth:`state` returned, bit for bit on the same machine's CPU."""
        self.step_count = state["step"]
        self.model.load_state_dict(versioned({**self.model.state_dict(), **state["model"]}, self.model))
        self.optimizer.load_state_dict(state["optimizer"])
        for parameter, kept in self.optimizer.state.items():
            # a fused optimiser pairs elements by their place in memory
            aligned = {
                name: torch.empty_like(parameter).copy_(t) for name, t in kept.items() if t.shape == parameter.shape
            }
            kept.update(aligned)
        if self._captures:
            self._captured.clear()  # what they read has moved
            rates_on_the_device(self.optimizer)
        self._noise = state["noise"].cpu()
        self.manual_rate = state["manual_rate"]
        self._order.set_state(state["order"].cpu())
        if self.step_count:  # at an epoch's end too: the generator has to pass over that epoch's permutation
            self._draw_epoch()

    def _next_batch(self) -> Tensor:
        position = self.step_count % self.steps_per_epoch
        if position == 0:
            self._draw_epoch()
        return self._batches[position]

    def _draw_epoch(self) -> None:
        self._epoch_order = self._order.get_state()
        order = torch.randperm(len(self.splits.train.targets), generator=self._order).to(self.device)
        # even parts: a last batch of one example would break batch norm
        self._batches = order.tensor_split(self.steps_per_epoch)

    def _captured_update(self, batch: Tensor) -> Tensor:
        if len(batch) not in self._captured:
            self._captured[len(batch)] = CapturedUpdate(self._update, self.model, self.optimizer, batch)
        return self._captured[len(batch)](batch)

    def _update(self, batch: Tensor) -> Tensor:
        if not self.model.training:  # to tell every module costs a fiftieth of a small step
            self.model.train()
        inputs, targets = self.splits.train.inputs[batch], self.splits.train.targets[batch]
        if self._augments and self._black is not None:
            inputs = augmented(inputs, self.config, self._black)
        learner = self.learner.module
        outputs = learner(inputs) if self._lengths is None else learner(inputs, self._lengths[batch.cpu()])
        loss = loss_of(outputs, targets, self._objective)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
        if self.config.gradient_clip:
            nn.utils.clip_grads_with_norm_(self._parameters, self.config.gradient_clip, norm)
        self.optimizer.step()
        accuracy = accuracy_of(outputs.detach(), targets, self._objective)
        return torch.stack((loss.detach(), accuracy, norm))

    @contextmanager
    def _own_noise(self) -> Iterator[None]:
        """Dropout and augmentation draw from the trainer's own random state, not from the process-wide one."""
        if not self._noisy:
            yield
            return
        outside = self._random.get_rng_state()
        self._random.set_rng_state(self._noise)
        try:
            yield
        finally:
            self._noise = self._random.get_rng_state()
            self._random.set_rng_state(outside)

    def _parameter_steps(self, before: list[Tensor]) -> dict[str, ParameterStep]:
        after = [p.detach() for p in self._parameters]
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in self._parameters]
        norms = [
            torch.stack(torch._foreach_norm(tensors)).tolist()
            for tensors in (gradients, after, torch._foreach_sub(after, before))
        ]
        named = [name for name, p in self.model.named_parameters() if p.requires_grad]
        return {name: ParameterStep(*row) for name, row in zip(named, zip(*norms, strict=True), strict=True)}


def train(
    model: nn.Module,
    splits: Splits | Sequences,
    config: TrainingConfig,
    watched_steps: Collection[int] | None = None,
) -> Iterator[StepRecord]:
    """Train a model in place, yielding a record after every optimiser update.

    Args:
        model: any classifier, (batch, channel, row, column) to logits (batch, class); for sequences any network whose
            outputs :func:`explorer.training.objective.loss_of` reads; it is given the lengths where some are padded.
        splits: its data.
        config: how to train.
        watched_steps: where to measure the validation split and every parameter's update; as often as snapshots are
            taken unless told. It never changes what is learnt: early stopping looks where snapshots are taken.
    """
    trainer = Trainer(model, splits, config)
    scheduled = set(snapshot_steps(trainer.total, config.snapshots))
    watched = scheduled if watched_steps is None else {*watched_steps, *(scheduled if config.patience else ())}
    patience = Patience(config.patience, trainer.steps_per_epoch)
    if config.patience:
        patience.evaluated(0, trainer.evaluate("validation").loss)
    while not trainer.done and not patience.lost:
        record = trainer.step(watch=trainer.step_count + 1 in watched)
        if record.validation is not None and record.step in scheduled:
            patience.evaluated(record.step, record.validation.loss)
        yield record


def unchanging(model: nn.Module) -> frozenset[str]:
    """The tensors that training never changes: frozen parameters, and buffers of modules that stay in eval mode."""
    modes = [(module, module.training) for module in model.modules()]
    model.train()
    still = {name for name, module in model.named_modules() if not module.training}
    for module, training in modes:
        module.training = training
    frozen = {name for name, parameter in model.named_parameters() if not parameter.requires_grad}
    return frozenset(frozen | {name for name, _ in model.named_buffers() if name.rpartition(".")[0] in still})


def _drops(module: nn.Module) -> bool:
    """True if a module sets activations to 0 at random while it trains."""
    if isinstance(module, nn.RNNBase):
        return module.dropout > 0 and module.num_layers > 1
    return "Dropout" in type(module).__name__ and bool(getattr(module, "p", 0))


def check_batches(model: nn.Module, config: TrainingConfig, examples: int) -> None:
    """Make sure that batch norm meets two examples or more in every batch.

    Raises:
        ExplorerError: where it would not.
    """
    smallest = examples // math.ceil(examples / config.batch_size)
    if smallest > 1 or not any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in model.modules()):
        return
    raise ExplorerError(
        f"Batch norm cannot learn from batches of 1 example, and {examples} training examples in batches of "
        f"{config.batch_size} make some; choose a batch size of 3 or more, or switch batch norm off."
    )
