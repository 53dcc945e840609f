"""The statistics behind a figure."""

import pytest

from bench.figures import Figure, Goal, Spread, Verdict, interleaved, percentile, ratios, samples


@pytest.mark.parametrize(
    ("goal", "values", "verdict"),
    [
        (Goal.at_most(1.2), (1.0, 1.2, 9.0), Verdict.MET),
        (Goal.at_most(1.2), (1.0, 1.21, 1.3), Verdict.MISSED),
        (Goal.at_least(0.25), (0.1, 0.25, 0.3), Verdict.MET),
        (Goal.at_least(0.25), (0.1, 0.24, 0.3), Verdict.MISSED),
        (Goal.exactly(1), (1.0, 1.0, 1.0), Verdict.MET),
        (Goal.exactly(1), (1.0, 1.0, 2.0), Verdict.MISSED),
        (None, (5.0,), Verdict.MEASURED),
        (Goal.at_most(1.2), (), Verdict.NOT_RUN),
    ],
)
def test_verdict_follows_the_median_and_every_value_where_it_must_be_exact(
    goal: Goal | None, values: tuple[float, ...], verdict: Verdict
) -> None:
    assert Figure("x", values, goal).verdict is verdict


def test_interleaved_begins_each_round_with_another_side() -> None:
    asked: list[str] = []

    def side(name: str) -> float:
        asked.append(name)
        return float(len(asked))

    rounds = interleaved({"a": lambda: side("a"), "b": lambda: side("b")}, 3)
    assert asked == ["a", "b", "b", "a", "a", "b"]
    assert ratios(rounds, "b", "a") == [2.0, 0.75, 1.2]
    assert samples(rounds, "ms") == {"a, ms": [1.0, 4.0, 5.0], "b, ms": [2.0, 3.0, 6.0]}


@pytest.mark.parametrize(("percent", "expected"), [(50, 5.0), (95, 10.0), (90, 9.0), (1, 1.0), (100, 10.0)])
def test_percentile_is_a_value_that_was_measured(percent: float, expected: float) -> None:
    assert percentile([float(each) for each in range(10, 0, -1)], percent) == expected


def test_spread_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        Spread.of([])
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 50)
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)
