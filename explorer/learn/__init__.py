"""The roadmaps: topics in plain files that anyone can edit, and the ways through them; the closing thoughts; and what
each chart shows.

A roadmap is a folder beside this file: ``roadmap.toml`` names its title, introduction and stages, and each topic is a
Markdown file, called by the topic's id, with a front matter in TOML between two lines of ``+++`` and three sections.
"""

from explorer.learn.charts import AboutChart, about_charts
from explorer.learn.closing import Chapter, Choice, Closing, load_closing
from explorer.learn.links import address
from explorer.learn.map import Layout, Place, layout
from explorer.learn.paths import path_between
from explorer.learn.topics import ROADMAPS, Roadmap, Source, Topic, load, read

__all__ = [
    "ROADMAPS",
    "AboutChart",
    "Chapter",
    "Choice",
    "Closing",
    "Layout",
    "Place",
    "Roadmap",
    "Source",
    "Topic",
    "about_charts",
    "address",
    "layout",
    "load",
    "load_closing",
    "path_between",
    "read",
]
