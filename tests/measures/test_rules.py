"""Scores against worked examples and against formulas that are written here a second time, from the sources."""

from datetime import date, timedelta
from random import Random

import pytest

from clinic.measures.errors import OutOfRangeError
from clinic.measures.instrument import Change, CutOff, Scale
from clinic.measures.loading import shipped
from clinic.measures.rules import (
    Category,
    Direction,
    band,
    category,
    compared,
    direction,
    grade,
    is_flagged,
    reliable_points,
    scores,
)

DAY = date(2026, 3, 2)


def scored(key: str, *values: int | None) -> dict[str, float]:
    """Scores by scale of these answers, the first item first; None is left open."""
    given = {at: value for at, value in enumerate(values, 1) if value is not None}
    return {each.scale: each.value for each in scores(shipped()[key].instrument, given)}


def scale_of(key: str, name: str = "total") -> Scale:
    return shipped()[key].instrument.scale(name)


# Worked by hand, by the instructions of each measure.
EXAMPLES: list[tuple[str, list[int | None], dict[str, float]]] = [
    ("phq9", [2, 2, 3, 2, 1, 1, 2, 0, 1], {"total": 14}),
    ("phq9", [0] * 9, {"total": 0}),
    ("phq9", [3] * 9, {"total": 27}),
    ("phq9", [2, 2, None, 2, 1, None, 2, 0, 1], {"total": 12.86}),  # 10 x 9 / 7
    ("phq9", [2, None, None, None, 1, 1, 2, 0, 1], {}),  # six of nine are too few
    ("phq9", [2, 2, 3, 2, 1, 1, 2, 0, None], {}),  # item 9 is never made up for
    ("gad7", [1, 2, 3, 0, 1, 2, 1], {"total": 10}),
    ("gad7", [1, 2, 3, 0, 1, 2, None], {"total": 10.5}),  # 9 x 7 / 6
    ("gad7", [1, 2, 3, 0, 1, None, None], {}),
    ("phq4", [1, 2, 3, 0], {"total": 6, "anxiety": 3, "depression": 3}),
    ("phq4", [1, 2, None, 0], {"anxiety": 3}),
    ("who5", [4, 3, 2, 5, 1], {"total": 60}),  # 15 x 4
    ("who5", [4, 3, 2, 5, None], {}),
    ("csi16", [6, *[5] * 15], {"total": 81}),
    ("csi16", [3, *[2] * 15], {"total": 33}),
    ("csi16", [3, *[2] * 14, None], {}),
    ("csi4", [6, 5, 5, 5], {"total": 21}),
    ("csi4", [2, 3, 4, 1], {"total": 10}),
    ("ras", [5, 5, 5, 1, 5, 5, 1], {"total": 5}),  # 4 and 7 reversed
    ("ras", [1, 1, 1, 5, 1, 1, 5], {"total": 1}),
    ("ras", [4, 3, 5, 2, 4, 4, 3], {"total": 3.86}),  # (4+3+5+4+4+4+3) / 7
    ("ecr_rs", [7, 7, 7, 7, 1, 1, 1, 1, 1], {"avoidance": 1, "anxiety": 1}),  # 1-4 reversed
    ("ecr_rs", [1, 1, 1, 1, 7, 7, 7, 6, 5], {"avoidance": 7, "anxiety": 6}),
    ("ecr_rs", [6, 5, 6, 7, 2, 1, None, 6, 5], {"avoidance": 1.83}),  # (2+3+2+1+2+1) / 6
]


@pytest.mark.parametrize(("key", "values", "expected"), EXAMPLES)
def test_score_is_that_of_the_worked_example(key: str, values: list[int | None], expected: dict[str, float]) -> None:
    assert scored(key, *values) == expected


def independent(key: str, a: list[int | None]) -> dict[str, float]:
    """The formulas of the sources once more, each spelled out and sharing nothing with the program."""
    given = [x for x in a if x is not None]
    parts: dict[str, list[int | None]] = {"total": a}
    match key:
        case "phq9":
            return {"total": round(9 * sum(given) / len(given), 2)} if len(given) >= 7 and a[8] is not None else {}
        case "gad7":
            return {"total": round(7 * sum(given) / len(given), 2)} if len(given) >= 6 else {}
        case "phq4":
            parts |= {"anxiety": a[:2], "depression": a[2:]}
        case "ecr_rs":
            turned = [None if x is None else 8 - x for x in a[:4]]
            parts = {"avoidance": [*turned, *a[4:6]], "anxiety": a[6:]}
        case "ras":
            parts = {"total": [None if x is None else 6 - x if at in {3, 6} else x for at, x in enumerate(a)]}
    whole = {name: [x for x in part if x is not None] for name, part in parts.items() if None not in part}
    if key in {"ecr_rs", "ras"}:
        return {name: round(sum(part) / len(part), 2) for name, part in whole.items()}
    return {name: float(sum(part) * (4 if key == "who5" else 1)) for name, part in whole.items()}


@pytest.mark.parametrize("key", list(shipped()))
def test_scores_agree_with_an_independent_computation(key: str) -> None:
    chance = Random(f"measures {key}")
    ranges = shipped()[key].instrument.ranges
    seen = set()
    for turn in range(400):
        answers: list[int | None] = [chance.randint(low, high) for low, high in ranges]
        for _hole in range(turn % 4):
            answers[chance.randrange(len(answers))] = None
        expected = independent(key, answers)
        found = scored(key, *answers)
        assert found.keys() == expected.keys(), answers
        assert found == pytest.approx(expected, abs=0.0051), answers
        seen.add(tuple(expected))
    assert len(seen) > 1  # some had a score, and some had too little for one


@pytest.mark.parametrize(
    ("key", "number", "value"),
    [("phq9", 1, 4), ("phq9", 9, -1), ("csi16", 2, 6), ("ras", 1, 0), ("phq4", 5, 1), ("phq4", 0, 1)],
)
def test_value_that_an_item_does_not_have_is_refused(key: str, number: int, value: int) -> None:
    with pytest.raises(OutOfRangeError):
        scores(shipped()[key].instrument, {number: value})


def test_first_item_of_the_csi_goes_to_six() -> None:
    assert scored("csi4", 6, 0, 0, 0) == {"total": 6}


def test_prorated_score_says_so() -> None:
    instrument = shipped()["gad7"].instrument
    (whole,) = scores(instrument, dict.fromkeys(range(1, 8), 1))
    (part,) = scores(instrument, dict.fromkeys(range(1, 7), 1))
    assert (whole.is_prorated, part.is_prorated, part.answered, part.of) == (False, True, 6, 7)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("phq9", 4, "minimal"),
        ("phq9", 5, "mild"),
        ("phq9", 9.43, "mild"),
        ("phq9", 10, "moderate"),
        ("phq9", 15, "moderately severe"),
        ("phq9", 20, "severe"),
        ("gad7", 14, "moderate"),
        ("gad7", 15, "severe"),
        ("phq4", 2, "normal"),
        ("phq4", 9, "severe"),
        ("who5", 28, "likely depression"),
        ("who5", 32, "low wellbeing"),
        ("who5", 50, "low wellbeing"),
        ("who5", 52, "good wellbeing"),
        ("csi16", 51, "distressed"),
        ("csi16", 52, "not distressed"),
        ("csi4", 13, "distressed"),
        ("csi4", 14, "not distressed"),
        ("ras", 4, None),
        ("ras", 4.14, "satisfied"),
    ],
)
def test_band_begins_where_the_source_says(key: str, value: float, expected: str | None) -> None:
    assert band(scale_of(key), value) == expected


@pytest.mark.parametrize(
    ("key", "before", "after", "expected"),
    [
        # More than chance and across the line.
        ("phq9", 18, 9, Category.RECOVERED),
        # More than chance, but still a case: 16 to 10.
        ("phq9", 16, 10, Category.IMPROVED),
        # Across the line, but within chance.
        ("phq9", 12, 7, Category.UNCHANGED),
        # Never a case: better by more than chance is improved, and nothing to recover from.
        ("phq9", 9, 2, Category.IMPROVED),
        ("phq9", 9, 15, Category.DETERIORATED),
        ("phq9", 9, 14, Category.UNCHANGED),
        ("gad7", 14, 9, Category.RECOVERED),
        ("gad7", 14, 10, Category.IMPROVED),
        ("gad7", 8, 4, Category.IMPROVED),  # a case for the NHS, but 10 decides here
        ("gad7", 5, 9, Category.DETERIORATED),
        # Higher is better.
        ("who5", 44, 56, Category.RECOVERED),
        ("who5", 20, 32, Category.IMPROVED),
        ("who5", 60, 48, Category.DETERIORATED),
        ("who5", 48, 56, Category.UNCHANGED),
        # What is more than chance is not known.
        ("csi16", 30, 70, Category.UNKNOWN),
        ("csi4", 5, 20, Category.UNKNOWN),
        ("ras", 1, 5, Category.UNKNOWN),
        ("phq4", 12, 0, Category.UNKNOWN),
    ],
)
def test_category_follows_chance_and_cut_off(key: str, before: float, after: float, expected: Category) -> None:
    assert category(scale_of(key), before, after) == expected


def test_reliable_change_of_jacobson_and_truax() -> None:
    """By their example (1991): SD 7.5 and reliability .80 make Sdiff 4.74, so from 32.5 to 47.5 is RC 3.16. The groups
    around 40 and 60 with that SD have their cut-off at 50."""
    change = Change(sd=7.5, reliability=0.80)
    standard_error_of_difference = 4.74
    assert reliable_points(change) == pytest.approx(1.96 * standard_error_of_difference, abs=0.01)
    cut_off = (7.5 * 40 + 7.5 * 60) / (7.5 + 7.5)
    scale = Scale("x", "X", (1,), "sum", "better", cut_off=CutOff("below", cut_off), change=change)
    assert category(scale, 32.5, 47.5) == Category.IMPROVED
    assert category(scale, 32.5, 50) == Category.RECOVERED
    assert category(scale, 32.5, 41) == Category.UNCHANGED  # RC 1.79
    assert category(scale, 45, 35) == Category.DETERIORATED  # RC -2.11


def test_client_reads_of_a_direction_and_no_judgement() -> None:
    assert direction(scale_of("phq9"), 18, 9) == Direction.LOWER
    assert direction(scale_of("who5"), 40, 52) == Direction.HIGHER
    assert direction(scale_of("phq9"), 12, 8) == Direction.SAME
    assert direction(scale_of("csi16"), 10, 80) is None


def test_latest_is_compared_with_the_first_and_with_the_one_before() -> None:
    series = [(DAY + timedelta(weeks=at), value) for at, value in enumerate((18.0, 10.0, 9.0))]
    first, last = compared(scale_of("phq9"), series)
    assert first is not None
    assert last is not None
    assert (first.since, first.before, first.after, first.category) == (DAY, 18, 9, Category.RECOVERED)
    assert (last.before, last.after, last.category) == (10, 9, Category.UNCHANGED)
    assert compared(scale_of("phq9"), series[:1]) == (None, None)


@pytest.mark.parametrize(
    ("value", "expected"), [(None, None), (0, None), (1, "same_day"), (2, "urgent"), (3, "urgent")]
)
def test_item_nine_says_how_soon(value: int | None, expected: str | None) -> None:
    instrument = shipped()["phq9"].instrument
    values = {} if value is None else {9: value}
    assert grade(instrument, values) == expected
    assert is_flagged(instrument, values) == (value is None)
    assert grade(shipped()["gad7"].instrument, {1: 3}) is None
