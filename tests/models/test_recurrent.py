from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from explorer.config import GruModel, LstmModel, RecurrentModel, RnnModel
from explorer.datasets import ShapeFacts
from explorer.datasets.splits import Objective
from explorer.errors import ExplorerError
from explorer.models.recurrent import EncoderDecoder, OneHot, Recurrent, build

KINDS: dict[str, type[RecurrentModel]] = {"rnn": RnnModel, "lstm": LstmModel, "gru": GruModel}
every_kind = pytest.mark.parametrize("kind", KINDS)
NUMBERS = ShapeFacts(input_shape=(7, 3), class_names=("a", "b"), architecture="many-to-one", objective=Objective.CLASS)
IN_STEP = NUMBERS.model_copy(update={"architecture": "many-to-many in step", "objective": Objective.CLASS_PER_STEP})
TOKENS = IN_STEP.model_copy(update={"input_shape": (7,), "vocabulary_size": 5})
TRANSLATED = ShapeFacts(
    input_shape=(9,),
    class_names=("a", "b", "c", "d"),
    architecture="many-to-many encoder-decoder",
    objective=Objective.CLASS_PER_STEP,
    vocabulary_size=4,
    source_length=5,
    autoregressive=True,
)


def configs(**fixed: Any) -> st.SearchStrategy[RecurrentModel]:
    return st.builds(
        lambda kind, **values: KINDS[kind](**values | fixed),
        kind=st.sampled_from(sorted(KINDS)),
        hidden_size=st.integers(4, 9),
        layers=st.integers(1, 3),
        bidirectional=st.booleans(),
        seed=st.integers(0, 9999),
    )


def random_inputs(seed: int, examples: int = 4) -> Tensor:
    return torch.randn(examples, 7, 3, generator=torch.Generator().manual_seed(seed))


def plain(recurrent: nn.RNNBase, sequence: Tensor) -> tuple[Tensor, Tensor]:
    """PyTorch's own layer on one sequence (time, feature) alone: states, and the last state of the top layer."""
    states, last = recurrent(sequence[None])
    hidden = last[0] if isinstance(last, tuple) else last
    ways = 2 if recurrent.bidirectional else 1
    return states[0], hidden[-ways:, 0].flatten()


@settings(max_examples=25, deadline=None)
@given(config=configs(), lengths=st.lists(st.integers(1, 7), min_size=4, max_size=4), seed=st.integers(0, 99))
def test_the_answer_is_read_from_the_last_real_state_of_every_direction(
    config: RecurrentModel, lengths: list[int], seed: int
) -> None:
    model = build(config, NUMBERS).eval()
    assert isinstance(model, Recurrent)
    inputs = random_inputs(seed)
    answers = model(inputs, torch.tensor(lengths))
    for example, length in enumerate(lengths):
        expected = model.readout(plain(model.recurrent, inputs[example, :length])[1])
        torch.testing.assert_close(answers[example], expected, rtol=1e-5, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(config=configs(), lengths=st.lists(st.integers(1, 7), min_size=4, max_size=4), seed=st.integers(0, 99))
def test_every_real_step_is_answered_from_its_own_state(config: RecurrentModel, lengths: list[int], seed: int) -> None:
    model = build(config, IN_STEP).eval()
    assert isinstance(model, Recurrent)
    inputs = random_inputs(seed)
    answers = model(inputs, torch.tensor(lengths))
    assert answers.shape == (4, 7, 2)
    for example, length in enumerate(lengths):
        expected = model.readout(plain(model.recurrent, inputs[example, :length])[0])
        torch.testing.assert_close(answers[example, :length], expected, rtol=1e-5, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(config=configs(), seed=st.integers(0, 99), facts=st.sampled_from([NUMBERS, IN_STEP]))
def test_what_stands_in_the_padding_changes_no_answer(config: RecurrentModel, seed: int, facts: ShapeFacts) -> None:
    model = build(config, facts).eval()
    lengths = torch.tensor([7, 1, 4, 2])
    inputs = random_inputs(seed)
    padded = torch.arange(7) >= lengths[:, None]
    other = inputs.masked_fill(padded[..., None], 100.0)
    first, second = model(inputs, lengths), model(other, lengths)
    if facts is IN_STEP:
        first, second = first[~padded], second[~padded]
    assert first.equal(second)


@settings(max_examples=15, deadline=None)
@given(config=configs())
def test_without_padding_the_lengths_change_nothing(config: RecurrentModel) -> None:
    for facts in (NUMBERS, IN_STEP):
        model = build(config, facts).eval()
        inputs = random_inputs(3)
        torch.testing.assert_close(model(inputs, torch.full((4,), 7)), model(inputs), rtol=1e-5, atol=1e-6)


@every_kind
def test_a_token_is_a_1_in_its_own_place_or_a_learnt_row(kind: str) -> None:
    tokens = torch.tensor([[0, 3, 1, 4, 2, 2, 0]])
    plain_tokens = build(KINDS[kind](hidden_size=6), TOKENS)
    assert isinstance(plain_tokens.embedding, OneHot)
    assert plain_tokens.embedding(tokens).equal(torch.eye(5)[tokens])
    learnt = build(KINDS[kind](hidden_size=6, embedding_size=3), TOKENS)
    assert isinstance(learnt, Recurrent)
    assert learnt.embedding(tokens).equal(learnt.state_dict()["embedding.weight"][tokens])
    assert learnt.recurrent.input_size == 3
    assert learnt(tokens).shape == plain_tokens(tokens).shape == (1, 7, 2)


@pytest.mark.parametrize("bias", [1.0, 0.0, -2.5])
def test_every_forget_gate_starts_from_its_bias_and_all_else_as_in_pytorch(bias: float) -> None:
    model = build(LstmModel(hidden_size=5, layers=2, bidirectional=True, forget_bias=bias, seed=3), NUMBERS)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        stock = nn.LSTM(3, 5, num_layers=2, bidirectional=True)
    forget = slice(5, 10)  # PyTorch's order: input, forget, candidate, output
    for name, expected in stock.named_parameters():
        found = model.state_dict()[f"recurrent.{name}"]
        if name.startswith("bias"):
            assert found[forget].unique().tolist() == [bias if "_ih_" in name else 0.0]
            found[forget] = expected.detach()[forget]
        assert found.equal(expected.detach()), name


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_a_plain_network_has_the_non_linearity_that_was_chosen(nonlinearity: Any) -> None:
    model = build(RnnModel(hidden_size=4, nonlinearity=nonlinearity), IN_STEP)
    assert isinstance(model, Recurrent)
    assert model.recurrent.mode == f"RNN_{nonlinearity.upper()}"


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_dropout_acts_between_layers_alone(layers: int) -> None:
    model = build(GruModel(hidden_size=8, layers=layers, dropout=0.5), NUMBERS).train()
    inputs = random_inputs(0)
    assert model(inputs).equal(model(inputs)) == (layers == 1)


@every_kind
@pytest.mark.parametrize("facts", [TRANSLATED, NUMBERS.model_copy(update={"autoregressive": True})])
def test_reading_ahead_is_refused_where_it_would_give_the_answer_away(kind: str, facts: ShapeFacts) -> None:
    with pytest.raises(ExplorerError, match="Choose bidirectional false"):
        build(KINDS[kind](bidirectional=True), facts)


# ── encoder and decoder ──────────────────────────────────────────────────────────────────────────────────────────────
@settings(max_examples=25, deadline=None)
@given(
    config=configs(bidirectional=False),
    lengths=st.lists(st.integers(1, 5), min_size=3, max_size=3),
    seed=st.integers(0, 99),
)
def test_the_decoder_goes_on_from_the_encoders_last_real_state(
    config: RecurrentModel, lengths: list[int], seed: int
) -> None:
    model = build(config, TRANSLATED).eval()
    assert isinstance(model, EncoderDecoder)
    tokens = torch.randint(0, 4, (3, 9), generator=torch.Generator().manual_seed(seed))
    logits = model(tokens, torch.tensor(lengths))
    assert logits.shape == (3, 4, 4)
    one_hot = torch.eye(4)[tokens]
    for example, length in enumerate(lengths):
        _, state = model.encoder(one_hot[example : example + 1, :length])
        states, _ = model.decoder(one_hot[example : example + 1, 5:], state)
        torch.testing.assert_close(logits[example], model.readout(states)[0], rtol=1e-5, atol=1e-6)


def test_an_answer_depends_on_the_source_and_on_what_was_said_before_it_alone() -> None:
    model = build(LstmModel(hidden_size=6), TRANSLATED).eval()
    tokens = torch.tensor([[0, 1, 2, 3, 0, 1, 2, 3, 0]])
    logits = model(tokens)
    for place in range(9):
        changed = tokens.clone()
        changed[0, place] = (changed[0, place] + 1) % 4
        same = [bool(model(changed)[0, step].equal(logits[0, step])) for step in range(4)]
        assert same == [step < place - 5 if place >= 5 else False for step in range(4)]
