import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.training import records
from explorer.training.files import append, write_whole
from explorer.training.records import METRICS, PARAMETER_STEPS, Table, metrics_table, parameters_table


def line(step: int, **values: Any) -> bytes:
    return json.dumps({"step": step, "epoch": 1, **values}).encode() + b"\n"


def metrics(folder: Path) -> Table:
    return metrics_table.__wrapped__(folder)  # not the one that all pages share


def test_a_run_without_rows_has_an_empty_frame_with_all_columns(tmp_path: Path) -> None:
    frame = metrics(tmp_path).read()
    assert list(frame.columns) == list(METRICS)
    assert frame.empty


def test_what_was_not_measured_is_not_a_number(tmp_path: Path) -> None:
    append(tmp_path / "metrics.jsonl", line(0, validation_loss=2.3) + line(1, loss=2.5))
    frame = metrics(tmp_path).read()
    assert math.isnan(frame["loss"][0])
    assert math.isnan(frame["validation_loss"][1])
    assert frame["validation_loss"][0] == 2.3
    assert {str(kind) for kind in frame.dtypes} == {"int64", "float64", "bool"}
    assert list(frame["by_hand"]) == [False, False]  # of a rate that older rows say nothing of


def test_only_new_lines_are_parsed(tmp_path: Path) -> None:
    parsed: list[int] = []

    def rows(row: dict[str, Any]) -> list[dict[str, Any]]:
        parsed.append(row["step"])
        return [row]

    table = Table(tmp_path / "metrics.jsonl", METRICS, rows)
    for step in range(5):
        append(table.path, line(step))
        assert list(table.read()["step"]) == list(range(step + 1))
    assert parsed == [0, 1, 2, 3, 4]


def test_all_readers_of_a_run_share_what_was_parsed(tmp_path: Path) -> None:
    assert metrics_table(tmp_path) is metrics_table(tmp_path)


def test_changing_a_frame_changes_nobody_elses(tmp_path: Path) -> None:
    append(tmp_path / "metrics.jsonl", line(0) + line(1, loss=1.0))
    table = metrics(tmp_path)
    frame = table.read()
    frame.loc[1, "loss"] = 9.0
    assert table.read()["loss"][1] == 1.0


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    append(path, line(0) + line(1)[:9])
    assert list(metrics(tmp_path).read()["step"]) == [0]


def test_rows_beyond_a_resume_are_dropped(tmp_path: Path) -> None:
    table = metrics(tmp_path)
    append(table.path, line(0) + line(1, loss=1.0) + line(2, loss=2.0) + line(3, loss=3.0))
    table.read()
    append(table.path, line(2, loss=20.0) + line(3, loss=30.0))
    expected = [1.0, 20.0, 30.0]
    assert list(table.read()["loss"].dropna()) == expected
    assert list(metrics(tmp_path).read()["loss"].dropna()) == expected


def test_a_file_cut_back_at_a_resume_is_followed(tmp_path: Path) -> None:
    table = metrics(tmp_path)
    append(table.path, b"".join(line(step) for step in range(8)))
    table.read()
    write_whole(table.path, line(0) + line(1))
    assert list(table.read()["step"]) == [0, 1]


@given(st.lists(st.integers(0, 9), max_size=20), st.integers(1, 5))
def test_each_step_is_there_once_and_from_the_last_attempt(steps: list[int], at_once: int) -> None:
    import tempfile

    expected: dict[int, float] = {}  # the naive reading: going back forgets all from there on
    for number, step in enumerate(steps):
        expected = {kept: loss for kept, loss in expected.items() if kept < step} | {step: float(number)}
    with tempfile.TemporaryDirectory() as folder:
        table = metrics(Path(folder))
        lines = [line(step, loss=float(number)) for number, step in enumerate(steps)]
        for start in range(0, len(lines), at_once):
            append(table.path, b"".join(lines[start : start + at_once]))
            table.read()
        frame = table.read()
    assert dict(zip(frame["step"], frame["loss"], strict=True)) == expected


DAMAGED = {
    "no JSON": b"{garbage",
    "no text": b"\xff\xfe",
    "a hole that a power cut left": bytes(300),
    "a number": b"17",
    "an array": b"[1, 2]",
    "an empty object": b"{}",
    "no epoch": b'{"step": 1}',
    "a step in words": b'{"step": "1", "epoch": 1}',
    "a step of null": b'{"step": null, "epoch": 1}',
    "a step of 1e30": b'{"step": 1e30, "epoch": 1}',
    "a step of more than 32 bits": b'{"step": 2147483648, "epoch": 1}',
    "a step below zero": b'{"step": -1, "epoch": 1}',
    "a step with decimals": b'{"step": 1.5, "epoch": 1}',
    "a step that is true": b'{"step": true, "epoch": 1}',
    "a step of thousands of digits": b'{"step": ' + b"1" * 5000 + b', "epoch": 1}',
    "a loss in words": b'{"step": 1, "epoch": 1, "loss": "low"}',
    "a list of losses": b'{"step": 1, "epoch": 1, "loss": [0.1]}',
    "an accuracy that is true": b'{"step": 1, "epoch": 1, "accuracy": true}',
    "two rows": b'{"step": 1, "epoch": 1}, {"step": 2, "epoch": 1}',
    "half a row": b'{"step": 1, "ep',
    "deep nesting": b'{"step": 1, "epoch": 1, "loss": ' + b"[" * 100_000,
}


@pytest.mark.parametrize("damaged", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_line_is_skipped_and_counted(tmp_path: Path, damaged: bytes) -> None:
    table = metrics(tmp_path)
    append(table.path, line(0) + damaged + b"\n" + line(3))
    for _ in range(2):
        assert list(table.read()["step"]) == [0, 3]
        assert table.damaged == 1
    append(table.path, damaged + b"\n" + line(4))
    assert list(table.read()["step"]) == [0, 3, 4]
    assert table.damaged == 2


@pytest.mark.parametrize(
    "damaged",
    [
        b'{"step": 1}',
        b'{"step": 1, "parameters": null}',
        b'{"step": 1, "parameters": [1, 2, 3]}',
        b'{"step": 1, "parameters": {"weight": 0.5}}',
        b'{"step": 1, "parameters": {"weight": [0.5, 0.5]}}',
        b'{"step": 1, "parameters": {"weight": [0.5, 0.5, "large"]}}',
        b'{"step": 1, "parameters": {"weight": [0.5, 0.5, null]}}',
    ],
)
def test_a_damaged_line_of_parameters_is_skipped_and_counted(tmp_path: Path, damaged: bytes) -> None:
    whole = json.dumps({"step": 4, "parameters": {"weight": [1, 2, 3]}}).encode()
    append(tmp_path / "layers.jsonl", damaged + b"\n" + whole + b"\n")
    table = parameters_table(tmp_path)
    assert list(table.read()["step"]) == [4]
    assert table.damaged == 1


def test_a_file_with_damaged_lines_alone_has_no_rows(tmp_path: Path) -> None:
    append(tmp_path / "metrics.jsonl", b"[]\n" * 5)
    table = metrics(tmp_path)
    assert table.read().empty
    assert table.damaged == 5


def test_a_line_longer_than_any_that_is_written_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.training.files.PIECE", 200)
    append(tmp_path / "metrics.jsonl", line(0) + bytes(1000) + b"\n" + b"".join(map(line, range(1, 40))))
    table = metrics(tmp_path)
    assert list(table.read()["step"]) == list(range(40))
    assert table.damaged >= 1


def test_parameter_steps_are_a_row_a_parameter(tmp_path: Path) -> None:
    row = {"step": 4, "parameters": {"head.weight": [0.1, 2.0, 0.03], "head.bias": [0.2, 1.0, 0.01]}}
    append(tmp_path / "layers.jsonl", json.dumps(row).encode() + b"\n")
    frame = parameters_table(tmp_path).read()
    assert list(frame.columns) == list(PARAMETER_STEPS)
    assert frame.to_dict("records") == [
        {"step": 4, "parameter": "head.weight", "gradient": 0.1, "weight": 2.0, "update": 0.03},
        {"step": 4, "parameter": "head.bias", "gradient": 0.2, "weight": 1.0, "update": 0.01},
    ]


def test_the_table_cache_is_bounded() -> None:
    assert records.metrics_table.cache_info().maxsize is not None
