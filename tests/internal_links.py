"""Every link from a text to a page of ours: topics' live pages, info cards, closing thoughts."""

from explorer.learn import ROADMAPS, about_charts, load, load_closing


def links_of_texts() -> dict[str, str]:
    """The place that each link leads to, as "cnn?view=Kernels", by the text that holds it."""
    closing = load_closing()
    found = {f"card {name}": one.topic for name, one in about_charts().items() if one.topic}
    found |= {f"choice {choice.situation}": choice.page for choice in closing.choices}
    for name, chapter in closing.chapters.items():
        found[f"chapter {name}"] = chapter.page
        found |= {f"chapter {name} to {topic}": f"deep-learning?topic={topic}" for topic in chapter.followers}
    topics = ((name, topic) for name in ROADMAPS for topic in load(name).topics.values())
    return found | {f"topic {name}/{topic.id}": topic.page for name, topic in topics if topic.page}
