"""The Deep Learning roadmap: what to learn, in which order, and where to see it live."""

from explorer.ui.roadmap import page

page.show("deep_learning")
