from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer import datasets
from explorer.config import DigitDrawing, GruModel, LstmModel, RecurrentModel, RnnModel
from explorer.errors import ExplorerError
from explorer.models.generation import continue_text, decode, draw, likeliest
from explorer.models.recurrent import EncoderDecoder, Recurrent, build
from tests.models.test_recurrent import TOKENS, TRANSLATED

SPOKEN = TOKENS.model_copy(update={"class_names": tuple("abcde"), "autoregressive": True})
CONFIGS: list[RecurrentModel] = [RnnModel(hidden_size=6, layers=2), LstmModel(hidden_size=6), GruModel(hidden_size=6)]
every_config = pytest.mark.parametrize("config", CONFIGS, ids=["rnn", "lstm", "gru"])


def speaker(config: RecurrentModel) -> Recurrent:
    model = build(config, SPOKEN).eval()
    assert isinstance(model, Recurrent)
    with torch.no_grad():
        model.readout.weight.mul_(20)  # an untrained network says the same again and again
    return model


def translator(config: RecurrentModel) -> EncoderDecoder:
    model = build(config, TRANSLATED).eval()
    assert isinstance(model, EncoderDecoder)
    with torch.no_grad():
        model.readout.weight.mul_(20)
    return model


@every_config
def test_each_token_said_is_the_likeliest_after_all_before_it(config: RecurrentModel) -> None:
    model = speaker(config)
    prompt = torch.tensor([3, 1, 4])
    said = continue_text(model, prompt, 12)
    whole = prompt
    for _ in range(12):  # the whole text is read anew for every token
        whole = torch.cat((whole, model(whole[None])[0, -1].argmax()[None]))
    assert torch.cat((prompt, said)).equal(whole)


def test_tokens_are_drawn_as_often_as_the_softmax_at_the_temperature_says() -> None:
    torch.set_num_threads(1)
    model = speaker(CONFIGS[1])
    prompt, generator = torch.tensor([2]), torch.Generator().manual_seed(0)
    drawn = torch.cat([continue_text(model, prompt, 1, 1.5, generator) for _ in range(800)])
    expected = (model(prompt[None])[0, -1] / 1.5).softmax(0)
    torch.testing.assert_close(torch.bincount(drawn, minlength=5) / 800, expected, atol=0.07, rtol=0)


def test_the_same_seed_says_the_same_and_no_other_randomness_is_touched() -> None:
    model, prompt, state = speaker(CONFIGS[0]), torch.tensor([0]), torch.get_rng_state()
    first, again, other = (
        continue_text(model, prompt, 40, 1.0, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert first.equal(again)
    assert not first.equal(other)
    assert torch.get_rng_state().equal(state)
    assert continue_text(model, prompt, 0).tolist() == []


def test_an_empty_prompt_and_a_negative_temperature_are_explained() -> None:
    model = speaker(CONFIGS[0])
    with pytest.raises(ExplorerError, match="at least one character"):
        continue_text(model, torch.tensor([], dtype=torch.int64), 5)
    with pytest.raises(ExplorerError, match=r"temperature of -0\.5 is below 0; choose 0"):
        continue_text(model, torch.tensor([0]), 5, -0.5)


@every_config
def test_every_row_is_drawn_after_the_networks_own_rows(config: RecurrentModel) -> None:
    sequences = datasets.load(DigitDrawing())
    model = build(config, sequences).eval()
    assert isinstance(model, Recurrent)
    classes = torch.tensor([7, 0, 3])
    drawn = draw(model, classes, 10, 8)
    assert drawn.shape == (3, 8, 8)
    before = torch.cat((torch.zeros(3, 1, 8), drawn[:, :-1]), dim=1)
    inputs = torch.cat((torch.eye(10)[classes][:, None].expand(-1, 8, -1), before), dim=2)
    torch.testing.assert_close(model(inputs), drawn, rtol=1e-5, atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(
    config=st.sampled_from(CONFIGS),
    lengths=st.lists(st.integers(1, 5), min_size=4, max_size=4),
    seed=st.integers(0, 99),
    padded=st.booleans(),
)
def test_what_is_written_is_what_the_network_answers_when_it_is_told_its_own_words(
    config: RecurrentModel, lengths: list[int], seed: int, padded: bool
) -> None:
    model = translator(config)
    source = torch.randint(0, 4, (4, 5), generator=torch.Generator().manual_seed(seed))
    real: Tensor | None = torch.tensor(lengths) if padded else None
    written = decode(model, source, 2, 6, real)
    assert written.shape == (4, 6)
    told = torch.cat((source, torch.full((4, 1), 2), written[:, :-1]), dim=1)
    assert model(told, real).argmax(-1).equal(written)


PROBABILITIES = torch.tensor([[0.1, 0.4, 0.3, 0.2]])


@pytest.mark.parametrize(
    ("top_k", "top_p", "kept"),
    [
        (0, 1.0, [0.1, 0.4, 0.3, 0.2]),
        (2, 1.0, [0.0, 0.4, 0.3, 0.0]),
        (0, 0.6, [0.0, 0.4, 0.3, 0.0]),  # 0.4 alone is not enough
        (0, 0.4, [0.0, 0.4, 0.0, 0.0]),
        (1, 0.9, [0.0, 0.4, 0.0, 0.0]),
        (9, 0.05, [0.0, 0.4, 0.0, 0.0]),  # one is always left
    ],
)
def test_only_the_likeliest_tokens_are_left_to_draw_from(top_k: int, top_p: float, kept: list[float]) -> None:
    torch.testing.assert_close(likeliest(PROBABILITIES, top_k, top_p), torch.tensor([kept]))


def test_the_likeliest_token_alone_is_what_a_temperature_of_0_takes() -> None:
    model = speaker(CONFIGS[1])
    prompt = torch.tensor([1, 2])
    drawn = continue_text(model, prompt, 20, 1.5, torch.Generator().manual_seed(3), top_k=1)
    assert torch.equal(drawn, continue_text(model, prompt, 20))


@pytest.mark.parametrize(
    ("choice", "message"),
    [({"top_k": -1}, "likeliest -1 tokens"), ({"top_p": 0.0}, "probability of 0 "), ({"top_p": 1.5}, "of 1.5 cannot")],
)
def test_an_impossible_choice_of_tokens_is_refused(choice: dict[str, Any], message: str) -> None:
    with pytest.raises(ExplorerError, match=message):
        continue_text(speaker(CONFIGS[1]), torch.tensor([1]), 5, 1.0, **choice)
