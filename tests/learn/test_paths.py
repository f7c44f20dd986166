"""Paths through a roadmap, and its layout, over random roadmaps and over those that ship."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import ExplorerError
from explorer.learn import ROADMAPS, Roadmap, Source, Topic, layout, load, path_between

STAGES = ("One", "Two", "Three")
SOURCES = tuple(Source(title="T", authors="A", year=2000, url=f"https://doi.org/10.1000/{n}") for n in (1, 2))


def topic(name: str, stage: int, requires: tuple[str, ...]) -> Topic:
    return Topic(
        id=name, title=name, stage=STAGES[stage], requires=requires, sources=SOURCES, what="x", when="x", wrong="x"
    )


@st.composite
def roadmaps(draw: st.DrawFn) -> Roadmap:
    """Topics in stages; each requires some that were drawn before it."""
    stages = sorted(draw(st.lists(st.integers(0, 2), min_size=1, max_size=12)))
    names = [f"t{number}" for number in range(len(stages))]
    topics = {
        name: topic(name, stages[number], tuple(draw(st.sets(st.sampled_from(names[:number]), max_size=3))))
        if number
        else topic(name, stages[0], ())
        for number, name in enumerate(names)
    }
    return Roadmap(name="drawn", title="drawn", introduction="drawn", stages=STAGES, topics=topics)


def ancestors(roadmap: Roadmap, goal: str) -> set[str]:
    found = set(roadmap.topics[goal].requires)
    return found.union(*(ancestors(roadmap, required) for required in found))


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_a_path_ends_at_the_goal_and_every_topic_comes_after_what_it_requires(data: st.DataObject) -> None:
    roadmap = data.draw(roadmaps())
    names = list(roadmap.topics)
    known = data.draw(st.sets(st.sampled_from(names)))
    goal = data.draw(st.sampled_from(names))
    path = path_between(roadmap, known, goal)
    known = known.union(*(ancestors(roadmap, topic) for topic in known))
    if goal in known:
        assert path == ()
        return
    assert path[-1] == goal
    assert len(set(path)) == len(path)
    assert not known & set(path)
    assert set(path) <= {goal} | ancestors(roadmap, goal)
    for place, name in enumerate(path):
        assert set(roadmap.topics[name].requires) <= known | set(path[:place])


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_nothing_on_a_path_can_be_left_out(data: st.DataObject) -> None:
    roadmap = data.draw(roadmaps())
    names = list(roadmap.topics)
    known = data.draw(st.sets(st.sampled_from(names)))
    path = path_between(roadmap, known, data.draw(st.sampled_from(names)))
    for skipped in path[:-1]:
        rest = [name for name in path if name != skipped]
        assert any(skipped in roadmap.topics[name].requires for name in rest)


def test_what_stands_behind_a_known_topic_counts_as_known() -> None:
    topics = {"a": topic("a", 0, ()), "b": topic("b", 0, ("a",)), "c": topic("c", 1, ("b",))}
    chain = Roadmap(name="chain", title="chain", introduction="", stages=STAGES, topics=topics)
    assert path_between(chain, (), "c") == ("a", "b", "c")
    assert path_between(chain, ("b",), "c") == ("c",)
    assert path_between(chain, ("a",), "c") == ("b", "c")
    assert path_between(chain, ("c",), "b") == ()


def test_what_stands_behind_a_known_topic_is_known_on_every_other_way_to_the_goal() -> None:
    path = path_between(load("deep_learning"), ("lstm",), "attention")
    assert set(path) == {"one-to-many", "many-to-one", "encoder-decoder", "attention"}  # none that the LSTM rests on


def test_of_two_topics_that_could_come_next_the_one_in_the_earlier_stage_does() -> None:
    topics = {
        "a": topic("a", 0, ()),
        "z": topic("z", 0, ()),
        "b": topic("b", 1, ("a",)),
        "goal": topic("goal", 2, ("b", "z")),
    }
    diamond = Roadmap(name="diamond", title="diamond", introduction="", stages=STAGES, topics=topics)
    assert path_between(diamond, (), "goal") == ("a", "z", "b", "goal")


def test_a_goal_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ExplorerError, match="no topic 'happiness'"):
        path_between(load("deep_learning"), (), "happiness")


@settings(deadline=None, max_examples=60)
@given(roadmaps())
def test_no_two_topics_share_a_place_and_prerequisites_stand_above_or_to_the_left(roadmap: Roadmap) -> None:
    found = layout(roadmap)
    assert set(found.places) == set(roadmap.topics)
    assert len(set(found.places.values())) == len(found.places)
    assert all(0 <= place.slot < 3 for place in found.places.values())
    for name, one in roadmap.topics.items():
        first, last = found.stages[one.stage]
        assert first <= found.places[name].row <= last
        for required in one.requires:
            assert found.places[required] < found.places[name]  # rows first, then slots
    assert found == layout(roadmap)


@settings(deadline=None, max_examples=60)
@given(roadmaps())
def test_the_lines_that_are_drawn_say_all_that_is_required_and_none_follows_from_the_others(roadmap: Roadmap) -> None:
    edges = set(layout(roadmap).edges)

    def reached(start: str, without: tuple[str, str] | None = None) -> set[str]:
        found = {end for first, end in edges - {without} if first == start}
        return found.union(*(reached(name) for name in found))

    for name, one in roadmap.topics.items():
        assert all(name in reached(required) for required in one.requires)
    assert all(end not in reached(start, (start, end)) for start, end in edges)


def test_a_row_is_turned_round_where_its_lines_would_cross() -> None:
    topics = {
        "a": topic("a", 0, ()),
        "b": topic("b", 0, ()),
        "c": topic("c", 0, ()),
        "under-c": topic("under-c", 1, ("c",)),
        "under-b": topic("under-b", 1, ("b",)),
        "under-a": topic("under-a", 1, ("a",)),
    }
    found = layout(Roadmap(name="six", title="six", introduction="", stages=STAGES, topics=topics)).places
    assert all(found[f"under-{name}"].slot == found[name].slot for name in "abc")


@pytest.mark.parametrize("name", ROADMAPS)
def test_hardly_any_line_from_one_row_to_the_next_crosses_another(name: str) -> None:
    found = layout(load(name))
    near = [edge for edge in found.edges if found.places[edge[1]].row - found.places[edge[0]].row == 1]

    def crossed(one: tuple[str, str], other: tuple[str, str]) -> bool:
        (first, left), (second, right) = ((found.places[start], found.places[end]) for start, end in (one, other))
        return first.row == second.row and (first.slot - second.slot) * (left.slot - right.slot) < 0

    assert sum(crossed(one, other) for one, other in combinations(near, 2)) <= len(near) // 10
