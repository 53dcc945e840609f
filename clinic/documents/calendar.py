"""Calendar files (iCalendar, RFC 5545; invitations after RFC 5546) that give nothing away."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from clinic.core.interval import Interval, require_aware

if TYPE_CHECKING:
    from icalendar import Event, vCalAddress

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in a file; a higher `sequence` under the same `uid` replaces it."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    is_tentative: bool = False


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
    note: str | None = None,
    is_tentative: bool = False,
) -> bytes:
    """One event as a file: times in UTC, named for its reader alone, without place or link unless they are given.

    The same `uid` with a higher `sequence` replaces the event; CANCEL takes it away. An attendee is one who comes.
    Raises ValueError for naive moments, for an end before the start, and for line breaks where one line belongs.
    """
    entry = Entry(uid, sequence, starts_at, ends_at, is_tentative=is_tentative)
    event = _event(entry, title, _address(organizer_email, organizer_name), now, is_cancelled=method == "CANCEL")
    if attendee_email:
        event.add("attendee", _coming(attendee_email), encode=False)
    if note:
        event.add("description", _one_line(note))
    if place:
        event.add("location", _one_line(place))
    if link:
        event.add("url", _one_line(link))
    return _wrapped([event], method)


def calendar_of(
    entries: Iterable[Entry], *, title: str, organizer_name: str, organizer_email: str, now: datetime
) -> bytes:
    """Several events as one file, to be added to a calendar; an invitation can hold no more than one (RFC 5546, 3.2).

    Raises ValueError as `calendar_file` does.
    """
    organizer = _address(organizer_email, organizer_name)
    return _wrapped([_event(entry, title, organizer, now) for entry in entries], "PUBLISH")


def feed_file(name: str, titled: Iterable[tuple[Entry, str]], now: datetime) -> bytes:
    """Events with a title each as one calendar called `name`, which a program reads again and again.

    Raises ValueError for naive moments, for an end before the start, and for line breaks in a title or the name.
    """
    return _wrapped([_event(entry, title, None, now) for entry, title in titled], "PUBLISH", name)


def _event(
    entry: Entry, title: str, organizer: "vCalAddress | None", now: datetime, *, is_cancelled: bool = False
) -> "Event":
    from icalendar import Event, vText  # noqa: PLC0415 -- four megabytes, for no page

    during = Interval(entry.starts_at, entry.ends_at)
    event = Event()
    event.add("uid", vText(_one_line(entry.uid)))
    event.add("sequence", entry.sequence)
    event.add("dtstamp", require_aware(now).astimezone(UTC))
    event.add("dtstart", during.start.astimezone(UTC))
    event.add("dtend", during.end.astimezone(UTC))
    event.add("summary", _one_line(title))
    event.add("status", "CANCELLED" if is_cancelled else "TENTATIVE" if entry.is_tentative else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT" if is_cancelled else "OPAQUE")
    if organizer:
        event.add("organizer", organizer, encode=False)
    return event


def _wrapped(events: "Iterable[Event]", method: Method, name: str | None = None) -> bytes:
    from icalendar import Calendar  # noqa: PLC0415 -- as above

    calendar = Calendar()
    calendar.add("prodid", "-//Clinic//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    if name:
        calendar.add("x-wr-calname", _one_line(name))
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _address(email: str, name: str | None) -> "vCalAddress":
    from icalendar import vCalAddress, vText  # noqa: PLC0415 -- as above

    address = vCalAddress(f"mailto:{_one_line(email)}")
    if name:
        # A double quote cannot be written in a parameter (RFC 5545, 3.2), so it becomes a single one.
        address.params["CN"] = vText(_one_line(name).replace('"', "'"))
    return address


def _coming(email: str) -> "vCalAddress":
    """An attendee who has said that they come and is not asked again: what a calendar program would answer goes to the
    practice's mailbox and cancels nothing."""
    attendee = _address(email, None)
    attendee.params |= {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}
    return attendee


def _one_line(text: str) -> str:
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise ValueError("a name, title or address is one line")
    return text
