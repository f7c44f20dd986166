"""Words that go along while the training is played."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from explorer.ui.words import html_of


class _Reader(HTMLParser):
    """The words of a page, as a browser reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ""

    def handle_data(self, data: str) -> None:
        self.words += data


def text_of_html(page: str) -> str:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.words


def test_paragraphs_and_bold_words_are_marked() -> None:
    assert html_of("**unit 3** at step 8\n\n4 values") == "<p><strong>unit 3</strong> at step 8</p><p>4 values</p>"


@given(st.text(alphabet=st.characters(exclude_characters="*\n\r", exclude_categories=("Cc", "Cs"))))
def test_any_words_are_shown_as_they_are(text: str) -> None:
    assert text_of_html(html_of(text)) == text
