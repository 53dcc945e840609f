"""Calendar files are read back by the library that calendars use, and give nothing away."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event

from clinic.documents.calendar import calendar_file

STARTS_AT = datetime(2026, 11, 1, 15, 0, tzinfo=ZoneInfo("America/New_York"))
NOW = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)


def made(**changes: Any) -> bytes:
    given: dict[str, Any] = {
        "uid": "0199-a@clinic.example",
        "sequence": 2,
        "starts_at": STARTS_AT,
        "ends_at": STARTS_AT + timedelta(minutes=50),
        "title": "Appointment",
        "method": "REQUEST",
        "organizer_name": 'Willow "Lane" Practice',
        "organizer_email": "office@clinic.example",
        "now": NOW,
    }
    return calendar_file(**(given | changes))


def event_of(content: bytes) -> Event:
    events = Calendar.from_ical(content).events
    assert len(events) == 1
    return events[0]


def test_request_is_read_back_with_utc_times() -> None:
    content = made(attendee_email="alice@example.org")
    event = event_of(content)
    assert Calendar.from_ical(content)["METHOD"] == "REQUEST"
    assert event.start == datetime(2026, 11, 1, 20, 0, tzinfo=UTC)
    assert event.end == datetime(2026, 11, 1, 20, 50, tzinfo=UTC)
    assert event["UID"] == "0199-a@clinic.example"
    assert event["SEQUENCE"] == 2
    assert event["STATUS"] == "CONFIRMED"
    assert event["CLASS"] == "PRIVATE"
    assert event["ATTENDEE"] == "mailto:alice@example.org"
    assert dict(event["ATTENDEE"].params) == {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}
    assert event["ORGANIZER"] == "mailto:office@clinic.example"
    assert event["ORGANIZER"].params["CN"] == "Willow 'Lane' Practice"
    assert b"DTSTART:20261101T200000Z" in content


def test_request_holds_no_place_link_or_partner_unless_given() -> None:
    bare = event_of(made())
    assert [name for name in ("LOCATION", "URL", "DESCRIPTION", "ATTENDEE", "COMMENT") if name in bare] == []
    full = event_of(made(place="Room 2", link="https://clinic.example/video"))
    assert full["LOCATION"] == "Room 2"
    assert full["URL"] == "https://clinic.example/video"


def test_cancel_frees_the_time() -> None:
    content = made(method="CANCEL", sequence=3)
    event = event_of(content)
    assert Calendar.from_ical(content)["METHOD"] == "CANCEL"
    assert event["STATUS"] == "CANCELLED"
    assert event["TRANSP"] == "TRANSPARENT"
    assert event["SEQUENCE"] == 3


def test_same_input_makes_the_same_bytes() -> None:
    assert made() == made()


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Appointment\r\nATTENDEE:mailto:eve@example.org"},
        {"organizer_name": "Practice\nX-EVIL:1"},
        {"attendee_email": "alice@example.org\r\nBCC:eve@example.org"},
        {"starts_at": datetime(2026, 11, 1, 15, 0)},  # noqa: DTZ001 -- a naive moment is what is refused
        {"ends_at": STARTS_AT},
        {"now": datetime(2026, 10, 1)},  # noqa: DTZ001 -- a naive moment is what is refused
    ],
)
def test_what_is_not_one_event_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        made(**changes)
