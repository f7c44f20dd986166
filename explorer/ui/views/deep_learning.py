"""The Deep Learning roadmap: what to learn, in which order, and where to see it live."""

from explorer.ui import roadmap

roadmap.show("deep_learning")
