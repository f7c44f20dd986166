"""The lines of a run's growing files: what each may hold. A line that is none was not written by a worker."""

from typing import Annotated, Any, Required

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

MOST_STEPS = 2**31 - 1  # charts count steps in 32 bits

Step = Annotated[int, Field(ge=0, le=MOST_STEPS)]
Number = float | None  # None: not measured; what diverged is NaN or infinite
Row = dict[str, Any]


class MetricsLine(TypedDict, total=False):
    """A line of ``metrics.jsonl``: one update, or the untrained network as step 0."""

    __pydantic_config__ = ConfigDict(strict=True)  # type: ignore[misc]

    step: Required[Step]
    epoch: Required[Step]
    loss: Number
    accuracy: Number
    gradient_norm: Number
    learning_rate: Number
    by_hand: bool  # absent where the rate is the schedule's
    validation_loss: Number
    validation_accuracy: Number
    seconds: Number


class ParametersLine(TypedDict):
    """A line of ``layers.jsonl``: for each parameter the norms of its gradient, of itself and of its update."""

    __pydantic_config__ = ConfigDict(strict=True)  # type: ignore[misc]

    step: Step
    parameters: dict[str, tuple[float, float, float]]


METRICS_LINE: TypeAdapter[Any] = TypeAdapter(MetricsLine)
PARAMETERS_LINE: TypeAdapter[Any] = TypeAdapter(ParametersLine)
LINES = {"metrics.jsonl": METRICS_LINE, "layers.jsonl": PARAMETERS_LINE}


def parsed(text: bytes, line: TypeAdapter[Any]) -> Row | None:
    """What a line says; None where it is damaged."""
    try:
        row: Row = line.validate_json(text)
    except ValidationError:
        return None
    return row
