"""Links between the texts and the pages, as texts write them: "cnn?view=Kernels"."""

from urllib.parse import parse_qsl


def address(place: str) -> tuple[str, dict[str, str]]:
    """A place as "cnn?view=Kernels": the page's own address, and what is set there."""
    name, _, settings = place.partition("?")
    return name, dict(parse_qsl(settings, keep_blank_values=True))
