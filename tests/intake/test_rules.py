"""Order of the steps, eligibility, names: plain functions."""

from datetime import date

import pytest

from clinic.intake.errors import NotReadError, NotSignedError, OtherStepFirstError, WrongNameError
from clinic.intake.rules import (
    BY_SLUG,
    STEPS,
    Eligibility,
    Reason,
    age_on,
    fingerprint,
    is_mailbox_shared,
    may_answer_again,
    progress,
    reason_to_end,
    require_intent,
)

TODAY = date(2026, 11, 24)
FITS = Eligibility(is_in_danger=False, born_on=date(1990, 5, 17), is_where_licensed=True, has_private_space=True)


def test_steps_take_ten_minutes_at_most() -> None:
    assert sum(step.minutes for step in STEPS) == 9
    assert len({step.key for step in STEPS}) == len({step.slug for step in STEPS}) == 7


def test_progress_counts_what_is_done_and_ignores_other_keys() -> None:
    far = progress({"intake_safe_contact", "privacy_notice", "pulse"})
    assert (far.count_done, far.minutes_left, far.is_complete) == (2, 6, False)
    assert far.next_step == BY_SLUG["eligibility"]
    assert progress({step.key for step in STEPS}).is_complete


@pytest.mark.parametrize(
    ("done", "open_slugs"),
    [
        ((), ["safe-contact"]),
        (("intake_safe_contact",), ["safe-contact", "eligibility"]),
        (("intake_safe_contact", "intake_eligibility"), ["safe-contact", "eligibility", "electronic-records"]),
        (("intake_safe_contact", "intake_eligibility", "electronic_records"), [step.slug for step in STEPS]),
        (("electronic_records",), ["safe-contact"]),
    ],
)
def test_a_gate_closes_whatever_follows(done: tuple[str, ...], open_slugs: list[str]) -> None:
    far = progress(done)
    assert [step.slug for step in STEPS if far.is_reachable(step)] == open_slugs


def test_unreachable_step_is_refused() -> None:
    with pytest.raises(OtherStepFirstError):
        progress(()).require_reachable(BY_SLUG["fees"])


@pytest.mark.parametrize(
    ("born_on", "age"),
    [
        (date(2008, 11, 24), 18),
        (date(2008, 11, 25), 17),
        (date(2008, 11, 23), 18),
        (date(2008, 2, 29), 18),
    ],
)
def test_age_is_in_completed_years(born_on: date, age: int) -> None:
    assert age_on(born_on, TODAY) == age


def test_leap_day_completes_a_year_on_the_first_of_march() -> None:
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age_on(date(2008, 2, 29), date(2026, 3, 1)) == 18


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (FITS, None),
        (Eligibility(True, date(2012, 1, 1), False, False), Reason.DANGER),
        (Eligibility(False, date(2012, 1, 1), False, False), Reason.AGE),
        (Eligibility(False, date(1990, 1, 1), False, False), Reason.PLACE),
        (Eligibility(False, date(1990, 1, 1), True, False), Reason.SPACE),
    ],
)
def test_gravest_reason_ends_first(answers: Eligibility, reason: Reason | None) -> None:
    assert reason_to_end(answers, TODAY) is reason


def test_only_an_age_stays_closed_to_the_person() -> None:
    assert [reason for reason in Reason if not may_answer_again(reason)] == [Reason.AGE]


@pytest.mark.parametrize(("code", "shared"), [("yes", True), ("not_sure", True), ("no", False)])
def test_mailbox_counts_as_shared_unless_told_otherwise(code: str, shared: bool) -> None:
    assert is_mailbox_shared(code) is shared


@pytest.mark.parametrize(
    "typed",
    ["Zoë O'Hara-Lund", "zoe ohara lund", "  Zoë   Marie O’Hara-Lund ", "ZOE OHARA-LUND"],
)
def test_own_name_may_be_written_in_several_ways(typed: str) -> None:
    name = require_intent(is_ticked=True, typed=typed, given_name="Zoë", family_name="O'Hara-Lund")
    assert name == " ".join(typed.split())


@pytest.mark.parametrize("typed", ["", "Zoë", "O'Hara-Lund", "Bob Hart", "O'Hara-Lund Zoë", "Zoëlle O'Hara-Lund"])
def test_another_name_is_gently_refused(typed: str) -> None:
    with pytest.raises(NotSignedError) as refused:
        require_intent(is_ticked=True, typed=typed, given_name="Zoë", family_name="O'Hara-Lund")
    assert refused.value.tick is None
    assert str(refused.value.name).startswith("We know you as Zoë O'Hara-Lund.")


def test_name_of_one_word_is_enough_for_who_has_one() -> None:
    assert require_intent(is_ticked=True, typed="Björk", given_name="Björk", family_name="") == "Björk"


def test_sentence_has_to_be_ticked() -> None:
    with pytest.raises(NotSignedError) as refused:
        require_intent(is_ticked=False, typed="Alice Hart", given_name="Alice", family_name="Hart")
    assert (type(refused.value.tick), refused.value.name) == (NotReadError, None)


def test_missing_tick_and_missing_name_are_told_together() -> None:
    with pytest.raises(NotSignedError) as refused:
        require_intent(is_ticked=False, typed="", given_name="Alice", family_name="Hart")
    assert (type(refused.value.tick), type(refused.value.name)) == (NotReadError, WrongNameError)


def test_fingerprint_changes_with_every_column() -> None:
    row: dict[str, object] = {"a": 1, "b": b"x", "c": None}
    assert len({fingerprint(row), *(fingerprint(row | {name: "other"}) for name in row)}) == 4
