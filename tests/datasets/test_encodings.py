"""UTF-8 and marked files are read; of any other encoding what it may be is offered, and nothing is assumed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.datasets.encodings import CODECS, MOST_OFFERS, decoded, offers
from explorer.datasets.questions import about_table, about_text
from explorer.errors import ExplorerError

GERMAN = "Datum;Größe\n" + "".join(f"0{day}.01.2024;{day},5\n" for day in range(1, 9))
SENTENCES = {
    "cp1252": "Le garçon a mangé à la fenêtre, déjà vu, c’est l’été. ",
    "cp1250": "Zażółć gęślą jaźń, proszę pana, śnieg. ",
    "cp1251": "В начале было слово, и слово было у Бога. ",
    "koi8-r": "В начале было слово, и слово было у Бога. ",
    "cp1253": "Το μεγαλύτερο από τα αγαθά είναι η φρόνηση. ",
    "shift-jis": "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。",
    "gb18030": "道可道，非常道。名可名，非常名。无名天地之始。",
    "big5": "道可道，非常道。名可名，非常名。無名天地之始。",
    "utf-16-le": "Der Käse ist über die Straße gefallen. ",
    "utf-16-be": "Der Käse ist über die Straße gefallen. ",
}


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_what_says_its_own_encoding_is_read(codec: str) -> None:
    assert decoded(GERMAN.encode(codec), "given") == GERMAN


@pytest.mark.parametrize("encoding", SENTENCES)
def test_the_right_encoding_is_among_the_offers_and_nothing_is_read_without_it(encoding: str) -> None:
    text = SENTENCES[encoding] * 20
    content = text.encode(CODECS[encoding][0])  # type: ignore[index]
    with pytest.raises(ExplorerError, match=r"Line 1 of given is not UTF-8 text .*choose this encoding, or save it"):
        decoded(content, "given")
    found = offers(content)
    assert 1 <= len(found) <= MOST_OFFERS
    assert text in [decoded(content, "given", offer.encoding) for offer in found]
    question = about_text(content, "given")
    assert question is not None
    assert text[:60].strip() in [option.preview.rows[0][0][:60].strip() for option in question.options]
    assert about_text(content, "given", found[0].encoding) is None


@pytest.mark.parametrize("codec", ["cp1252", "utf-16-le", "utf-16-be"])
def test_a_table_is_offered_with_its_rows_as_they_are_then_understood(codec: str) -> None:
    question = about_table(GERMAN.encode(codec), "given.csv")
    assert question is not None
    first = question.options[0]
    assert first.settings == {"encoding": codec}
    assert first.preview.names == ("Datum", "Größe")
    assert first.preview.rows[0] == ("01.01.2024", "1.5")


def test_of_encodings_in_which_a_file_reads_the_same_the_commonest_is_offered() -> None:
    assert offers("Grüße aus Köln. ".encode("cp1252") * 40)[0].encoding == "cp1252"


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ExplorerError, match=r"Line 2 of given is not UTF-8 text .*no other encoding fits"):
        decoded(bytes(range(256)), "given")


def test_a_chosen_encoding_that_does_not_fit_is_refused_with_the_line() -> None:
    with pytest.raises(ExplorerError, match="Line 2 of given is not shift_jis text"):
        decoded("a\nй".encode("cp1251"), "given", "shift-jis")


@pytest.mark.slow
@given(st.text(max_size=50).filter(lambda text: "\0" not in text and "\r" not in text))
def test_whatever_is_written_in_utf_8_is_read_again(text: str) -> None:
    assert decoded(text.encode(), "given") == text.removeprefix("\ufeff")


@given(st.text(min_size=1, max_size=20).filter(lambda text: "\0" not in text), st.integers(0, 3))
def test_a_content_that_ends_within_a_character_loses_that_character_alone(text: str, cut: int) -> None:
    content = text.encode()[: max(0, len(text.encode()) - cut)]
    assert text.removeprefix("\ufeff").startswith(decoded(content, "given", whole=False))
