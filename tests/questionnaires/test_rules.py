"""What shows, what is missing, what is done, and what is kept."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from clinic.questionnaires.definition import (
    Choice,
    Definition,
    EntriesGroup,
    MultiField,
    NumberField,
    ScaleField,
    ShowIf,
    TextField,
    YesNoField,
)
from clinic.questionnaires.errors import Message
from clinic.questionnaires.files import load_file
from clinic.questionnaires.loading import load_body
from clinic.questionnaires.rules import (
    REQUIRED,
    Answers,
    Filled,
    FilledEntry,
    Share,
    check,
    completeness,
    counts,
    hidden_keys,
    holds,
    is_kept,
    missing,
    quantity,
    quantity_towards,
    readable,
    shown,
)
from tests.questionnaires.test_values import READING

EXERCISES = Path(__file__).parents[2] / "clinic/homework/exercises"
WHEEL: Definition = load_file(EXERCISES / "whole_self_wheel.yaml")[0]
TRACE: Definition = load_file(EXERCISES / "fear_trace.yaml")[0]
CIRCLE: Definition = load_file(EXERCISES / "own_circle.yaml")[0]
AREAS = ("work", "friends", "family", "body", "meaning", "play", "home", "inner")

SMOKES = YesNoField(key="smokes", label="Do you smoke?", required=True)
COUNT = NumberField(key="count", label="How many?", required=True, show_if=ShowIf("smokes", frozenset({"yes"})))
WISH = TextField(key="wish", label="Would you like to stop?", required=True, show_if=ShowIf("count", at_least=10))
FIELDS = (SMOKES, COUNT, WISH)


@pytest.mark.parametrize(
    ("answers", "keys"),
    [
        ({}, ["smokes"]),
        ({"smokes": False, "count": Decimal(20)}, ["smokes"]),
        ({"smokes": True}, ["smokes", "count"]),
        ({"smokes": True, "count": Decimal(9)}, ["smokes", "count"]),
        ({"smokes": True, "count": Decimal(10)}, ["smokes", "count", "wish"]),
    ],
)
def test_fields_show_by_the_answers_before_them(answers: Answers, keys: list[str]) -> None:
    assert [each.key for each in shown(FIELDS, answers)] == keys


def test_condition_on_a_multi_holds_for_any_of_its_codes() -> None:
    condition = ShowIf("m", frozenset({"a", "b"}))
    assert [holds(condition, {"m": value}) for value in (("a", "c"), ("c",), ())] == [True, False, False]


def test_condition_on_a_number_never_takes_yes_for_one() -> None:
    assert not holds(ShowIf("y", at_least=0), {"y": True})
    assert [holds(ShowIf("s", at_most=3), {"s": number}) for number in (0, 3, 4)] == [True, True, False]


def test_answers_under_a_hidden_field_are_dropped_with_it() -> None:
    assert hidden_keys(FIELDS, {"smokes": False, "count": Decimal(20), "wish": "no"}) == {"count", "wish"}


def test_missing_names_only_what_shows() -> None:
    assert missing(FIELDS, {}) == {"smokes": REQUIRED}
    assert missing(FIELDS, {"smokes": False}) == {}
    assert missing(FIELDS, {"smokes": True}) == {"count": REQUIRED}


def test_too_few_choices_stand_in_the_way_of_sending_but_not_of_a_draft() -> None:
    field = MultiField(key="m", label="M", options=(Choice("a", "A"), Choice("b", "B")), at_least=2)
    checked = check([field], {"m": ["a"]}, READING)
    assert (checked.answers, checked.errors) == ({"m": ("a",)}, {})
    assert missing([field], checked.answers) == {"m": Message("Choose at least %(least)s.", {"least": 2})}
    assert missing([field], {}) == {}


def test_check_keeps_what_fits_and_names_what_does_not() -> None:
    scale = ScaleField(key="s", label="S", low="none", high="full")
    checked = check([SMOKES, scale], {"smokes": "yes", "s": "twelve", "stranger": "x"}, READING)
    assert checked.answers == {"smokes": True}
    assert {key: str(message) for key, message in checked.errors.items()} == {"s": "Choose a number from 0 to 10."}


def test_completeness_counts_required_fields_that_show() -> None:
    now = {f"now_{area}": 5 for area in AREAS}
    assert completeness(WHEEL, Filled()) == Share(0, 10)
    assert completeness(WHEEL, Filled({**now, "chosen": ("body", "play")})) == Share(9, 12)
    full: Answers = {**now, "chosen": ("body", "play"), "wanted_body": 7, "wanted_play": 8, "action": "A walk"}
    assert completeness(WHEEL, Filled(full)) == Share(12, 12)
    assert completeness(WHEEL, Filled({**full, "wanted_work": 3})).ratio == 1.0


def test_nothing_asked_for_is_all_done() -> None:
    assert completeness(TRACE, Filled()).ratio == 1.0


def meeting(happened: bool | None) -> FilledEntry:
    return FilledEntry(
        "meetings", {"who": "M"} | ({} if happened is None else {"happened": happened}), date(2026, 11, 1)
    )


def test_quantity_is_meetings_that_happened_of_the_target() -> None:
    person = FilledEntry("people", {"initials": "M"})
    filled = Filled(entries=[person, meeting(True), meeting(False), meeting(None), meeting(True)])
    assert quantity(CIRCLE, filled) == Share(2, 4)
    assert quantity_towards(CIRCLE, filled, 2) == Share(2, 2)
    assert quantity_towards(CIRCLE, filled, None) == Share(2, 4)


def test_quantity_is_none_where_nothing_is_logged() -> None:
    pulse, _ = load_file(EXERCISES.parents[1] / "measures/definitions/pulse.yaml")
    assert quantity(pulse, Filled()) is None
    assert quantity_towards(pulse, Filled(), 3) is None


def test_share_never_passes_one() -> None:
    assert (Share(6, 4).ratio, Share(1, 4).ratio) == (1.0, 0.25)


def trace(readers: str | None) -> FilledEntry:
    chosen = {} if readers is None else {"readers": readers}
    return FilledEntry("traces", {"trigger": "A shut door", "origin_note": "As a child", "intensity": 8, **chosen})


@pytest.mark.parametrize("readers", [None, "only_me"])
def test_kept_trace_is_in_no_count_and_out_of_what_can_be_read(readers: str | None) -> None:
    group = TRACE.group("traces")
    assert is_kept(group, trace(readers))
    assert not counts(group, trace(readers))
    assert quantity(TRACE, Filled(entries=[trace(readers)])) == Share(0, 3)
    assert readable(TRACE, Filled(entries=[trace(readers)])).entries == []


@pytest.mark.parametrize("readers", ["therapist", "partner"])
def test_shared_trace_counts_and_still_keeps_its_private_note(readers: str) -> None:
    filled = readable(TRACE, Filled(entries=[trace(readers)]))
    assert [dict(entry.answers) for entry in filled.entries] == [
        {"trigger": "A shut door", "intensity": 8, "readers": readers}
    ]
    assert quantity(TRACE, Filled(entries=[trace(readers)])) == Share(1, 3)


def test_readable_leaves_out_the_private_note() -> None:
    assert dict(readable(WHEEL, Filled({"now_body": 4, "note": "mine"})).answers) == {"now_body": 4}


def test_group_of_private_fields_alone_is_kept() -> None:
    note = TRACE.field("note")
    group = EntriesGroup(key="g", label="G", one="line", many="lines", fields=(note,))
    assert is_kept(group, FilledEntry("g", {"note": "mine"}))


def test_required_group_is_complete_with_one_entry() -> None:
    circle, body = load_file(EXERCISES / "own_circle.yaml")
    body["sections"][0]["fields"][0]["required"] = True

    definition = load_body(body, "edited")
    assert completeness(definition, Filled()) == Share(0, 1)
    assert completeness(definition, Filled(entries=[FilledEntry("people", {"initials": "M"})])) == Share(1, 1)
    assert circle.sha256 != definition.sha256
