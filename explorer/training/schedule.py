"""When: how many updates a run makes, at which the weights are kept, and how the learning rate falls."""

import math

from explorer.config import TrainingConfig


def total_steps(config: TrainingConfig, examples: int) -> int:
    """Optimiser updates in a whole run over ``examples`` training examples."""
    return config.epochs * math.ceil(examples / config.batch_size)


def snapshot_steps(total: int, bound: int) -> tuple[int, ...]:
    """At most ``bound`` steps, dense where learning is fastest: 0, 1, 2, 4, 8 …, then evenly, the last one included."""
    early: list[int] = []
    even: list[int] = [total]
    room = bound - 2
    # as many even ones as leave room for the early ones, but at least half of the bound
    for count in range(bound - 1, max(1, bound // 2) - 1, -1):
        interval = -(-total // count)
        early = [2**power for power in range(interval.bit_length()) if 2**power < interval]
        even = [*range(interval, total, interval), total]
        room = bound - 1 - len(even)
        if len(early) <= room:
            return (0, *early, *even)
    kept = [early[index * len(early) // room] for index in range(room)]
    return (0, *kept, *even)


def scheduled_rates(config: TrainingConfig, total: int) -> list[float]:
    """The learning rate that is planned for each of ``total`` updates."""
    return [config.learning_rate * schedule_factor(config, step, total) for step in range(1, total + 1)]


def schedule_factor(config: TrainingConfig, step: int, total: int) -> float:
    """The factor of the learning rate at an update; 1 is the first of ``total``."""
    done = (step - 1) / max(1, total)
    if step <= config.warmup_steps:
        return step / (config.warmup_steps + 1)
    if config.schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * done))
    if config.schedule == "step":
        return 0.1 ** ((done >= 0.5) + (done >= 0.75))
    return 1.0
