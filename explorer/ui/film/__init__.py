"""A view at every recorded training step, to take along: as one HTML file, or as an animated GIF.

``reel.py`` is what a film consists of, ``html.py`` the file that plays it, ``camera.py`` the visitor's browser that
draws the frames of a GIF, and ``popover.py`` the button on the page.
"""

from explorer.ui.film.popover import offer

__all__ = ["offer"]
