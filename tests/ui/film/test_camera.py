"""What a browser sends as frames: anybody may send anything."""

import base64

import pytest

from explorer.errors import ExplorerError
from explorer.ui.film.camera import frames_of

SENT = "data:image/png;base64," + base64.b64encode(b"picture").decode()


def test_the_frames_are_decoded_in_their_order() -> None:
    other = "data:image/png;base64," + base64.b64encode(b"other").decode()
    assert frames_of({"frames": [SENT, other]}, 2) == [b"picture", b"other"]


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (None, "0 frames for 2 steps"),
        ({"frames": "x"}, "0 frames for 2 steps"),
        ({"frames": [SENT]}, "1 frames for 2 steps"),
        ({"frames": [SENT, 3]}, "no PNG"),
        ({"frames": [SENT, "data:text/html;base64,QQ=="]}, "no PNG"),
        ({"frames": [SENT, SENT + "!"]}, "damaged frame"),
    ],
)
def test_anything_else_is_refused_with_the_reason(sent: object, reason: str) -> None:
    with pytest.raises(ExplorerError, match=reason):
        frames_of(sent, 2)
