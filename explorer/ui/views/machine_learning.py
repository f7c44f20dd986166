"""The Machine Learning roadmap: what to learn, in which order, and where to see it live."""

from explorer.ui import roadmap

roadmap.show("machine_learning")
