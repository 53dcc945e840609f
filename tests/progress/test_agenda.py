"""Suggestions come from named rules, and a joint page never tells of one partner alone."""

from dataclasses import replace
from datetime import date

from clinic.progress.agenda import Item, joint_agenda, private_agenda
from clinic.progress.material import Material, Pulse, Saying, Task, Upcoming
from clinic.progress.sealed_brief import (
    Attendance,
    Shared,
    joint_from_json,
    joint_of_couple,
    joint_of_one,
    private_from_json,
    private_of,
    to_json,
)

TODAY = date(2026, 11, 24)
OPEN = (Upcoming("Own circle", TODAY),)


def test_sent_and_not_reviewed_comes_first() -> None:
    tasks = (
        Task("Wheel", "wheel", date(2026, 11, 20), None),
        Task("Own circle", "circle", None, date(2026, 11, 19), hardness=9),
    )
    assert private_agenda(Material(tasks=tasks, upcoming=OPEN), TODAY) == [
        Item("review", ("Own circle",)),
        Item("in_the_way", ("Wheel",)),
        Item("too_hard", ("Own circle",)),
    ]


def test_excused_work_is_not_asked_about() -> None:
    task = Task("Wheel", "wheel", date(2026, 11, 20), None, is_excused=True)
    assert private_agenda(Material(tasks=(task,), upcoming=OPEN), TODAY) == []


def test_measures_are_not_asked_about() -> None:
    task = Task("Pulse", "pulse", date(2026, 11, 20), None, is_measure=True)
    assert private_agenda(Material(tasks=(task,), upcoming=OPEN), TODAY) == []
    assert private_of(Material(tasks=(task,)), Attendance(), TODAY).work == ()


def test_hardness_below_eight_is_not_too_hard() -> None:
    task = Task("Wheel", "wheel", None, TODAY, is_reviewed=True, hardness=7)
    assert private_agenda(Material(tasks=(task,), upcoming=OPEN), TODAY) == []


def test_pulse_is_compared_with_the_reading_before() -> None:
    pulses = (
        Pulse(date(2026, 11, 1), {"pause": 9, "talking": 9}),
        Pulse(date(2026, 11, 8), {"pause": 6, "talking": 2, "horizon": 3}),
        Pulse(date(2026, 11, 15), {"pause": 4, "talking": 4, "horizon": 4}),
    )
    assert private_agenda(Material(pulses=pulses, upcoming=OPEN), TODAY) == [
        Item("fell", ("pause",), date(2026, 11, 8)),
        Item("rose", ("talking",), date(2026, 11, 8)),
    ]


def test_without_open_work_a_small_thing_is_suggested() -> None:
    assert private_agenda(Material(), TODAY) == [Item("no_work")]


def test_a_rule_speaks_once_for_all_that_it_found() -> None:
    tasks = tuple(Task(title, "x", None, TODAY) for title in ("Wheel", "Own circle", "Wheel"))
    assert private_agenda(Material(tasks=tasks, upcoming=OPEN), TODAY) == [Item("review", ("Wheel", "Own circle"))]


def test_five_suggestions_are_the_most() -> None:
    late = Task("Fear trace", "x", date(2026, 11, 20), None)
    tasks = (Task("Wheel", "x", None, TODAY, hardness=9), late)
    pulses = (
        Pulse(date(2026, 11, 1), {"pause": 9, "talking": 1}),
        Pulse(date(2026, 11, 8), {"pause": 6, "talking": 5}),
    )
    rules = [item.rule for item in private_agenda(Material(tasks=tasks, pulses=pulses), TODAY)]
    assert rules == ["review", "in_the_way", "too_hard", "fell", "rose"]


def test_joint_agenda_opens_with_their_own_topic() -> None:
    assert joint_agenda(["Own circle", "Own circle"], is_next_booked=False) == [
        Item("open"),
        Item("shared", ("Own circle",)),
        Item("next_date"),
    ]


def test_joint_page_of_a_couple_holds_nothing_of_one_alone() -> None:
    shared = (Shared("Alice", "I like our walks", "Own circle", TODAY),)
    page = joint_of_couple(4, shared, booked=True)
    assert (page.sayings, page.moved) == ((), ())
    assert joint_from_json(to_json(page)) == page


def test_joint_page_of_one_holds_their_own_words() -> None:
    said = Saying("I walked home alone", "Own circle", TODAY)
    pulses = (Pulse(date(2026, 11, 1), {"pause": 2}), Pulse(date(2026, 11, 8), {"pause": 6}))
    page = joint_of_one(Material(sayings=(said,), pulses=pulses, sessions=3))
    assert page.sayings == (said,)
    assert [one.key for one in page.moved] == ["pause"]
    assert joint_from_json(to_json(page)) == page


def test_brief_that_was_sealed_without_questions_opens() -> None:
    said = Saying("I walked home alone", "Own circle", TODAY, "One small action")
    sealed = to_json(joint_of_one(Material(sayings=(said,))))
    assert joint_from_json(sealed).sayings == (said,)
    without = joint_from_json(sealed.replace(', "question": "One small action"', ""))
    assert without.sayings == (replace(said, question=""),)


def test_private_page_keeps_quantity_hardness_and_quality_apart() -> None:
    task = Task("Own circle", "circle", TODAY, TODAY, entries=3, target=4, is_reviewed=True, hardness=4, quality=3)
    pulses = (Pulse(date(2026, 11, 8), {"pause": 6}),)
    page = private_of(Material(tasks=(task,), pulses=pulses), Attendance(came=3, late=1), TODAY)
    (work,) = page.work
    assert (work.entries, work.target, work.hardness, work.quality) == (3, 4, 4, 3)
    assert private_from_json(to_json(page)) == page
