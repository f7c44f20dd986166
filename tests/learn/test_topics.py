"""The roadmaps' files: every topic that ships, and what is said of a faulty one."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from explorer.config import TrainingConfig, parse
from explorer.errors import ExplorerError
from explorer.learn import ROADMAPS, Roadmap, Topic, load, read

HOSTS = {  # of publishers, archives and authors: their addresses last
    "arxiv.org",
    "dl.acm.org",
    "doi.org",
    "link.springer.com",
    "mitpress.mit.edu",
    "proceedings.mlr.press",
    "web.stanford.edu",
    "www.cs.cmu.edu",
    "www.deeplearningbook.org",
    "www.inference.org.uk",
    "www.jmlr.org",
}
TOPICS = [(name, topic) for name in ROADMAPS for topic in load(name).topics.values()]
every_topic = pytest.mark.parametrize("topic", [pytest.param(topic, id=f"{name}/{topic.id}") for name, topic in TOPICS])


@pytest.fixture(params=list(ROADMAPS))
def roadmap(request: pytest.FixtureRequest) -> Roadmap:
    return load(request.param)


def formulas(topic: Topic) -> list[str]:
    text = "\n".join((topic.what, topic.when, topic.wrong))
    assert text.count("$") % 2 == 0, "a formula is not closed"
    return [topic.equation, *re.findall(r"\$(.+?)\$", text, re.DOTALL)]


def test_a_roadmap_has_at_least_35_topics_in_every_one_of_its_stages_some(roadmap: Roadmap) -> None:
    assert len(roadmap.topics) >= 35
    assert {topic.stage for topic in roadmap.topics.values()} == set(roadmap.stages)


def test_every_file_is_a_topic_and_no_two_have_the_same_title(roadmap: Roadmap) -> None:
    files = {path.stem for path in ROADMAPS[roadmap.name].glob("*.md")}
    assert set(roadmap.topics) == files
    assert len({topic.title for topic in roadmap.topics.values()}) == len(files)


def test_every_prerequisite_exists_and_stands_before_what_needs_it(roadmap: Roadmap) -> None:
    seen: set[str] = set()
    for topic in roadmap.topics.values():
        assert set(topic.requires) <= seen, topic.id
        assert len(set(topic.requires)) == len(topic.requires)
        seen.add(topic.id)


def test_a_topic_of_both_roadmaps_has_the_same_subject() -> None:
    maps = [load(name).topics for name in ROADMAPS]
    assert set(maps[0]) & set(maps[1]) == {"multilayer-perceptron"}


@every_topic
def test_a_topic_is_neither_a_stub_nor_an_essay(topic: Topic) -> None:
    words = len(f"{topic.what} {topic.when} {topic.wrong}".split())
    assert 40 <= words <= 220


@every_topic
def test_sources_are_two_or_three_with_addresses_that_last(topic: Topic) -> None:
    assert 2 <= len(topic.sources) <= 3
    assert len({source.url for source in topic.sources}) == len(topic.sources)
    for source in topic.sources:
        address = urlsplit(source.url)
        assert address.scheme == "https"
        assert address.hostname in HOSTS
        if address.hostname == "doi.org":
            assert re.fullmatch(r"/10\.\d{4,9}/\S+", address.path)
        if address.hostname == "arxiv.org":
            assert re.fullmatch(r"/abs/\d{4}\.\d{4,5}", address.path)


@every_topic
def test_every_bracket_of_a_formula_is_closed(topic: Topic) -> None:
    for formula in formulas(topic):
        waiting = []
        for escaped, sign in re.findall(r"(\\)?([{}])", formula):
            if escaped:
                continue
            if sign == "{":
                waiting.append(sign)
            else:
                assert waiting, formula
                waiting.pop()
        assert not waiting, formula
        assert formula.count(r"\begin{") == formula.count(r"\end{")
        assert len(re.findall(r"\\left(?![a-z])", formula)) == len(re.findall(r"\\right(?![a-z])", formula))


@every_topic
def test_what_a_topic_prepares_is_a_run_that_the_form_can_show(topic: Topic) -> None:
    if not topic.prepares:
        return
    assert topic.page
    config = parse(topic.prepares)
    rate = config.training.learning_rate
    assert f"{rate:.0e}"[0] in "1235", "the slider for the learning rate has 1, 2, 3 and 5 of each power of ten"
    assert float(f"{rate:.0e}") == pytest.approx(rate)
    assert isinstance(config.training, TrainingConfig)


def test_the_lectures_equations_are_there() -> None:
    topics = load("deep_learning").topics
    rnn = topics["recurrent-networks"].equation
    assert r"\tanh\bigl(W_{ax}\, x^{\langle t\rangle} + W_{aa}\, a^{\langle t-1\rangle} + b_a\bigr)" in rnn
    assert r"\mathrm{softmax}\bigl(W_{ya}\, a^{\langle t\rangle} + b_y\bigr)" in rnn
    lstm = topics["lstm"].equation
    for gate in "fio":
        assert rf"{gate}_t &= \sigma(W_{gate}\, h_{{t-1}} + U_{gate}\, x_t + b_{gate})" in lstm
    assert r"\bar C_t &= \tanh(W_C\, h_{t-1} + U_C\, x_t + b_C)" in lstm
    assert r"C_t &= f_t \cdot C_{t-1} + i_t \cdot \bar C_t" in lstm
    assert r"H_t &= o_t \cdot \tanh(C_t)" in lstm


def test_the_five_architectural_types_are_there() -> None:
    topics = load("deep_learning").topics.values()
    types = {topic.id for topic in topics if topic.stage == "Five types"}
    assert types == {"one-to-one", "one-to-many", "many-to-one", "many-to-many", "encoder-decoder"}


HEAD = 'title = "A map"\nintroduction = "Of two topics."\nstages = ["First", "Second"]\n'
SOURCE = '[[sources]]\ntitle = "T"\nauthors = "A"\nyear = 2000\nurl = "https://doi.org/10.1000/{}"\n'
SECTIONS = "## What it is\n\nThis.\n\n## When to use it\n\nNow.\n\n## What goes wrong\n\nThat.\n"


def written(folder: Path, **topics: str) -> Path:
    (folder / "roadmap.toml").write_text(HEAD)
    for name, front in topics.items():
        sources = SOURCE.format(1) + SOURCE.format(2)
        (folder / f"{name}.md").write_text(f"+++\n{front}\n{sources}+++\n\n{SECTIONS}")
    return folder


def front(title: str, stage: str = "First", requires: str = "[]") -> str:
    return f'title = "{title}"\nstage = "{stage}"\nrequires = {requires}'


def test_a_folder_of_files_becomes_a_roadmap_with_what_is_required_first(tmp_path: Path) -> None:
    folder = written(tmp_path, a=front("A", requires='["b"]'), b=front("B"), c=front("C", "Second", '["a"]'))
    found = read(folder)
    assert list(found.topics) == ["b", "a", "c"]
    assert found.topics["b"].what == "This."
    assert found.followers("b") == ("a",)


def test_a_circle_is_refused_with_the_topics_in_it(tmp_path: Path) -> None:
    folder = written(tmp_path, a=front("A", requires='["b"]'), b=front("B", requires='["a"]'))
    with pytest.raises(ExplorerError, match=r"circle: (a → b → a|b → a → b)"):
        read(folder)


@pytest.mark.parametrize(
    ("topic", "complaint"),
    [
        (front("A", requires='["nowhere"]'), r"a\.md, field requires: there is no topic 'nowhere'"),
        (front("A", "Third"), r"a\.md, field stage: there is no 'Third'; choose one of First, Second"),
        (front("A", requires='["later"]'), r"a\.md, field requires: 'later' lies in the later stage 'Second'"),
        (front("A") + '\ncolour = "red"', r"a\.md, field colour: Extra inputs are not permitted"),
        (front("A") + "\nyear = = 3", r"a\.md is not valid TOML: .*line 5"),
    ],
)
def test_a_faulty_topic_is_refused_with_its_file_and_field(tmp_path: Path, topic: str, complaint: str) -> None:
    folder = written(tmp_path, a=topic, later=front("Later", "Second"))
    with pytest.raises(ExplorerError, match=complaint):
        read(folder)


def test_a_missing_an_unknown_and_a_doubled_section_are_refused_with_their_line(tmp_path: Path) -> None:
    folder = written(tmp_path, a=front("A"))
    whole = (folder / "a.md").read_text()
    lines = whole.count("\n")
    (folder / "a.md").write_text(whole.replace("## What goes wrong\n\nThat.\n", ""))
    with pytest.raises(ExplorerError, match=r"a\.md, line \d+: it ends without the section '## What goes wrong'"):
        read(folder)
    for extra in ("## See also", "## What it is"):
        (folder / "a.md").write_text(f"{whole}{extra}\n")
        with pytest.raises(ExplorerError, match=rf"a\.md, line {lines + 1}: the section '{extra[3:]}' is unknown or"):
            read(folder)


def test_a_file_without_front_matter_and_a_source_without_https_are_refused(tmp_path: Path) -> None:
    folder = written(tmp_path, a=front("A"))
    whole = (folder / "a.md").read_text()
    (folder / "a.md").write_text(whole.replace("https://doi.org/10.1000/2", "http://doi.org/10.1000/2"))
    with pytest.raises(ExplorerError, match=r"a\.md, field sources\.1\.url"):
        read(folder)
    (folder / "a.md").write_text("Just words.\n")
    with pytest.raises(ExplorerError, match=r"a\.md, line 1: it must begin with a front matter"):
        read(folder)


def test_a_roadmap_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ExplorerError, match="machine_learning, deep_learning"):
        load("cooking")
