"""Scores are figures of named rules; nothing kept ever enters one."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from clinic.questionnaires.definition import Definition
from clinic.questionnaires.files import load_file
from clinic.questionnaires.rules import Filled, FilledEntry
from clinic.questionnaires.scoring import RULES, Score, initials, score, scoring_rule
from clinic.questionnaires.values import Value
from tests.questionnaires.test_rules import AREAS, CIRCLE, TRACE, WHEEL

TODAY = date(2026, 11, 24)
PULSE: Definition = load_file(Path(__file__).parents[2] / "clinic/measures/definitions/pulse.yaml")[0]


def scores(definition: Definition, filled: Filled, first: Filled | None = None) -> dict[str, float]:
    return {each.name: each.value for each in score(definition, filled, TODAY, first)}


def wheel(body: int, play: int, **answers: Value) -> Filled:
    now: Mapping[str, Value] = {f"now_{area}": 5 for area in AREAS}
    return Filled({**now, "now_body": body, "now_play": play, **answers})


FIRST_WHEEL = wheel(2, 4, chosen=("body", "play"), wanted_body=6, wanted_play=8)


def test_first_wheel_has_its_areas_and_no_movement_yet() -> None:
    result = scores(WHEEL, FIRST_WHEEL)
    assert {name: value for name, value in result.items() if name.startswith("wheel.now.")} == {
        f"wheel.now.{area}": {"body": 2.0, "play": 4.0}.get(area, 5.0) for area in AREAS
    }
    assert result["wheel.movement"] == 0.0


def test_wheel_moves_on_the_areas_and_targets_chosen_first() -> None:
    later = wheel(4, 7, chosen=("work", "home"), wanted_work=9, wanted_home=9)
    result = scores(WHEEL, later, FIRST_WHEEL)
    assert (result["wheel.moved.body"], result["wheel.moved.play"]) == (2.0, 3.0)
    # Half of the way for the body, three quarters for play.
    assert result["wheel.movement"] == 0.62
    assert "wheel.moved.work" not in result


def test_wheel_that_only_wanted_to_hold_has_moved_fully_when_it_holds() -> None:
    first = wheel(6, 6, chosen=("body", "play"), wanted_body=6, wanted_play=6)
    assert scores(WHEEL, wheel(6, 5), first)["wheel.movement"] == 0.5


def test_wheel_without_targets_has_no_movement() -> None:
    assert "wheel.movement" not in scores(WHEEL, wheel(1, 1))


def met(who: str, on: date, happened: bool = True) -> FilledEntry:
    return FilledEntry("meetings", {"who": who, "happened": happened}, on)


def test_circle_counts_meetings_and_distinct_people_of_28_days() -> None:
    filled = Filled(
        entries=[
            met("M.K.", date(2026, 11, 20)),
            met("mk", date(2026, 11, 2)),
            met("J", date(2026, 10, 28)),
            met("L", date(2026, 10, 27)),
            met("X", date(2026, 11, 22), happened=False),
        ]
    )
    assert scores(CIRCLE, filled) == {"circle.meetings": 4.0, "circle.share": 1.0, "circle.people": 2.0}


def test_circle_without_meetings_is_zero() -> None:
    assert scores(CIRCLE, Filled()) == {"circle.meetings": 0.0, "circle.share": 0.0, "circle.people": 0.0}


@pytest.mark.parametrize(("text", "same"), [("m. k.", "MK"), ("M-K", "MK"), ("é", "É"), ("_", "")])
def test_initials_have_one_spelling(text: str, same: str) -> None:
    assert initials(text) == same


def trace(first: int, later: int | None, readers: str | None) -> FilledEntry:
    answers: dict[str, Value] = {"intensity": first}
    if later is not None:
        answers["intensity_now"] = later
    if readers is not None:
        answers["readers"] = readers
    return FilledEntry("traces", answers)


def test_fear_shift_is_the_mean_over_shared_and_finished_traces() -> None:
    filled = Filled(
        entries=[
            trace(8, 3, "therapist"),
            trace(6, 4, "partner"),
            trace(9, None, "therapist"),
            trace(10, 0, "only_me"),
            trace(10, 0, None),
        ]
    )
    assert scores(TRACE, filled) == {"fear.shift": 3.5, "fear.finished": 2.0}


def test_kept_traces_leave_no_score_at_all() -> None:
    assert scores(TRACE, Filled(entries=[trace(10, 0, "only_me")])) == {}


def test_pulse_is_six_lines_and_never_one_number() -> None:
    keys = [each.key for each in PULSE.fields()]
    filled = Filled({key: place for place, key in enumerate(keys)})
    assert scores(PULSE, filled) == {f"pulse.{key}": float(place) for place, key in enumerate(keys)}


def test_log_means_come_from_the_lines_that_answer() -> None:
    log = [FilledEntry("log", {"mastery": 4, "pleasure": 8}), FilledEntry("log", {"mastery": 7})]
    result = scores(WHEEL, Filled(entries=log))
    assert (result["log.mastery"], result["log.pleasure"]) == (5.5, 8.0)


def test_each_rule_names_its_source_and_stands_once() -> None:
    assert all(rule.source for rule in RULES.values())
    with pytest.raises(ValueError, match="two scoring rules"):
        scoring_rule("pulse_lines", "nobody")(lambda scorable, settings: [Score("x", 1.0)])
