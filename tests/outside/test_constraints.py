"""What the tables of calendars outside refuse, whatever the code does."""

from tests.constraints import refusals, rules_of
from tests.outside.test_rounds import MORNING, Owner, Used

CHANGES = {
    "ck_outside_calendar_state": "UPDATE outside_calendar SET state = 'odd'",
    "ck_outside_calendar_failures": "UPDATE outside_calendar SET failures = -1",
    "ck_outside_calendar_detail": "UPDATE outside_calendar SET detail = repeat('x', 81)",
    "ck_outside_calendar_etag": "UPDATE outside_calendar SET etag = repeat('x', 201)",
    "ck_outside_calendar_modified": "UPDATE outside_calendar SET modified = repeat('x', 201)",
    "ck_outside_calendar_active": "UPDATE outside_calendar SET read_at = NULL",
    "ck_outside_calendar_paused": "UPDATE outside_calendar SET state = 'paused'",
    "ck_outside_calendar_failing": "UPDATE outside_calendar SET failures = 1",
    "ck_outside_time_during": "UPDATE outside_time SET during = 'empty'",
    "outside_time_never_overlaps": "INSERT INTO outside_time SELECT * FROM outside_time",
}
FOR_THE_FOREIGN_KEY = frozenset({"uq_outside_calendar_id_therapist_id"})  # the primary key is narrower


def test_database_refuses_calendars_that_cannot_be(used: Used, owner: Owner) -> None:
    used(MORNING)
    assert rules_of(owner, "outside_calendar", "outside_time") - FOR_THE_FOREIGN_KEY == set(CHANGES)
    assert refusals(owner, CHANGES) == {name: name for name in CHANGES}
