"""How a table is written is decided over all of it; what nothing decides is asked, never guessed."""

import csv
import io
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.datasets.layouts import SEPARATORS
from explorer.datasets.questions import about_table
from explorer.datasets.tables import Table, Written, parse_table
from explorer.errors import ExplorerError


class Case(NamedTuple):
    """A file, and its last column as a person reads it."""

    what: str
    content: str
    column: str
    values: list[float]


CASES = [
    Case("a comma in the names", "day;price, in EUR\n1;2,5\n2;3,25\n", "price, in EUR", [2.5, 3.25]),
    Case("more commas than semicolons there", "day;a, b, c\n2024-01-01;2,5\n2024-01-02;3,5\n", "a, b, c", [2.5, 3.5]),
    Case("tabs and a decimal comma", "day\tvalue\n1\t2,5\n2\t-3\n", "value", [2.5, -3]),
    Case("commas and a quoted decimal comma", 'day,value\n1,"20,5"\n2,"7,25"\n', "value", [20.5, 7.25]),
    Case("thousands in quotes", 'day,value\n1,"1,234.5"\n2,"999.5"\n', "value", [1234.5, 999.5]),
    Case("thousands between points", "day;value\n1;1.234,5\n2;12.345.678\n", "value", [1234.5, 12345678]),
    Case("a decimal point in a semicolon file", "day;value\n1;2.5\n2;1.002\n", "value", [2.5, 1.002]),
    Case("thousands that another column explains", "a;value\n2,5;1.002\n3,5;999\n", "value", [1002, 999]),
    Case("bars", "day|value\n1|2.5\n2|3.5\n", "value", [2.5, 3.5]),
    Case("spaces between thousands", "day;value\n1;1 234,5\n2;12\u202f345,5\n", "value", [1234.5, 12345.5]),
    Case("apostrophes between thousands", "day;value\n1;1'234.5\n2;2’345.5\n", "value", [1234.5, 2345.5]),
    Case("one column with a decimal comma", "value\n2,5\n3,5\n", "value", [2.5, 3.5]),
    Case("three decimals, as programs write them", "day,value\n1,1.125\n2,2.125\n", "value", [1.125, 2.125]),
    Case("Excel's first line", "sep=;\nday;value, in EUR\n1;2,5\n2;3,5\n", "value, in EUR", [2.5, 3.5]),
    Case("Excel's first line, with another sign", "SEP=^\r\nday^value\r\n1^2.5\r\n", "value", [2.5]),
    Case("a remark below", "day,value\n1,2\n2,3\nSource: the office\n", "value", [2, 3]),
    Case("a remark below with a comma", "day,value\n1,2\n2,3\nSource: the office, 2024\n", "value", [2, 3]),
    Case("a remark padded with empty cells", "day;value\nJan 2024;2\nFeb 2024;3\nSource: office;\n", "value", [2, 3]),
    Case("a row of totals", "day;value\n2024-01-01;2\n2024-01-02;3\nTotal;5\n", "value", [2, 3]),
    Case("several lines below", "day;value\n1;2\n2;3\n3;4\n\nSource\nLast changed today;\n", "value", [2, 3, 4]),
    Case("a title above", "Prices of the year\n\nday;value\n1;2\n2;3\n", "value", [2, 3]),
    Case("a sign and a year below", "day,value\n2024-01-01,2\n2024-01-02,3\n© 2024\n", "value", [2, 3]),
    Case(
        "remarks behind a # above", "# made by us, today, twice\n# and checked\nday,value\n1,2\n2,3\n", "value", [2, 3]
    ),
    Case("names behind a #", "# day,value\n1,2\n2,3\n", "value", [2, 3]),
    Case("rows of nothing but separators", "day;value\n1;2\n;\n2;3\n;\n;\n", "value", [2, 3]),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_a_table_is_read_as_a_person_reads_it(case: Case) -> None:
    table = parse_table(case.content.encode(), "given.csv")
    assert table.columns[-1] == case.column
    assert table.numbers(case.column).tolist() == case.values


def test_lines_are_counted_from_the_first_of_the_file_and_those_left_out_are_named() -> None:
    table = parse_table(b"sep=;\nA title;\nday;value\n1;2\n2;3\nSource: office\n", "given.csv")
    assert table.lines == (4, 5)
    assert table.around == (2, 6)


@pytest.mark.parametrize(
    ("content", "said", "meanings"),
    [
        ("a;b\n1;999\n2;1,002\n", "1,002 is 1002 with a decimal point and 1.002 with a decimal comma", (1002, 1.002)),
        ("a;b\n1;999\n2;1.002\n", "1.002 is 1.002 with a decimal point and 1002 with a decimal comma", (1.002, 1002)),
        ('a,b\n1,999\n2,"1,002"\n', "1,002 is 1002 with a decimal point", (1002, 1.002)),
        ("a\tb\n1\t999\n2\t1,002\n", "1,002 is 1002 with a decimal point", (1002, 1.002)),
    ],
)
def test_thousands_that_may_be_decimals_are_asked_with_both_meanings(
    content: str, said: str, meanings: tuple[float, float]
) -> None:
    with pytest.raises(ExplorerError, match=f"{said}.*choose the decimal sign, point or comma"):
        parse_table(content.encode(), "given.csv")
    question = about_table(content.encode(), "given.csv")
    assert question is not None
    assert [option.settings["decimal_sign"] for option in question.options] == ["point", "comma"]
    for option, meaning in zip(question.options, meanings, strict=True):
        assert option.preview.names == ("a", "b")
        assert option.preview.rows == (("1", "999"), ("2", f"{meaning:g}"))
        chosen = Written(decimal=option.settings["decimal_sign"])  # type: ignore[arg-type]
        assert parse_table(content.encode(), "given.csv", chosen).numbers("b").tolist() == [999, meaning]


def test_cells_that_contradict_each_other_are_asked() -> None:
    content = b"a;b\n1,5;1.5\n2,5;2.5\n"
    with pytest.raises(ExplorerError, match="2 of its cells are numbers only with a decimal point, and 2 only with a"):
        parse_table(content, "given.csv")


def test_a_slip_among_many_cells_does_not_decide() -> None:
    content = "day;value\n" + "".join(f"{day};{day},5\n" for day in range(1, 40)) + "40;40.5\n"
    table = parse_table(content.encode(), "given.csv")
    with pytest.raises(ExplorerError, match=r"Line 41 of given.csv has '40.5' in column 'value'"):
        table.numbers("value")


def test_separators_that_fit_equally_are_asked() -> None:
    content = b"a;b,c\n5;x,7\n6;y,8\n"
    question = about_table(content, "given.csv")
    assert question is not None
    assert [option.settings["separator"] for option in question.options] == ["comma", "semicolon"]
    assert parse_table(content, "given.csv", Written(separator="comma")).columns == ("a;b", "c")


def test_the_row_that_is_understood_in_two_ways_is_in_the_preview() -> None:
    content = "a;b\n" + "".join(f"{row};{row}\n" for row in range(20)) + "20;1,002\n"
    question = about_table(content.encode(), "given.csv")
    assert question is not None
    assert [option.preview.rows[-1] for option in question.options] == [("20", "1002"), ("20", "1.002")]


NUMBERS = st.lists(st.decimals(0, 99_999, places=2).map(float), min_size=2, max_size=8)


def written(value: float, decimal: str, grouped: bool) -> str:
    """A number with two decimals as it is written in English or German."""
    english = f"{value:,.2f}" if grouped else f"{value:.2f}"
    return english if decimal == "." else english.translate(str.maketrans(",.", ".,"))


@given(NUMBERS, st.sampled_from(list(SEPARATORS.values())), st.sampled_from(".,"), st.booleans(), st.data())
def test_two_decimals_are_read_again_whatever_separates_and_groups(
    values: list[float], separator: str, decimal: str, grouped: bool, data: st.DataObject
) -> None:
    name = data.draw(st.text("ab ,;|", min_size=1, max_size=6).filter(str.strip))
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=separator)
    writer.writerow(("day", name))
    for day, value in enumerate(values):
        writer.writerow((f"day {day}", written(value, decimal, grouped)))
    table: Table = parse_table(file.getvalue().encode(), "given.csv")
    assert table.columns == ("day", name.strip())
    np.testing.assert_array_equal(table.numbers(name.strip()), values)


def test_a_first_line_of_data_is_not_taken_for_names() -> None:
    with pytest.raises(ExplorerError, match=r"Line 1 of given.csv holds numbers \(2024-01-01, 5 …\)"):
        parse_table(b"2024-01-01,5\n2024-01-02,6\n", "given.csv")


@pytest.mark.parametrize("last", ["2024-01-03", "2024-01-03,5,6"])
def test_a_last_row_of_data_with_another_width_is_a_fault(last: str) -> None:
    with pytest.raises(ExplorerError, match=r"Line 4 of given.csv has . fields and the line of column names 2"):
        parse_table(f"day,value\n2024-01-01,5\n2024-01-02,6\n{last}\n".encode(), "given.csv")


def test_a_gap_in_the_last_row_is_no_remark() -> None:
    table = parse_table(b"day,value\n2024-01-01,5\n2024-01-02,6\n2024-01-03,\n", "given.csv")
    assert len(table.rows) == 3
    assert np.isnan(table.measured("value")[2])


@pytest.mark.parametrize("names", ["a;b", "date;b"])
def test_a_separator_at_the_end_of_every_row_is_no_column(names: str) -> None:
    first = "01.01.2020" if names == "date;b" else "1,5"
    rows = "".join(f"{first};{number},5;\n" for number in range(2, 6))
    table = parse_table(f"{names}\n{rows}".encode(), "trailing.csv")
    assert table.columns == tuple(names.split(";"))
    assert table.numbers("b").tolist() == [2.5, 3.5, 4.5, 5.5]


@pytest.mark.parametrize("content", [b"a\tb\n1\t999\n2\t1.002\n", b"a|b\n1|999\n2|1.002\n", b"v\n999\n1.002\n"])
def test_thousands_or_decimals_are_asked_for_whatever_the_separator(content: bytes) -> None:
    with pytest.raises(ExplorerError, match=r"1\.002 is 1\.002 with a decimal point and 1002 with a decimal comma"):
        parse_table(content, "guess.csv")
