"""Calendar files (iCalendar, RFC 5545; invitations after RFC 5546) that give nothing away."""

from datetime import UTC, datetime
from typing import Literal

from icalendar import Calendar, Event, vCalAddress, vText

from clinic.core.interval import Interval, require_aware

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]


def calendar_file(  # noqa: PLR0913 -- the properties of one event, each given by its name
    *,
    uid: str,
    sequence: int,
    starts_at: datetime,
    ends_at: datetime,
    title: str,
    method: Method,
    organizer_name: str,
    organizer_email: str,
    now: datetime,
    attendee_email: str | None = None,
    place: str | None = None,
    link: str | None = None,
) -> bytes:
    """One event as a file: times in UTC, named for its reader alone, without place or link unless they are given.

    The same `uid` with a higher `sequence` replaces the event; CANCEL takes it away. Raises ValueError for naive
    moments, for an end before the start, and for line breaks where an address or a name belongs.
    """
    during = Interval(starts_at, ends_at)
    event = Event()
    event.add("uid", vText(_one_line(uid)))
    event.add("sequence", sequence)
    event.add("dtstamp", require_aware(now).astimezone(UTC))
    event.add("dtstart", during.start.astimezone(UTC))
    event.add("dtend", during.end.astimezone(UTC))
    event.add("summary", _one_line(title))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT" if method == "CANCEL" else "OPAQUE")
    event.add("organizer", _address(organizer_email, organizer_name), encode=False)
    if attendee_email:
        event.add("attendee", _address(attendee_email, None), encode=False)
    if place:
        event.add("location", _one_line(place))
    if link:
        event.add("url", _one_line(link))
    return _wrapped(event, method)


def _wrapped(event: Event, method: Method) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Clinic//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _address(email: str, name: str | None) -> vCalAddress:
    address = vCalAddress(f"mailto:{_one_line(email)}")
    if name:
        # A double quote cannot be written in a parameter (RFC 5545, 3.2), so it becomes a single one.
        address.params["CN"] = vText(_one_line(name).replace('"', "'"))
    return address


def _one_line(text: str) -> str:
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise ValueError("a name, title or address is one line")
    return text
