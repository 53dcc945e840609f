"""The table of the measurements, and what their run makes of it."""

import json
from pathlib import Path

import pytest

from bench.delivery import read
from bench.figures import Figure, Goal
from bench.runner import missed, sentence
from bench.table import BEGIN, END, put_into, table, write

GROWTH = Figure("growth", (1.04, 1.1, 1.31), Goal.at_most(1.2), {"large, ms CPU": (5.0, 6.25, 7.0)})
RACE = Figure("bookings of one slot", (2.0,), Goal.exactly(1))
PEER = Figure("peer", goal=Goal.at_least(5), note="not installed")


def test_table_shows_the_spread_the_goal_and_the_verdict() -> None:
    lines = table([GROWTH, RACE, PEER], {"Python": "3.11"}).splitlines()
    assert lines[2:5] == [
        "| growth | 1.10 | 1.04 to 1.31 | at most 1.2 | met |",
        "| bookings of one slot | 2 |  | exactly 1 | missed |",
        "| peer | | | at least 5 | not run: not installed |",
    ]
    assert "- large, ms CPU: 6.25 (5 to 7)" in lines
    assert lines[-1] == "Measured on: Python 3.11."


def test_put_into_replaces_what_stands_between_the_marks_and_nothing_else() -> None:
    assert put_into(f"a\n{BEGIN}\nold\n{END}\nz\n", "new") == f"a\n{BEGIN}\n\nnew\n\n{END}\nz\n"
    with pytest.raises(ValueError, match="marks"):
        put_into("no marks", "new")


def test_write_keeps_every_value_for_machines(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(f"# Title\n{BEGIN}{END}\n", encoding="utf-8")
    write(tmp_path, [GROWTH], {"cores": "2"})
    assert (tmp_path / "README.md").read_text(encoding="utf-8").count("| growth |") == 1
    stored = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert stored["machine"] == {"cores": "2"}
    assert stored["figures"][0]["values"] == [1.04, 1.1, 1.31]
    assert stored["figures"][0]["verdict"] == "met"


def test_missed_does_not_count_what_was_not_run() -> None:
    assert missed([GROWTH, RACE, PEER]) == [RACE]
    assert sentence(PEER) == "peer: not run, not installed"
    assert sentence(GROWTH) == "growth: 1.1 (1.04 to 1.31), goal at most 1.2: met"


def test_readme_has_the_marks() -> None:
    readme = Path(__file__).parents[2] / "bench" / "README.md"
    put_into(readme.read_text(encoding="utf-8"), "anything")


def test_delivery_reads_the_ratios_of_each_round(tmp_path: Path) -> None:
    rounds = [{"claimed": 5000.0, "celery": 400.0, "delivered": 600.0, "smtplib": 800.0}]
    (tmp_path / "outbox.json").write_text(json.dumps({"rounds": rounds}), encoding="utf-8")
    assert [list(figure.values) for figure in read(tmp_path / "outbox.json")] == [[12.5], [0.75]]
