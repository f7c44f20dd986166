import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.datasets.tables import parse_table
from explorer.errors import ExplorerError

CELLS = st.lists(
    st.tuples(st.text("ab,;\" \n\t'é\u2028\x0c", max_size=5), st.floats(-1e6, 1e6)), min_size=1, max_size=8
)


@given(CELLS, st.sampled_from([",", "\t"]))
def test_whatever_pythons_own_writer_writes_is_read_again_with_the_line_each_row_ends_on(
    cells: list[tuple[str, float]], separator: str
) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=separator, lineterminator="\n")
    writer.writerow(("note", "value"))
    ends = []
    for row in cells:
        writer.writerow(row)
        ends.append(written.getvalue().count("\n"))
    table = parse_table(written.getvalue().encode(), "given.csv")
    assert table.columns == ("note", "value")
    assert table.cells("note") == [note for note, _ in cells]
    np.testing.assert_array_equal(table.numbers("value"), [value for _, value in cells])
    assert list(table.lines) == ends


def test_semicolons_separate_numbers_with_a_decimal_comma_and_windows_ends_of_line_are_ends_of_line() -> None:
    table = parse_table("\ufeffday;price\r\n1;2,5\r\n2;-3\r\n".encode(), "given.csv")
    assert table.columns == ("day", "price")
    assert table.numbers("price").tolist() == [2.5, -3]


def test_a_column_is_one_of_numbers_where_half_of_its_cells_are() -> None:
    table = parse_table(b"a,b,c\n1,x,1\n2,y,\n3,4,x\n", "given.csv")
    assert table.columns_of_numbers() == ("a",)
    assert parse_table(b"a,b\n1,x\n2,4\n", "given.csv").columns_of_numbers() == ("a", "b")


def test_columns_without_a_name_of_their_own_get_one() -> None:
    assert parse_table(b"a,,a\n1,2,3\n", "given.csv").columns == ("a", "column 2", "a (3)")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1,2\n\n3,4,5\n", "Line 4 of given.csv has 3 fields and the line of column names 2"),
        (b"a,b\n1\n", "Line 2 of given.csv has 1 fields"),
        (
            b"a,b\n1,2\n3,caf\xe9\n",
            "Line 3 of given.csv is not UTF-8 text .byte 0xe9.*cp1252 .*'3,café'",
        ),
        (b'a,b\n1,2\n"3,4\n', "cannot be read as a CSV file: unexpected end of data, line 3"),
        (b"1,2\n3,4\n", r"Line 1 of given.csv holds numbers \(1, 2 …\), not the names of columns"),
        (b"a,b\n", "it has 1 lines"),
        (b"", "it has 0 lines"),
    ],
)
def test_a_broken_table_is_refused_with_the_line(content: bytes, message: str) -> None:
    with pytest.raises(ExplorerError, match=message):
        parse_table(content, "given.csv")


@pytest.mark.parametrize(("cell", "said"), [("n/a", "'n/a'"), (" ", "nothing"), ("nan", "'nan'"), ("inf", "'inf'")])
def test_the_first_line_without_a_number_is_named(cell: str, said: str) -> None:
    table = parse_table(f"t,a\n1,2\n2,{cell}\n3,4\n4,?\n".encode(), "given.csv")
    with pytest.raises(ExplorerError, match=f"Line 3 of given.csv has {said} in column 'a'.* 2 of 4 rows"):
        table.numbers("a")
