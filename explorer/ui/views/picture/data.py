"""Data: the examples that the network learns from."""

from explorer.ui.form import preview
from explorer.ui.subject.picture import PictureSubject


def draw(subject: PictureSubject) -> None:
    """The data of the run that is shown."""
    preview.overview(subject.splits, "shown")
