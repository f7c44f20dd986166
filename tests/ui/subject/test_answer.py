"""The answer beside the views: the network's own output, for each kind of task."""

from pathlib import Path

import pytest
import torch

from explorer.training.run import ReadableRun, Run
from explorer.ui.cache import pictures_of, sequences_of
from explorer.ui.subject.answer import of_picture, of_sequence
from explorer.ui.subject.picture import RunSubject
from explorer.ui.subject.sequence import Sequence, SequenceSubject

RUNS = Path(__file__).parents[3] / "sample_data" / "runs"


def run_of(name: str) -> ReadableRun:
    run = Run.open(RUNS / name)
    assert isinstance(run, ReadableRun)
    return run


def picture(image: int, step: int | None = None) -> RunSubject:
    run = run_of("cnn-on-digits")
    return RunSubject(
        splits=pictures_of(run.config.dataset), image=image, run=run, step=run.steps[-1] if step is None else step,
        steps=run.steps,
    )  # fmt: skip


def sequence(name: str, *, time: int = 0, decoder: bool = False) -> SequenceSubject:
    run = run_of(name)
    splits = sequences_of(run.config.dataset)
    lengths = splits.lengths_of("test")
    steps = (splits.source_length or splits.test.inputs.shape[1]) if lengths is None else int(lengths[0])
    own = Sequence(splits.test.inputs[:1], splits.test.targets[:1], steps)
    return SequenceSubject(run, run.steps[-1], run.steps, splits, own, decoder, time=time)


@pytest.mark.parametrize("step", [0, 2400])
def test_the_answer_for_a_picture_is_the_softmax_of_the_network_at_that_step(step: int) -> None:
    subject = picture(3, step)
    network = run_of("cnn-on-digits").model(step)
    with torch.no_grad():
        expected = network(subject.inputs).softmax(1)[0].topk(3)
    answer = of_picture(subject)
    assert [name for name, _ in answer.likeliest] == [subject.class_names[index] for index in expected.indices]
    assert [share for _, share in answer.likeliest] == pytest.approx(expected.values.tolist(), rel=1e-5)
    assert answer.right == (answer.said == answer.target)


def test_a_picture_of_ones_own_has_no_right_answer() -> None:
    subject = picture(0)
    own = of_picture(
        RunSubject(splits=subject.splits, own=subject.inputs, run=subject.run, step=0, steps=subject.steps)
    )
    assert own.target == ""
    assert own.right is None


def test_a_regression_answers_with_a_number_beside_its_target() -> None:
    subject = sequence("lstm-on-adding")
    network = subject.run.model(subject.step)
    with torch.no_grad():
        expected = float(network(subject.sequence.inputs)[0, 0])
    answer = of_sequence(subject)
    assert answer.said == f"{expected:.4g}"
    assert answer.target == f"{float(subject.sequence.target[0]):.4g}"  # type: ignore[index]
    assert answer.right is None
    assert answer.likeliest == ()


def test_a_task_that_answers_at_every_step_is_answered_at_the_chosen_one() -> None:
    subject = sequence("rnn-on-bracket-depth", time=5)
    network = subject.run.model(subject.step)
    with torch.no_grad():
        expected = network(subject.sequence.inputs)[0, 5].softmax(0)
    answer = of_sequence(subject)
    assert answer.likeliest[0][1] == pytest.approx(float(expected.max()), rel=1e-5)
    assert answer.note == "at time step 5"


@pytest.mark.parametrize("decoder", [False, True])
def test_an_encoder_decoder_answers_with_what_it_writes_itself(decoder: bool) -> None:
    subject = sequence("lstm-on-reverse", decoder=decoder)
    splits = subject.splits
    source = "".join(splits.vocabulary[int(one)] for one in subject.sequence.inputs[0, : subject.sequence.steps])
    answer = of_sequence(subject)
    assert answer.target.startswith(source[::-1])
    assert answer.right == (answer.said == answer.target)


OWN_PICTURES = [path for path in sorted(RUNS.iterdir()) if not path.name.startswith("pretrained")]  # as they lie


@pytest.mark.parametrize("path", OWN_PICTURES, ids=lambda path: path.name)
def test_every_example_run_has_an_answer(path: Path) -> None:
    run = run_of(path.name)
    if run.config.model.name in ("cnn", "mlp"):
        splits = pictures_of(run.config.dataset)
        answer = of_picture(RunSubject(splits=splits, run=run, step=run.steps[-1], steps=run.steps))
    else:
        answer = of_sequence(sequence(path.name))
    assert answer.said
