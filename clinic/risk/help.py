"""What a client reads right after an answer that worries us: whom to call now, and when the practice looks."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from clinic.booking.offers import moment_words
from clinic.clients.queries import client_called
from clinic.practice.queries import the_practice
from clinic.risk import queries, rules
from clinic.risk.lines import VIOLENCE, Country, Line, lines_in
from clinic.risk.models import Alert
from clinic.risk.office import office
from clinic.risk.rules import Grade, Office
from clinic.web.filters import clock_time, zone_label


@dataclass(frozen=True, slots=True)
class CrisisHelp:
    """Lines of the practice's country; moments in words, by the client's clock.

    `looks` is when somebody looks next or, while the practice is open, until when. `call_by` is empty where no call is
    due. `alert_id` is what the buttons are bound to; without an alert there are none.
    """

    country: Country
    lines: tuple[Line, ...]
    phone: str
    is_open: bool
    looks: str
    zone: str
    call_by: str
    alert_id: UUID | None
    has_asked: bool
    has_said_safe: bool


def crisis_help(client_id: UUID, now: datetime, alert: Alert | None = None) -> CrisisHelp:
    """What to show this client now, about that alert or else the newest. Raises NotVisibleError for no client.

    Lines about violence belong to an alert from the private form alone, whose own page has to be asked for.
    """
    zone, practice = client_called(client_id).person.zone, the_practice()
    hours, alert = office(now), alert or queries.newest_of(client_id)
    country = lines_in(practice.country if practice is not None else "")
    said = queries.words_of(alert.id) if alert is not None and alert.state != "closed" else {}
    is_open = hours.is_open(now)
    looks = hours.next_look(now)
    return CrisisHelp(
        country=country,
        lines=country.about(frozenset({VIOLENCE} if alert is not None and alert.source == "safety_form" else ())),
        phone=practice.phone if practice is not None else "",
        is_open=is_open,
        looks=clock_time(hours.closes(now), zone) if is_open else moment_words(looks, zone),
        zone=zone_label(zone, looks),
        call_by=_call_by(alert, hours, now, zone),
        alert_id=alert.id if alert is not None else None,
        has_asked="call" in said,
        has_said_safe="safe" in said,
    )


def _call_by(alert: Alert | None, hours: Office, now: datetime, zone: str) -> str:
    """A promise stays what it was when the alert was raised; one that has gone by is not repeated."""
    if alert is None or alert.state == "closed":
        return ""
    by = rules.call_by(cast("Grade", alert.grade), alert.raised_at, hours)
    return moment_words(by, zone) if now < by else ""
