"""The roadmaps: topics in plain files that anyone can edit, their loader, and the ways through them.

A roadmap is a folder beside this file: ``roadmap.toml`` names its title, introduction and stages, and each topic is a
Markdown file, called by the topic's id, with a front matter in TOML between two lines of ``+++`` and three sections.
"""

from explorer.learn.map import Layout, Place, layout
from explorer.learn.paths import path_between
from explorer.learn.topics import ROADMAPS, Roadmap, Source, Topic, load, read

__all__ = [
    "ROADMAPS",
    "Layout",
    "Place",
    "Roadmap",
    "Source",
    "Topic",
    "layout",
    "load",
    "path_between",
    "read",
]
