"""The rules of care on plain facts."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from clinic.clients import rules
from clinic.clients.errors import (
    CoverTimesError,
    InCoupleError,
    NotInYourCareError,
    NotPendingError,
    NotYourCoupleError,
    RecordClosedError,
    SamePersonError,
    SameTherapistError,
)
from clinic.clients.rules import Bond, Standing
from clinic.core.errors import DomainError

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DANA, ERIK, ALICE, BOB, CAROL = (UUID(int=number) for number in range(1, 6))


def standing(client_id: UUID = ALICE, **changes: object) -> Standing:
    facts = {"client_id": client_id, "state": "active", "carers": frozenset({DANA}), "is_in_couple": False}
    return Standing(**(facts | changes))  # type: ignore[arg-type]  # facts by name


def test_two_clients_of_one_therapist_can_be_linked() -> None:
    rules.check_linking(standing(), standing(BOB, state="enquiry", carers=frozenset({DANA, ERIK})), DANA)


@pytest.mark.parametrize(
    ("second", "error"),
    [
        (standing(ALICE), SamePersonError),
        (standing(BOB, state="closed"), RecordClosedError),
        (standing(BOB, carers=frozenset({ERIK})), NotInYourCareError),
        (standing(BOB, is_in_couple=True), InCoupleError),
    ],
)
def test_linking_is_refused(second: Standing, error: type[DomainError]) -> None:
    with pytest.raises(error):
        rules.check_linking(standing(), second, DANA)
    if second.client_id != ALICE:
        with pytest.raises(error):
            rules.check_linking(second, standing(), DANA)


def test_only_the_couples_therapist_activates_and_only_what_waits() -> None:
    rules.check_activating(Bond("pending", DANA, frozenset({ALICE, BOB})), DANA)
    for somebody in (ERIK, ALICE, BOB):
        with pytest.raises(NotYourCoupleError):
            rules.check_activating(Bond("pending", DANA, frozenset({ALICE, BOB})), somebody)
    for state in ("active", "ended"):
        with pytest.raises(NotPendingError):
            rules.check_activating(Bond(state, DANA, frozenset({ALICE, BOB})), DANA)


@pytest.mark.parametrize("state", ["pending", "active", "ended"])
def test_either_partner_or_the_therapist_ends_it_and_nobody_else(state: str) -> None:
    bond = Bond(state, DANA, frozenset({ALICE, BOB}))
    for somebody in (ALICE, BOB, DANA):
        rules.check_ending(bond, somebody)
    for somebody in (CAROL, ERIK):
        with pytest.raises(NotYourCoupleError):
            rules.check_ending(bond, somebody)


def test_cover_is_another_therapist_for_a_stretch_that_has_not_passed() -> None:
    rules.check_cover(DANA, ERIK, NOW - HOUR, NOW + HOUR, NOW)
    rules.check_cover(DANA, ERIK, NOW + HOUR, NOW + 2 * HOUR, NOW)
    with pytest.raises(SameTherapistError):
        rules.check_cover(DANA, DANA, NOW, NOW + HOUR, NOW)
    for starts, ends in ((NOW, NOW), (NOW + HOUR, NOW), (NOW - 2 * HOUR, NOW - HOUR), (NOW - HOUR, NOW)):
        with pytest.raises(CoverTimesError):
            rules.check_cover(DANA, ERIK, starts, ends, NOW)
